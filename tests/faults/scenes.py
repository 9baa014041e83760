"""What happens to the crew while a change is carried out, and what must be true after it."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from accounts.models import Account, Permit
from apiqik_backoffice.embedded.processes import wait_until
from notices import delivering, progress
from notices.models import Delivery, Notice, ServiceChange
from tests.accounts.making import make_service
from tests.faults.figures import Figures
from tests.notices.making import approve, make_officer, make_supervisor, plan, propose
from tests.plumbing.clocks import Clock
from tests.plumbing.counting_sink import CountingSink
from tests.plumbing.crew import Crew
from tests.plumbing.crowd import TOGETHER, told

State = ServiceChange.State
# On two cores 100,000 people take minutes; a crew that hangs is found out after this long.
PATIENCE_SECONDS = 1800


def proposed(
    accounts: list[Account], *, service: str = "image-generation", **contents: Any
) -> ServiceChange:
    """A suspension of all those accounts, waiting for its second person."""
    officer = make_officer()
    change = plan(*accounts, planned_by=officer, service=make_service(service), **contents)
    propose(change, by=officer)
    return change


def approved(accounts: list[Account], **contents: Any) -> ServiceChange:
    change = proposed(accounts, **contents)
    approve(change, by=make_supervisor())
    return change


def has_reached(change: ServiceChange, *states: str) -> bool:
    return ServiceChange.objects.filter(pk=change.pk, state__in=states).exists()


def wait_for(condition: Callable[[], bool], crew: Crew, *, every: float = 0.3) -> float:
    """Seconds until the condition held. Fails with what the crew said."""
    began = time.monotonic()
    assert wait_until(condition, seconds=PATIENCE_SECONDS, every=every), crew.last_words()
    return time.monotonic() - began


def strike_while(
    going_on: Callable[[], bool], strike: Callable[[], None], *, times: int, every: float
) -> int:
    """Strikes some times while something goes on; how often it did."""
    struck = 0
    while struck < times and going_on():
        strike()
        struck += 1
        time.sleep(every)
    return struck


def expanding(change: ServiceChange, crew: Crew) -> Callable[[], bool]:
    """Whether the messages of a change are being written: begun and not done."""

    def is_going_on() -> bool:
        began = any(task["task"] == "notices.announce" for task in crew.tasks("began"))
        return (
            began
            and has_reached(change, State.APPROVED, State.ANNOUNCING)
            and not (
                Notice.objects.filter(expansion__change=change).count()
                >= change.concerned.filter(account__kind="personal").count()
            )
        )

    return is_going_on


def everything_is_said() -> bool:
    """Whether all messages are written and handed over; a change is complete before that."""
    unsaid = progress.with_messages_to_write().exists() or Delivery.objects.open().exists()
    return not unsaid


def settle_what_was_cut_off(clock: Clock, crew: Crew) -> int:
    """Lets the claims of killed workers run out. How many messages are in doubt for good."""
    wait_for(lambda: not progress.with_messages_to_write().exists(), crew)
    if Delivery.objects.filter(state=Delivery.State.SENDING).exists():
        clock.advance(seconds=delivering.LEASE.total_seconds() + 1)
    wait_for(everything_is_said, crew)
    return Delivery.objects.filter(state=Delivery.State.UNKNOWN).count()


def let_it_take_effect(change: ServiceChange, clock: Clock, crew: Crew) -> float:
    clock.set(change.effective_at + timedelta(minutes=1))
    seconds = wait_for(lambda: has_reached(change, State.COMPLETE), crew)
    wait_for(everything_is_said, crew)
    return seconds


def judge_telling(
    figures: Figures, name: str, change: ServiceChange, *, phase: str, people: int
) -> None:
    """No gap and no double among the rows of a phase."""
    found = told(change, phase)
    figures.exactly(f"{name}.{phase}.people", found.people, people)
    figures.exactly(f"{name}.{phase}.people_and_accounts", found.pairs, 2 * people)
    figures.exactly(f"{name}.{phase}.gaps", found.without_a_delivery, 0)
    figures.exactly(f"{name}.{phase}.doubles", found.twice + found.accepted_twice, 0)
    if phase == "announced":
        figures.exactly(f"{name}.{phase}.notices", found.notices, people)


def judge_sending(
    figures: Figures, name: str, crew: Crew, sink: CountingSink, *, in_doubt: int = 0
) -> None:
    """What arrived is what was to be sent: each delivery once, none twice."""
    for channel, arrived in (
        ("email", [number for number, _recipient in sink.letters()]),
        ("sms", [line["reference"] for line in crew.sms()]),
    ):
        rows = Delivery.objects.filter(channel=channel)
        accepted = rows.filter(state="accepted").count()
        unsent = rows.exclude(state__in=["accepted", "unknown"]).count()
        figures.exactly(f"{name}.{channel}.gaps", unsent, 0)
        figures.exactly(f"{name}.{channel}.doubles", len(arrived) - len(set(arrived)), 0)
        # What a killed worker handed over without writing it down arrived, and is in doubt.
        figures.between(f"{name}.{channel}.arrived", len(arrived), accepted, accepted + in_doubt)


def judge_effect(figures: Figures, name: str, change: ServiceChange, *, people: int) -> None:
    """Every account is under the change once."""
    accounts = people + -(-people // TOGETHER)
    permits = Permit.objects.filter(change=change.uuid)
    figures.exactly(f"{name}.permits", permits.count(), accounts)
    figures.exactly(
        f"{name}.accounts_restricted",
        permits.filter(restrictions__isnull=False).values("account").distinct().count(),
        accounts,
    )


def effect_of(change: ServiceChange, crew: Crew) -> float:
    """Approves a change that acts at once; seconds until its accounts feel it."""
    approve(change, by=make_supervisor())
    return wait_for(lambda: Permit.objects.filter(change=change.uuid).exists(), crew, every=0.02)
