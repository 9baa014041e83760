"""Looking up cases and reports in the one search box."""

from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from common.search import Hit, SearchSource, search_sources
from compliance.admin_tones import STATE_TONES
from compliance.finding import cases_found
from compliance.models import Case

if TYPE_CHECKING:
    from common.work_queues import StaffUser


def find_cases(text: str, user: "StaffUser", limit: int) -> list[Hit]:
    """By identifier, receipt number, account's identifier or words of the title."""
    seen = Case.objects.all().seen_by(user)  # type: ignore[arg-type]
    found = cases_found(seen, text).select_related("account").order_by("-pk")[:limit]
    return [
        Hit(
            title=case.title,
            detail=f"{case.get_kind_display()} · {case.account or case.subject}",
            url=reverse("admin:compliance_case_change", args=[case.pk]),
            pill=(case.get_state_display(), STATE_TONES[Case.State(case.state)]),
        )
        for case in found
    ]


CASES = SearchSource(
    name="cases", label=_("Cases"), search=find_cases, permission="compliance.view_case"
)


def register() -> None:
    """Called once, when the apps are ready."""
    search_sources.register(CASES)
