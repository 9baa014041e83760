"""Between announcement and effect: when the audience is looked at, and what is left alone."""

import pytest

from accounts.models import Membership
from common.clock import now
from notices import catching_up, progress
from notices.models import Delivery, Expansion, Notice, ServiceChange
from tests.accounts.making import make_region
from tests.notices.making import (
    approve,
    make_announced,
    make_customer,
    make_organization,
    plan,
    propose,
    run_jobs,
)

pytestmark = pytest.mark.django_db


def catch_up(change):
    return catching_up.catch_up(ServiceChange.objects.get(pk=change.pk), at=now())


def test_nothing_happened_is_no_round():
    change = make_announced(make_customer()[1])
    assert catch_up(change) is False
    assert Expansion.objects.count() == 1
    assert ServiceChange.objects.get(pk=change.pk).joined_at is not None


@pytest.mark.parametrize("state", ["draft", "proposed", "approved", "complete", "withdrawn"])
def test_only_what_is_announced_is_caught_up_with(clock, state):
    _ann, account = make_customer()
    bob, _his = make_customer()
    change = plan(account)
    if state != "draft":
        propose(change)
    if state in ("approved", "complete", "withdrawn"):
        approve(change)
    if state in ("complete", "withdrawn"):
        run_jobs()
        clock.advance(days=6)
    if state == "complete":
        run_jobs()
    if state == "withdrawn":
        ServiceChange.objects.filter(pk=change.pk).update(state="withdrawn")
    assert ServiceChange.objects.get(pk=change.pk).state == state
    Membership.objects.create(user=bob, account=account, role="admin")
    assert catch_up(change) is False
    assert not Notice.objects.filter(recipient=bob, expansion__phase="announced").exists()


def test_what_acts_at_once_has_nobody_to_catch_up_with():
    _ann, account = make_customer()
    change = plan(account, make_organization(), at_once=True, grounds="x", in_days=0)
    propose(change)
    approve(change)
    ServiceChange.objects.filter(pk=change.pk).update(state="taking_effect")
    assert catch_up(change) is False


def test_a_round_that_is_being_written_is_finished_first():
    bob, _his = make_customer()
    _ann, account = make_customer()
    change = plan(account)
    propose(change)
    approve(change)
    progress.step(change, at=now())
    Membership.objects.create(user=bob, account=account, role="admin")
    assert catch_up(change) is False
    progress.write_messages()
    # Written with everybody else, so there is nobody left to tell.
    assert Notice.objects.filter(recipient=bob).count() == 1
    assert catch_up(change) is False


def test_joined_left_new_owner_and_new_address_in_one_look(mailbox, phone_messages):
    south = make_region()
    ann, hers = make_customer(name="Ann", contact_email="ann@example.com")
    bob, his = make_customer(name="Bob", contact_email="bob@example.com")
    cid, theirs = make_customer(name="Cid", contact_email="cid@example.com")
    for account in (hers, his):
        account.region = south
        account.save()
    change = plan(audience="rule", rule={"regions": [south.pk]})
    propose(change)
    approve(change)
    run_jobs()
    his.region, theirs.region = None, south
    his.save()
    theirs.save()
    Membership.objects.create(user=bob, account=hers, role="admin")
    ann.contact_email, ann.contact_email_verified_at = "ann@new.example.com", now()
    ann.save()

    assert catch_up(change) is True
    rounds = change.expansions.exclude(round=1, phase="announced").order_by("pk")
    assert [(one.phase, one.whom) for one in rounds] == [
        ("announced", "joined"),
        ("withdrawn", "exempted"),
        ("announced", "unseen"),
    ]
    assert Delivery.objects.filter(address="ann@new.example.com").count() == 1
    run_jobs()
    assert catch_up(change) is False
    told = Notice.objects.filter(expansion__phase="announced")
    assert told.filter(recipient=cid).count() == told.filter(recipient=ann).count() == 1
    # Bob once for his own account, then for hers, whose administrator he became.
    assert told.filter(recipient=bob).count() == 2
    assert len(mailbox.to("ann@new.example.com")) == 1


def test_a_rule_that_fitted_nobody_is_told_of_once_it_fits_somebody():
    south = make_region()
    _ann, account = make_customer()
    account.region = south
    account.save()
    change = plan(audience="rule", rule={"regions": [south.pk]})
    propose(change)
    approve(change)
    account.region = None
    account.save()
    run_jobs()
    assert not change.expansions.exists()
    account.region = south
    account.save()
    assert catch_up(change) is True
    run_jobs()
    assert Notice.objects.count() == 1
    assert change.expansions.get().announcement is not None


def test_who_feels_it_already_is_not_told_ahead(clock):
    bob, _his = make_customer()
    _ann, account = make_customer()
    change = make_announced(account, make_organization(name="Nobody's"))
    clock.set(change.effective_at)
    run_jobs()
    Membership.objects.create(user=bob, account=account, role="admin")
    assert catch_up(change) is False
