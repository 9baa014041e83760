"""The answer to too many attempts: 429, in words, with when to try again."""

import math
import time

from allauth.account import app_settings
from allauth.core.internal import ratelimit
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

A_MINUTE = 60


def respond(request: HttpRequest, *, retry_after: int) -> HttpResponse:
    """The page, and `Retry-After` in seconds for programs."""
    context = {"minutes": math.ceil(retry_after / 60), "hours": round(retry_after / 3600)}
    response = render(request, "429.html", context, status=429)
    response.headers["Retry-After"] = str(retry_after)
    return response


def handler429(request: HttpRequest) -> HttpResponse:
    """What allauth answers with when one of its limits was reached; it does not say which."""
    return respond(request, retry_after=_longest_wait(request))


def _longest_wait(request: HttpRequest) -> int:
    """Seconds until the last of the limits reached by this visitor ends.

    Limits of a number or another key are not known here: a minute is the usual pause.
    """
    waits = [0.0]
    for action, rates in app_settings.RATE_LIMITS.items():
        for rate in ratelimit.parse_rates(rates or None):
            if rate.per == "key" or (rate.per == "user" and not request.user.is_authenticated):
                continue
            key = ratelimit.get_cache_key(request, app="allauth.account", action=action, rate=rate)
            history = cache.get(key, [])
            if len(history) >= rate.amount:
                waits.append(history[-1] + rate.duration - time.time())
    return math.ceil(max(waits)) or A_MINUTE
