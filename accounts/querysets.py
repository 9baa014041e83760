"""Questions about sets of accounts, keys, restrictions and people."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q

from common.models import AppendOnlyQuerySet

if TYPE_CHECKING:
    from accounts.models import User


class AccountQuerySet(models.QuerySet[Any]):
    def of(self, user: "User") -> "AccountQuerySet":
        """The accounts this person belongs to: the only ones they may see."""
        return self.filter(memberships__user=user)


class MembershipQuerySet(models.QuerySet[Any]):
    def noticed(self) -> "MembershipQuerySet":
        """Memberships whose person is sent the account's notices."""
        return self.filter(role__in=self.model.NOTICED_ROLES, user__is_active=True)


class RestrictionQuerySet(AppendOnlyQuerySet):
    def in_force(self, at: datetime) -> "RestrictionQuerySet":
        """Begun, not over and not lifted at that moment."""
        return self.begun_or_planned(at).filter(starts_at__lte=at)

    def begun_or_planned(self, at: datetime) -> "RestrictionQuerySet":
        """Not over and not lifted at that moment, begun or not."""
        return self.filter(
            Q(ends_at=None) | Q(ends_at__gt=at),
            Q(lifting=None) | Q(lifting__recorded_at__gt=at),
        )

    def of_parts(self) -> "RestrictionQuerySet":
        """Those of single keys, models or regions: services as a whole go on."""
        return self.filter(
            Q(api_key__isnull=False) | Q(model__isnull=False) | Q(region__isnull=False)
        )


class ConditionQuerySet(models.QuerySet[Any]):
    def in_force(self, at: datetime) -> "ConditionQuerySet":
        return self.filter(Q(cleared_at=None) | Q(cleared_at__gt=at), since__lte=at)


class ApiKeyQuerySet(models.QuerySet[Any]):
    def usable(self, at: datetime) -> "ApiKeyQuerySet":
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=at), revoked_at=None)
