"""What jobs do to an approved change: tell people, wait for the gate, take effect.

Each change is moved on in steps. A step is one transaction under the lock of the change;
it finds in the rows what comes next and does that much of it: looks at some accounts,
writes the messages of some people, opens some gates. Run twice, or by two workers at
once, the second finds the work of the first. A worker that dies leaves one step undone.
Nothing depends on which message woke the worker.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import structlog
from django.db import DataError, IntegrityError, OperationalError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from psycopg.errors import LockNotAvailable, QueryCanceled

from accounts.models import Lifting, Permit
from common.changes import kinds_of_change
from common.clock import now
from common.exceptions import BackOfficeError
from common.unhurried import take_time
from notices import audiences, gate
from notices.catching_up import catch_up, catch_up_locked
from notices.delivering import cancel_some
from notices.expansion import open_expansion, write_some
from notices.models import Delivery, Expansion, Phase, Selection, ServiceChange
from notices.signals import change_began

log = structlog.get_logger(__name__)

State = ServiceChange.State
Whom = Expansion.Whom

# How long the audience of a rule counts as looked at, and closed gates as known.
FRESH = timedelta(minutes=10)
LIFTED_AT_ONCE = 5_000


def _locked(change: ServiceChange) -> ServiceChange:
    take_time()
    found: ServiceChange = (
        ServiceChange.objects.select_for_update(of=("self",))
        .select_related("service", "model", "region", "clause__version__document", "corrects")
        .get(pk=change.pk)
    )
    return found


# --- telling -----------------------------------------------------------------------------


def step(change: ServiceChange, *, at: datetime) -> bool:
    """Does the next piece of work on the messages of a change; False when there is none."""
    with transaction.atomic():
        locked = _locked(change)
        return any(
            act(locked, at)
            for act in (_begin_announcing, _select, _lift_on, _call_off, _drop, _write)
        )


def _begin_announcing(change: ServiceChange, at: datetime) -> bool:
    if change.state != State.APPROVED or change.at_once:
        return False
    change.move_to(State.ANNOUNCING)
    kinds_of_change.get(change.kind).announced(gate.effect_of(change))
    if audiences.is_selected(change):
        open_expansion(change, Phase.ANNOUNCED, Whom.JOINED, after_id=1)
    return True


def _select(change: ServiceChange, at: datetime) -> bool:
    """The accounts of a rule, some at a time. When all are written down, they are told:
    ahead, or for what acts at once with the effect."""
    selecting = change.state == State.ANNOUNCING or (
        change.state == State.TAKING_EFFECT and change.at_once
    )
    if not selecting or audiences.is_selected(change):
        return False
    if audiences.select_some(change).last:
        change.refresh_from_db(fields=["concerned_count"])
        if not change.concerned_count:
            log.warning("audience_empty", change=change.public_id)
        elif not change.at_once:
            open_expansion(change, Phase.ANNOUNCED, Whom.JOINED, after_id=1)
        elif change.is_platform_wide:
            open_expansion(change, Phase.IN_EFFECT, Whom.JOINED, after_id=1)
    return True


def _lift_on(change: ServiceChange, at: datetime) -> bool:
    """Takes back what a lifting order says, some accounts at a time, then tells them."""
    if change.state != State.LIFTED:
        return False
    order = change.lifting_order
    told = change.expansions.filter(phase=Phase.LIFTED, recorded_at__gte=order.recorded_at)
    if told.exists():
        return False
    if not lift_some(change):
        tell_lifted(change)
        tell_spared(change)
    return True


def lift_some(change: ServiceChange) -> bool:
    """Takes the effect back for the next accounts of a lifting order; False when there
    are none left. The caller holds the lock on the change."""
    order = change.lifting_order
    return bool(
        kinds_of_change.get(change.kind).lift(
            change.uuid,
            account_ids=None,
            at_most=LIFTED_AT_ONCE,
            lifted_by=order.lifted_by,
            reason=order.reason,
        )
    )


def tell_spared(change: ServiceChange) -> None:
    """Opens the round for those who were told of a change that was lifted before it reached
    them, if there are any."""
    reached = Permit.objects.filter(change=change.uuid).count()
    waiting = change.concerned_count - change.exemptions.count() - reached
    if waiting > 0 and not change.at_once:
        open_expansion(change, Phase.WITHDRAWN, Whom.SPARED)


def tell_lifted(change: ServiceChange) -> None:
    """Opens the round for whoever got their access back since the last such round."""
    if change.is_platform_wide:
        open_expansion(change, Phase.LIFTED, Whom.TOLD)
        return
    if not kinds_of_change.get(change.kind).lifts_restrictions:
        felt = Permit.objects.filter(change=change.uuid).order_by("-pk")
        last = felt.values_list("pk", flat=True).first() or 0
        open_expansion(change, Phase.LIFTED, Whom.BEGUN, after_id=0, upto_id=last)
        return
    before = change.expansions.filter(whom=Whom.LIFTED).order_by("-upto_id").first()
    newest = Lifting.objects.order_by("-pk").values_list("pk", flat=True).first()
    open_expansion(
        change,
        Phase.LIFTED,
        Whom.LIFTED,
        after_id=before.upto_id if before else 0,
        upto_id=newest or 0,
    )


def _call_off(change: ServiceChange, at: datetime) -> bool:
    """What has not been sent about a withdrawn change never is."""
    return change.state == State.WITHDRAWN and bool(cancel_some(change))


def _drop(change: ServiceChange, at: datetime) -> bool:
    """Those told of a change whose correction does not concern them are told that it is
    called off, once the correction has been announced to those it does concern."""
    if change.state != State.WITHDRAWN or change.expansions.filter(phase=Phase.WITHDRAWN).exists():
        return False
    correction = change.withdrawal.superseded_by
    if (
        correction is None
        or not change.expansions.exists()
        or not correction.expansions.filter(round=1, completion__isnull=False).exists()
    ):
        return False
    open_expansion(change, Phase.WITHDRAWN, Whom.DROPPED)
    return True


def _write(change: ServiceChange, at: datetime) -> bool:
    expansion = change.expansions.open().order_by("pk").first()
    if expansion is None:
        return False
    expansion.change = change
    write_some(expansion, at=at)
    return True


def conclude_announcing(change: ServiceChange) -> bool:
    """Marks a change as announced once everybody of it has been written to and no delivery
    is still on its way."""
    with transaction.atomic():
        locked = _locked(change)
        if (
            locked.state != State.ANNOUNCING
            or not locked.expansions.filter(phase=Phase.ANNOUNCED).exists()
            or locked.expansions.open().exists()
            or Delivery.objects.of_change(locked).open().exists()
        ):
            return False
        locked.move_to(State.ANNOUNCED)
    return True


# --- taking effect -----------------------------------------------------------------------


def take_effect(change: ServiceChange, *, at: datetime, until: datetime | None = None) -> int:
    """Moves an approved change on as far as its gates allow at `at`, and opens the round
    that tells those who feel it from now on.

    Looks at no further accounts after `until`; the next call passes over those that feel
    it already. Returns the number of accounts that came under it. Does nothing to a change that is
    not due any more, such as one withdrawn meanwhile.
    """
    if not _begin_at_once(change, at):
        return 0
    while _locked_step(change, _select, at):
        pass
    _locked_step(change, _look_at_audience, at)
    begun, after, next_opens_at = 0, 0, None
    while True:
        with transaction.atomic():
            locked = _due(change, at)
            if locked is None:
                break
            opened = gate.open_some(locked, at=at, after=after)
            if opened.begun and locked.state != State.TAKING_EFFECT:
                locked.move_to(State.TAKING_EFFECT)
            if opened.begun:
                change_began.send(ServiceChange, change=locked, account_ids=opened.begun, at=at)
        begun += len(opened.begun)
        if opened.next_opens_at is not None:
            next_opens_at = min(opened.next_opens_at, next_opens_at or opened.next_opens_at)
        if opened.upto is None:
            break
        if until is not None and now() >= until:
            return begun
        after = opened.upto
    _close(change, at, next_opens_at)
    return begun


def _due(change: ServiceChange, at: datetime) -> ServiceChange | None:
    locked = _locked(change)
    waiting = locked.state in ServiceChange.UNDER_WAY and not locked.is_over(at)
    return locked if (waiting and locked.planned_for <= at) or _acts_now(locked) else None


def _acts_now(change: ServiceChange) -> bool:
    return change.at_once and change.state in (State.APPROVED, State.TAKING_EFFECT)


def _begin_at_once(change: ServiceChange, at: datetime) -> bool:
    """Starts what acts at once; False for a change that is not under way."""
    with transaction.atomic():
        locked = _locked(change)
        if locked.state not in ServiceChange.UNDER_WAY:
            return False
        if locked.at_once and locked.state == State.APPROVED:
            locked.move_to(State.TAKING_EFFECT)
            if locked.is_platform_wide:
                kinds_of_change.get(locked.kind).take_effect(gate.effect_of(locked), opened={})
                if audiences.is_selected(locked):
                    open_expansion(locked, Phase.IN_EFFECT, Whom.JOINED, after_id=1)
    return True


def _locked_step(
    change: ServiceChange, act: Callable[[ServiceChange, datetime], bool], at: datetime
) -> bool:
    with transaction.atomic():
        return act(_locked(change), at)


def _look_at_audience(change: ServiceChange, at: datetime) -> bool:
    """Before its effect, a rule is looked at again unless that has only just been done."""
    if change.at_once or change.state not in (State.ANNOUNCED, State.TAKING_EFFECT):
        return False
    if change.joined_at is not None and change.joined_at > max(change.planned_for, at - FRESH):
        return False
    catch_up_locked(change, at=at)
    return True


def _close(change: ServiceChange, at: datetime, next_opens_at: datetime | None) -> None:
    """Opens the round for those who came under the change; closes a change all of whose
    accounts feel it, or whose term has run out; else says when to look again."""
    with transaction.atomic():
        locked = _locked(change)
        if locked.state not in ServiceChange.UNDER_WAY:
            return
        if not locked.is_platform_wide:
            _tell_begun(locked)
        done = audiences.is_selected(locked) and (
            locked.is_platform_wide or gate.is_through(locked) or locked.is_over(at)
        )
        if locked.state == State.TAKING_EFFECT and done:
            locked.move_to(State.COMPLETE)
        else:
            soon = at + FRESH
            again = min(next_opens_at, soon) if next_opens_at else soon
            ServiceChange.objects.filter(pk=locked.pk).update(look_at=again)


def _tell_begun(change: ServiceChange) -> None:
    before = change.expansions.filter(whom=Whom.BEGUN).order_by("-upto_id").first()
    told_to = before.upto_id if before else 0
    newest = (
        Permit.objects.filter(change=change.uuid, pk__gt=told_to)
        .order_by("-pk")
        .values_list("pk", flat=True)
        .first()
    )
    if newest is not None:
        open_expansion(change, Phase.IN_EFFECT, Whom.BEGUN, after_id=told_to, upto_id=newest)


# --- every change ------------------------------------------------------------------------


def with_messages_to_write() -> QuerySet[ServiceChange]:
    """Changes that `step` has something to do for, by their rows."""
    expansions = Expansion.objects.filter(change=OuterRef("pk"))
    selecting = ~Q(audience=ServiceChange.Audience.CHOSEN) & (
        Q(state=State.ANNOUNCING) | Q(state=State.TAKING_EFFECT, at_once=True)
    )
    selected = Selection.objects.filter(change=OuterRef("pk"), round=1, last=True)
    lifted = expansions.filter(
        phase=Phase.LIFTED, recorded_at__gte=OuterRef("lifting_order__recorded_at")
    )
    unsent = Delivery.objects.cancellable().filter(expansion__change=OuterRef("pk"))
    corrected = Expansion.objects.filter(
        change=OuterRef("withdrawal__superseded_by"), round=1, completion__isnull=False
    )
    dropping = ~Exists(expansions.filter(phase=Phase.WITHDRAWN)) & Exists(corrected)
    return ServiceChange.objects.filter(
        Q(state=State.APPROVED, at_once=False)
        | (selecting & ~Exists(selected))
        | (Q(state=State.LIFTED) & ~Exists(lifted))
        | (Q(state=State.WITHDRAWN) & (Exists(unsent) | (dropping & Exists(expansions))))
        | Exists(expansions.open())
    ).order_by("pk")


def write_messages(*, at_most: timedelta | None = None) -> tuple[int, bool]:
    """Takes steps on every change with messages to write; begins none after `at_most`.

    Returns the number of steps and whether there may be more. The changes take turns, so
    that a large one does not make the others wait.
    """
    begun, taken = now(), 0
    while True:
        waiting = list(with_messages_to_write())
        steps = _each(waiting, lambda change: step(change, at=now()))
        taken += steps
        if not steps:
            return taken, False
        if at_most is not None and now() - begun >= at_most:
            return taken, True


def conclude_all() -> int:
    """Closes the announcing of every change that is done with it; the number of them."""
    announcing = ServiceChange.objects.filter(state=State.ANNOUNCING)
    return _each(announcing, conclude_announcing)


def take_effect_all(*, at: datetime, at_most: timedelta | None = None) -> int:
    """Lets every change that is due take effect; the number of accounts concerned.

    What acts at once comes first, and each has `at_most` before it is the next one's turn.
    """
    due = ServiceChange.objects.due(at).order_by("-at_once", "effective_at", "pk")
    return _each(
        due,
        lambda change: take_effect(
            change, at=at, until=None if at_most is None else now() + at_most
        ),
    )


def catch_up_all(*, at: datetime) -> int:
    """Looks at the audience of every announced change; how many had changed."""
    announced = ServiceChange.objects.filter(
        state__in=(State.ANNOUNCING, State.ANNOUNCED, State.TAKING_EFFECT), at_once=False
    )
    return _each(announced, lambda change: catch_up(change, at=at))


def _each(changes: Iterable[ServiceChange], act: Callable[[ServiceChange], int]) -> int:
    """The sum of `act` over the changes. One that cannot be carried out, or that another
    job is at work on, is logged and holds up nobody else; it stays where it is and is
    tried again."""
    done = 0
    for change in changes:
        try:
            done += act(change)
        except OperationalError as error:
            if not isinstance(error.__cause__, LockNotAvailable | QueryCanceled):
                raise
            log.warning("change_waits", change=change.public_id, error=str(error.__cause__)[:200])
        except (BackOfficeError, IntegrityError, DataError, LookupError, ValueError):
            log.exception("change_stuck", change=change.public_id)
    return done
