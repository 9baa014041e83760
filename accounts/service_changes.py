"""The kinds of change to a service that take access away or give it back."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from accounts import restrictions
from common.changes import Effect, KindOfChange

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser


class Suspension(KindOfChange):
    """A service, or all of them, stops working for some accounts (clause 1.3)."""

    name = "suspension"
    label = _("suspension")
    # In general; an account in other hands; an organization's misuse; unverified data.
    clauses = ("1.3", "1.2.6", "1.2.7", "1.4")

    def take_effect(self, effect: Effect, *, opened: Mapping[int, datetime]) -> list[int]:
        return restrictions.impose(
            change=effect.change,
            opened=opened,
            service_id=effect.service_id,
            model_id=effect.model_id,
            region_id=effect.region_id,
            api_key_ids=effect.api_key_ids,
            clause_id=effect.clause_id,
            reason_zh_hans=effect.reason_zh_hans,
            reason_en=effect.reason_en,
            ends_at=effect.ends_at,
        )

    def lift(
        self,
        change: UUID,
        *,
        account_ids: Sequence[int] | None,
        at_most: int | None = None,
        lifted_by: "AbstractBaseUser",
        reason: str,
    ) -> list[int]:
        return restrictions.lift(
            change=change,
            account_ids=account_ids,
            at_most=at_most,
            lifted_by=lifted_by,
            reason=reason,
        )
