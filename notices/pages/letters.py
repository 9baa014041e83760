"""Letters: one as it was sent, and how. They are listed in the inbox."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from accounts.models import Membership
from accounts.pages.requests import SignedInRequest
from notices import inbox, letters, mailbox
from notices.letter_kinds import clause_of
from notices.models import Letter
from notices.pages.inbox import text_file


@login_required
def letter(request: SignedInRequest, public_id: str) -> HttpResponse:
    """One letter as it was sent, and how. Opening it is reading it."""
    found = _own_or_404(request, public_id)
    # A prefetching browser or a HEAD request has not shown it to anybody.
    if request.method == "GET" and "prefetch" not in request.headers.get("Sec-Purpose", ""):
        letters.read(letter=found, reader=request.user)
        found = _own_or_404(request, public_id)
    context = {
        "letter": found,
        "ways": letters.ways_told(found),
        "clause": clause_of(found),
        "sha256": inbox.sha256_of(found),
        # Somebody who left the account keeps the letter, without a link to what is not theirs.
        "belongs": Membership.objects.filter(user=request.user, account=found.account_id).exists(),
    }
    return render(request, "customer/letter.html", context)


@login_required
def text(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Exactly what was hashed, as a file."""
    return text_file(inbox.text_of(_own_or_404(request, public_id)), public_id)


@login_required
@require_POST
def keep_unread(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Marks it unread again, for oneself."""
    mailbox.keep_unread(record=_own_or_404(request, public_id), reader=request.user)
    return redirect("inbox")


@login_required
@require_POST
def mark_read(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Marks it read without opening its page."""
    letters.read(letter=_own_or_404(request, public_id), reader=request.user)
    return redirect("inbox")


def _own_or_404(request: SignedInRequest, public_id: str) -> Letter:
    mine = letters.of(request.user).select_related("account", "reading")
    found: Letter = get_object_or_404(mine, public_id=public_id)
    return found
