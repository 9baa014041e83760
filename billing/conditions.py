"""Why access is withheld for want of money.

The condition is written by the database when there is nothing left to spend, and cleared by
it when money comes in (`billing/migrations/0006_crossings.py`); here it is written for
accounts with something left, but less than what was to be charged.
"""

from collections.abc import Collection

from django.utils.translation import gettext_lazy as _

from accounts.conditions import ConditionSource
from accounts.models import Condition
from common.clock import now

BALANCE_SPENT = ConditionSource(
    name="balance_spent",
    label=_("balance spent"),
    clause_number="6",
    reason_zh_hans="账号余额不足。充值后立即恢复使用。",
    reason_en="The account's balance is used up. Access is back as soon as you top it up.",
)
"""Registered with `accounts.conditions` when the app is ready."""


def withhold(*, account_ids: Collection[int]) -> None:
    """Withholds access from those accounts until money comes in, in the caller's
    transaction, which has locked their wallets. Nothing changes for those waiting already."""
    since = now()
    Condition.objects.bulk_create(
        [
            Condition(account_id=account_id, source=BALANCE_SPENT.name, since=since)
            for account_id in sorted(account_ids)
        ],
        ignore_conflicts=True,
    )
