"""What holds for every page of a signed-in person, and answers to too many attempts."""

import re
from collections.abc import Callable
from typing import Any

from allauth.core.exceptions import RateLimited
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts import guardians
from accounts.exceptions import TooManyMessages
from accounts.pages import too_many

SAFE = {"GET", "HEAD", "OPTIONS"}
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


# What somebody who waits for a guardian may do: be asked after, be safe, report, and leave.
WHILE_WAITING = re.compile(
    r"guardian|guardian_consent|set_language|password_strength|settings|.*contact_email"
    r"|account_(logout|reauthenticate|change_password|verify_phone)|mfa_.*|usersessions_.*"
    r"|inbox.*|letter.*|notice.*|report.*|leav.*"
)


class GuardianMiddleware:
    """Nothing is done for a minor before a guardian consented (clause 1.1): every form but
    those of `WHILE_WAITING` leads to the page that says what is waited for."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        if request.method in SAFE or not request.user.is_authenticated:
            return None
        match = request.resolver_match
        name = (match.view_name if match else "") or ""
        if WHILE_WAITING.fullmatch(name) or not guardians.waits(request.user):
            return None
        messages.warning(request, _("This waits for your guardian's consent as well."))
        return redirect("guardian")
