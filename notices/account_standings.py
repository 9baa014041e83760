"""How a change stands for single accounts: told or not, from when, felt, left out, and why.

The database says it (the view `notices_gate`, which also keeps the gate); here it is asked
for some accounts at a time and put into words.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Account
from notices.models import Delivery, Exemption, Notice, Phase, ServiceChange

PEOPLE_SHOWN = 50


@dataclass(frozen=True)
class Standing:
    """`planned` and `opens_at` are the gate's (None: no gate, or no proof of notice yet);
    `felt_since` is when the change reached the account, `lifted` whether all of it was
    taken back; `left_out` is the cause of an exemption or `""`."""

    planned: datetime | None = None
    opens_at: datetime | None = None
    felt_since: datetime | None = None
    lifted: bool = False
    left_out: str = ""

    @property
    def is_late(self) -> bool:
        return bool(self.opens_at and self.planned and self.opens_at > self.planned)

    def pill(self) -> tuple[str, str]:
        """A word and its tone."""
        if self.left_out:
            return _("left out"), "quiet"
        if self.lifted:
            return _("lifted"), "quiet"
        if self.felt_since:
            return _("feels it"), "bad"
        if self.planned is None:
            return _("waiting"), "quiet"
        if self.opens_at is None:
            return _("not told yet"), "warn"
        return (_("told, later than planned"), "info") if self.is_late else (_("told"), "good")

    def in_words(self) -> str:
        """One sentence."""
        if self.left_out:
            return _("Left out: %s.") % Exemption.Cause(self.left_out).label
        if self.lifted:
            return _("Has its access back.")
        if self.felt_since:
            return _("Feels it since %s.") % _moment(self.felt_since)
        if self.planned is None:
            return _("Nothing to wait for now.")
        if self.opens_at is None:
            return _("Nobody of it is proven to have been told: its gate stays closed.")
        if self.is_late:
            return _("Told. Put off to %(opens)s; planned for %(planned)s.") % {
                "opens": _moment(self.opens_at),
                "planned": _moment(self.planned),
            }
        return _("Told. Its gate opens %s.") % _moment(self.opens_at)


def _moment(moment: datetime) -> str:
    return str(date_format(localtime(moment), "DATETIME_FORMAT"))


_STANDINGS = """
SELECT wanted.account_id, gate.planned, gate.moment, permit.recorded_at,
       permit.id IS NOT NULL
           AND EXISTS (SELECT FROM accounts_restriction restriction
                       WHERE restriction.permit_id = permit.id)
           AND NOT EXISTS (SELECT FROM accounts_restriction restriction
                           WHERE restriction.permit_id = permit.id
                             AND NOT EXISTS (SELECT FROM accounts_lifting lifting
                                 WHERE lifting.restriction_id = restriction.id)),
       coalesce(exemption.cause, '')
FROM unnest(%(accounts)s::bigint[]) AS wanted (account_id)
LEFT JOIN notices_gate gate
    ON gate.change_id = %(change)s AND gate.account_id = wanted.account_id
LEFT JOIN accounts_permit permit
    ON permit.change = %(uuid)s AND permit.account_id = wanted.account_id
LEFT JOIN notices_exemption exemption
    ON exemption.change_id = %(change)s AND exemption.account_id = wanted.account_id
"""


def standings(change: ServiceChange, account_ids: Collection[int]) -> dict[int, Standing]:
    """The standings of some accounts, by their primary keys."""
    with connection.cursor() as cursor:
        cursor.execute(
            _STANDINGS,
            {"change": change.pk, "uuid": change.uuid, "accounts": list(account_ids)},
        )
        return {account: Standing(*rest) for account, *rest in cursor.fetchall()}


def attach(records: Iterable[Any]) -> None:
    """Gives each record about an account of a change its `standing`, one statement for each
    change among them."""
    by_change: dict[ServiceChange, list[Any]] = {}
    for record in records:
        by_change.setdefault(record.change, []).append(record)
    for change, of_change in by_change.items():
        found = standings(change, {record.account_id for record in of_change})
        for record in of_change:
            record.standing = found[record.account_id]


def explanation(change: ServiceChange, account: Account) -> list[str]:
    """Why the gate stands as it does, a sentence each: the rule, and what was asked of it."""
    standing = standings(change, [account.pk])[account.pk]
    sentences = [standing.in_words()]
    policy = change.lead_policy
    if change.at_once:
        return [*sentences, _("It acts at once, on recorded grounds: no notice is waited for.")]
    if policy is None:
        return sentences
    sentences.append(
        ngettext(
            "Told on a day in %(zone)s, it may feel the change once %(days)d whole day has passed.",
            "Told on a day in %(zone)s, it may feel the change once %(days)d whole days have "
            "passed.",
            policy.lead_days,
        )
        % {"zone": account.time_zone, "days": policy.lead_days}
    )
    if standing.opens_at is None and not standing.left_out and not standing.felt_since:
        sentences.append(
            _(
                "It opens once a provider has accepted a message to one of its owners or "
                "administrators, or once every address of theirs failed for good: inbox and "
                "announcement stand in then."
            )
        )
    return sentences


def people_told(change: ServiceChange, account: Account) -> list[tuple[Notice, list[Delivery]]]:
    """Who was told of the change ahead of time on behalf of the account, with the messages
    that prove it; the first of them."""
    notices = (
        Notice.objects.filter(
            about__account=account, about__change=change, about__phase=Phase.ANNOUNCED
        )
        .select_related("recipient")
        .prefetch_related("deliveries")
        .order_by("pk")[:PEOPLE_SHOWN]
    )
    return [(notice, list(notice.deliveries.all())) for notice in notices]
