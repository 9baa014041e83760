"""Letters in a person's inbox, and the page of one with its proof."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from accounts.models import Membership, User
from accounts.pages.requests import SignedInRequest
from notices import letters
from notices.letter_kinds import clause_of

# On the page of the inbox; more are on a page of their own.
NEWEST = 5
PER_PAGE = 20


def newest(user: User, *, unread_only: bool) -> dict[str, Any]:
    """The newest letters and whether there are more, for the first page of the inbox."""
    mine = letters.of(user).select_related("reading")
    found = list((mine.unread() if unread_only else mine)[: NEWEST + 1])
    return {"letters": found[:NEWEST], "more_letters": len(found) > NEWEST}


@login_required
def index(request: SignedInRequest) -> HttpResponse:
    """All of them, newest first."""
    mine = letters.of(request.user).select_related("reading")
    page = Paginator(mine, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "customer/letters.html", {"page": page, "letters": page})


@login_required
def letter(request: SignedInRequest, public_id: str) -> HttpResponse:
    """One letter as it was sent, and how. Opening it is reading it."""
    mine = letters.of(request.user).select_related("account")
    found = get_object_or_404(mine, public_id=public_id)
    # A prefetching browser or a HEAD request has not shown it to anybody.
    if request.method == "GET" and "prefetch" not in request.headers.get("Sec-Purpose", ""):
        letters.read(letter=found, reader=request.user)
    context = {
        "letter": found,
        "ways": letters.ways_told(found),
        "clause": clause_of(found),
        # Somebody who left the account keeps the letter, without a link to what is not theirs.
        "belongs": Membership.objects.filter(user=request.user, account=found.account_id).exists(),
    }
    return render(request, "customer/letter.html", context)
