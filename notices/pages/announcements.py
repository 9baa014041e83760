"""Announcements: public, no signing in."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from notices.models import Announcement

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
    context = {"announcement": announcement, "body": announcement.body_in(None)}
    return render(request, "customer/announcement.html", context)
