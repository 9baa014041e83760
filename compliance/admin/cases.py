"""Cases: queues of them, and the page of each."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from accounts.models import User
from common.admin import EvidenceAdmin, Headline, mono, pill
from common.admin.columns import moment
from common.clock import Now, now
from compliance.admin.case_acts import ACTS
from compliance.admin.case_page import page_context
from compliance.admin.decision_form import Decide
from compliance.admin.figures_page import figures_page
from compliance.admin_tones import SEVERITY_TONES, STATE_TONES
from compliance.finding import cases_found
from compliance.models import Case, Severity

State = Case.State


class HeldFilter(admin.SimpleListFilter):
    """Whose they are, and whether they are late."""

    title = gettext_lazy("worked on")
    parameter_name = "held"

    def lookups(self, request: Any, model_admin: Any) -> Any:
        return [
            ("mine", _("by me")),
            ("nobody", _("by nobody")),
            ("open", pgettext("of a case", "open")),
            ("overdue", _("overdue")),
        ]

    def queryset(self, request: Any, queryset: Any) -> Any:
        chosen = {
            "mine": lambda: queryset.of_assignee(request.user),
            "nobody": queryset.unclaimed,
            "open": queryset.open,
            "overdue": lambda: queryset.overdue(Now()),
        }
        named = self.value() or ""
        return chosen[named]() if named in chosen else queryset


@admin.register(Case)
class CaseAdmin(EvidenceAdmin):
    """Cases are opened, worked on and closed by their acts; nothing of them is edited."""

    severe_acts = (*ACTS, Decide())
    change_form_template = "admin/compliance/case/change_form.html"
    states_at_reading = True
    list_display = (
        "title",
        "state_shown",
        "kind_shown",
        "severity_shown",
        "account",
        "assignee",
        "due_shown",
    )
    list_display_links = ("title",)
    list_filter = ("queue", HeldFilter, "kind", "severity", "state")
    list_select_related = ("account", "assignee")
    list_reads = (
        "title",
        "state",
        "kind",
        "severity",
        "confidential",
        "due_at",
        "closed_at",
        "account__name",
        "account__public_id",
        "assignee__name",
        "assignee__phone",
    )
    search_fields = ("public_id",)
    search_help_text = gettext_lazy(
        "Identifier of the case, or of an account; a receipt number; words of the title"
    )
    ordering = ("due_at", "pk")
    sortable_by = ("due_shown", "title")
    fields = ()

    def get_urls(self) -> list[URLPattern]:
        def figures(request: HttpRequest) -> HttpResponse:
            if not self.has_view_permission(request):
                raise PermissionDenied
            return figures_page(request, site=self.admin_site, opts=self.opts)

        view = self.admin_site.admin_view(figures)
        return [path("figures/", view, name="compliance_case_figures"), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> Any:
        assert isinstance(request.user, User)  # the site lets in nobody else
        return super().get_queryset(request).seen_by(request.user)

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Case | None:
        wanted = self.get_queryset(request).select_related(
            "account", "person", "opponent", "policy", "assignee", "opened_by"
        )
        known = object_id.isascii() and object_id.isdigit() and len(object_id) < 19
        found: Case | None = wanted.filter(pk=int(object_id)).first() if known else None
        return found

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        return cases_found(queryset, search_term), False

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def state_shown(self, case: Case) -> str:
        return pill(case.get_state_display(), STATE_TONES[State(case.state)])

    @admin.display(description=gettext_lazy("kind"))
    def kind_shown(self, case: Case) -> str:
        return format_html('<span class="nowrap">{}</span>', case.get_kind_display())

    @admin.display(description=gettext_lazy("severity"))
    def severity_shown(self, case: Case) -> str:
        return pill(case.get_severity_display(), SEVERITY_TONES[Severity(case.severity)])

    @admin.display(description=gettext_lazy("due"), ordering="due_at")
    def due_shown(self, case: Any) -> str:
        if case.due_at is None:
            return "–"
        late = case.due_at <= case.read_at
        return pill(moment(case.due_at), "bad") if late else moment(case.due_at)

    def headline(self, obj: Any) -> Headline:
        facts = [
            obj.get_kind_display(),
            obj.get_queue_display(),
            _("worked on by %s") % obj.assignee if obj.assignee else _("nobody works on it"),
            mono(obj.public_id),
        ]
        if obj.due_at:
            facts.insert(2, _("due %s") % moment(obj.due_at))
        pills: list[tuple[Any, str]] = [
            (obj.get_state_display(), STATE_TONES[State(obj.state)]),
            (obj.get_severity_display(), SEVERITY_TONES[Severity(obj.severity)]),
        ]
        if obj.confidential:
            pills.append((_("confidential"), "warn"))
        return Headline(pills=pills, facts=facts)

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        if obj is not None:
            assert isinstance(request.user, User)
            acts = self.acts_on(request, obj)
            context |= page_context(obj, user=request.user, acts=acts, at=now())
        return super().render_change_form(request, context, add, change, form_url, obj)
