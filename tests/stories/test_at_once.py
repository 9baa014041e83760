"""At once: an account in other hands (1.2.6), and incidents, which concern everybody."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from accounts import access
from accounts.models import ApiKey, Permit, PlatformRestriction
from common.clock import now
from notices import announced, changes
from notices.exceptions import NotReady, SecondPersonNeeded
from notices.models import Announcement, Notice
from tests.accounts.making import make_clause, make_key, make_model, make_service
from tests.notices.making import (
    approve,
    make_customer,
    make_officer,
    make_organization,
    make_supervisor,
    plan,
    propose,
)
from tests.stories.telling import fresh, told, work

pytestmark = pytest.mark.django_db


def test_disabled_for_suspected_transfer_and_given_back_after_an_appeal(
    clock, mailbox, phone_messages, gateway, in_english
):
    officer, supervisor = make_officer(), make_supervisor()
    li, account = make_customer(name="Li", contact_email="li@example.com", language="en")
    service = make_service()
    key = make_key(account)
    contents = {
        "kind": "permanent_disabling",
        "service": None,
        "clause": make_clause("1.2.6"),
        "in_days": 0,
        "at_once": True,
        "reason_en": "The account seems to be in other hands",
    }
    with pytest.raises(IntegrityError, match="at_once_has_grounds"), transaction.atomic():
        plan(account, planned_by=officer, **contents)
    change = plan(
        account,
        planned_by=officer,
        grounds="Sold on a market place; screenshots in case 17",
        **contents,
    )
    proposal = propose(change, by=officer)
    officer.is_superuser = True
    officer.save()
    with pytest.raises(SecondPersonNeeded):
        changes.approve(
            proposal=proposal, approved_by=type(officer).objects.get(pk=officer.pk), at=now()
        )
    work()
    assert gateway(key, service)["decision"] == "allow"
    assert mailbox.messages == []

    approve(change, by=supervisor)
    work()
    denied = gateway(key, service)
    assert (denied["decision"], denied["clause"]) == ("deny", "1.2.6")
    assert denied["reason"]["en"] == "The account seems to be in other hands"
    [(subject, letter)] = mailbox.to("li@example.com")
    assert "disabled" in subject
    assert "1.2.6" in letter
    assert "market place" not in letter  # grounds are for staff
    assert len(phone_messages(li.phone)) == 1
    assert told(li, "announced") == []
    assert len(told(li, "in_effect")) == 1
    later, _secret = ApiKey.issue(account=account, created_by=li, name="made afterwards")
    assert gateway(later, service)["decision"] == "deny"

    lifted = announced.lift_for(
        change=change, accounts=[account], lifted_by=officer, reason="Appeal upheld"
    )
    work()
    assert lifted == [account.pk]
    assert gateway(key, service)["decision"] == "allow"
    assert len(told(li, "lifted")) == 1
    assert fresh(change).state == "complete"
    assert (
        announced.lift_for(
            change=change, accounts=[account], lifted_by=officer, reason="Appeal upheld"
        )
        == []
    )


def test_without_grounds_nothing_acts_at_once_even_with_raw_sql():
    _li, account = make_customer()
    change = plan(account, in_days=0)
    with (
        pytest.raises(DatabaseError, match="at_once_has_grounds"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE notices_servicechange SET at_once = true WHERE id = %s", [change.pk])


def test_an_incident_concerns_everybody_at_once_and_is_lifted_for_all(
    clock, mailbox, phone_messages, gateway, in_english
):
    officer = make_officer()
    ann, hers = make_customer(name="Ann", contact_email="ann@example.com", language="en")
    bob, _his = make_customer(name="Bob", contact_email="bob@example.com", language="en")
    company = make_organization(bob)
    service, other = make_service(), make_service("text-generation")
    keys = [make_key(hers), make_key(company)]
    contents = {
        "kind": "incident",
        "service": service,
        "clause": make_clause("11"),
        "in_days": 0,
        "at_once": True,
        "grounds": "The machine room is on fire",
    }
    with pytest.raises(NotReady, match="felt by everybody"):
        propose(plan(hers, planned_by=officer, **contents))
    change = plan(planned_by=officer, audience="everyone", **contents)
    propose(change, by=officer)
    approve(change)
    work()
    for key in keys:
        assert gateway(key, service)["decision"] == "deny"
        assert gateway(key, other)["decision"] == "allow"
    # One row for all, whatever the number of accounts, and for those who come later.
    assert PlatformRestriction.objects.count() == 1
    assert not Permit.objects.exists()
    cid, later = make_customer(name="Cid", contact_email="cid@example.com")
    assert not access.decide(account=later, service=service, at=now()).allowed
    assert len(told(ann, "in_effect")) == 1
    assert len(mailbox.to("bob@example.com")) == 1  # once, though two accounts are his
    assert told(cid, "in_effect") == []
    assert Announcement.objects.count() == 1
    assert fresh(change).state == "complete"

    announced.lift(change=change, lifted_by=officer, reason="Put out", at=now())
    work()
    for key in keys:
        assert gateway(key, service)["decision"] == "allow"
    assert len(told(ann, "lifted")) == len(told(bob, "lifted")) == 1
    assert Announcement.objects.count() == 2
    # Cid was never told that it stopped, so is not told that it goes on.
    assert not Notice.objects.filter(recipient=cid).exists()


def test_an_incident_of_one_model_leaves_the_others(clock, mailbox, gateway):
    _ann, account = make_customer()
    service = make_service()
    painter, drawer = make_model(service), make_model(service, slug="drawer-1")
    key = make_key(account)
    change = plan(
        audience="everyone",
        kind="incident",
        service=service,
        model=painter,
        clause=make_clause("11"),
        in_days=0,
        at_once=True,
        grounds="It answers nonsense",
    )
    propose(change)
    approve(change)
    work()
    assert gateway(key, service, model=painter)["decision"] == "deny"
    assert gateway(key, service, model=drawer)["decision"] == "allow"
