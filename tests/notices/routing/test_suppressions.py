"""Suppressed addresses: nothing goes there, it counts as failed, and the rest goes on."""

import pytest
from django.contrib.auth.models import Permission
from django.db import IntegrityError, transaction

from accounts.exceptions import NotAllowed, ReasonMissing
from accounts.models import User
from common.clock import now
from common.exceptions import EvidenceIsFinal
from notices import delivering, gate, suppressions
from notices.exceptions import WrongState
from notices.models import Delivery, Failure, Suppression
from notices.routing import Never
from tests.notices.making import make_staff
from tests.notices.routing.making import attempted, make_waiting, providers_of, route

pytestmark = pytest.mark.django_db


def make_desk():
    person = make_staff(name="Desk")
    person.groups.get().permissions.add(
        *Permission.objects.filter(codename__in=["add_suppression", "add_suppressionlifting"])
    )
    return person


def suppress(channel="email", address="person0@example.com"):
    return suppressions.suppress(
        channel=channel, address=address, suppressed_by=make_desk(), reason="They told us"
    )


def accept(channel):
    [delivery] = Delivery.objects.filter(channel=channel)
    attempt = attempted(delivery, "first", "accepted")
    Delivery.objects.filter(pk=delivery.pk).update(state="accepted")
    return attempt


def test_nothing_goes_there_and_it_counts_as_failed():
    make_waiting()
    suppress()
    [(delivery, choice)] = route("email")
    assert choice == Never()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.failure.cause) == ("failed", "suppressed")
    assert not delivery.attempts.exists()
    assert route("email") == []


def test_the_other_channel_carries_the_notice_and_proves_it():
    change = make_waiting()
    suppress()
    route("email")
    account = change.concerned.get().account
    assert gate.earliest_effect(change, account) is None
    accept("sms")
    assert gate.earliest_effect(change, account) is not None


def test_with_every_address_suppressed_best_efforts_are_exhausted():
    change = make_waiting()
    suppress()
    suppress("sms", Delivery.objects.get(channel="sms").address)
    route("email")
    route("sms")
    assert Failure.objects.filter(cause="suppressed").count() == 2
    account = change.concerned.get().account
    assert gate.earliest_effect(change, account) is not None


def test_a_bounce_suppresses_its_address():
    make_waiting()
    attempt = accept("email")
    for _twice in range(2):
        delivering.record_bounce(attempt=attempt, reason="550 no such user", answer={})
    suppression = Suppression.objects.get()
    assert (suppression.source, suppression.address) == ("hard_bounce", "person0@example.com")
    assert (suppression.provider, suppression.attempt) == ("first", attempt)
    assert suppression.masked == "pe***@example.com"


def test_lifted_it_is_used_again():
    suppression = suppress()
    lifted = suppressions.lift(
        suppression=suppression, lifted_by=make_desk(), reason="Their mailbox works again"
    )
    assert lifted.suppression == suppression
    make_waiting()
    assert providers_of(route("email")) == ["post"]
    with pytest.raises(WrongState):
        suppressions.lift(suppression=suppression, lifted_by=make_desk(), reason="Again")
    suppress()  # and suppressed anew


def test_whoever_verifies_it_anew_uses_it_again(clock):
    make_waiting()
    suppress()
    clock.advance(hours=1)
    User.objects.filter(contact_email="person0@example.com").update(contact_email_verified_at=now())
    assert providers_of(route("email")) == ["post"]


def test_who_may_suppress_and_lift():
    suppression = suppress()
    with pytest.raises(WrongState):
        suppress()
    with pytest.raises(NotAllowed):
        suppressions.suppress(
            channel="sms", address="+8613800000000", suppressed_by=make_staff(), reason="So"
        )
    with pytest.raises(NotAllowed):
        suppressions.lift(suppression=suppression, lifted_by=make_staff(), reason="So")
    with pytest.raises(ReasonMissing):
        suppressions.lift(suppression=suppression, lifted_by=make_desk(), reason=" ")
    with pytest.raises(WrongState):
        suppress(channel="inbox")
    with pytest.raises(EvidenceIsFinal):
        suppression.delete()


def test_the_database_takes_no_failure_for_an_address_that_is_not_suppressed():
    make_waiting()
    [delivery] = Delivery.objects.filter(channel="sms")
    suppression = suppress()
    suppressions.lift(suppression=suppression, lifted_by=make_desk(), reason="Works again")
    for pk in Delivery.objects.values_list("pk", flat=True):
        with pytest.raises(IntegrityError), transaction.atomic():
            Failure.record(delivery_id=pk, cause="suppressed")
    assert not hasattr(delivery, "failure")
