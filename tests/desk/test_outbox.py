"""Messages that went to files: read, bounded, escaped, and only from their folders."""

import json
import os

import pytest
from django.core.mail import EmailMessage, get_connection

from apiqik_backoffice.desk import outbox
from common.messaging.texts import send_text
from tests.plumbing.receiving import use_texts

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(settings, tmp_path):
    settings.OUTBOX_DIR = tmp_path
    use_texts(settings, f"file://{tmp_path / 'sms'}")
    return tmp_path


def send_mails(folder, *subjects, body="Hello"):
    """All through one connection, which Django writes into one file."""
    connection = get_connection(
        "django.core.mail.backends.filebased.EmailBackend", file_path=folder / "email"
    )
    connection.send_messages(
        [
            EmailMessage(subject, body, "from@example.com", ["to@example.com"])
            for subject in subjects
        ]
    )


def test_the_newest_comes_first_and_each_can_be_opened(desk, folder):
    send_mails(folder, "One", "二")
    send_text("+8613800000001", "码 123456", template="code", reference="r1")
    send_text("+8613800000002", "Second", template="code", reference="r2")
    assert [mail.subject for mail in outbox.mails()] == ["二", "One"]
    assert [text.reference for text in outbox.texts()] == ["r2", "r1"]
    client = desk("compliance")
    page = client.get("/admin/outbox/").content.decode()
    assert "二" in page
    assert "+8613800000001" in page
    for mail in outbox.mails():
        page = client.get(f"/admin/outbox/email/{mail.name}/").content.decode()
        assert mail.subject in page
        assert "Hello" in page
    page = client.get(f"/admin/outbox/sms/{outbox.texts()[1].name}/").content.decode()
    assert "码 123456" in page


def test_what_a_message_says_is_never_markup(desk, folder):
    attack = "<script>alert(1)</script>"
    send_mails(folder, attack, body=attack)
    send_text("+8613800000001", attack, template=attack, reference="r")
    client = desk("supervisor")
    pages = [
        "/admin/outbox/",
        f"/admin/outbox/email/{outbox.mails()[0].name}/",
        f"/admin/outbox/sms/{outbox.texts()[0].name}/",
    ]
    for page in pages:
        assert attack not in client.get(page).content.decode()


@pytest.mark.parametrize(
    "name",
    [
        "..%2f..%2fsecret:0",
        "..:0",
        "secret:0",
        "link:0",
        ".hidden:0",
        "a.log:x",
        "a.log",
        "a.log:²",
    ],
)
def test_no_name_leads_out_of_the_folder(desk, folder, name):
    (folder / "email").mkdir()
    (folder / "secret").write_text("Subject: secret\n\nsecret")
    (folder / "email" / ".hidden").write_text("Subject: hidden\n\nhidden")
    (folder / "email" / "a.log").write_text("Subject: a\n\na")
    os.symlink(folder / "secret", folder / "email" / "link")
    client = desk("supervisor")
    assert client.get(f"/admin/outbox/email/{name}/").status_code == 404
    assert client.get(f"/admin/outbox/sms/{name}/").status_code == 404
    assert [mail.subject for mail in outbox.mails()] == ["a"]


def test_reading_is_bounded_and_survives_rubbish(folder, monkeypatch):
    monkeypatch.setattr(outbox, "MOST_BYTES", 400)
    monkeypatch.setattr(outbox, "MOST_MESSAGES", 3)
    (folder / "sms").mkdir()
    lines = [json.dumps({"to": "+1", "text": f"{turn:03}"}) for turn in range(100)]
    (folder / "sms" / "2026-11-22.jsonl").write_text("\n".join(["rubbish", *lines, "{", "[]", ""]))
    assert [text.text for text in outbox.texts()] == ["099"]
    monkeypatch.setattr(outbox, "MOST_MESSAGES", 5)
    assert [text.text for text in outbox.texts()] == ["099", "098", "097"]


def test_a_broken_mail_is_shown_as_far_as_it_goes(folder):
    (folder / "email").mkdir()
    broken = b"Subject: x\nDate: yesterday\nContent-Type: text/plain; charset=nonsense\n\n\xff\xfe"
    (folder / "email" / "x.log").write_bytes(broken)
    [mail] = outbox.mails()
    assert (mail.subject, mail.sent_at, mail.parts) == ("x", None, (("text/plain", ""),))


def test_it_is_for_those_who_may_and_only_where_messages_are_files(desk, folder, settings):
    assert desk("support").get("/admin/outbox/").status_code == 403
    client = desk("compliance")
    assert client.get("/admin/outbox/").status_code == 200
    settings.OUTBOX_DIR = None
    assert client.get("/admin/outbox/").status_code == 404
    assert outbox.mails() == []
