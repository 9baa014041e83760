"""From where people are signed in. Times are the host's: they only space the notes, and are
no business stamps."""

import time
from collections.abc import Callable

from allauth.account.adapter import get_adapter
from allauth.core.internal.httpkit import HTTP_USER_AGENT_MAX_LENGTH
from allauth.usersessions.models import UserSession
from django.http import HttpRequest, HttpResponse

Handler = Callable[[HttpRequest], HttpResponse]


class ActivityMiddleware:
    """Notes from where each signed-in session is used, as allauth's own does for every
    page: at once when the session, the address or the browser is another, else once a
    minute. Ending somebody's sessions relies on there being a note of each."""

    NOTED = "activity_noted"
    EVERY_SECONDS = 60

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.session.session_key and request.user.is_authenticated:
            self._note(request)
        return self.get_response(request)

    def _note(self, request: HttpRequest) -> None:
        session, now = request.session, time.time()
        browser = request.META.get("HTTP_USER_AGENT", "")[:HTTP_USER_AGENT_MAX_LENGTH]
        where = [session.session_key, get_adapter().get_client_ip(request), browser]
        *before, at = session.get(self.NOTED, [None])
        if before == where and 0 <= now - at < self.EVERY_SECONDS:
            return
        UserSession.objects.create_from_request(request)
        session[self.NOTED] = [*where, now]
