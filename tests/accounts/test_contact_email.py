"""A contact e-mail is used once its owner has followed the link, and not before."""

import time
from datetime import timedelta

import pytest
from django.core import mail

from accounts import contact_email, profile
from accounts.exceptions import LinkIsVoid
from accounts.models import User
from common import clock
from tests.accounts.making import make_person


def test_the_address_counts_from_confirmation_on(db):
    person = make_person(contact_email="old@example.com", contact_email_verified_at=clock.now())
    token = contact_email.make_token(user=person, address="new@example.com")
    assert User.objects.get(pk=person.pk).reachable_email == "old@example.com"
    assert contact_email.confirm(token).reachable_email == "new@example.com"
    assert User.objects.get(pk=person.pk).reachable_email == "new@example.com"


def test_a_link_works_once_and_voids_the_others(db):
    person = make_person()
    first = contact_email.make_token(user=person, address="a@example.com")
    second = contact_email.make_token(user=person, address="b@example.com")
    contact_email.confirm(second)
    for token in (first, second):
        with pytest.raises(LinkIsVoid):
            contact_email.confirm(token)


def test_a_link_lasts_a_day(db, monkeypatch):
    person = make_person()
    token = contact_email.make_token(user=person, address="a@example.com")
    later = time.time() + timedelta(hours=24).total_seconds() + 2
    monkeypatch.setattr("django.core.signing.time.time", lambda: later)
    with pytest.raises(LinkIsVoid):
        contact_email.confirm(token)


@pytest.mark.parametrize(
    "forge", [lambda t: t[:-1], lambda t: "x" + t, lambda t: "", lambda t: "ä:b:c"]
)
def test_a_forged_link_is_refused(db, forge):
    token = contact_email.make_token(user=make_person(), address="a@example.com")
    with pytest.raises(LinkIsVoid):
        contact_email.confirm(forge(token))


def test_the_link_goes_to_the_new_address_in_the_readers_language(db):
    person = make_person(language="en")
    contact_email.send_link(user=person, address="new@example.com", link="https://x.test/l/1/")
    assert mail.outbox[0].to == ["new@example.com"]
    assert "https://x.test/l/1/" in mail.outbox[0].body
    assert "24 hours" in mail.outbox[0].body


def test_staff_who_have_the_record_open_are_told_of_the_change(db):
    from common.exceptions import EditedMeanwhile

    person = make_person()
    seen = person.edition
    contact_email.confirm(contact_email.make_token(user=person, address="new@example.com"))
    with pytest.raises(EditedMeanwhile):
        profile.change(user=User.objects.get(pk=person.pk), edition=seen, name="x")
