"""Service changes: planned, previewed, watched."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.models import User
from common.admin import EditableAdmin, Headline, clause, number, pill
from common.changes import label_of
from common.clock import now
from notices import changes
from notices.admin.change_acts import ACTS, moment
from notices.admin.change_form import ServiceChangeForm
from notices.dry_run import dry_run
from notices.models import Announcement, Phase, ServiceChange
from notices.reports import channel_progress
from notices.standings import tally_of

State = ServiceChange.State

TONES = {
    State.DRAFT: "quiet",
    State.PROPOSED: "warn",
    State.APPROVED: "info",
    State.ANNOUNCING: "info",
    State.ANNOUNCED: "good",
    State.TAKING_EFFECT: "info",
    State.COMPLETE: "bad",
    State.LIFTED: "quiet",
    State.WITHDRAWN: "quiet",
}
# States in which the gate has something to say: after approval, until it is over.
GATED = (*ServiceChange.UNDER_WAY, State.COMPLETE)
# The way a change goes, for the steps at the top of its page.
STEPS = (
    State.DRAFT,
    State.PROPOSED,
    State.APPROVED,
    State.ANNOUNCING,
    State.ANNOUNCED,
    State.TAKING_EFFECT,
    State.COMPLETE,
)


def state_of(change: Any) -> tuple[str, str]:
    """The state in a word and its tone, for a change out of `for_the_desk`."""
    if change.state == State.COMPLETE and change.over:
        return _("over"), "quiet"
    return change.get_state_display(), TONES[State(change.state)]


@admin.register(ServiceChange)
class ServiceChangeAdmin(EditableAdmin):
    """Edited as a draft, read afterwards. What happens to it happens by its acts."""

    form = ServiceChangeForm
    severe_acts = ACTS
    list_display = ("title", "state_shown", "clause_shown", "accounts_shown", "effective_shown")
    list_filter = ("state", "service")
    list_select_related = ("clause", "service")
    search_fields = ("public_id", "title_zh_hans", "title_en")
    ordering = ("-pk",)
    change_form_template = "admin/notices/servicechange/change_form.html"
    raw_id_fields = ()
    fieldsets = (
        (
            gettext_lazy("What"),
            {"fields": ("kind", "service", "clause", "title_zh_hans", "title_en")},
        ),
        (gettext_lazy("Why"), {"fields": ("reason_zh_hans", "reason_en")}),
        (gettext_lazy("Whom"), {"fields": ("accounts_chosen",)}),
        (gettext_lazy("When"), {"fields": ("effective_at", "ends_at", "at_once", "grounds")}),
    )
    # Once proposed, a page of its own shows all this better than a form that cannot be used.
    fieldsets_when_fixed = (
        (
            pgettext_lazy("of a change", "Contents"),
            {
                "fields": (
                    "public_id",
                    "kind_shown",
                    "service",
                    "clause",
                    "title_zh_hans",
                    "title_en",
                    "reason_zh_hans",
                    "reason_en",
                    "effective_at",
                    "ends_at",
                    "at_once",
                    "grounds",
                )
            },
        ),
    )

    @admin.display(description=gettext_lazy("kind"))
    def kind_shown(self, change: ServiceChange) -> str:
        return label_of(change.kind)

    @admin.display(description=gettext_lazy("change"), ordering="title_en")
    def title(self, change: ServiceChange) -> str:
        return str(change)

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def state_shown(self, change: ServiceChange) -> str:
        return pill(*state_of(change))

    @admin.display(description=gettext_lazy("clause"))
    def clause_shown(self, change: ServiceChange) -> str:
        return clause(change.clause.number)

    @admin.display(description=gettext_lazy("accounts"))
    def accounts_shown(self, change: ServiceChange) -> str:
        return number(change.concerned_count)

    @admin.display(description=gettext_lazy("takes effect"), ordering="effective_at")
    def effective_shown(self, change: ServiceChange) -> str:
        return moment(change.effective_at)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).for_the_desk()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is not None and obj.state != State.DRAFT:
            return False
        return super().has_change_permission(request, obj)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is not None and not self.has_change_permission(request, obj):
            return self.fieldsets_when_fixed
        return self.fieldsets

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        chosen = request.GET.get("accounts", "")
        return {"kind": "suspension", "accounts_chosen": chosen.replace(",", "\n")}

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            changes.choose_accounts(change=obj, accounts=form.accounts)
            return
        written = {name: form.cleaned_data[name] for name in ServiceChangeForm.Meta.fields}
        assert isinstance(request.user, User)  # the site lets in nobody else
        planned = changes.plan(planned_by=request.user, accounts=form.accounts, **written)
        obj.__dict__.update(planned.__dict__)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        if request.method == "POST" and object_id:
            record = self.get_object(request, object_id)
            if record is not None and record.state != State.DRAFT:
                messages.error(
                    request,
                    _("This change is “%(state)s” now. Nothing you typed was written.")
                    % {"state": record.get_state_display()},
                )
                return HttpResponseRedirect(request.path)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def headline(self, obj: Any) -> Headline:
        facts = [
            clause(obj.clause.number),
            _("at once") if obj.at_once else _("planned for %s") % moment(obj.effective_at),
        ]
        proposal = obj.proposal
        if proposal and obj.state != State.DRAFT:
            facts.append(_("proposed by %s") % proposal.proposed_by)
            if approval := getattr(proposal, "approval", None):
                facts.append(_("approved by %s") % approval.approved_by)
        return Headline(pills=[state_of(obj)], facts=facts)

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
            context.update(self._page_context(request, obj))
        return super().render_change_form(request, context, add, change, form_url, obj)

    def _page_context(self, request: HttpRequest, change: ServiceChange) -> dict[str, Any]:
        before_approval = change.state in (State.DRAFT, State.PROPOSED)
        sample = request.GET.get("sample", "").replace("\x00", "")
        sample_of = User.objects.filter(public_id=sample).first()
        phase = Phase.IN_EFFECT if change.at_once else Phase.ANNOUNCED
        place = STEPS.index(State(change.state)) if change.state in STEPS else len(STEPS)
        return {
            "steps": [
                (step.label, "done" if at < place else "now" if at == place else "")
                for at, step in enumerate(STEPS)
            ],
            "dry_run": (
                dry_run(change, at=now(), sample_of=sample_of) if before_approval else None
            ),
            "tally": tally_of(change, at=now()) if change.state in GATED else None,
            "channels": [] if before_approval else channel_progress(change, phase),
            "acts_done": changes.timeline(change),
            "concerned": change.concerned.select_related("account")[:200],
            "texts": change.templates.order_by("phase", "channel", "language"),
            "announcements": Announcement.objects.filter(expansion__change=change),
        }

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: Any = None
    ) -> HttpResponse:
        # The dry run is on the page of the draft: that is where planning goes on.
        messages.success(request, _("Planned. Look at the dry run, then propose it."))
        return HttpResponseRedirect(self._page_of(obj))

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        messages.success(request, _("Saved. Look at the dry run again."))
        return HttpResponseRedirect(self._page_of(obj))

    def _page_of(self, change: ServiceChange) -> str:
        return reverse("admin:notices_servicechange_change", args=[change.pk])
