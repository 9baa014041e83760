"""What reports contribute to the desk: a queue in the side bar, and the search box."""

from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from common.search import Hit, SearchSource, search_sources
from common.work_queues import Section, WorkQueue, work_queues
from compliance.models import Report
from compliance.models.reports import receipt_in

if TYPE_CHECKING:
    from common.work_queues import StaffUser


def find_reports(text: str, user: "StaffUser", limit: int) -> list[Hit]:
    """By receipt number, however it was typed."""
    receipt = receipt_in(text)
    if receipt is None:
        return []
    found = Report.objects.seen_by(user).filter(receipt=receipt)[:limit]  # type: ignore[arg-type]
    return [
        Hit(
            title=one.receipt,
            detail=f"{one.get_kind_display()} · {one.get_channel_display()}",
            url=reverse("admin:compliance_report_change", args=[one.pk]),
        )
        for one in found
    ]


QUEUE = WorkQueue(
    name="reports_to_answer",
    section=Section.COMPLIANCE,
    label=_("Reports to answer"),
    url=lambda: reverse("admin:compliance_report_changelist") + "?standing=to_be_told",
    count=lambda user, at: Report.objects.seen_by(user).to_be_told(),  # type: ignore[arg-type]
    permission="compliance.tell_reporter",
    hot=True,
)


def register() -> None:
    """Called once, when the app is ready."""
    work_queues.register(QUEUE)
    search_sources.register(
        SearchSource(
            name="reports",
            label=_("Reports"),
            search=find_reports,
            permission="compliance.view_report",
        )
    )
