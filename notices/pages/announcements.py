"""Announcements: public, no signing in."""

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from notices.models import Announcement
from notices.publishing import page_of

PER_PAGE = 20


def index(request: HttpRequest) -> HttpResponse:
    """All announcements, newest first."""
    announcements = Announcement.objects.select_related(
        "body_zh_hans", "body_en", "expansion"
    ).order_by("-recorded_at", "-pk")
    page = Paginator(announcements, PER_PAGE).get_page(request.GET.get("page"))
    rows = [(one, one.body_in(None)) for one in page]
    return render(request, "customer/announcements.html", {"page": page, "rows": rows})


def show(request: HttpRequest, public_id: str) -> HttpResponse:
    """One announcement, in the language of the page."""
    announcement = get_object_or_404(
        Announcement.objects.select_related(
            "body_zh_hans", "body_en", "expansion__change__clause__version__document"
        ),
        public_id=public_id,
    )
    context = {
        "announcement": announcement,
        "body": announcement.body_in(None),
        "published": page_of(announcement),
    }
    return render(request, "customer/announcement.html", context)


def published(request: HttpRequest, public_id: str) -> HttpResponse:
    """The page as it was published, byte for byte, as a file: its hash is the one shown."""
    announcement = get_object_or_404(Announcement, public_id=public_id)
    page = page_of(announcement)
    if page is None:
        raise Http404
    answer = HttpResponse(page.html, content_type="text/plain; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{public_id}.html"'
    return answer
