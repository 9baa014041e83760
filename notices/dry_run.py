"""What a change would do, before anybody is asked to agree to it.

Nothing here writes: the texts are rendered and thrown away, the audience is the one of
this moment. Everything is counted in the database, whatever the number of accounts.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.db import connection
from django.db.models import OuterRef, QuerySet, Subquery

from accounts.models import Account, ApiKey, Membership, User
from accounts.models.users import Language
from common.changes import kinds_of_change
from notices import gate
from notices.audiences import Recipient, concerned_accounts, sample_recipient
from notices.expansion import addresses
from notices.models import Channel, ConcernedAccount, Phase, ServiceChange
from notices.provider_templates import texts_for
from notices.readiness import earliest_for_all
from notices.rendering import Rendered, render, values
from notices.segments import count_as_sent

SHOWN = 100
RUNNING_SHOWN = 20


@dataclass(frozen=True, kw_only=True)
class DryRun:
    """The whole answer. Accounts in `unreachable` have nobody who could be told except by
    announcement and inbox, so nothing would ever prove that they were; `unreachable_count`
    is all of them. `sms_cost` is in yuan, None while no price per segment is set."""

    accounts: int
    people: int
    by_language: dict[str, int]
    by_channel: dict[str, int]
    unreachable: list[Account]
    unreachable_count: int
    sms_segments: int
    sms_cost: Decimal | None
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


_PEOPLE = """
SELECT person.language, person.time_zone, person.number,
       count(*), count(*) FILTER (WHERE person.email), count(*) FILTER (WHERE person.phone)
FROM (
    SELECT person.language, person.time_zone, count(*) AS number,
           bool_or(person.contact_email <> '' AND person.contact_email_verified_at IS NOT NULL)
               AS email,
           bool_or(person.phone <> '') AS phone
    FROM ({accounts}) concerned
    JOIN accounts_membership membership ON membership.account_id = concerned.id
        AND membership.role = ANY(%s)
    JOIN accounts_user person ON person.id = membership.user_id AND person.is_active
    GROUP BY person.id
) person
GROUP BY 1, 2, 3
"""


def _people(accounts: QuerySet[Account]) -> list[tuple[str, str, int, int, int, int]]:
    """People by language, time zone and number of accounts: how many, by address."""
    inner, given = accounts.order_by().values("id").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(_PEOPLE.format(accounts=inner), [*given, list(Membership.NOTICED_ROLES)])
        return list(cursor.fetchall())


def first_phase(change: ServiceChange) -> Phase:
    """The phase people hear of first."""
    return Phase.IN_EFFECT if change.at_once else Phase.ANNOUNCED


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
    channels = [Channel.INBOX.value, *addresses(user)]
    rendered = {
        text.channel: render(text, given)
        for text in texts_for(change)
        if text.phase == first_phase(change)
        and text.language == user.language
        and text.channel in channels
    }
    return {channel: rendered[channel] for channel in channels if channel in rendered}


def _segments(change: ServiceChange, people: list[tuple[str, str, int, int, int, int]]) -> int:
    """SMS segments of the first phase. No name is in them, so one text is rendered for
    each language, time zone and number of accounts."""
    texts = {
        text.language: text
        for text in texts_for(change)
        if text.phase == first_phase(change) and text.channel == Channel.SMS
    }
    total = 0
    for language, zone, number, _people, _emails, phones in people:
        if language in texts:
            given = dict(values(change, language=language, zone=zone))
            text = render(texts[language], {**given, "account_count": str(number)})
            total += phones * count_as_sent(text.body)
    return total


def _unreachable(accounts: QuerySet[Account]) -> QuerySet[Account]:
    """Accounts without an active owner or administrator, so without any address."""
    reached = Membership.objects.noticed().values("account")
    return accounts.exclude(pk__in=reached)


def running_with(change: ServiceChange, accounts: QuerySet[Account]) -> QuerySet[ServiceChange]:
    """Other changes under way for the same accounts."""
    # One account for each of the few that are under way, and not a join: of two long lists
    # of accounts that would be their product whenever the server takes them for short ones.
    shared = ConcernedAccount.objects.filter(
        change=OuterRef("pk"), account__in=accounts.order_by().values("pk")
    )
    found: QuerySet[ServiceChange] = (
        ServiceChange.objects.under_way()
        .exclude(pk=change.pk)
        .alias(shared=Subquery(shared.values("pk")[:1]))
        .filter(shared__isnull=False)
    )
    return found


def dry_run(change: ServiceChange, *, at: datetime, sample_of: User | None = None) -> DryRun:
    """Works it all out as of `at`. `sample_of` chooses whose texts are shown; the first
    recipient's otherwise."""
    accounts = concerned_accounts(change)
    people = _people(accounts)
    unreachable = _unreachable(accounts)
    policy = gate.current_policy(change.kind)
    earliest = earliest_for_all(change, at=at)
    shown = sample_recipient(change, sample_of)
    segments = _segments(change, people)
    languages = dict.fromkeys(Language.values, 0)
    for language, _zone, _number, count, _emails, _phones in people:
        languages[language] += count
    keys = ApiKey.objects.usable(at).filter(account__in=accounts.order_by().values("pk"))
    if change.concerned_keys.exists():
        keys = keys.filter(pk__in=change.concerned_keys.values("api_key"))
    price = settings.SMS_PRICE_PER_SEGMENT
    return DryRun(
        accounts=accounts.order_by().count(),
        people=sum(line[3] for line in people),
        by_language={str(Language(code).label): n for code, n in languages.items() if n},
        by_channel={
            str(Channel.EMAIL.label): sum(line[4] for line in people),
            str(Channel.SMS.label): sum(line[5] for line in people),
        },
        unreachable=list(unreachable.order_by("pk")[:SHOWN]),
        unreachable_count=unreachable.order_by().count(),
        sms_segments=segments,
        sms_cost=segments * price if price is not None else None,
        keys=keys.count(),
        members=Membership.objects.filter(account__in=accounts.order_by().values("pk")).count(),
        running=list(running_with(change, accounts).order_by("-pk")[:RUNNING_SHOWN]),
        lead_days=policy.lead_days if policy else 0,
        earliest=earliest,
        too_early=earliest is not None and not change.at_once and change.effective_at < earliest,
        sample_of=shown.user if shown else None,
        sample=_texts(change, shown) if shown and change.kind in kinds_of_change else {},
    )
