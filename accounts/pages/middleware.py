"""What holds for every page of a signed-in person, and answers to too many attempts."""

from collections.abc import Callable

from allauth.core.exceptions import RateLimited
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from accounts.exceptions import TooManyMessages
from accounts.pages import too_many

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


class RateLimitMiddleware:
    """429 instead of an error: a code asked for again within 30 seconds raises
    `RateLimited` out of allauth's sign-in, where nobody catches it. And for whatever page
    did not answer `TooManyMessages` itself."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, TooManyMessages):
            return too_many.respond(request, retry_after=error.retry_after)
        return too_many.handler429(request) if isinstance(error, RateLimited) else None
