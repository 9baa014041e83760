"""Many people at once, and whether each of them was told exactly once."""

from dataclasses import dataclass
from typing import Any

from django.db import connection

from accounts.models import Account, Membership, User
from common.clock import now

TOGETHER = 10  # this many people share an organization
AT_A_TIME = 5_000


def make_crowd(people: int, *, letters: int | None = None) -> list[Account]:
    """So many people, the first `letters` of them (default: all) with a verified e-mail, each
    with an account of their own and a share in one of an organization. Returns all of their
    accounts."""
    moment = now()
    crowd = User.objects.bulk_create(
        [
            User(
                phone=f"+86139{number:08}",
                name=f"Crowd {number}",
                language=("en", "zh-hans")[number % 2],
                contact_email=f"crowd-{number}@example.com",
                contact_email_verified_at=moment if letters is None or number < letters else None,
                password="!",
            )
            for number in range(people)
        ],
        batch_size=AT_A_TIME,
    )
    personal = Account.objects.bulk_create(
        [Account(kind="personal", holder=user, name=user.name) for user in crowd],
        batch_size=AT_A_TIME,
    )
    shared = Account.objects.bulk_create(
        [Account(kind="organization", name=f"Org {n}") for n in range(0, people, TOGETHER)],
        batch_size=AT_A_TIME,
    )
    Membership.objects.bulk_create(
        [
            Membership(user=user, account=account, role="owner")
            for number, user in enumerate(crowd)
            for account in (personal[number], shared[number // TOGETHER])
        ],
        batch_size=AT_A_TIME,
    )
    return [*personal, *shared]


@dataclass(frozen=True)
class Told:
    """What the rows say about a change in one phase.

    `pairs` are people and accounts that a notice names together. The last three should be
    0: pairs that more than one notice names, notices that lack a delivery to an address of
    the person (or have two), deliveries that a provider accepted more than once.
    """

    notices: int
    people: int
    pairs: int
    deliveries: int
    twice: int
    without_a_delivery: int
    accepted_twice: int


def told(change: Any, phase: str) -> Told:
    """Counts in the database, so that 100,000 people take a moment."""
    with connection.cursor() as cursor:
        cursor.execute(TOLD, {"change": change.pk, "phase": phase})
        row = cursor.fetchone()
    return Told(*row)


TOLD = """
WITH notice AS MATERIALIZED (
    SELECT n.id, n.recipient_id FROM notices_notice n
    JOIN notices_expansion e ON e.id = n.expansion_id
    WHERE e.change_id = %(change)s AND e.phase = %(phase)s
), pair AS (
    SELECT notice.recipient_id, named.account_id, count(*) AS times
    FROM notice JOIN notices_noticeaccount named ON named.notice_id = notice.id
    GROUP BY 1, 2
), delivery AS MATERIALIZED (
    SELECT d.id, d.notice_id, d.channel FROM notices_delivery d
    JOIN notice ON notice.id = d.notice_id
), accepted AS (
    SELECT a.delivery_id, count(*) AS times FROM notices_attempt a
    JOIN notices_outcome o ON o.attempt_id = a.id AND o.verdict = 'accepted'
    JOIN delivery ON delivery.id = a.delivery_id GROUP BY 1
)
SELECT
    (SELECT count(*) FROM notice),
    (SELECT count(DISTINCT recipient_id) FROM notice),
    (SELECT count(*) FROM pair),
    (SELECT count(*) FROM delivery),
    (SELECT count(*) FROM pair WHERE times > 1),
    (SELECT count(*) FROM (
        SELECT 1 FROM notice CROSS JOIN (VALUES ('email'), ('sms')) AS c(channel)
        JOIN accounts_user person ON person.id = notice.recipient_id
            AND (c.channel = 'sms' OR person.contact_email_verified_at IS NOT NULL)
        LEFT JOIN delivery ON delivery.notice_id = notice.id AND delivery.channel = c.channel
        GROUP BY notice.id, c.channel HAVING count(delivery.id) <> 1) AS missing),
    (SELECT count(*) FROM accepted WHERE times > 1)
"""
