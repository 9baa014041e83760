"""Who is told of which account: SQL for each `Whom` of an expansion.

Each gives rows of `user_id, account_id`; `notices.expansion` joins them to the people and
groups them, so that a person is told once of all of theirs. Parameters: those of
`parameters`.
"""

from typing import Any

from accounts.models import Membership
from notices.models import Expansion

Whom = Expansion.Whom

_OWNERS = "membership.role = ANY(%(roles)s)"

_NOT_EXEMPT = """
NOT EXISTS (SELECT FROM notices_exemption exemption
    WHERE exemption.change_id = %(change)s AND exemption.account_id = {account})
"""

_TOLD = """
    SELECT DISTINCT notice.recipient_id AS user_id, about.account_id
    FROM notices_noticeaccount about
    JOIN notices_notice notice ON notice.id = about.notice_id
    {more}
    WHERE about.change_id = %(change)s AND about.phase = %(told_in)s AND {condition}
"""

PAIRS: dict[str, str] = {
    Whom.JOINED: f"""
    SELECT membership.user_id, concerned.account_id
    FROM notices_concernedaccount concerned
    JOIN accounts_membership membership ON membership.account_id = concerned.account_id
    WHERE concerned.change_id = %(change)s AND concerned.round = %(after)s AND {_OWNERS}
      AND {_NOT_EXEMPT.format(account="concerned.account_id")}""",
    Whom.UNSEEN: f"""
    SELECT membership.user_id, concerned.account_id
    FROM notices_concernedaccount concerned
    JOIN accounts_membership membership ON membership.account_id = concerned.account_id
    WHERE concerned.change_id = %(change)s AND concerned.round <= %(after)s AND {_OWNERS}
      AND {_NOT_EXEMPT.format(account="concerned.account_id")}
      AND NOT EXISTS (SELECT FROM accounts_permit permit
          WHERE permit.change = %(uuid)s AND permit.account_id = concerned.account_id)
      AND NOT EXISTS (SELECT FROM notices_noticeaccount about
          JOIN notices_notice notice ON notice.id = about.notice_id
          WHERE about.change_id = %(change)s AND about.account_id = concerned.account_id
            AND about.phase = 'announced' AND notice.recipient_id = membership.user_id)""",
    Whom.BEGUN: f"""
    SELECT membership.user_id, permit.account_id
    FROM accounts_permit permit
    JOIN accounts_membership membership ON membership.account_id = permit.account_id
    WHERE permit.change = %(uuid)s AND permit.id > %(after)s AND permit.id <= %(upto)s
      AND {_OWNERS}""",
    Whom.LIFTED: f"""
    SELECT DISTINCT membership.user_id, restriction.account_id
    FROM accounts_permit permit
    JOIN accounts_restriction restriction ON restriction.permit_id = permit.id
    JOIN accounts_lifting lifting ON lifting.restriction_id = restriction.id
    JOIN accounts_membership membership ON membership.account_id = restriction.account_id
    WHERE permit.change = %(uuid)s AND lifting.id > %(after)s AND lifting.id <= %(upto)s
      AND {_OWNERS}""",
    Whom.TOLD: _TOLD.format(more="", condition="true"),
    Whom.POSTPONED: _TOLD.format(
        more="JOIN notices_postponedaccount postponed ON postponed.account_id = about.account_id",
        condition="postponed.postponement_id = %(postponement)s",
    ),
    Whom.EXEMPTED: _TOLD.format(
        more="JOIN notices_exemption exempted ON exempted.account_id = about.account_id"
        " AND exempted.change_id = about.change_id",
        condition="exempted.id > %(after)s AND exempted.id <= %(upto)s",
    ),
    Whom.DROPPED: _TOLD.format(
        more="JOIN notices_withdrawal withdrawal ON withdrawal.change_id = about.change_id",
        condition="""NOT EXISTS (SELECT FROM notices_concernedaccount kept
            WHERE kept.change_id = withdrawal.superseded_by_id
              AND kept.account_id = about.account_id)""",
    ),
}
"""For `JOINED` the round of the accounts is in `after_id`; for `UNSEEN` the newest one."""


def parameters(expansion: Expansion) -> dict[str, Any]:
    """What any of `PAIRS` asks for."""
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
    }
