"""Deciding how far ahead people are told of a kind of change, and what counts as telling.

The newest policy of a kind counts for what is proposed from then on. A change keeps the
one that was pinned when it was proposed, whatever is decided later.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.exceptions import NotAllowed, ReasonMissing
from accounts.models import User
from common.changes import kinds_of_change
from notices import gate
from notices.exceptions import DecidedMeanwhile, PolicyIsIncomplete
from notices.models import Channel, LeadPolicy, ServiceChange

MOST_DAYS = 365
# A provider accepts or refuses these; nothing proves that a page or an inbox was looked at.
CAN_COUNT = (Channel.EMAIL.value, Channel.SMS.value)
State = ServiceChange.State


def in_order(channels: Collection[str]) -> list[str]:
    """Each channel once, as `Channel` orders them."""
    return [channel for channel in Channel.values if channel in channels]


def problems(
    *, lead_days: int, required_channels: Collection[str], counted_channels: Collection[str]
) -> list[tuple[str, str]]:
    """What is wrong, as (field, sentence)."""
    found = []
    if not 0 <= lead_days <= MOST_DAYS:
        found.append(("lead_days", _("Between 0 and %(most)d days.") % {"most": MOST_DAYS}))
    if not set(required_channels) <= set(Channel.values):
        found.append(("required_channels", _("There is no such channel.")))
    if not set(counted_channels) & set(CAN_COUNT):
        found.append(
            ("counted_channels", _("At least one of e-mail and SMS has to count: they prove it."))
        )
    elif not set(counted_channels) <= set(CAN_COUNT):
        found.append(("counted_channels", _("Only e-mail and SMS can be proven.")))
    return found


def decide(
    *,
    kind: str,
    before: LeadPolicy | None,
    lead_days: int,
    required_channels: Collection[str],
    counted_channels: Collection[str],
    reason: str,
    decided_by: User,
) -> LeadPolicy:
    """The policy of a kind after `before`, which was seen to be the newest.

    `lead_days` are whole local days. Raises `NotAllowed`, `ReasonMissing`,
    `PolicyIsIncomplete`, `NotRegistered` for an unknown kind, or `DecidedMeanwhile` when
    somebody was faster; nothing is written then.
    """
    if not (decided_by.is_staff and decided_by.has_perm("notices.add_leadpolicy")):
        raise NotAllowed(_("Only supervisors decide lead times."))
    kinds_of_change.get(kind)
    if not reason.strip():
        raise ReasonMissing(_("Say why the lead time changes."))
    for _field, sentence in problems(
        lead_days=lead_days,
        required_channels=required_channels,
        counted_channels=counted_channels,
    ):
        raise PolicyIsIncomplete(sentence)
    overtaken = DecidedMeanwhile(
        _("Somebody else decided on this kind meanwhile. Look at theirs, then decide again.")
    )
    newest = gate.current_policy(kind)
    if newest != before:
        raise overtaken
    policy = LeadPolicy(
        kind=kind,
        version=before.version + 1 if before else 1,
        lead_days=lead_days,
        required_channels=in_order(required_channels),
        counted_channels=in_order(counted_channels),
        reason=reason.strip(),
        decided_by=decided_by,
    )
    try:
        with transaction.atomic():
            policy.save()
    except IntegrityError as error:
        # Of two at the same moment: a version has its number once.
        raise overtaken from error
    return policy


@dataclass(frozen=True)
class Consequences:
    """What a lead time would change. `too_early` are drafts planned for a moment that
    people told at once would be told too late for; `kept` go on with what they pinned."""

    drafts: int
    too_early: list[ServiceChange]
    kept: list[ServiceChange]


def consequences(*, kind: str, lead_days: int, at: datetime) -> Consequences:
    """As of `at`. Names at most a hundred changes of each sort."""
    changes = ServiceChange.objects.filter(kind=kind).order_by("effective_at", "pk")
    drafts = changes.filter(state=State.DRAFT)
    # In the zone of the platform; each account's own decides in the end.
    opens = gate.opens_if_told(told_at=at, lead_days=lead_days, zone="Asia/Shanghai")
    return Consequences(
        drafts=drafts.count(),
        too_early=list(drafts.filter(at_once=False, effective_at__lt=opens)[:100]),
        kept=list(
            changes.filter(state__in=[State.PROPOSED, *ServiceChange.UNDER_WAY]).select_related(
                "lead_policy"
            )[:100]
        ),
    )
