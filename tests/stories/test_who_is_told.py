"""Between announcement and effect: who joins, who leaves, whose address changes (clause 1.3)."""

from datetime import timedelta

import pytest

from accounts import access
from accounts.models import Membership
from common.clock import now
from notices import announced, delivering, gate, standings
from notices.audiences import Rule
from notices.models import Attempt, Delivery, Exemption
from tests.accounts.making import make_region, make_service
from tests.notices.making import make_customer, make_officer, make_organization
from tests.stories.telling import decided, fresh, told, work

pytestmark = pytest.mark.django_db


def allowed(account, change):
    return access.decide(account=account, service=change.service, at=now()).allowed


def test_a_late_joiner_is_told_before_it_feels_anything(clock, mailbox, phone_messages):
    south = make_region()
    ann, hers = make_customer(name="Ann", contact_email="ann@example.com", language="en")
    bob, his = make_customer(name="Bob", contact_email="bob@example.com", language="en")
    hers.region = south
    hers.save()
    rule = Rule(regions=[south.pk]).as_json()
    change = decided(audience="rule", rule=rule, in_days=5)
    work()
    assert fresh(change).concerned_count == 1
    assert told(bob, "announced") == []

    clock.advance(days=4)
    his.region = south
    his.save()
    work()
    assert fresh(change).concerned_count == 2
    assert len(told(bob, "announced")) == 1
    assert len(told(ann, "announced")) == 1
    opens_at = gate.earliest_effect(change, his)
    assert opens_at > gate.earliest_effect(change, hers) == change.effective_at
    assert opens_at == gate.opens_if_told(told_at=now(), lead_days=3, zone="Asia/Shanghai")
    # Bob was told the planned moment, and is felt by later: staff see that it is at risk.
    assert change.at_risk.get().account == his

    clock.set(change.effective_at)
    work()
    assert not allowed(hers, change)
    assert allowed(his, change)
    clock.set(opens_at)
    work()
    assert not allowed(his, change)
    assert fresh(change).state == "complete"
    assert len(told(bob, "in_effect")) == 1


def test_who_fits_no_more_is_left_out_and_told_so(clock, mailbox, phone_messages):
    south, north = make_region(), make_region("cn-north")
    ann, hers = make_customer(name="Ann", contact_email="ann@example.com", language="en")
    bob, his = make_customer(name="Bob", contact_email="bob@example.com", language="en")
    for account in (hers, his):
        account.region = south
        account.save()
    change = decided(audience="rule", rule=Rule(regions=[south.pk]).as_json())
    work()
    his.region = north
    his.save()
    for _again in range(2):
        work()
    assert [e.account for e in Exemption.objects.all()] == [his]
    assert told(bob, "withdrawn") == ["The suspension of Image generation has been called off"]
    assert told(ann, "withdrawn") == []
    clock.set(change.effective_at + timedelta(days=1))
    work()
    assert not allowed(hers, change)
    assert allowed(his, change)
    assert fresh(change).state == "complete"


def test_who_left_and_comes_back_stays_left_out(clock, mailbox):
    """They were told that it is off for them; only another change may say otherwise."""
    south = make_region()
    _ann, account = make_customer(language="en")
    account.region = south
    account.save()
    change = decided(audience="rule", rule=Rule(regions=[south.pk]).as_json())
    work()
    account.region = None
    account.save()
    work()
    account.region = south
    account.save()
    work()
    clock.set(change.effective_at + timedelta(days=30))
    work()
    assert allowed(account, change)


def test_a_new_owner_is_told_and_the_notice_of_the_old_one_stands(clock, mailbox, phone_messages):
    ann, _hers = make_customer(name="Ann", contact_email="ann@example.com", language="en")
    bob, _his = make_customer(name="Bob", contact_email="bob@example.com", language="en")
    company = make_organization(ann)
    change = decided(company)
    work()
    opens_at = gate.earliest_effect(change, company)
    clock.advance(days=1)
    Membership.objects.create(user=bob, account=company, role="admin")
    for _again in range(2):
        work()
    assert len(told(bob, "announced")) == 1
    assert len(mailbox.to("bob@example.com")) == len(phone_messages(bob.phone)) == 1
    assert len(told(ann, "announced")) == 1
    assert gate.earliest_effect(change, company) == opens_at


def test_a_changed_address_gets_what_the_old_one_was_sent(clock, mailbox, phone_messages):
    ann, account = make_customer(contact_email="old@example.com", language="en")
    change = decided(account)
    work()
    ann.contact_email = "new@example.com"
    ann.contact_email_verified_at = None
    ann.save()
    work()
    assert mailbox.to("new@example.com") == []  # hers only once she has shown it
    assert ann.verify_contact_email("new@example.com", at=now())
    for _again in range(2):
        work()
    assert mailbox.to("new@example.com") == mailbox.to("old@example.com")
    assert len(mailbox.to("new@example.com")) == 1
    assert len(told(ann, "announced")) == 1
    assert len(phone_messages(ann.phone)) == 1
    clock.set(change.effective_at)
    work()
    assert len(mailbox.to("new@example.com")) == 2
    assert len(mailbox.to("old@example.com")) == 1


def test_a_person_in_nine_organizations_is_told_once_in_every_phase(clock, mailbox, phone_messages):
    ann, own = make_customer(contact_email="ann@example.com", language="en")
    bob, his = make_customer(name="Bob", contact_email="bob@example.com", language="en")
    organizations = [make_organization(ann, bob, name=f"Company {n}") for n in range(9)]
    accounts = [own, *organizations]
    officer = make_officer()
    change = decided(*accounts)
    work()
    until = change.effective_at + timedelta(days=1)
    announced.postpone(change=change, until=until, postponed_by=officer, reason="More time")
    work()
    clock.set(until)
    work()
    announced.lift(change=change, lifted_by=officer, reason="Put right", at=now())
    work()
    letters = mailbox.to("ann@example.com")
    assert len(letters) == len(phone_messages(ann.phone)) == 4
    for phase, (subject, letter) in zip(
        ("announced", "postponed", "in_effect", "lifted"), letters, strict=True
    ):
        assert told(ann, phase) == [subject]
        assert [letter.count(account.public_id) for account in accounts] == [1] * 10
        assert his.public_id not in letter
    assert len(mailbox.to("bob@example.com")) == 4
    assert own.public_id not in mailbox.to("bob@example.com")[0][1]


def test_a_rule_by_service_finds_who_has_used_it(clock, mailbox):
    from accounts import uses

    service = make_service()
    _ann, hers = make_customer(name="Ann")
    _bob, _his = make_customer(name="Bob")
    uses.record(
        lines=[uses.Use(account=hers.public_id, service=service.slug, used_at=now())], at=now()
    )
    rule = Rule(services=[service.pk], used_since=now() - timedelta(days=30)).as_json()
    change = decided(audience="rule", rule=rule, service=service)
    work()
    assert [one.account for one in change.concerned.all()] == [hers]
    # Used within the thirty days when it was written, so later too: it is a moment.
    clock.set(change.effective_at)
    work()
    assert not allowed(hers, change)


def test_an_audience_that_expands_to_nothing_is_detected(clock, mailbox):
    south = make_region()
    _ann, account = make_customer()
    account.region = south
    account.save()
    change = decided(audience="rule", rule=Rule(regions=[south.pk]).as_json())
    account.region = None
    account.save()
    assert not standings.empty_audiences().exists()
    work()
    assert list(standings.empty_audiences()) == [change]
    assert fresh(change).concerned_count == 0
    clock.set(change.effective_at)
    work()
    assert fresh(change).state in ("announcing", "announced")
    # Somebody comes to fit after all: nothing is lost, and it is told in time.
    account.region = south
    account.save()
    work()
    work()
    assert not standings.empty_audiences().exists()
    assert allowed(account, change)
    clock.set(gate.earliest_effect(change, account))
    work()
    assert not allowed(account, change)


def test_accounts_without_anybody_to_tell_are_detected(mailbox):
    change = decided(make_organization(name="Nobody's"))
    work()
    assert list(standings.empty_audiences()) == [change]
    assert change.at_risk.get().cause == "nobody"


def test_a_bounce_before_the_effect_counts_and_one_after_it_changes_nothing(
    clock, mailbox, phone_messages
):
    ann, account = make_customer(contact_email="ann@example.com", language="en")
    change = decided(account)
    work()
    first = gate.earliest_effect(change, account)
    assert first == change.effective_at

    clock.advance(days=2)
    for channel in ("email", "sms"):
        attempt = Attempt.objects.get(delivery__channel=channel)
        assert gate.earliest_effect(change, account) == first
        delivering.record_bounce(attempt=attempt, reason="mailbox full", answer={})
    work()
    later = gate.earliest_effect(change, account)
    assert later == gate.opens_if_told(told_at=now(), lead_days=3, zone="Asia/Shanghai") > first
    assert change.at_risk.get().cause == "late"

    # Staff find a better address and send again: that is notice, from now on.
    ann.contact_email, ann.contact_email_verified_at = "better@example.com", now()
    ann.save()
    work()
    assert len(mailbox.to("better@example.com")) == 1
    clock.set(first)
    work()
    assert allowed(account, change)
    clock.set(gate.earliest_effect(change, account))
    work()
    assert not allowed(account, change)
    for attempt in Attempt.objects.filter(delivery__address="better@example.com", bounce=None):
        delivering.record_bounce(attempt=attempt, reason="gone", answer={})
    work()
    assert not allowed(account, change)
    assert fresh(change).state == "complete"
    assert Delivery.objects.filter(state="failed").count() >= 3
