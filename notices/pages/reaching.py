"""How a person is reached: their addresses, and what they are told of and why."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render

from accounts.pages.requests import SignedInRequest
from common.changes import kinds_of_change
from notices import addresses
from notices.letter_kinds import letter_kinds


@login_required
def ways(request: SignedInRequest) -> HttpResponse:
    """Addresses with their state; kinds of messages, mandatory or with their switch."""
    kinds = sorted(letter_kinds, key=lambda one: str(one.label))
    context = {
        "addresses": addresses.addresses_of(request.user),
        "changes": sorted(kinds_of_change, key=lambda one: str(one.label)),
        "mandatory": [one for one in kinds if one.switches is None],
        "optional": [(one, one.switches(request.user)) for one in kinds if one.switches],
    }
    return render(request, "customer/reaching.html", context)
