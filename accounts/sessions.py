"""Where people are signed in, and ending it."""

from allauth.usersessions.models import UserSession

from accounts.models import User


def end_all(*, user: User) -> int:
    """Ends every session of this person; each signed-in request has a row, so none is left
    out. The number of them."""
    sessions = list(UserSession.objects.filter(user=user))
    for session in sessions:
        session.end()
    return len(sessions)
