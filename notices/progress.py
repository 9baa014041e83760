"""What jobs do to an approved change: tell people, wait for the gate, take effect.

Each verb looks for what is due in the rows and does it; run twice, or by two workers at
once, the second finds nothing left. Nothing depends on which message woke the worker.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

import structlog
from django.db import DataError, IntegrityError, transaction

from common.exceptions import BackOfficeError
from notices import gate
from notices.expansion import expand
from notices.models import Delivery, Phase, ServiceChange

log = structlog.get_logger(__name__)

State = ServiceChange.State


def announce(change: ServiceChange, *, at: datetime) -> bool:
    """Writes the notices of an approved change. False when there was nothing to do."""
    with transaction.atomic():
        locked = (
            ServiceChange.objects.select_for_update(of=("self",))
            .to_announce()
            .filter(pk=change.pk, at_once=False)
            .first()
        )
        if locked is None:
            return False
        everybody = list(locked.concerned.values_list("account_id", flat=True))
        expand(locked, Phase.ANNOUNCED, account_ids=everybody, at=at)
        locked.move_to(State.ANNOUNCING)
    return True


def conclude_announcing(change: ServiceChange) -> bool:
    """Marks a change as announced once no delivery of it is still on its way."""
    with transaction.atomic():
        locked = (
            ServiceChange.objects.select_for_update()
            .filter(pk=change.pk, state=State.ANNOUNCING)
            .first()
        )
        if locked is None or Delivery.objects.of_change(locked).open().exists():
            return False
        locked.move_to(State.ANNOUNCED)
    return True


def take_effect(change: ServiceChange, *, at: datetime) -> list[int]:
    """Moves an approved change on as far as its gates allow at `at`, and tells those who
    feel it from now on.

    Returns the accounts that came under it. Does nothing to a change that is not under
    way, such as one withdrawn meanwhile.
    """
    with transaction.atomic():
        locked = ServiceChange.objects.select_for_update().under_way().filter(pk=change.pk).first()
        if locked is None:
            return []
        begun = gate.open_gates(locked, at=at)
        if begun:
            if locked.state != State.TAKING_EFFECT:
                locked.move_to(State.TAKING_EFFECT)
            expand(locked, Phase.IN_EFFECT, account_ids=begun, at=at)
        if locked.state == State.TAKING_EFFECT and (gate.is_through(locked) or locked.is_over(at)):
            locked.move_to(State.COMPLETE)
    return begun


def announce_all(*, at: datetime) -> int:
    """Announces every approved change; the number of them."""
    return _each(ServiceChange.objects.to_announce(), lambda change: announce(change, at=at))


def conclude_all() -> int:
    """Closes the announcing of every change that is done with it; the number of them."""
    announcing = ServiceChange.objects.filter(state=State.ANNOUNCING)
    return _each(announcing, conclude_announcing)


def take_effect_all(*, at: datetime) -> int:
    """Lets every change that is due take effect; the number of accounts concerned."""
    due = ServiceChange.objects.due(at)
    return _each(due, lambda change: len(take_effect(change, at=at)))


def _each(changes: Iterable[ServiceChange], act: Callable[[ServiceChange], int]) -> int:
    """The sum of `act` over the changes. One that cannot be carried out is logged and
    holds up nobody else; it stays where it is and is tried again."""
    done = 0
    for change in changes:
        try:
            done += act(change)
        except (BackOfficeError, IntegrityError, DataError, LookupError, ValueError):
            log.exception("change_stuck", change=change.public_id)
    return done
