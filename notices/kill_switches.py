"""Switching providers and channels off, at once, and on again.

A switch names a provider, a channel, or one by the other. What would have gone there goes by
the next provider, or waits; nothing is lost, and staff are alarmed before a lead would be
missed (`notices.routing_alarms`). Sign-in codes do not go this way.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.exceptions import NotAllowed, ReasonMissing
from accounts.models import User
from common.messaging import configured
from common.wakeups import wake
from notices.exceptions import WrongState
from notices.models import Channel, Delivery, KillSwitch, KillSwitchLifting

# How soon what waits is looked at again by itself; taking the switch back frees it at once.
LOOK_AGAIN = timedelta(minutes=10)
# Freed in the act itself; more come back within `LOOK_AGAIN`.
FREED_AT_ONCE = 20_000
MAY_SWITCH = "notices.add_killswitch"


@dataclass(frozen=True)
class Switches:
    """What is switched off at a moment."""

    off: Sequence[KillSwitch]

    @classmethod
    def now(cls) -> "Switches":
        return cls(list(KillSwitch.objects.on()))

    def stops(self, *, provider: str, channel: str) -> bool:
        return any(
            switch.provider in ("", provider) and switch.channel in ("", channel)
            for switch in self.off
        )


def _demand(person: User, reason: str) -> str:
    if not (person.is_staff and person.has_perm(MAY_SWITCH)):
        raise NotAllowed(_("Your group may not switch providers. Ask a supervisor."))
    if not reason.strip():
        raise ReasonMissing(_("Say why."))
    return reason.strip()


@transaction.atomic
def switch_off(
    *, provider: str = "", channel: str = "", switched_by: User, reason: str
) -> KillSwitch:
    """From here on nothing is claimed for it; what a worker has claimed, two batches at most,
    is not stopped.

    Empty means every one. Raises `NotAllowed`, `ReasonMissing`, `WrongState`,
    and `NotRegistered` for a provider there is not.
    """
    reason = _demand(switched_by, reason)
    if provider:
        channels = {configured.get(provider).channel}
        if channel and channel not in channels:
            raise WrongState(
                _("“%(provider)s” does not carry this channel.") % {"provider": provider}
            )
    elif channel not in (Channel.EMAIL, Channel.SMS):
        raise WrongState(_("Choose a provider, a channel, or both."))
    if KillSwitch.objects.on().filter(provider=provider, channel=channel).exists():
        raise WrongState(_("It is switched off already."))
    return KillSwitch.record(
        provider=provider, channel=channel, switched_by=switched_by, reason=reason
    )


@transaction.atomic
def switch_on(
    *, switch: KillSwitch, lifted_by: User, reason: str, at: datetime
) -> KillSwitchLifting:
    """Takes a switch back; what waited for it is due at `at`. Raises as `switch_off`."""
    reason = _demand(lifted_by, reason)
    if KillSwitchLifting.objects.filter(switch=switch).exists():
        raise WrongState(_("It is switched on again already."))
    lifting = KillSwitchLifting.record(switch=switch, lifted_by=lifted_by, reason=reason)
    free(Delivery.Held.SWITCHED_OFF, at=at)
    return lifting


def free(held_by: str, *, at: datetime) -> int:
    """What is held for that reason is due at `at`; how many that were. Another reason may
    hold it again."""
    waiting = (
        Delivery.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(state__in=[Delivery.State.PENDING, Delivery.State.RETRYING], held_by=held_by)
        .exclude(held_by="")
        .filter(not_before__gt=at)
        .values("pk")[:FREED_AT_ONCE]
    )
    freed = Delivery.objects.filter(pk__in=waiting).update(not_before=at, held_by="")
    wake("notices.send_email")
    wake("notices.send_sms")
    return freed


def waiting_for(switch: KillSwitch) -> int:
    """How many deliveries are held by switches now, on the channels of this one."""
    held = Delivery.objects.filter(
        state__in=[Delivery.State.PENDING, Delivery.State.RETRYING],
        held_by=Delivery.Held.SWITCHED_OFF,
    ).exclude(held_by="")
    return held.filter(channel=switch.channel).count() if switch.channel else held.count()
