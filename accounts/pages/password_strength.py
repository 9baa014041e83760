"""The meter below a password being typed."""

from typing import Any

from allauth.core import ratelimit
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts import password_strength

# As fields of passwords are called on the pages that have a meter.
FIELDS = ("password", "password1", "new_password")
LONGEST = 200


@require_POST
@never_cache
@sensitive_post_parameters(*FIELDS)
def measure(request: HttpRequest) -> HttpResponse:
    """The strength of what was typed so far; nothing is kept."""
    if refused := ratelimit.consume_or_429(request, action="password_strength"):
        return refused
    return render(request, "customer/password_strength.html", strength_of(request))


def strength_of(request: HttpRequest) -> dict[str, Any]:
    """What the meter's template shows of the password in a posted form."""
    typed = next((request.POST[name] for name in FIELDS if request.POST.get(name)), "")
    about = [request.POST.get("name", "")[:LONGEST], request.POST.get("username", "")[:LONGEST]]
    if request.user.is_authenticated:
        about += [request.user.name, request.user.phone]
    strength = password_strength.measure(typed[:LONGEST], about=about) if typed else None
    return {"strength": strength, "highest": password_strength.HIGHEST}
