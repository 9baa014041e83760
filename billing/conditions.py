"""Why access is withheld for want of money.

The condition is written by the database when nothing is left to spend or a line of usage is
refused, and cleared by it when money comes in (`billing/migrations/0006_crossings.py`).
"""

from django.utils.translation import gettext_lazy as _

from accounts.conditions import ConditionSource

BALANCE_SPENT = ConditionSource(
    name="balance_spent",
    label=_("balance spent"),
    clause_number="6",
    reason_zh_hans="账号余额不足。充值后立即恢复使用。",
    reason_en="The account's balance is used up. Access is back as soon as you top it up.",
)
"""Registered with `accounts.conditions` when the app is ready."""
