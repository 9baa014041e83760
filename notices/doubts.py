"""Looking into what became of messages: those in doubt, and those of which no word came.

A message in doubt may have been taken. Its provider is asked, if it can be: what it had taken
is accepted; what it is sure never to have taken may be sent again, as another attempt. While
it cannot be asked nothing is repeated. E-mail cannot be asked about at all: it is sent once
more, under the same Message-ID, and that is written down first. Receipts that are missing
are asked for in the same way, less and less often, until their time is over.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F

from common.clock import now
from common.exceptions import NotRegistered
from common.messaging import Answer, Asked, CannotAsk, Provider, Verdict, configured
from common.wakeups import wake
from notices import receipts
from notices.due import Routable
from notices.models import Attempt, Channel, Delivery, Failure, Resolution

log = structlog.get_logger(__name__)

State = Delivery.State
Kind = Resolution.Kind

BATCH = 50
# After an answer that left it open: providers know of a message a little later.
DOUBT_LOOKED_INTO_AFTER = timedelta(minutes=1)
# Time for a bounce or the answer of a slow mail server before an e-mail is sent once more.
REPEATED_AFTER = timedelta(minutes=10)
SHORTEST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=2)


@dataclass(frozen=True)
class Case:
    """A delivery to look into, and its newest attempt. `answered` is what the provider said
    to it then, empty if nobody wrote that down."""

    delivery: Delivery
    attempt: Attempt
    answered: str
    provider_reference: str

    @property
    def is_doubtful(self) -> bool:
        return self.delivery.state == State.UNKNOWN


def first_look(
    provider_name: str, at: datetime, *, channel: str = "", doubtful: bool = False
) -> datetime | None:
    """When to look into what a provider answered to at `at`; None: not by itself. `channel`
    is for what may be repeated."""
    provider = provider_of(provider_name)
    if provider is not None and provider.can_be_asked:
        wait = DOUBT_LOOKED_INTO_AFTER if doubtful else settings.RECEIPTS_ASKED_FOR_AFTER
        return at + wait
    return at + REPEATED_AFTER if doubtful and channel == Channel.EMAIL else None


def wait_after(asks: int) -> timedelta:
    """Twice as long each time, up to `LONGEST_WAIT`."""
    return min(LONGEST_WAIT, SHORTEST_WAIT * (1 << min(asks, 10)))


def look_into_all(*, at_most: timedelta) -> tuple[int, bool]:
    """Looks until nothing is due; begins no batch after `at_most`. The number of messages
    looked into, and whether there may be more."""
    begun, looked = now(), 0
    while now() - begun < at_most:
        count = look_into_some(at=now())
        if not count:
            return looked, False
        looked += count
    return looked, True


def look_into_some(*, at: datetime) -> int:
    """Looks into the messages that are due, up to `BATCH`; how many there were."""
    cases = _claim(at)
    for case in cases:
        _look_into(case, at=at)
    return len(cases)


@transaction.atomic
def _claim(at: datetime) -> list[Case]:
    """Due messages, put off so that nobody else asks about them meanwhile."""
    due = list(
        Delivery.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(ask_at__lte=at)
        .order_by("ask_at")[:BATCH]
    )
    for delivery in due:
        delivery.asks = min(delivery.asks + 1, 1000)
        delivery.ask_at = at + wait_after(delivery.asks)
    Delivery.objects.bulk_update(due, ["ask_at", "asks"])
    newest = {
        one.delivery_id: one
        for one in Attempt.objects.filter(
            delivery__in=due, fence=F("delivery__fence")
        ).select_related("outcome")
    }
    return [_case(delivery, newest[delivery.pk]) for delivery in due if delivery.pk in newest]


def _case(delivery: Delivery, attempt: Attempt) -> Case:
    outcome = getattr(attempt, "outcome", None)
    return Case(
        delivery,
        attempt,
        outcome.verdict if outcome else "",
        outcome.provider_reference if outcome else "",
    )


def _look_into(case: Case, *, at: datetime) -> None:
    if case.delivery.state not in (State.UNKNOWN, State.ACCEPTED):
        _move(case, ask_at=None)
    elif case.is_doubtful and case.answered not in ("", Verdict.AMBIGUOUS):
        _heed_late_answer(case, at=at)
    else:
        provider = provider_of(case.attempt.provider)
        if provider is not None and provider.can_be_asked:
            _ask(provider, case, at=at)
        elif case.is_doubtful and case.delivery.channel == Channel.EMAIL:
            _repeat(case, at=at)
        else:
            _move(case, ask_at=None)


def to_repeat(deliveries: Sequence[Routable]) -> dict[int, Attempt]:
    """By delivery, the last attempt of those that are sent again while in doubt: whoever
    receives both knows them by their reference for the same."""
    again = [one.pk for one in deliveries if one.tries]
    if not again:
        return {}
    doubted = Attempt.objects.filter(
        delivery__in=again,
        fence=F("delivery__fence"),
        resolutions__kind=Resolution.Kind.RESENT,
        outcome=None,
    ) | Attempt.objects.filter(
        delivery__in=again,
        fence=F("delivery__fence"),
        resolutions__kind=Resolution.Kind.RESENT,
        outcome__verdict=Verdict.AMBIGUOUS,
    )
    return {one.delivery_id: one for one in doubted}


def provider_of(name: str) -> Provider | None:
    """None for one that is not in the settings any more."""
    try:
        return configured.get(name)
    except NotRegistered:
        return None


def _ask(provider: Provider, case: Case, *, at: datetime) -> None:
    """Asks with no transaction open, and does what the answer says."""
    asked = Asked(
        reference=str(case.attempt.reference),
        address=case.delivery.address,
        at=case.attempt.recorded_at,
        provider_reference=case.provider_reference,
    )
    try:
        answer = provider.query(asked)
    except CannotAsk as error:
        log.info("provider_not_asked", provider=provider.name, error=str(error)[:200])
    else:
        _heed(case, answer, at=at)
    _expire(case, at=at)


def _heed(case: Case, answer: Answer, *, at: datetime) -> None:
    if answer.known and answer.receipt is not None:
        # By our reference, whatever the provider calls it.
        said = replace(answer.receipt, reference=str(case.attempt.reference))
        receipts.take_answer(case.attempt.provider, replace(answer, receipt=said), at=at)
    elif not case.is_doubtful:
        if not answer.known:
            log.error("provider_denies_what_it_took", attempt=str(case.attempt.pk))
    elif answer.known:
        _resolve(case, Kind.TAKEN, answer, state=State.ACCEPTED)
    else:
        _resolve(case, Kind.NOT_TAKEN, answer, state=State.RETRYING, not_before=at, ask_at=None)


def _resolve(case: Case, kind: Kind, answer: Answer | None, **changes: object) -> bool:
    """Writes down what became known and moves the delivery, unless it has moved meanwhile."""
    with transaction.atomic():
        if not _still(case):
            return False
        Resolution.record(
            delivery=case.delivery,
            attempt=case.attempt,
            kind=kind,
            answer=receipts.cleaned(answer.raw) if answer else {},
        )
        _move(case, **changes)
        if kind == Kind.TAKEN:
            wake("notices.reckon")
        else:
            wake(f"notices.send_{case.delivery.channel}")
        return True


def _still(case: Case) -> bool:
    """Whether the delivery is as it was when it was looked at. Locks it."""
    return (
        Delivery.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk=case.delivery.pk, state=case.delivery.state, fence=case.attempt.fence)
        .exists()
    )


def _move(case: Case, **changes: object) -> int:
    """Nothing, if somebody moved it meanwhile."""
    moved: int = Delivery.objects.filter(
        pk=case.delivery.pk, state=case.delivery.state, fence=case.attempt.fence
    ).update(**changes)
    return moved


def _repeat(case: Case, *, at: datetime) -> None:
    """Sends an e-mail in doubt once more, which is written down first."""
    if at < case.attempt.recorded_at + REPEATED_AFTER:
        _move(case, ask_at=case.attempt.recorded_at + REPEATED_AFTER)
        return
    before = Resolution.objects.filter(
        delivery=case.delivery, kind=Kind.RESENT, decided_by=None
    ).exists()
    if before:
        _move(case, ask_at=None)
        return
    try:
        _resolve(case, Kind.RESENT, None, state=State.RETRYING, not_before=at, ask_at=None)
    except IntegrityError:  # by somebody else in the same moment
        log.info("repeated_already", attempt=str(case.attempt.pk))


def _heed_late_answer(case: Case, *, at: datetime) -> None:
    """The worker that was given up did write down what the provider had said."""
    with transaction.atomic():
        if not _still(case):
            return
        if case.answered == Verdict.ACCEPTED:
            _move(case, state=State.ACCEPTED, ask_at=first_look(case.attempt.provider, at))
        elif case.answered == Verdict.REJECTED_FOR_NOW:
            _move(case, state=State.RETRYING, not_before=at, ask_at=None)
        else:
            _move(case, state=State.FAILED, ask_at=None)
            Failure.objects.get_or_create(
                delivery=case.delivery, defaults={"cause": Failure.Cause.REFUSED}
            )
        wake("notices.reckon")


def _expire(case: Case, *, at: datetime) -> None:
    """Its time is over, and nobody said what became of it."""
    if at - case.attempt.recorded_at > settings.RECEIPTS_WAITED_FOR:
        _move(case, state=State.EXPIRED, ask_at=None)
