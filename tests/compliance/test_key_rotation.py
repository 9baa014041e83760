"""Keys are replaced by a real process, which is killed in the middle and started again."""

import base64
import os
import subprocess
import sys

import psycopg
import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.conf import settings as configured
from django.core.management import call_command
from django.db import DatabaseError, connections, transaction

from accounts import second_factor
from apiqik_backoffice.database_roles import APP, OWNER
from apiqik_backoffice.embedded.processes import wait_until
from common.clock import now
from common.exceptions import CannotDecrypt
from compliance import answer_texts, evidence, inquiries, key_rotation, report_reading
from compliance.exceptions import NotPossible
from compliance.models import EvidenceContent, InquiryAnswer, InquiryAnswerText
from tests.compliance.making import add_evidence, asked_account, file_report, make_staff_of
from tests.desk.signing_in import staff
from tests.plumbing.crew import database_url
from tests.plumbing.product import ROOT, environment

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("in_english")]

NEW = {"new": b"n" * 32}
LOCK = 20261129
# In the middle of a transaction: the row is written and not committed.
STOP = f"""
CREATE FUNCTION stop_here() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_advisory_xact_lock({LOCK}); RETURN NEW; END $$;
CREATE TRIGGER stop_here AFTER UPDATE ON compliance_evidencecontent
    FOR EACH ROW WHEN (NEW.evidence_id = %d) EXECUTE FUNCTION stop_here();
"""


def rotating(database, keys, *, batch=2):
    """`manage.py rotate_keys` with those keys, as somebody on the server starts it."""
    written = ",".join(f"{name}:{base64.b64encode(key).decode()}" for name, key in keys.items())
    return subprocess.Popen(
        [sys.executable, "manage.py", "rotate_keys", f"--batch={batch}"],
        cwd=ROOT,
        env=environment(
            DATABASE_URL=database_url(database.server.connection(APP, database.name)),
            FIELD_ENCRYPTION_KEYS=written,
        ),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def answered():
    owner, _account, _case, inquiry = asked_account()
    return inquiries.answer(inquiry=inquiry, by=owner, text="From our shop.", at=now())


def readable(files, answer):
    """Whether everything is read as it was written, with the keys there are."""
    fresh = InquiryAnswer.objects.get(pk=answer.pk)
    assert answer_texts.text_of(fresh) == "From our shop."
    return [evidence.content_of(file) for file in files] == [
        b"file %d" % number for number in range(len(files))
    ]


@pytest.mark.processes
def test_killed_in_the_middle_everything_is_readable_and_the_next_run_goes_on(
    test_database, settings
):
    files = [add_evidence(content=b"file %d" % number) for number in range(7)]
    answer = answered()
    both = {**NEW, **configured.FIELD_ENCRYPTION_KEYS}
    with test_database.connect(OWNER) as owner, test_database.connect(APP) as holding:
        owner.execute(STOP % files[3].pk)
        holding.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        process = rotating(test_database, both)
        waits = f"SELECT count(*) FROM pg_locks WHERE objid = {LOCK} AND NOT granted"
        try:
            assert wait_until(
                lambda: owner.execute(waits).fetchone()[0] == 1 or process.poll() is not None,
                seconds=60,
            )
            assert process.poll() is None, process.communicate()
        finally:
            process.kill()  # as a power cut would
            process.communicate()
        # Its connection finds nobody at the other end; the trigger goes once that is over.
        holding.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
        owner.execute("DROP TRIGGER stop_here ON compliance_evidencecontent")

    settings.FIELD_ENCRYPTION_KEYS = both
    moved = EvidenceContent.objects.filter(key_id="new").order_by("evidence")
    assert [one.evidence_id for one in moved] == [file.pk for file in files[:3]]
    assert key_rotation.left() == 4 + 1
    assert readable(files, answer)
    late = add_evidence(content=b"file 7")
    assert late.content.key_id == "new"

    said, complaints = rotating(test_database, both).communicate(timeout=60)
    assert "5 records re-encrypted with the key “new”, 0 left." in said, complaints
    settings.FIELD_ENCRYPTION_KEYS = NEW
    assert readable([*files, late], answer)


def test_the_old_key_is_said_to_be_needed_as_long_as_it_is(settings, capsys):
    report = file_report()
    answer, boss = answered(), make_staff_of("supervisor")
    old = configured.FIELD_ENCRYPTION_KEYS
    factor = second_factor.set_up(user=boss)
    settings.FIELD_ENCRYPTION_KEYS = {**NEW, **old}
    call_command("rotate_keys")
    said = capsys.readouterr().out
    assert "0 left." in said
    assert "reports: 1 stay under an older key" in said
    assert "addresses of letters: 1 stay under an older key" in said
    assert "Nothing needs" not in said
    assert report_reading.statement_of(report, reader=boss) == "They send spam."
    settings.FIELD_ENCRYPTION_KEYS = NEW
    assert answer_texts.text_of(InquiryAnswer.objects.get(pk=answer.pk)) == "From our shop."
    kept = Authenticator.objects.get(user=boss, type="totp").data["secret"]
    assert get_adapter().decrypt(kept) == factor.secret
    with pytest.raises(CannotDecrypt, match="missing"):
        report_reading.statement_of(report, reader=boss)


def test_with_nothing_under_the_old_key_it_may_go(settings, capsys):
    added = add_evidence()
    settings.FIELD_ENCRYPTION_KEYS = {**NEW, **configured.FIELD_ENCRYPTION_KEYS}
    call_command("rotate_keys")
    assert "Nothing needs an older key any more." in capsys.readouterr().out
    settings.FIELD_ENCRYPTION_KEYS = NEW
    assert evidence.content_of(added) == b"Seen on a public page."


def test_an_answer_moved_to_another_row_or_changed_is_not_shown():
    one, other = answered(), answered()
    texts = InquiryAnswerText.objects
    of_other = texts.get(answer=other)
    own = bytes(texts.get(answer=one).ciphertext)
    assert b"shop" not in own
    for kept in (bytes(of_other.ciphertext), own[:-1], own[:-1] + bytes([own[-1] ^ 1])):
        texts.filter(answer=one).update(ciphertext=kept)
        with pytest.raises(NotPossible, match="damaged, belongs to another one"):
            answer_texts.text_of(InquiryAnswer.objects.get(pk=one.pk))
    assert answer_texts.text_of(InquiryAnswer.objects.get(pk=other.pk)) == "From our shop."
    for change in ({"sha256": of_other.sha256}, {"answer": other.pk + 999}, {"key_id": "other"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            texts.filter(answer=one).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        texts.filter(answer=one).delete()


def test_the_page_of_the_case_shows_the_answer_or_says_why_not():
    answer = answered()
    case = answer.inquiry.case
    _user, browser = staff("supervisor")
    address = f"/admin/compliance/case/{case.pk}/change/"
    assert "From our shop." in browser.get(address).text
    kept = InquiryAnswerText.objects.get()
    InquiryAnswerText.objects.update(ciphertext=bytes(kept.ciphertext)[:-1])
    page = browser.get(address)
    assert page.status_code == 200
    assert "What is stored of this answer is damaged" in page.text


def test_answers_in_plain_text_are_encrypted_by_the_migration_and_come_back(
    test_database, settings
):
    """Back to the column of plain text and forth again, with an answer written in between."""
    answer = answered()
    migrate(test_database, "compliance", "0070")
    plain = "SELECT id, text FROM compliance_inquiryanswer ORDER BY id"
    with test_database.connect(OWNER) as owner:
        assert owner.execute(plain).fetchall() == [(answer.pk, "From our shop.")]
        with pytest.raises(psycopg.DatabaseError):  # final, as it was before
            owner.execute("UPDATE compliance_inquiryanswer SET text = 'other'")
    migrate(test_database)
    assert answer_texts.text_of(InquiryAnswer.objects.get(pk=answer.pk)) == "From our shop."
    with test_database.connect(OWNER) as owner, pytest.raises(psycopg.DatabaseError):
        owner.execute(plain)


def migrate(database, *to):
    connections.close_all()
    owner = psycopg.conninfo.make_conninfo(**database.server.connection(OWNER, database.name))
    subprocess.run(
        [sys.executable, "-m", "tests.plumbing.migrate", *to],
        cwd=ROOT,
        env=os.environ | {"TEST_OWNER_CONNECTION": owner, "DATABASE_ROLE": "owner"},
        check=True,
    )
