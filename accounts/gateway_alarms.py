"""Telling staff by e-mail that a gateway is silent, or has not applied what it should have.

A gateway that lacks an entry for longer than `ENFORCEMENT_MAX_STALENESS` is behind; one not heard
of for twice as long is silent. Staff who may remove gateways are told, of each gateway and state
once in four hours.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import staff_alarms
from accounts.models import Gateway, GatewayAlarm, User

AGAIN_AFTER = timedelta(hours=4)
PERMISSION = "accounts.remove_gateway"
Kind = GatewayAlarm.Kind


@dataclass(frozen=True)
class Finding:
    """What staff are to be told of; `missing` entries, None where its feed is no more."""

    gateway: Gateway
    kind: Kind
    missing: int | None


def due(*, at: datetime) -> list[Finding]:
    """Gateways in trouble that staff have not been told of within four hours."""
    recent = GatewayAlarm.objects.filter(recorded_at__gt=at - AGAIN_AFTER)
    told = set(recent.values_list("gateway", "kind"))
    troubled: Any = Gateway.objects.in_trouble(at).order_by("name")
    found = [
        Finding(gateway, Kind.SILENT if gateway.is_silent else Kind.BEHIND, gateway.behind)
        for gateway in troubled
    ]
    return [one for one in found if (one.gateway.pk, one.kind.value) not in told]


def written_for(person: User, finding: Finding) -> tuple[str, str]:
    """Subject and text, in the language of the moment."""
    name = {"gateway": finding.gateway.name}
    subject = (
        _("Gateway %(gateway)s is silent")
        if finding.kind == Kind.SILENT
        else _("Gateway %(gateway)s is behind")
    ) % name
    text = "\n\n".join(
        [
            _what(finding),
            _(
                "Blocks approved since may not be in force there. Unless it asks live or refuses "
                "by itself, it lets through what has been taken away meanwhile. Find out how it is "
                "and whether it reaches the back office; remove it if it is no more."
            ),
            staff_alarms.address_of(
                reverse("admin:accounts_gateway_change", args=[finding.gateway.pk])
            ),
        ]
    )
    return subject, text + "\n"


def _what(finding: Finding) -> str:
    if finding.kind == Kind.SILENT:
        return _("Nothing was heard of it since %(moment)s.") % {
            "moment": finding.gateway.heard_at.isoformat(" ", "seconds")
        }
    if finding.missing is None:
        return _("It follows a feed that is no more: it has taken no snapshot of the new one.")
    return ngettext(
        "It lacks %(count)d entry of the feed.",
        "It lacks %(count)d entries of the feed.",
        finding.missing,
    ) % {"count": finding.missing}


def raise_all(*, at: datetime) -> int:
    """Sends what is due and records that it was; how many alarms that were."""
    raised, people = 0, staff_alarms.people_to_tell(PERMISSION)
    for finding in due(at=at):
        written = partial(written_for, finding=finding)
        if staff_alarms.send(people, written, about=finding.gateway.name):
            GatewayAlarm.record(gateway=finding.gateway, kind=finding.kind, told=len(people))
            raised += 1
    return raised
