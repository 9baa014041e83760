"""Whom a change is for: chosen accounts, everybody, or the accounts that a rule fits.

Chosen accounts are part of the draft. Those of a rule are selected once the announcing
begins, in batches that can be taken up again; later looks find accounts that have come to
fit (they join in a further round, and are told before they feel anything) and those that
fit no more (they are left out). Which accounts a rule fits is the SQL view
`notices_audience`, which the database's own guard asks too.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from django.db import connection
from django.db.models import Max, QuerySet
from django.db.models.expressions import RawSQL
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts.models import Account, Membership, Region, Service, User
from accounts.models.users import Language
from common.languages import listed
from notices.models import Exemption, Selection, ServiceChange

# Accounts looked at in one transaction: about a second's work.
LOOKED_AT = 50_000
Audience = ServiceChange.Audience


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What the accounts of an audience have in common; empty parts ask for nothing.

    `regions` and `services` are primary keys. An account fits `languages` when one of its
    owners or administrators reads one of them, and `services` when it has used one of
    them, `used_since` a moment if given.
    """

    regions: Sequence[int] = ()
    services: Sequence[int] = ()
    used_since: datetime | None = None
    kinds: Sequence[str] = ()
    languages: Sequence[str] = ()
    opened_since: datetime | None = None
    opened_before: datetime | None = None

    def as_json(self) -> dict[str, Any]:
        """What `ServiceChange.rule` holds; `{}` for a rule that asks for nothing."""
        lists = {
            "regions": sorted(self.regions),
            "services": sorted(self.services),
            "kinds": sorted(self.kinds),
            "languages": sorted(self.languages),
        }
        moments = {
            "used_since": self.used_since,
            "opened_since": self.opened_since,
            "opened_before": self.opened_before,
        }
        return {
            **{name: wanted for name, wanted in lists.items() if wanted},
            **{name: moment.isoformat() for name, moment in moments.items() if moment},
        }

    @classmethod
    def of(cls, change: ServiceChange) -> Self:
        kept = dict(change.rule)
        for name in ("used_since", "opened_since", "opened_before"):
            if name in kept:
                kept[name] = parse_datetime(kept[name])
        return cls(**kept)

    def in_words(self) -> list[str]:
        """One sentence per condition, in the page's language."""
        return [
            words % {"what": what}
            for words, what in (
                (_("at home in %(what)s"), _names(Region.objects.filter(pk__in=self.regions))),
                (_("used %(what)s"), _names(Service.objects.filter(pk__in=self.services))),
                (_("used since %(what)s"), _moment(self.used_since)),
                (_("kind: %(what)s"), _labels(Account.Kind, self.kinds)),
                (_("reads %(what)s"), _labels(Language, self.languages)),
                (_("opened since %(what)s"), _moment(self.opened_since)),
                (_("opened before %(what)s"), _moment(self.opened_before)),
            )
            if what
        ]


def _names(found: Iterable[Any]) -> str:
    return listed(str(one) for one in found)


def _labels(choices: Any, chosen: Iterable[str]) -> str:
    return listed(str(choices(one).label) for one in chosen)


def _moment(moment: datetime | None) -> str:
    return str(date_format(localtime(moment), "DATETIME_FORMAT")) if moment else ""


@dataclass(frozen=True)
class Recipient:
    """A person and those of their accounts that a message is about, in order of name."""

    user: User
    accounts: tuple[Account, ...] = field(default=())


def sample_recipient(change: ServiceChange, person: User | None = None) -> Recipient | None:
    """Somebody who would be told of `change` as its audience stands: `person` if they
    would be, else whoever comes first. For previews."""
    concerned = concerned_accounts(change)
    memberships = Membership.objects.noticed().filter(account__in=concerned)
    if person is not None and memberships.filter(user=person).exists():
        user = person
    else:
        first = memberships.select_related("user").order_by("account_id", "user_id").first()
        if first is None:
            return None
        user = first.user
    accounts = Account.objects.filter(
        pk__in=memberships.filter(user=user).values("account")
    ).order_by("name", "pk")
    return Recipient(user=user, accounts=tuple(accounts))


def concerned_accounts(change: ServiceChange) -> QuerySet[Account]:
    """The accounts of the change: those written down, or before the announcing of a rule
    those that it would fit now."""
    if change.audience == Audience.CHOSEN or change.selections.exists():
        return Account.objects.filter(
            pk__in=change.concerned.order_by().values("account")  # a subquery, not a list
        )
    fitting = RawSQL("SELECT account_id FROM notices_audience WHERE change_id = %s", [change.pk])
    return Account.objects.filter(pk__in=fitting)


# --- selecting ---------------------------------------------------------------------------

_SELECT = """
WITH looked_at AS MATERIALIZED (
    SELECT id FROM accounts_account WHERE id > %(after)s ORDER BY id LIMIT %(most)s
), joined AS (
    INSERT INTO notices_concernedaccount (change_id, account_id, round)
    SELECT %(change)s, looked_at.id, 1
    FROM looked_at
    JOIN notices_audience audience
        ON audience.account_id = looked_at.id AND audience.change_id = %(change)s
    ORDER BY looked_at.id
    ON CONFLICT (change_id, account_id) DO NOTHING
    RETURNING 1
)
SELECT (SELECT max(id) FROM looked_at), (SELECT count(*) FROM looked_at),
       (SELECT count(*) FROM joined)
"""

_JOIN_LATE = """
WITH joined AS (
    INSERT INTO notices_concernedaccount (change_id, account_id, round)
    SELECT %(change)s, audience.account_id, %(round)s
    FROM notices_audience audience
    WHERE audience.change_id = %(change)s
      AND NOT EXISTS (SELECT FROM notices_concernedaccount concerned
          WHERE concerned.change_id = %(change)s
            AND concerned.account_id = audience.account_id)
    ORDER BY audience.account_id LIMIT %(most)s
    RETURNING account_id
)
SELECT count(*), max(account_id) FROM joined
"""

_FALL_OUT = """
WITH fallen AS (
    INSERT INTO notices_exemption (change_id, account_id, cause, reason)
    SELECT %(change)s, concerned.account_id, 'audience', ''
    FROM notices_concernedaccount concerned
    WHERE concerned.change_id = %(change)s
      AND NOT EXISTS (SELECT FROM notices_audience audience
          WHERE audience.change_id = %(change)s
            AND audience.account_id = concerned.account_id)
      AND NOT EXISTS (SELECT FROM accounts_permit permit
          WHERE permit.change = %(uuid)s AND permit.account_id = concerned.account_id)
      AND NOT EXISTS (SELECT FROM notices_exemption exemption
          WHERE exemption.change_id = %(change)s
            AND exemption.account_id = concerned.account_id)
    ORDER BY concerned.account_id LIMIT %(most)s
    ON CONFLICT (change_id, account_id) DO NOTHING
    RETURNING id
)
SELECT count(*), min(id), max(id) FROM fallen
"""


def is_selected(change: ServiceChange) -> bool:
    """Whether the accounts of the change are all written down."""
    return (
        change.audience == Audience.CHOSEN or change.selections.filter(round=1, last=True).exists()
    )


def select_some(change: ServiceChange) -> Selection:
    """Looks at the next accounts and writes down those the rule fits (round 1).

    In the caller's transaction, which holds the lock on the change. The `last` selection
    is the one that found no further account to look at.
    """
    after = change.selections.filter(round=1).aggregate(at=Max("upto_account"))["at"] or 0
    upto, looked_at, joined = _row(
        _SELECT, {"change": change.pk, "after": after, "most": LOOKED_AT}
    )
    return Selection.record(
        change=change,
        round=1,
        upto_account=upto or after + 1,
        accounts=joined,
        last=looked_at < LOOKED_AT,
    )


def join_late(change: ServiceChange) -> Selection | None:
    """Writes down accounts that the rule has come to fit since, as the next round.

    In the caller's transaction, which holds the lock on the change. None when there are
    none. No more than `LOOKED_AT` at a time: the next look finds the rest.
    """
    newest = change.selections.aggregate(at=Max("round"))["at"] or 1
    joined, upto = _row(_JOIN_LATE, {"change": change.pk, "round": newest + 1, "most": LOOKED_AT})
    if not joined:
        return None
    return Selection.record(
        change=change, round=newest + 1, upto_account=upto, accounts=joined, last=True
    )


@dataclass(frozen=True)
class Numbered:
    """Records written just now: how many, and the numbers around them."""

    count: int
    first: int
    last: int


def fall_out(change: ServiceChange) -> Numbered | None:
    """Leaves out accounts that the rule fits no more and that do not feel the change yet.

    In the caller's transaction, which holds the lock on the change. None without any.
    """
    count, first, last = _row(
        _FALL_OUT, {"change": change.pk, "uuid": change.uuid, "most": LOOKED_AT}
    )
    return Numbered(count, first, last) if count else None


def exempt(
    change: ServiceChange, *, accounts: Iterable[Account], by: User, reason: str
) -> Numbered | None:
    """Leaves accounts out of the change for good; those left out already are passed over,
    and those it is not for."""
    chosen = list(accounts)
    concerned = set(
        change.concerned.filter(account__in=chosen).values_list("account_id", flat=True)
    )
    before = set(change.exemptions.values_list("account_id", flat=True))
    rows = [
        Exemption.record(
            change=change,
            account=account,
            cause=Exemption.Cause.STAFF,
            exempted_by=by,
            reason=reason,
        )
        for account in chosen
        if account.pk in concerned - before
    ]
    return Numbered(len(rows), rows[0].pk, rows[-1].pk) if rows else None


def _row(statement: str, given: dict[str, Any]) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        row = cursor.fetchone()
    assert row is not None  # each of these statements gives one row
    return tuple(row)
