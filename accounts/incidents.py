"""Withholding a service from everybody, and giving it back: one row each, at any scale.

The database asks the app that approves changes before it takes the row; without one it
raises `IntegrityError`.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser

from accounts.models import Measure, PlatformLifting, PlatformRestriction


def declare(
    *,
    change: UUID,
    service_id: int | None,
    model_id: int | None,
    region_id: int | None,
    clause_id: int,
    reason_zh_hans: str,
    reason_en: str,
    limits: Mapping[str, int] | None = None,
    at: datetime,
    ends_at: datetime | None,
) -> PlatformRestriction:
    """Withholds what service, model and region have in common from everybody, from `at`.

    None means all. With `limits` it is limited to these and not withheld. A second call
    for the same change returns the first restriction.
    """
    contents: dict[str, Any] = {
        "service_id": service_id,
        "model_id": model_id,
        "region_id": region_id,
        "measure": Measure.LIMIT if limits else Measure.SUSPEND,
        "limits": dict(limits or {}),
        "clause_id": clause_id,
        "reason_zh_hans": reason_zh_hans,
        "reason_en": reason_en,
        "starts_at": at,
        "ends_at": ends_at,
    }
    restriction, _made = PlatformRestriction.objects.get_or_create(change=change, defaults=contents)
    return restriction


def end(*, change: UUID, ended_by: AbstractBaseUser, reason: str) -> bool:
    """Gives everybody back what `change` withholds. False when there was nothing to end."""
    restriction = PlatformRestriction.objects.filter(change=change).first()
    if restriction is None:
        return False
    _lifting, made = PlatformLifting.objects.get_or_create(
        restriction=restriction, defaults={"lifted_by_id": ended_by.pk, "reason": reason}
    )
    return made
