"""The inbox: everything a person was told, and how."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from accounts.pages.requests import SignedInRequest
from notices import inbox
from notices.models import Notice
from notices.pages.letters import newest

PER_PAGE = 20


@login_required
def index(request: SignedInRequest) -> HttpResponse:
    """Newest first; `?unread` leaves out what was read."""
    notices = Notice.objects.of(request.user).select_related("body", "reading", "expansion")
    unread_only = "unread" in request.GET
    page = Paginator(notices.unread() if unread_only else notices, PER_PAGE).get_page(
        request.GET.get("page")
    )
    context = {"page": page, "unread_only": unread_only}
    if page.number == 1:
        context |= newest(request.user, unread_only=unread_only)
    return render(request, "customer/inbox.html", context)


@login_required
def message(request: SignedInRequest, public_id: str) -> HttpResponse:
    """One message as it was sent, with the proof. Opening it is reading it."""
    notice = get_object_or_404(
        Notice.objects.of(request.user).select_related(
            "body", "expansion__change__clause__version__document", "reading"
        ),
        public_id=public_id,
    )
    # A prefetching browser or a HEAD request has not shown it to anybody.
    if request.method == "GET" and "prefetch" not in request.headers.get("Sec-Purpose", ""):
        inbox.read(notice=notice, reader=request.user)
        notice = Notice.objects.select_related(
            "body", "expansion__change__clause__version__document", "reading"
        ).get(pk=notice.pk)
    accounts = notice.accounts.order_by("name")
    context = {"notice": notice, "ways": inbox.ways_told(notice), "accounts_told_of": accounts}
    return render(request, "customer/notice.html", context)


def unread(request: HttpRequest) -> HttpResponse:
    """The count in the frame, asked for now and then by open pages.

    To a page whose session has ended there is nothing to say (204), least of all the
    sign-in page, which would be put in the place of the count.
    """
    if not request.user.is_authenticated:
        return HttpResponse(status=204)
    count = inbox.unread(request.user)
    return render(request, "customer/unread_count.html", {"unread": count})


@login_required
@require_POST
def read_all(request: SignedInRequest) -> HttpResponse:
    inbox.read_all(reader=request.user)
    return redirect("inbox")
