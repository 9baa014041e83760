"""Messages about money in a customer's inbox."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from accounts.models import User
from accounts.pages.requests import SignedInRequest
from billing import messages

# On the page of the inbox; more are on a page of their own.
NEWEST = 5


def shelf(user: User, unread_only: bool) -> dict[str, Any] | None:
    """The newest messages, for the inbox; None without any."""
    mine = messages.of(user).select_related("reading")
    found = list((mine.unread() if unread_only else mine)[: NEWEST + 1])
    return {"money_messages": found[:NEWEST], "more": len(found) > NEWEST} if found else None


@login_required
def index(request: SignedInRequest) -> HttpResponse:
    """The newest two hundred of them."""
    found = messages.of(request.user).select_related("reading")[:200]
    return render(request, "customer/money_inbox.html", {"money_messages": found})


@login_required
def message(request: SignedInRequest, public_id: str) -> HttpResponse:
    """One message as it was sent, and how. Opening it is reading it."""
    mine = messages.of(request.user).select_related("occasion__account")
    found = get_object_or_404(mine, public_id=public_id)
    # A prefetching browser or a HEAD request has not shown it to anybody.
    if request.method == "GET" and "prefetch" not in request.headers.get("Sec-Purpose", ""):
        messages.read(message=found, reader=request.user)
    context = {"message": found, "ways": messages.ways_told(found)}
    return render(request, "customer/money_message.html", context)
