"""What holds for every page of a signed-in person, and answers to too many attempts."""

import time
from collections.abc import Callable

from allauth.account.adapter import get_adapter
from allauth.core.exceptions import RateLimited
from allauth.core.internal.httpkit import HTTP_USER_AGENT_MAX_LENGTH
from allauth.core.ratelimit import respond_429
from allauth.usersessions.models import UserSession
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

Handler = Callable[[HttpRequest], HttpResponse]


class PersonalSettingsMiddleware:
    """The page in the language and time zone that the signed-in person chose.

    Comes after authentication; visitors keep what `LocaleMiddleware` found.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user  # kept: the API puts its own caller in this place
        if not user.is_authenticated:
            return self.get_response(request)
        translation.activate(user.language)
        request.LANGUAGE_CODE = user.language
        with timezone.override(user.time_zone):
            response = self.get_response(request)
        response.headers["Content-Language"] = user.language
        return response


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


class RateLimitMiddleware:
    """429 instead of an error: a code asked for again within 30 seconds raises this
    out of allauth's sign-in, where nobody catches it."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, RateLimited):
            return None
        response: HttpResponse = respond_429(request)
        return response
