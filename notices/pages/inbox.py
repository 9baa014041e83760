"""The inbox: everything a person was told, found again, and how they were told."""

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from accounts.models.users import Language
from accounts.pages.requests import SignedInRequest
from common.exceptions import BackOfficeError
from notices import certificates, inbox, mailbox
from notices.mailbox import Place
from notices.models import Notice
from notices.pages.forms import InboxForm

PER_PAGE = 20


@login_required
def index(request: SignedInRequest) -> HttpResponse:
    """Newest first; what is looked for and the place to go on from are in the address."""
    form = InboxForm(request.GET or None)
    asked = form.asked() if form.is_valid() else mailbox.Asked()
    after = Place.read(request.GET.get("after", ""))
    shown = mailbox.page_of(request.user, asked=asked, after=after, size=PER_PAGE)
    kept = {name: value for name, value in form.data.items() if value and name != "after"}
    if form.is_bound and not form.is_valid():
        shown, kept = mailbox.Shown([], None), {}
    context = {
        "form": form,
        "asked": asked,
        "is_narrowed": asked != mailbox.Asked(),
        "messages_shown": shown.messages,
        "after": after,
        "newest": urlencode(kept),
        "older": urlencode({**kept, "after": str(shown.following)}) if shown.following else "",
    }
    return render(request, "customer/inbox.html", context)


@login_required
def message(request: SignedInRequest, public_id: str) -> HttpResponse:
    """One message as it was sent, with the proof. Opening it is reading it."""
    notice = _own_or_404(request, public_id)
    # A prefetching browser or a HEAD request has not shown it to anybody.
    if request.method == "GET" and "prefetch" not in request.headers.get("Sec-Purpose", ""):
        inbox.read(notice=notice, reader=request.user)
        notice = _own_or_404(request, public_id)
    accounts = notice.accounts.order_by("name")
    context = {
        "notice": notice,
        "ways": inbox.ways_told(notice),
        "accounts_told_of": accounts,
        "own_accounts": set(request.user.memberships.values_list("account_id", flat=True)),
    }
    return render(request, "customer/notice.html", context)


@login_required
def text(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Exactly what was hashed, as a file: `sha256sum` of it gives the figure on the page."""
    return text_file(inbox.text_of(_own_or_404(request, public_id)), public_id)


@login_required
@require_POST
def certificate(request: SignedInRequest, public_id: str) -> HttpResponse:
    """A certificate that this person was told, as a PDF; that they were given it is kept."""
    notice = _own_or_404(request, public_id)
    language = request.POST.get("language", "")
    if language not in Language.values:
        language = notice.language
    try:
        made, _issued = certificates.issue(notice=notice, language=language, to=request.user)
    except BackOfficeError as refusal:
        messages.error(request, str(refusal))
        return redirect("notice", public_id)
    return HttpResponse(
        made.pdf,
        content_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{made.file_name}"'},
    )


def text_file(content: bytes, public_id: str) -> HttpResponse:
    """A text to download, byte for byte."""
    answer = HttpResponse(content, content_type="text/plain; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{public_id}.txt"'
    return answer


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
    inbox.read(notice=_own_or_404(request, public_id), reader=request.user)
    return redirect("inbox")


def _own_or_404(request: SignedInRequest, public_id: str) -> Notice:
    related = ("body", "expansion__change__clause__version__document", "reading")
    own = Notice.objects.of(request.user).select_related(*related)
    found: Notice = get_object_or_404(own, public_id=public_id)
    return found


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
