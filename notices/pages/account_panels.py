"""What notices contributes to an account's page: what is planned, and unread messages."""

from datetime import datetime
from typing import Any

from accounts.models import Account, User
from notices import inbox
from notices.models import Notice, Phase, ServiceChange
from notices.planned import planned_for


def planned(account: Account, user: User, at: datetime) -> dict[str, Any] | None:
    """A card per announced change, with how this very person was told of it."""
    ahead = planned_for([account], at=at)
    if not ahead:
        return None
    return {"changes": [(one, *_told(one.change, user)) for one in ahead]}


def _told(change: ServiceChange, user: User) -> tuple[Notice | None, list[inbox.Sent]]:
    notice = (
        Notice.objects.of(user)
        .filter(expansion__change=change, expansion__phase=Phase.ANNOUNCED)
        .first()
    )
    return notice, [one for one in inbox.ways_told(notice) if one.settled] if notice else []


def unread(account: Account, user: User, at: datetime) -> dict[str, Any] | None:
    """How many messages wait, and when the newest came."""
    newest = Notice.objects.of(user).first()
    return {"count": inbox.unread(user), "newest": newest}
