"""Whether a session may be used by a member of staff, and how fresh it is.

A staff session counts only when it was signed in with a second factor. It ends after
a while without a page, and at the latest some hours after it began, whatever happens.
Times are those of the host, as in the sign-in records: they guard this machine's
sessions and are no business stamps.
"""

import time
from enum import Enum
from typing import TYPE_CHECKING, Any

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

SEEN_KEY = "staff_seen_at"
# A session row is not rewritten for every page.
SEEN_EVERY_SECONDS = 60


class Standing(Enum):
    """What stands between a request and the back office."""

    ADMITTED = "admitted"
    ANONYMOUS = "anonymous"
    NOT_STAFF = "not_staff"
    WITHOUT_FACTOR = "without_factor"
    FACTOR_NOT_SHOWN = "factor_not_shown"
    EXPIRED = "expired"


def idle_seconds() -> int:
    return int(getattr(settings, "STAFF_SESSION_IDLE_SECONDS", 30 * 60))


def absolute_seconds() -> int:
    return int(getattr(settings, "STAFF_SESSION_ABSOLUTE_SECONDS", 12 * 60 * 60))


def fresh_seconds() -> int:
    return int(getattr(settings, "ACCOUNT_REAUTHENTICATION_TIMEOUT", 30 * 60))


def standing(request: HttpRequest) -> Standing:
    """Worked out once per request and kept on it."""
    kept: Standing | None = getattr(request, "_staff_standing", None)
    if kept is None:
        kept = _standing(request)
        request._staff_standing = kept  # type: ignore[attr-defined]
    return kept


def _standing(request: HttpRequest) -> Standing:
    user: Any | AnonymousUser = request.user
    if not user.is_authenticated or not user.is_active:
        return Standing.ANONYMOUS
    if not user.is_staff:
        return Standing.NOT_STAFF
    records = get_authentication_records(request, user)
    if not records or _is_over(request, records):
        return Standing.EXPIRED
    if not Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists():
        return Standing.WITHOUT_FACTOR
    if not any(record.get("method") == "mfa" for record in records):
        return Standing.FACTOR_NOT_SHOWN
    return Standing.ADMITTED


def _is_over(request: HttpRequest, records: list[dict[str, Any]]) -> bool:
    now = time.time()
    began = records[0]["at"]
    seen = max(request.session.get(SEEN_KEY, 0), records[-1]["at"])
    return bool(now - began > absolute_seconds() or now - seen > idle_seconds())


def mark_seen(request: HttpRequest) -> None:
    """Notes that the session is in use, so that it does not idle out."""
    now = time.time()
    if now - request.session.get(SEEN_KEY, 0) > SEEN_EVERY_SECONDS:
        request.session[SEEN_KEY] = now


def proved_recently(request: HttpRequest) -> bool:
    """Whether the person has shown password or factor within half an hour or so."""
    records = get_authentication_records(request, request.user)
    return bool(records) and time.time() - records[-1]["at"] < fresh_seconds()


def proved_again(request: HttpRequest, *, within_seconds: int) -> bool:
    """Whether the person has shown password or factor once more after signing in, that long
    ago at most."""
    records = get_authentication_records(request, request.user)
    again = [record["at"] for record in records if record.get("reauthenticated")]
    return bool(again) and time.time() - max(again) < within_seconds
