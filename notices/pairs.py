"""Who is told of which account: SQL for each `Whom` of an expansion.

Each gives rows of `user_id, account_id`; `notices.expansion` joins them to the people and
groups them, so that a person is told once of all of theirs.

Each comes in two shapes that give the same rows. For few accounts, their people are looked
up. For many, people are taken in order of their numbers, some thousands at a time, and the
accounts of each are looked up; written as scalar subqueries, because a planner that believes
yesterday's statistics would otherwise read all accounts for each batch.
"""

from typing import Any

from accounts.models import Membership
from notices.models import Expansion

Whom = Expansion.Whom

_NOT_EXEMPT = """
NOT EXISTS (SELECT FROM notices_exemption exemption
    WHERE exemption.change_id = %(change)s AND exemption.account_id = source.account_id)
"""

# Where accounts come from, and which of them.
_SOURCES: dict[str, tuple[str, str]] = {
    # The round of the accounts is in `after_id`.
    Whom.JOINED: (
        "notices_concernedaccount",
        f"""source.change_id = %(change)s AND source.round = %(after)s AND {_NOT_EXEMPT}""",
    ),
    Whom.BEGUN: (
        "accounts_permit",
        "source.change = %(uuid)s AND source.id > %(after)s AND source.id <= %(upto)s",
    ),
    Whom.LIFTED: (
        "accounts_permit",
        """source.change = %(uuid)s AND EXISTS (
            SELECT FROM accounts_restriction restriction
            JOIN accounts_lifting lifting ON lifting.restriction_id = restriction.id
            WHERE restriction.permit_id = source.id
              AND lifting.id > %(after)s AND lifting.id <= %(upto)s)""",
    ),
}

_OF_FEW = """
SELECT membership.user_id, source.account_id
FROM {table} source
JOIN accounts_membership membership ON membership.account_id = source.account_id
WHERE {condition} AND membership.role = ANY(%(roles)s)
"""
_OF_MANY = """
SELECT membership.user_id, membership.account_id
FROM accounts_membership membership
WHERE membership.user_id > %(after_person)s AND membership.user_id <= %(upto_person)s
  AND membership.role = ANY(%(roles)s)
  AND (SELECT true FROM {table} source
       WHERE source.account_id = membership.account_id AND {condition} LIMIT 1)
"""

# The newest round of accounts that were told is in `after_id`.
_UNSEEN = f"""
SELECT membership.user_id, source.account_id
FROM notices_concernedaccount source
JOIN accounts_membership membership ON membership.account_id = source.account_id
WHERE source.change_id = %(change)s AND source.round <= %(after)s
  AND membership.role = ANY(%(roles)s) AND {_NOT_EXEMPT}
  AND NOT EXISTS (SELECT FROM accounts_permit permit
      WHERE permit.change = %(uuid)s AND permit.account_id = source.account_id)
  AND NOT EXISTS (SELECT FROM notices_noticeaccount about
      JOIN notices_notice notice ON notice.id = about.notice_id
      WHERE about.change_id = %(change)s AND about.account_id = source.account_id
        AND about.phase = 'announced' AND notice.recipient_id = membership.user_id)
"""

# By the notices themselves: exactly those who were told, of exactly what they were told of.
_TOLD = """
SELECT DISTINCT notice.recipient_id AS user_id, about.account_id
FROM notices_expansion told_by
JOIN notices_notice notice ON notice.expansion_id = told_by.id
    AND notice.recipient_id > %(after_person)s
    AND (%(upto_person)s::bigint IS NULL OR notice.recipient_id <= %(upto_person)s)
JOIN notices_noticeaccount about ON about.notice_id = notice.id
WHERE told_by.change_id = %(change)s AND told_by.phase = %(told_in)s AND {condition}
"""
# Who was put off to a later day already is not told of an earlier one.
_NOT_POSTPONED_FURTHER = """
(%(postponement)s::bigint IS NULL OR NOT EXISTS (
    SELECT FROM notices_postponement this
    JOIN notices_postponement further
        ON further.change_id = this.change_id AND further.until > this.until
    WHERE this.id = %(postponement)s
      AND (further.everybody OR EXISTS (
          SELECT FROM notices_postponedaccount postponed
          WHERE postponed.postponement_id = further.id
            AND postponed.account_id = about.account_id))))
"""
_CONDITIONS_ON_THE_TOLD: dict[str, str] = {
    Whom.TOLD: _NOT_POSTPONED_FURTHER,
    Whom.POSTPONED: f"""{_NOT_POSTPONED_FURTHER} AND EXISTS (
        SELECT FROM notices_postponedaccount postponed
        WHERE postponed.account_id = about.account_id
          AND postponed.postponement_id = %(postponement)s)""",
    Whom.SPARED: """NOT EXISTS (SELECT FROM accounts_permit permit
        WHERE permit.change = %(uuid)s AND permit.account_id = about.account_id)
        AND NOT EXISTS (SELECT FROM notices_exemption exempted
            WHERE exempted.change_id = %(change)s AND exempted.account_id = about.account_id)""",
    Whom.EXEMPTED: """EXISTS (SELECT FROM notices_exemption exempted
        WHERE exempted.account_id = about.account_id AND exempted.change_id = %(change)s
          AND exempted.id > %(after)s AND exempted.id <= %(upto)s)""",
    Whom.DROPPED: """NOT EXISTS (SELECT FROM notices_withdrawal withdrawal
        JOIN notices_concernedaccount kept ON kept.change_id = withdrawal.superseded_by_id
        WHERE withdrawal.change_id = %(change)s AND kept.account_id = about.account_id)""",
}


def pairs_of(whom: str, *, many: bool) -> str:
    """The SQL for `whom`; `many` when people are taken some at a time."""
    if whom in _SOURCES:
        table, condition = _SOURCES[whom]
        shape = _OF_MANY if many else _OF_FEW
        return shape.format(table=table, condition=condition)
    if whom == Whom.UNSEEN:
        return _UNSEEN
    return _TOLD.format(condition=_CONDITIONS_ON_THE_TOLD[whom])


def parameters(
    expansion: Expansion, *, after_person: int = 0, upto_person: int | None = None
) -> dict[str, Any]:
    """What the SQL asks for: of the expansion, and which people by their numbers."""
    change = expansion.change
    return {
        "change": change.pk,
        "uuid": change.uuid,
        "roles": list(Membership.NOTICED_ROLES),
        "after": expansion.after_id,
        "upto": expansion.upto_id,
        "postponement": expansion.postponement_id,
        # What has no announcement is told of when it happens.
        "told_in": "in_effect" if change.at_once else "announced",
        "after_person": after_person,
        "upto_person": upto_person,
    }
