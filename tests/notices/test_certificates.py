"""Certificates of notice: the same facts, the same bytes; checked with nothing of ours."""

import json
import os
import subprocess
import sys
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
import rfc8785
from django.contrib.auth.models import Permission

from accounts.exceptions import NotAllowed
from common.clock import now
from common.seals import keys
from common.seals.exceptions import NotAsSealed, NotSealedYet
from notices import certificates, delivering, inbox, receipts
from notices.models import Attempt, CertificateIssue, Notice, Template
from tests.common.seals.settling import seal
from tests.notices.making import make_announced, make_customer, make_officer
from tests.plumbing.carrier import carrier_settings, posted, receipt

pytestmark = pytest.mark.django_db(transaction=True)
CHECK = Path(__file__).resolve().parents[2] / "docs" / "check_certificate.py"


@pytest.fixture(autouse=True)
def anchors_file(settings, tmp_path):
    settings.SEAL_ANCHORS = str(tmp_path / "seals" / "anchors.log")


@pytest.fixture
def told():
    person, account = make_customer()
    make_announced(account)
    notice = Notice.objects.get(recipient=person)
    inbox.read(notice=notice, reader=person)
    seal()
    return notice


@pytest.fixture
def superuser(test_database):
    """Somebody for whom no trigger and no foreign key counts."""
    with test_database.connect("postgres") as opened:
        opened.execute("SET session_replication_role = replica")
        yield opened


def attached(pdf):
    with pikepdf.open(BytesIO(pdf)) as opened:
        [(name, spec)] = opened.attachments.items()
        assert name == "notice.json"
        return json.loads(spec.get_file().read_bytes())


def checked(tmp_path, content, name="certificate.pdf", **options):
    """What the script says of a file, with nothing of ours to import."""
    file = tmp_path / name
    file.write_bytes(content)
    more = [part for option, value in options.items() for part in (f"--{option}", str(value))]
    ran = subprocess.run(
        [sys.executable, str(CHECK), str(file), *more],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert not ran.stderr
    return ran.returncode, ran.stdout


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_it_is_pdf_a_3_and_says_what_happened(told, language):
    made = certificates.make(notice=told, language=language)
    facts = attached(made.pdf)
    with pikepdf.open(BytesIO(made.pdf)) as opened:
        said = opened.open_metadata()
        assert (said["pdfaid:part"], said["pdfaid:conformance"]) == ("3", "A")
        assert said["pdfuaid:part"] == "1"
        assert opened.Root.Lang == ("en" if language == "en" else "zh-CN")
    assert facts["number"] == made.number
    assert facts["texts"][0]["sha256"] == told.body_id
    assert facts["texts"][0]["body"] == told.body.body
    assert [step["what"] for step in facts["steps"]][-1] == "read"
    sent = [step["said"] for step in facts["steps"] if step["what"] == "attempt"]
    assert {one["address"] for one in sent} == {told.recipient.phone, "lihua@example.com"}
    assert {one["id"] for one in sent} == {str(one.pk) for one in Attempt.objects.all()}
    answers = [step["said"] for step in facts["steps"] if step["what"] == "outcome"]
    assert {one["verdict"] for one in answers} == {"accepted"}
    assert all(step["sealed"] is not None for step in facts["steps"])


def test_the_same_facts_give_the_same_bytes_whatever_the_template_says_now(told):
    first = certificates.make(notice=told, language="zh-hans")
    used = told.template
    Template.record(
        kind=used.kind,
        phase=used.phase,
        channel=used.channel,
        language=used.language,
        version=used.version + 1,
        subject="Another",
        body="Another text",
    )
    seal()
    again = certificates.make(notice=told, language="zh-hans")
    assert again.pdf == first.pdf
    assert certificates.make(notice=told, language="en").number == first.number


def test_what_was_issued_can_be_made_again_after_more_has_happened(told):
    officer = allowed()
    made, issued = certificates.issue(notice=told, language="en", to=officer, reason="Arbitration")
    come_back()
    seal()
    now = certificates.make(notice=told, language="en")
    assert now.number != made.number
    assert {"bounce", "failure"} <= {step["what"] for step in attached(now.pdf)["steps"]}
    assert certificates.again(issued).pdf == made.pdf


def come_back():
    attempt = Attempt.objects.get(delivery__channel="email")
    delivering.record_bounce(attempt=attempt, reason="Mailbox gone", answer={})


def allowed():
    officer = make_officer()
    officer.groups.get().permissions.add(Permission.objects.get(codename="issue_certificate"))
    return officer


def test_it_goes_to_its_recipient_or_to_staff_who_say_why(told):
    _made, issued = certificates.issue(notice=told, language="en", to=told.recipient)
    assert (issued.issued_to, issued.reason) == (told.recipient, "")
    other, _account = make_customer(contact_email="other@example.com")
    for somebody, reason in [(other, "Why not"), (make_officer(), "Why not"), (allowed(), " ")]:
        with pytest.raises(NotAllowed):
            certificates.issue(notice=told, language="en", to=somebody, reason=reason)
    assert CertificateIssue.objects.count() == 1


def test_receipts_are_certified_with_both_clocks(settings, tmp_path):
    settings.MESSAGE_PROVIDERS = {
        "smtp": settings.MESSAGE_PROVIDERS["smtp"],
        "carrier": carrier_settings(tmp_path),
    }
    _person, account = make_customer()
    make_announced(account)
    attempt = Attempt.objects.get(delivery__channel="sms")
    said = receipt(str(attempt.pk), "delivered", at="2026-12-31T23:59:59+08:00")
    receipts.take_in("carrier", posted(said), at=now())
    seal()
    made = certificates.make(notice=Notice.objects.get(), language="en")
    facts = attached(made.pdf)
    step = _of(facts, "receipt")
    assert step["said"]["said_at"] == "2026-12-31T15:59:59"
    assert step["said"]["state"] == "delivered"
    assert step["at"] != step["said"]["said_at"]
    code, words = checked(tmp_path, made.pdf)
    assert code == 0, words
    step["said"]["said_at"] = "2026-12-01T00:00:00"
    code, words = checked(tmp_path, rfc8785.dumps(facts), "notice.json")
    assert (code, "the step “receipt”" in words) == (1, True)


def test_what_is_not_sealed_yet_is_not_certified(told):
    come_back()
    with pytest.raises(NotSealedYet, match=r"minute|分钟"):
        certificates.make(notice=told, language="en")


def test_what_was_changed_is_not_certified(told, superuser):
    superuser.execute("UPDATE notices_attempt SET provider = 'else'")
    with pytest.raises(NotAsSealed, match=r"notices\.attempt"):
        certificates.make(notice=told, language="en")


def test_it_is_checked_without_anything_of_ours(told, tmp_path):
    assert len(CHECK.read_text().splitlines()) < 200
    made = certificates.make(notice=told, language="zh-hans")
    code, said = checked(tmp_path, made.pdf)
    assert code == 0, said
    assert f"Certificate {made.number} holds" in said
    assert "compare them" in said
    ours = tmp_path / "keys.json"
    ours.write_text(json.dumps({name: key.hex() for name, key in keys.public_keys().items()}))
    code, said = checked(tmp_path, made.pdf, keys=ours)
    assert (code, "compare them" in said) == (0, False)
    ours.write_text(json.dumps(dict.fromkeys(keys.public_keys(), "00" * 32)))
    code, said = checked(tmp_path, made.pdf, keys=ours)
    assert (code, "signature of block" in said) == (1, True)


def _of(facts, what):
    return next(step for step in facts["steps"] if step["what"] == what)


def _row(facts, table):
    return next(one for one in facts["sealed"] if one["table"] == table)


def _block(facts):
    return next(iter(facts["blocks"].values()))


def _edit_row(facts, table, old, new):
    sealed = _row(facts, table)
    assert old in sealed["row"]
    sealed["row"] = sealed["row"].replace(old, new)


TAMPERED = {
    "a text": (lambda f: f["texts"][0].update(body="Else"), "is not the text that was hashed"),
    "text and hash": (
        lambda f: f["texts"][0].update(
            body="Else", subject="", sha256=sha256(b"\nElse").hexdigest()
        ),
        "text that was sent is missing",
    ),
    "an address": (
        lambda f: _of(f, "attempt")["said"].update(address="else@example.com"),
        "the step “attempt”",
    ),
    "a moment": (
        lambda f: _of(f, "outcome").update(at="2020-01-01T00:00:00"),
        "the step “outcome”",
    ),
    "a verdict": (lambda f: _of(f, "outcome")["said"].update(verdict="x"), "the step “outcome”"),
    "an answer": (lambda f: _of(f, "outcome")["said"].update(answer="{}"), "the step “outcome”"),
    "a sealed row": (
        lambda f: _edit_row(f, "notices.outcome", '"accepted"', '"rejected_for_good"'),
        "is not in block",
    ),
    "a path": (
        lambda f: _row(f, "notices.template").update(path=[["left", "00" * 32]]),
        "is not in block",
    ),
    "a personal field": (
        lambda f: _row(f, "notices.attempt")["salted"]["delivery.address"].__setitem__(1, "else"),
        "delivery.address of row",
    ),
    "a header": (lambda f: _block(f)["header"].update(rows=9), "the header of block"),
    "a signature": (lambda f: _block(f).update(signature="00" * 64), "the signature of block"),
    "no key": (lambda f: f.update(keys={}), "which you lack"),
    "another notice": (lambda f: f.update(notice="ntc_else"), "the notice is another one"),
    "a step left out": (lambda f: f["steps"].pop(), "does not belong to what it says"),
    "the number": (lambda f: f.update(number="CN-1"), "does not belong to what it says"),
    "another form": (lambda f: f.update(format="else"), "no certificate of notice"),
    "a part is missing": (lambda f: f.pop("blocks"), "no certificate of notice that can be read"),
}


def test_what_was_tampered_with_is_refused_in_a_sentence(told, tmp_path):
    made = certificates.make(notice=told, language="en")
    for name, (tamper, sentence) in TAMPERED.items():
        facts = attached(made.pdf)
        tamper(facts)
        code, said = checked(tmp_path, rfc8785.dumps(facts), "notice.json")
        assert code == 1, name
        assert said.startswith("Refused: "), name
        assert sentence in said, (name, said)


def test_files_that_are_none_are_refused(told, tmp_path):
    made = certificates.make(notice=told, language="en")
    cut = made.pdf.replace(b"/EmbeddedFile", b"/EmbeddedTile")
    for content in (cut, b"", b"\xff\x00", b"[]", b"%PDF-1.7\n", b'{"format": 1}'):
        code, said = checked(tmp_path, content)
        assert (code, said.startswith("Refused: ")) == (1, True), content[:20]
