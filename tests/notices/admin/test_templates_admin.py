"""Texts in the admin, over HTTP: at a glance, versions, writing the next."""

import pytest
from django.contrib.admin.models import LogEntry
from django.core import mail
from django.urls import reverse

from common.clock import now
from notices import texts
from notices.models import Template, TestSend
from tests.desk.signing_in import staff
from tests.notices.making import make_customer, plan, propose
from tests.notices.writing import text_of

pytestmark = pytest.mark.django_db
LIST = "/admin/notices/template/"


def page(text, name="change"):
    return reverse(f"admin:notices_template_{name}", args=[text.pk])


def typed(text, act="save", **changed):
    return {
        "before": text.pk,
        "subject": text.subject,
        "body": text.body.replace("\n", "\r\n") + "\r\nMore.",
        "reason": "Clearer",
        "act": act,
        **changed,
    }


@pytest.fixture
def writer():
    return staff("compliance", contact_email="w@example.com", contact_email_verified_at=now())


def test_all_texts_at_a_glance(writer, django_assert_max_num_queries):
    _member, browser = writer
    shown = browser.get(LIST)
    assert shown.status_code == 200
    for text in (text_of("sms"), text_of("email", kind="suspension", phase="postponed")):
        assert f'href="{page(text)}"' in shown.text
    assert shown.text.count('scope="row"') >= 5
    with django_assert_max_num_queries(40):
        browser.get(LIST)


def test_a_text_that_is_missing_is_seen(writer, monkeypatch):
    _member, browser = writer
    assert "missing" not in browser.get(LIST).text
    monkeypatch.setattr(texts, "phases_of", lambda _kind: ["no such phase"])
    assert "missing" in browser.get(LIST).text


def test_written_previewed_and_saved(writer):
    member, browser = writer
    text = text_of("email")
    assert f'href="{page(text, "next")}"' in browser.get(page(text)).text
    form = browser.get(page(text, "next"))
    assert text.body.splitlines()[0] in form.text
    assert "${effective}" in form.text
    preview = browser.post(page(text, "next"), typed(text, "preview", reason=""))
    assert preview.status_code == 200
    assert "<ins>" in preview.text
    assert Template.objects.versions_of(text).first() == text
    answer = browser.post(page(text, "next"), typed(text), follow=True)
    new = texts.newest_of(text)
    assert answer.redirect_chain[-1][0] == page(new)
    assert (new.version, new.written_by, new.reason) == (text.version + 1, member, "Clearer")
    assert new.body == text.body + "\nMore.\n"
    assert "Clearer" in answer.text
    assert "<ins>" in answer.text
    assert LogEntry.objects.filter(object_id=str(new.pk), user=member).exists()


def test_the_next_is_always_after_the_newest(writer):
    _member, browser = writer
    text = text_of("inbox")
    browser.post(page(text, "next"), typed(text))
    newest = texts.newest_of(text)
    form = browser.get(page(text, "next"))
    assert form.context["form"].initial["before"] == newest.pk
    assert "older" in browser.get(page(text)).text


def test_the_second_of_two_sees_theirs_and_loses_nothing(writer):
    _member, browser = writer
    text = text_of("inbox")
    other, theirs = staff("supervisor", name="Faster")
    theirs.post(page(text, "next"), typed(text, subject="Theirs", reason="I was first"))
    conflict = browser.post(page(text, "next"), typed(text, subject="Mine", reason="Me too"))
    assert conflict.status_code == 409
    for words in ("Theirs", "Mine", "Me too", "I was first", str(other)):
        assert words in conflict.text
    newest = texts.newest_of(text)
    assert newest.subject == "Theirs"
    assert f'name="before" value="{newest.pk}"' in conflict.text
    again = browser.post(
        page(text, "next"), typed(newest, subject="Mine", reason="Me too"), follow=True
    )
    assert again.status_code == 200
    assert (texts.newest_of(text).subject, texts.newest_of(text).version) == (
        "Mine",
        newest.version + 1,
    )


def test_another_text_is_nobody_s_to_write_after(writer):
    _member, browser = writer
    text = text_of("inbox")
    answer = browser.post(page(text, "next"), typed(text, before=text_of("email").pk))
    assert answer.status_code == 409
    assert texts.newest_of(text) == text


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"body": "${salutation}"}, "salutation"),
        ({"body": ""}, "Write a text."),
        ({"reason": ""}, "Say why the text changes."),
        ({"person": "usr_nobody"}, "no person with that identifier"),
        ({"body": "\x00"}, "nobody can see"),
    ],
)
def test_refused_beside_the_field(writer, changed, sentence):
    _member, browser = writer
    text = text_of("email")
    answer = browser.post(page(text, "next"), typed(text, **changed))
    assert answer.status_code == 200
    assert sentence in answer.text
    assert texts.newest_of(text) == text


def test_a_preview_with_a_change_and_a_person(writer):
    _member, browser = writer
    ada, account = make_customer(name="Ada", language="en")
    change = plan(account, reason_en="<b>Too many</b> requests")
    text = text_of("email")
    shown = browser.get(page(text, "next"))
    assert "As Ada would read it." in shown.text
    assert "&lt;b&gt;Too many&lt;/b&gt; requests" in shown.text
    assert " style=" not in shown.text
    plan(make_customer(name="Ben")[1], service=change.service)
    assert "As Ben would read it." in browser.get(page(text, "next")).text
    chosen = {"change": change.pk, "person": ada.public_id}
    shown = browser.post(page(text, "next"), typed(text, "preview", **chosen))
    assert "As Ada would read it." in shown.text
    shown = browser.post(page(text, "next"), typed(text, "preview", change=""))
    assert "With plausible values." in shown.text


def test_segments_are_shown(writer):
    _member, browser = writer
    text = text_of("sms", language="zh-hans")
    body = "【apiqik】" + "长" * 290
    shown = browser.post(page(text, "next"), typed(text, "preview", body=body))
    assert '<span class="pill warn">5</span>' in shown.text
    assert "segments, signature included" in shown.text
    assert "subject" not in shown.context["form"].fields


def test_a_test_to_oneself(writer):
    member, browser = writer
    text = text_of("email")
    assert "Send me a test (w***@example.com)" in browser.get(page(text, "next")).text
    answer = browser.post(page(text, "next"), typed(text, "test", reason=""))
    assert "Sent to w***@example.com" in answer.text
    assert "More." in mail.outbox[0].body
    assert mail.outbox[0].to == ["w@example.com"]
    assert TestSend.objects.get().sent_by == member
    assert "w***@example.com" in browser.get(page(text)).text
    assert texts.newest_of(text) == text


def test_pages_offer_no_test(writer):
    _member, browser = writer
    for channel in ("inbox", "announcement"):
        assert "Send me a test" not in browser.get(page(text_of(channel), "next")).text


def test_changes_with_older_texts_are_named(writer):
    _member, browser = writer
    change = plan(make_customer()[1])
    propose(change)
    text = text_of("inbox", language="en")
    browser.post(page(text, "next"), typed(text))
    for address in (page(texts.newest_of(text)), page(text, "next")):
        assert change.title_en in browser.get(address).text


@pytest.mark.parametrize("group", ["support", "auditor"])
def test_those_who_only_look_write_nothing(group):
    _member, browser = staff(group)
    text = text_of("inbox")
    assert page(text, "next") not in browser.get(page(text)).text
    assert browser.get(page(text, "next")).status_code == 403
    assert browser.post(page(text, "next"), typed(text)).status_code == 403
    assert browser.post(page(text), typed(text)).status_code == 403
    assert texts.newest_of(text) == text


def test_people_of_other_groups_see_no_texts():
    _member, browser = staff("billing")
    assert browser.get(LIST).status_code == 403
    assert browser.get(page(text_of("inbox"))).status_code == 403
