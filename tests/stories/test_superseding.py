"""A decision takes the place of another: what was taken stays away until the new one begins,
and nobody is let in for a second by a lead time."""

from datetime import timedelta

import pytest

from accounts import access
from accounts.models import Lifting
from common.clock import now
from compliance import appeals, cases, strikes
from compliance.exceptions import NotPossible
from compliance.models import Action, Case, CaseEvent, Decision, Statement
from tests.accounts.making import make_key, make_service
from tests.compliance.deciding import AT_ONCE, approve, decide, make_officer, make_supervisor
from tests.compliance.deciding import propose as propose_one
from tests.desk.signing_in import staff
from tests.notices.making import make_customer
from tests.stories.telling import fresh, told, work

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]

# More than the jobs take on a slow machine, as the clock goes on while they work.
MOMENT, DAY = timedelta(minutes=5), timedelta(days=1)
LIMITS = {"requests_per_minute": 60}


class World:
    """Li, whose one service is asked about by the gateway, and an officer with a case."""

    def __init__(self, clock, gateway):
        self.person, self.account = make_customer(
            name="Li", contact_email="li@example.com", language="en"
        )
        self.service, self.officer = make_service(), make_officer()
        self.key = make_key(self.account)
        self.clock, self._gateway = clock, gateway

    def answer(self):
        return self._gateway(self.key, self.service)["decision"]

    def decide(self, **fields):
        made = decide(self.account, by=self.officer, **fields)
        work()
        return made

    def propose(self, before, **fields):
        case = Case.objects.get(pk=before.case_id)
        if case.state != Case.State.INVESTIGATING:
            case = cases.reopen(case=case, by=self.officer, reason="New facts", at=now())
        return propose_one(self.account, by=self.officer, case=case, supersedes=before, **fields)

    def supersede(self, before, *, approved_by=None, **fields):
        made = self.propose(before, **fields)
        approve(made, by=approved_by)
        work()
        return Decision.objects.get(pk=made.pk)

    def at(self, moment):
        """Whether there is access when the clock reads so, before and after the jobs."""
        self.clock.set(moment)
        before = self.answer()
        work()
        return before, self.answer()


@pytest.fixture
def world(clock, mailbox, phone_messages, gateway):
    return World(clock, gateway)


def begins_at(decision):
    return fresh(decision.effect.change).effective_at


DENIED, FREE = ("deny", "deny"), ("allow", "allow")


def test_by_a_longer_suspension_there_is_no_allowed_second(world):
    before = world.decide(days=20, **AT_ONCE)
    assert world.answer() == "deny"
    after = world.supersede(before, days=60)
    begins, ends = begins_at(after), after.effect.change.ends_at
    assert begins > now() + DAY, "there is a lead time to bridge"
    assert fresh(before.effect.change).state == "complete"
    for moment in (now(), now() + DAY, begins - MOMENT, begins, begins + MOMENT):
        assert world.at(moment) == DENIED, moment
    assert fresh(before.effect.change).state == "lifted"
    assert fresh(after.effect.change).state == "complete"
    # Where one gives way to the other, whichever moment is asked about.
    [restriction] = world.account.restrictions.filter(lifting=None)
    lifted = Lifting.objects.get().recorded_at
    assert restriction.starts_at <= lifted
    tick = timedelta(microseconds=1)
    for moment in (restriction.starts_at, lifted):
        for asked in (moment - tick, moment, moment + tick):
            found = access.decide(account=world.account, service=world.service, at=asked)
            assert not found.allowed, asked
    # The end of the first is none of the second, which ends by itself.
    assert world.at(before.effect.change.ends_at) == DENIED
    assert world.at(ends - MOMENT) == DENIED
    assert world.at(ends) == FREE
    assert strikes.standing(account=world.account, at=now()).points == 1


def test_jobs_that_come_late_open_no_gap(world):
    before = world.decide(days=300, **AT_ONCE)
    after = world.supersede(before, days=60)
    world.clock.set(begins_at(after) + 3 * DAY)
    assert world.answer() == "deny"
    work()
    assert world.answer() == "deny"
    assert fresh(before.effect.change).state == "lifted"


def test_by_a_suspension_at_once(world):
    before = world.decide(days=20, **AT_ONCE)
    after = world.propose(before, days=60, **AT_ONCE)
    approve(after)
    assert world.answer() == "deny", "approved, and no job has run yet"
    work()
    assert world.answer() == "deny"
    assert fresh(before.effect.change).state == "lifted"


def test_by_a_warning_it_is_lifted_at_once(world):
    before = world.decide(**AT_ONCE)
    after = world.propose(before, action=Action.WARNING)
    assert world.answer() == "deny"
    approve(after)
    assert world.answer() == "allow", "no job has to run"
    work()
    assert world.answer() == "allow"
    assert len(told(world.person, "lifted")) == 1
    assert "is lifted at once" in Statement.objects.get(decision=after, language="en").text


def test_by_no_action_it_is_lifted_at_once(world):
    before = world.decide(**AT_ONCE)
    approve(world.propose(before, action=Action.NONE))
    assert world.answer() == "allow"


def test_by_a_limit_it_stays_until_the_limit_begins(world):
    before = world.decide(**AT_ONCE)
    after = world.supersede(before, action=Action.RATE_LIMIT, limits=LIMITS)
    begins = begins_at(after)
    assert world.at(begins - MOMENT) == DENIED
    assert world.at(begins) == ("deny", "limit")
    statement = Statement.objects.get(decision=after, language="en").text
    assert "whose effect stays until this one begins" in statement


def test_a_milder_one_may_say_that_it_is_lifted_at_once(world):
    before = world.decide(**AT_ONCE)
    after = world.supersede(before, action=Action.RATE_LIMIT, limits=LIMITS, lifts_at_once=True)
    begins = begins_at(after)
    assert world.answer() == "allow"
    assert world.at(begins - MOMENT) == FREE
    assert world.at(begins) == ("allow", "limit")


def test_a_shorter_one_of_the_same_kind_is_milder(world):
    before = world.decide(days=20, **AT_ONCE)
    world.supersede(before, days=5, lifts_at_once=True)
    assert world.answer() == "allow"


@pytest.mark.parametrize(
    ("action", "days"),
    [("suspension", 20), ("suspension", None), ("termination", None)],
)
def test_no_other_says_so(world, action, days):
    before = world.decide(days=20, **AT_ONCE)
    with pytest.raises(NotPossible, match="Only a milder"):
        world.propose(before, action=action, days=days, lifts_at_once=True)
    with pytest.raises(NotPossible, match="Choose the decision"):
        propose_one(world.account, by=world.officer, kind="leak", lifts_at_once=True)


def test_a_term_that_is_over_before_the_new_one_begins_is_over(world):
    before = world.decide(days=1, **AT_ONCE)
    after = world.supersede(before, days=60)
    over, begins = before.effect.change.ends_at, begins_at(after)
    assert over < begins
    assert world.at(over - MOMENT) == DENIED
    assert world.at(over) == FREE
    assert world.at(begins) == ("allow", "deny")


def test_what_was_still_to_come_comes_until_the_new_one_begins(world):
    before = world.decide(days=30)
    first = begins_at(before)
    world.clock.advance(days=1)
    after = world.supersede(before, days=60)
    second = begins_at(after)
    assert first < second
    assert world.at(first - MOMENT) == FREE
    assert world.at(first) == ("allow", "deny")
    assert world.at(second) == DENIED
    assert fresh(before.effect.change).state == "lifted"


def test_three_one_after_the_other_before_the_second_begins(world):
    first = world.decide(**AT_ONCE)
    second = world.supersede(first, days=30)
    world.clock.advance(days=1)
    third = world.supersede(second, days=60)
    for moment in (begins_at(second), begins_at(third) - MOMENT, begins_at(third)):
        assert world.at(moment) == DENIED
    assert [fresh(one.effect.change).state for one in (first, second, third)] == [
        "lifted",
        "lifted",
        "complete",
    ]


def test_a_warning_at_the_end_of_the_chain_lifts_all_of_it(world):
    first = world.decide(**AT_ONCE)
    second = world.supersede(first, days=30)
    world.supersede(second, action=Action.WARNING)
    assert world.answer() == "allow"
    assert fresh(second.effect.change).state == "withdrawn"
    world.clock.advance(days=60)
    work()
    assert world.answer() == "allow"


def test_the_new_one_is_overturned_before_it_begins(world):
    before = world.decide(**AT_ONCE)
    after = world.supersede(before, days=60)
    made = appeals.appeal(decision=after, by=world.person, text="That was not us", at=now())
    appeals.decide(
        appeal=made,
        result="overturned",
        reasons_zh_hans="申诉成立。",
        reasons_en="You are right.",
        decided_by=make_supervisor(),
        at=now(),
    )
    work()
    # The first stands no more either, so nothing is left to keep it.
    assert world.answer() == "allow"
    assert world.at(begins_at(after)) == FREE


def test_another_case_of_the_account_goes_on(world):
    before = world.decide(**AT_ONCE)
    decide(world.account, by=world.officer, kind="leak", days=90, **AT_ONCE)
    work()
    world.supersede(before, action=Action.WARNING)
    assert world.answer() == "deny"


def test_who_approved_it_may_have_left_when_it_begins(world):
    before = world.decide(days=30)
    supervisor = make_supervisor()
    after = world.supersede(before, days=60, approved_by=supervisor)
    supervisor.groups.clear()
    supervisor.is_active = supervisor.is_staff = False
    supervisor.save()
    world.at(begins_at(after))
    assert fresh(after.effect.change).state == "complete"
    assert world.answer() == "deny"
    assert fresh(before.effect.change).state in ("lifted", "withdrawn")


# -- the trail and the page ----------------------------------------------------------------


def effective(decision):
    events = CaseEvent.objects.filter(case=decision.case_id, what="decision_effective")
    return list(events.filter(data__decision=decision.public_id))


def page_of(decision):
    _officer, browser = staff("compliance")
    return browser.get(f"/admin/compliance/case/{decision.case_id}/change/").text


def test_the_trail_says_in_effect_once_it_is_felt(world):
    decision = world.decide(days=10)
    begins = begins_at(decision)
    assert effective(decision) == []
    assert "Takes effect on" in page_of(decision)
    # Though the case was closed meanwhile.
    cases.close(case=Case.objects.get(), by=world.officer, reason="All told", at=now())
    world.at(begins - MOMENT)
    assert effective(decision) == []
    world.clock.set(begins)
    assert "To take effect since" in page_of(decision)
    work()
    [event] = effective(decision)
    assert event.recorded_at >= begins
    assert (event.actor, event.data["change"]) == (None, decision.effect.change.public_id)
    work()
    assert effective(decision) == [event]
    page = page_of(decision)
    assert "In effect since" in page
    assert "Decision put into effect" in page
    world.clock.set(decision.effect.change.ends_at)
    assert "Over since" in page_of(decision)


@pytest.mark.parametrize("action", [Action.SUSPENSION, Action.WARNING])
def test_what_acts_at_once_is_in_effect_with_its_permit(world, action):
    more = AT_ONCE if action == Action.SUSPENSION else {}
    decision = decide(world.account, by=world.officer, action=action, **more)
    assert effective(decision) == []
    work()
    assert len(effective(decision)) == 1


def test_what_nothing_carries_out_is_in_effect_with_its_approval(world):
    decision = decide(world.account, by=world.officer, action=Action.NONE)
    [event] = effective(decision)
    assert event.actor == decision.approval.approved_by


def test_called_off_it_is_never_in_effect(world):
    before = world.decide(days=10)
    begins = begins_at(before)
    world.supersede(before, action=Action.WARNING)
    world.at(begins)
    assert effective(before) == []
    page = page_of(before)
    assert "Called off before it took effect" in page
    assert "superseded" in page
