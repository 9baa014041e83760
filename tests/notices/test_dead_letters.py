"""What did not arrive is sent again by somebody with a reason, unless its provider can tell."""

import pytest
from django.contrib.auth.models import Permission

from common.clock import now
from common.messaging import configured
from notices import dead_letters, delivering, suppressions
from notices.exceptions import WrongState
from notices.models import Attempt, Delivery, Resolution, Suppression
from tests.notices.making import make_announced, make_customer, make_officer, run_jobs

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]


@pytest.fixture
def told():
    _person, account = make_customer()
    make_announced(account)
    return {one.channel: one for one in Delivery.objects.all()}


def in_state(delivery, state):
    Delivery.objects.filter(pk=delivery.pk).update(state=state)
    delivery.refresh_from_db()
    return delivery


@pytest.mark.parametrize("state", ["unknown", "expired", "unreached"])
def test_it_is_sent_once_more_and_who_wanted_that_is_kept(told, state):
    delivery = in_state(told["email"], state)
    officer = make_officer()
    assert dead_letters.why_not_again(delivery) == ""
    dead_letters.send_again(delivery=delivery, by=officer, reason="They called", at=now())
    run_jobs()
    delivery.refresh_from_db()
    first, _second = delivery.attempts.order_by("fence")
    assert delivery.state == "accepted"
    kept = Resolution.objects.get(delivery=delivery)
    assert (kept.decided_by, kept.reason, kept.attempt) == (officer, "They called", first)


def test_what_came_back_is_sent_again(told):
    attempt = Attempt.objects.get(delivery=told["email"])
    delivering.record_bounce(attempt=attempt, reason="Mailbox full", answer={})
    told["email"].refresh_from_db()
    officer = make_officer()
    officer.user_permissions.add(Permission.objects.get(codename="add_suppressionlifting"))
    again = {"delivery": told["email"], "by": officer, "reason": "Emptied", "at": now()}
    assert "suppression" in dead_letters.why_not_again(told["email"])
    with pytest.raises(WrongState, match="suppression"):
        dead_letters.send_again(**again)
    suppressions.lift(
        suppression=Suppression.objects.get(), lifted_by=officer, reason="They emptied it"
    )
    dead_letters.send_again(**again)
    run_jobs()
    told["email"].refresh_from_db()
    assert told["email"].attempts.count() == 2


def test_what_is_in_doubt_is_not_repeated_while_its_provider_can_be_asked(told, monkeypatch):
    delivery = in_state(told["sms"], "unknown")
    provider = configured.get(delivery.attempts.get().provider)
    monkeypatch.setattr(type(provider), "can_be_asked", True)
    assert dead_letters.why_not_again(delivery)
    with pytest.raises(WrongState):
        dead_letters.send_again(delivery=delivery, by=make_officer(), reason="Why not", at=now())
    assert not Resolution.objects.exists()
    assert delivery.attempts.count() == 1


@pytest.mark.parametrize("state", ["accepted", "pending", "delivered", "cancelled"])
def test_what_is_settled_or_under_way_is_left_alone(told, state):
    delivery = in_state(told["email"], state)
    with pytest.raises(WrongState):
        dead_letters.send_again(delivery=delivery, by=make_officer(), reason="Why", at=now())
