"""What a change would do, before anybody is asked to agree to it.

Nothing here writes: the texts are rendered and thrown away, the audience is the one of
this moment.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from accounts.models import Account, ApiKey, Membership, User
from notices import gate
from notices.audiences import Recipient, recipients
from notices.expansion import addresses
from notices.models import Channel, ServiceChange, Template
from notices.rendering import Rendered, render, values
from notices.segments import count_segments


@dataclass(frozen=True, kw_only=True)
class DryRun:
    """The whole answer. Accounts in `unreachable` have nobody who could be told except by
    announcement and inbox, so nothing would ever prove that they were."""

    accounts: int
    people: int
    by_language: dict[str, int]
    by_channel: dict[str, int]
    unreachable: list[Account]
    sms_segments: int
    keys: int
    members: int
    running: list[ServiceChange]
    lead_days: int
    earliest: datetime | None
    too_early: bool
    sample_of: User | None
    sample: dict[str, Rendered]

    @property
    def sample_texts(self) -> list[tuple[str, Rendered]]:
        """The sample by the channel's name in the page's language."""
        return [(str(Channel(channel).label), text) for channel, text in self.sample.items()]


def earliest_for_all(change: ServiceChange, *, at: datetime) -> datetime | None:
    """From when every account may feel the change if all are told at `at`; `at` itself
    for one at once; None without a lead policy or accounts."""
    policy = gate.current_policy(change.kind)
    if policy is None:
        return None
    if change.at_once:
        return at
    zones = change.accounts.order_by().values_list("time_zone", flat=True).distinct()
    opening = [
        gate.opens_if_told(told_at=at, lead_days=policy.lead_days, zone=zone) for zone in zones
    ]
    return max(opening, default=None)


def _texts(change: ServiceChange, recipient: Recipient) -> dict[str, Rendered]:
    """The texts of the first phase for one person: inbox and each of their addresses."""
    user = recipient.user
    given = values(
        change,
        language=user.language,
        zone=user.time_zone,
        name=user.name,
        accounts=recipient.accounts,
    )
    phase = "in_effect" if change.at_once else "announced"
    channels = [Channel.INBOX.value, *addresses(user)]
    texts = Template.objects.current(change.kind).filter(
        phase=phase, language=user.language, channel__in=channels
    )
    rendered = {template.channel: render(template, given) for template in texts}
    return {channel: rendered[channel] for channel in channels if channel in rendered}


def _segments(change: ServiceChange, people: list[Recipient]) -> int:
    """SMS segments of the first phase. Texts differ by language and number of accounts
    only as far as length goes, so one of each is rendered."""
    cost: dict[tuple[str, str, int], int] = {}
    total = 0
    for person in people:
        kind = (person.user.language, person.user.time_zone, len(person.accounts))
        if kind not in cost:
            text = _texts(change, person).get(Channel.SMS)
            cost[kind] = count_segments(text.body) if text else 0
        total += cost[kind]
    return total


def dry_run(change: ServiceChange, *, at: datetime, sample_of: User | None = None) -> DryRun:
    """Works it all out as of `at`. `sample_of` chooses whose texts are shown; the first
    recipient's otherwise."""
    account_ids = list(change.concerned.values_list("account_id", flat=True))
    people = recipients(account_ids)
    reached = {account.pk for person in people for account in person.accounts}
    shown = next(
        (person for person in people if person.user == sample_of), people[0] if people else None
    )
    earliest = earliest_for_all(change, at=at)
    policy = gate.current_policy(change.kind)
    return DryRun(
        accounts=len(account_ids),
        people=len(people),
        by_language=dict(Counter(person.user.get_language_display() for person in people)),
        by_channel={
            str(Channel(channel).label): count
            for channel, count in Counter(
                channel for person in people for channel in addresses(person.user)
            ).items()
        },
        unreachable=list(Account.objects.filter(pk__in=set(account_ids) - reached)[:100]),
        sms_segments=_segments(change, people),
        keys=ApiKey.objects.usable(at).filter(account__in=account_ids).count(),
        members=Membership.objects.filter(account__in=account_ids).count(),
        running=list(
            ServiceChange.objects.under_way()
            .filter(concerned__account__in=account_ids)
            .exclude(pk=change.pk)
            .distinct()[:20]
        ),
        lead_days=policy.lead_days if policy else 0,
        earliest=earliest,
        too_early=earliest is not None and not change.at_once and change.effective_at < earliest,
        sample_of=shown.user if shown else None,
        sample=_texts(change, shown) if shown else {},
    )
