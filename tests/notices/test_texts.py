"""Writing the next version of a text: what is refused, what is kept, who was faster."""

import pytest
from django.db import IntegrityError
from django.utils.translation import override

from accounts.exceptions import NotAllowed, ReasonMissing
from common.clock import now
from common.exceptions import EvidenceIsFinal
from notices import announced, texts
from notices.exceptions import TemplateIsBroken, WrittenMeanwhile
from notices.models import Template
from tests.notices.making import approve, make_customer, make_supervisor, plan, propose
from tests.notices.writing import make_writer, text_of

pytestmark = pytest.mark.django_db


def write(before, *, by=None, **changed):
    fields = {"subject": before.subject, "body": before.body + "\nMore.", "reason": "Clearer"}
    return texts.write_next(before=before, written_by=by or make_writer(), **{**fields, **changed})


def test_the_next_version_says_who_wrote_it_and_why():
    before, writer = text_of("email"), make_writer()
    new = write(
        before, by=writer, subject="  ${service} stops  ", body="Dear ${name},\r\n\r\nBye.\r\n\r\n"
    )
    assert new.version == before.version + 1
    assert (new.subject, new.body) == ("${service} stops", "Dear ${name},\n\nBye.\n")
    assert (new.written_by, new.reason) == (writer, "Clearer")
    assert texts.newest_of(before) == new
    assert Template.objects.get(pk=before.pk).body == before.body


def test_a_version_is_never_changed():
    text = write(text_of("email"))
    with pytest.raises(EvidenceIsFinal):
        text.save()


@pytest.mark.parametrize(
    ("channel", "changed", "sentence"),
    [
        ("email", {"body": "Dear ${salutation}"}, "salutation"),
        ("email", {"body": "costs 5$ or so"}, r"\$"),
        ("email", {"body": "  \n "}, "Write a text"),
        ("email", {"subject": " "}, "Write a subject"),
        ("email", {"subject": "x" * 201}, "201 characters"),
        ("email", {"subject": "two\nlines"}, "one line"),
        ("email", {"subject": "${nothing}"}, "nothing"),
        ("email", {"body": "Dear \x00 you"}, "nobody can see"),
        ("email", {"body": "Dear \u202e you"}, "nobody can see"),
        ("email", {"body": "x" * 10_001}, "10002 characters"),
        ("announcement", {"body": "Dear ${name}"}, "Everybody reads"),
        ("announcement", {"subject": "${account_count} accounts"}, "Everybody reads"),
        ("sms", {"body": "unsigned"}, "signature"),
        ("sms", {"body": "[apiqik] " + "long " * 200}, "segments"),
        ("sms", {"subject": "a subject"}, "no subject"),
    ],
)
def test_refused_with_a_sentence(channel, changed, sentence):
    before = text_of(channel)
    with override("en"), pytest.raises(TemplateIsBroken, match=sentence):
        write(before, **changed)
    assert texts.newest_of(before) == before


def test_nothing_different_is_no_version():
    before = text_of("inbox")
    with pytest.raises(TemplateIsBroken), override("en"):
        write(before, body=before.body.replace("\n", "\r\n"))


def test_a_reason_is_needed_and_leave_to_write():
    before = text_of("inbox")
    with pytest.raises(ReasonMissing):
        write(before, reason=" ")
    with pytest.raises(NotAllowed):
        write(before, by=make_customer()[0])
    customer_in_the_group = make_writer(is_staff=False)
    with pytest.raises(NotAllowed):
        write(before, by=customer_in_the_group)


def test_the_second_of_two_is_told():
    before = text_of("inbox")
    write(before)
    with pytest.raises(WrittenMeanwhile):
        write(before)
    assert Template.objects.versions_of(before).count() == before.version + 1


def test_of_two_at_the_same_moment_one_is_told(monkeypatch):
    """Both have looked, and found theirs to be the newest."""
    before = text_of("inbox")
    write(before)
    monkeypatch.setattr(texts, "newest_of", lambda _text: before)
    with pytest.raises(WrittenMeanwhile) as refusal:
        write(before)
    assert isinstance(refusal.value.__cause__, IntegrityError)
    assert Template.objects.versions_of(before).count() == before.version + 1


def test_segments_count_the_signature_and_plausible_values():
    text = text_of("sms")
    # In the GSM alphabet a bracket takes two.
    bare = texts.Wording(text=text, subject="", body="[apiqik] " + "x" * 149)
    longer = texts.Wording(text=text, subject="", body="[apiqik] " + "x" * 150)
    filled = texts.Wording(text=text, subject="", body="[apiqik] ${effective}" + "x" * 130)
    broken = texts.Wording(text=text, subject="", body="[apiqik] ${")
    assert [texts.segments_of(one) for one in (bare, longer, filled, broken)] == [1, 2, 2, 0]


def test_what_was_pinned_stays_and_is_named():
    _person, account = make_customer()
    proposed = plan(account)
    draft = plan(account, service=proposed.service)
    propose(proposed)
    text = text_of("email", language="en")
    assert texts.still_with_older(text) == []
    new = write(text)
    [pinned] = texts.still_with_older(text)
    assert (pinned.change, pinned.version) == (proposed, text.version)
    propose(draft)
    assert new in draft.templates.all()
    assert text in proposed.templates.all()
    assert len(texts.still_with_older(new)) == 1


def test_changes_that_are_over_are_not_named():
    change = plan(make_customer()[1])
    propose(change)
    text = text_of("email", language="en")
    write(text)
    approve(change)
    announced.withdraw(change=change, withdrawn_by=make_supervisor(), reason="No", at=now())
    assert texts.still_with_older(text) == []
