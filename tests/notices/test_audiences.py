"""Whom a rule fits: every condition by itself and together, in SQL as in plain Python."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils.translation import override

from accounts import leaving
from accounts.models import Account, Closing, Membership, ServiceUse
from common.clock import now
from notices import audiences, progress
from notices.audiences import Rule
from notices.models import Selection, ServiceChange
from tests.accounts.making import make_region, make_service
from tests.notices.making import (
    approve,
    make_customer,
    make_organization,
    plan,
    propose,
    run_jobs,
)

pytestmark = pytest.mark.django_db
MOMENT = datetime(2027, 3, 1, tzinfo=UTC)


def use(account, service, *moments):
    ServiceUse.objects.create(
        account=account, service=service, first_used_at=moments[0], last_used_at=moments[-1]
    )


def opened_at(account, moment):
    Account.objects.filter(pk=account.pk).update(created_at=moment)


class World:
    """Accounts that differ in every way a rule can ask for."""

    def __init__(self):
        self.south, self.north = make_region(), make_region("cn-north")
        self.images, self.texts = make_service(), make_service("text-generation")
        ann, self.anns = make_customer(name="Ann", language="en")
        li, self.lis = make_customer(name="李华")
        _eve, self.eves = make_customer(name="Eve", language="en", is_active=False)
        self.company = make_organization(li, name="Company")
        Membership.objects.create(user=ann, account=self.company, role="developer")
        self.orphan = make_organization(name="Nobody's")
        Account.objects.filter(pk__in=[self.anns.pk, self.company.pk]).update(region=self.south)
        Account.objects.filter(pk=self.lis.pk).update(region=self.north)
        for number, account in enumerate(Account.objects.order_by("pk")):
            opened_at(account, MOMENT + timedelta(days=number))
        use(self.anns, self.images, MOMENT - timedelta(days=90))
        use(self.lis, self.images, MOMENT - timedelta(days=90), MOMENT)
        use(self.company, self.texts, MOMENT + timedelta(days=9))


@pytest.fixture
def world():
    return World()


def by_python(rule, account):
    """The same question, asked the slow way."""
    owners = account.memberships.filter(role__in=["owner", "admin"], user__is_active=True)
    uses = [
        one
        for one in ServiceUse.objects.filter(account=account, service__in=rule.services)
        if rule.used_since is None or one.last_used_at >= rule.used_since
    ]
    return (
        (not rule.regions or account.region_id in rule.regions)
        and (not rule.services or bool(uses))
        and (not rule.kinds or account.kind in rule.kinds)
        and (not rule.languages or owners.filter(user__language__in=rule.languages).exists())
        and (rule.opened_since is None or account.created_at >= rule.opened_since)
        and (rule.opened_before is None or account.created_at < rule.opened_before)
    )


RULES = {
    "a region": lambda w: Rule(regions=[w.south.pk]),
    "two regions": lambda w: Rule(regions=[w.north.pk, w.south.pk]),
    "a service": lambda w: Rule(services=[w.images.pk]),
    "a service lately": lambda w: Rule(services=[w.images.pk], used_since=MOMENT),
    "either service lately": lambda w: Rule(
        services=[w.images.pk, w.texts.pk], used_since=MOMENT + timedelta(days=9)
    ),
    "a service nobody used since": lambda w: Rule(
        services=[w.images.pk], used_since=MOMENT + timedelta(seconds=1)
    ),
    "organizations": lambda w: Rule(kinds=["organization"]),
    "both kinds": lambda w: Rule(kinds=["organization", "personal"]),
    "English": lambda w: Rule(languages=["en"]),
    "Chinese": lambda w: Rule(languages=["zh-hans"]),
    "opened since": lambda w: Rule(opened_since=MOMENT + timedelta(days=2)),
    "opened before": lambda w: Rule(opened_before=MOMENT + timedelta(days=2)),
    "opened between": lambda w: Rule(
        opened_since=MOMENT + timedelta(days=1), opened_before=MOMENT + timedelta(days=3)
    ),
    "all of it": lambda w: Rule(
        regions=[w.south.pk],
        services=[w.texts.pk],
        used_since=MOMENT,
        kinds=["organization"],
        languages=["zh-hans"],
        opened_since=MOMENT,
        opened_before=MOMENT + timedelta(days=30),
    ),
}
FITS = {
    "a region": {"Ann", "Company"},
    "two regions": {"Ann", "Company", "李华"},
    "a service": {"Ann", "李华"},
    "a service lately": {"李华"},
    "either service lately": {"Company"},
    "a service nobody used since": set(),
    "organizations": {"Company", "Nobody's"},
    "both kinds": {"Ann", "李华", "Eve", "Company", "Nobody's"},
    "English": {"Ann"},
    "Chinese": {"李华", "Company"},
    "opened since": {"Eve", "Company", "Nobody's"},
    "opened before": {"Ann", "李华"},
    "opened between": {"李华", "Eve"},
    "all of it": {"Company"},
}


@pytest.mark.parametrize("name", RULES)
def test_whom_a_rule_fits(world, name):
    rule = RULES[name](world)
    change = plan(audience="rule", rule=rule.as_json(), service=world.images)
    found = {account.name for account in audiences.concerned_accounts(change)}
    slow = {account.name for account in Account.objects.all() if by_python(rule, account)}
    assert found == slow == FITS[name]


@pytest.mark.parametrize("name", RULES)
def test_a_rule_comes_back_from_its_record(world, name):
    rule = RULES[name](world)
    change = plan(audience="rule", rule=rule.as_json(), service=world.images)
    kept = Rule.of(ServiceChange.objects.get(pk=change.pk))
    assert kept.as_json() == rule.as_json()
    assert kept.used_since == rule.used_since
    with override("en"):
        assert len(kept.in_words()) == len(rule.as_json())
        assert all(kept.in_words())


def test_a_rule_that_asks_for_nothing_is_none():
    assert Rule().as_json() == {}
    assert Rule().in_words() == []


def test_a_rule_in_words(world):
    with override("en"):
        words = Rule(
            regions=[world.south.pk],
            services=[world.images.pk, world.texts.pk],
            kinds=["organization"],
            languages=["en"],
        ).in_words()
    assert words[0] == "at home in South China"
    assert "Image generation" in words[1]
    assert words[2:] == ["kind: organization", "reads English"]


def test_chosen_accounts_are_who_was_chosen(world):
    change = plan(world.anns, world.company, service=world.images)
    assert audiences.is_selected(change)
    assert set(audiences.concerned_accounts(change)) == {world.anns, world.company}


def test_everybody_is_selected_in_portions_that_can_be_taken_up_again(world, monkeypatch):
    monkeypatch.setattr(audiences, "LOOKED_AT", 2)
    change = plan(audience="everyone", service=world.images)
    propose(change)
    approve(change)
    progress.step(change, at=now())
    while not audiences.is_selected(change):
        assert progress.step(change, at=now())
    assert [one.accounts for one in Selection.objects.order_by("pk")] == [2, 2, 1]
    change.refresh_from_db()
    assert change.concerned_count == change.concerned.count() == 5


def test_who_is_written_down_counts_not_who_would_fit_now(world):
    change = plan(audience="rule", rule={"regions": [world.south.pk]}, service=world.images)
    propose(change)
    approve(change)
    run_jobs()
    world.lis.region = world.south
    world.lis.save()
    assert set(audiences.concerned_accounts(change)) == {world.anns, world.company}
    joined = audiences.join_late(change)
    assert (joined.round, joined.accounts) == (2, 1)
    assert audiences.join_late(change) is None
    assert world.lis in audiences.concerned_accounts(change)


def test_who_fits_no_more_falls_out_once(world):
    change = plan(audience="rule", rule={"regions": [world.south.pk]}, service=world.images)
    propose(change)
    approve(change)
    run_jobs()
    assert audiences.fall_out(change) is None
    world.anns.region = world.north
    world.anns.save()
    fallen = audiences.fall_out(change)
    assert (fallen.count, fallen.first) == (1, fallen.last)
    assert change.exemptions.get().account == world.anns
    assert audiences.fall_out(change) is None


def test_a_closed_account_is_left_out_and_not_selected(world, clock):
    everyone = {"audience": "everyone", "service": world.images}
    announced = plan(**everyone)
    propose(announced)
    approve(announced)
    run_jobs()
    ann = world.anns.holder
    leaving.leave(person=ann, reason="", ip_address=None, at=now())
    clock.set(Closing.objects.get().ends_at)
    assert leaving.close_all_due(at=now()) == 1
    assert world.anns not in audiences.concerned_accounts(plan(**everyone))
    assert world.lis in audiences.concerned_accounts(plan(**everyone))
    audiences.fall_out(announced)
    assert announced.exemptions.get().account == world.anns


def test_the_sample_is_who_was_asked_for_if_they_are_told(world):
    change = plan(world.company, world.lis, service=world.images)
    li = world.lis.holder
    found = audiences.sample_recipient(change, li)
    assert found.user == li
    assert set(found.accounts) == {world.company, world.lis}
    assert audiences.sample_recipient(change, world.anns.holder).user == li
    assert audiences.sample_recipient(plan(world.orphan, service=world.images)) is None
