"""Ending the sessions of a person, wherever they are signed in."""

from allauth.usersessions.models import UserSession

from accounts.models import User


def end_all(user: User) -> int:
    """Ends every session; each signed-in request has a row there, so none is left out.
    Returns how many."""
    sessions = list(UserSession.objects.filter(user=user))
    for session in sessions:
        session.end()
    return len(sessions)
