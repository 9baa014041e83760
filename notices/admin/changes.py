"""Service changes: planned, previewed, watched."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from accounts.models import User
from common.admin import EditableAdmin, Headline, clause, number, pill
from common.admin.columns import moment
from common.admin.editing import EditionForm
from common.admin.moment_widget import MomentWidget
from common.changes import AtOnce, kinds_of_change, label_of
from notices import account_lists, changes
from notices.admin.audience_form import RULE_FIELDS
from notices.admin.change_acts import ACTS
from notices.admin.change_form import (
    LIMIT,
    ServiceChangeForm,
    fieldsets_for,
    form_for,
    kind_called,
)
from notices.admin.change_page import STATE_TONES, page_context
from notices.admin.change_views import urls_of
from notices.audiences import Rule, concerned_accounts
from notices.models import ServiceChange
from notices.standings import empty_audiences

State = ServiceChange.State
Audience = ServiceChange.Audience


def state_of(change: Any) -> tuple[str, str]:
    """The state in a word and its tone, for a change out of `for_the_desk`."""
    if change.state == State.COMPLETE and change.over:
        return _("over"), "quiet"
    return change.get_state_display(), STATE_TONES[State(change.state)]


class KindFilter(admin.SimpleListFilter):
    title = gettext_lazy("kind")
    parameter_name = "kind"

    def lookups(self, request: Any, model_admin: Any) -> Any:
        return [(kind.name, kind.label) for kind in kinds_of_change]

    def queryset(self, request: Any, queryset: Any) -> Any:
        return queryset.filter(kind=self.value()) if self.value() else queryset


class ToldFilter(admin.SimpleListFilter):
    title = gettext_lazy("told")
    parameter_name = "told"

    def lookups(self, request: Any, model_admin: Any) -> Any:
        return [("nobody", _("nobody: the audience came out empty"))]

    def queryset(self, request: Any, queryset: Any) -> Any:
        empty = empty_audiences().values("pk")
        return queryset.filter(pk__in=empty) if self.value() == "nobody" else queryset


@admin.register(ServiceChange)
class ServiceChangeAdmin(EditableAdmin):
    """Edited as a draft, read afterwards. What happens to it happens by its acts."""

    severe_acts = ACTS
    list_display = (
        "title",
        "state_shown",
        "kind_shown",
        "clause_shown",
        "accounts_shown",
        "effective_shown",
    )
    list_filter = ("state", KindFilter, ToldFilter, "service")
    list_select_related = ("clause", "service")
    search_fields = ("public_id", "title_zh_hans", "title_en")
    ordering = ("-pk",)
    change_form_template = "admin/notices/servicechange/change_form.html"
    raw_id_fields = ()
    formfield_overrides = {
        models.DateTimeField: {"form_class": forms.SplitDateTimeField, "widget": MomentWidget}
    }
    readonly_fields = ("kind_shown",)
    # Once proposed, a page of its own shows all this better than a form that cannot be used.
    fieldsets_when_fixed = (
        (
            pgettext_lazy("of a change", "Contents"),
            {
                "fields": (
                    "public_id",
                    "kind_shown",
                    "title_zh_hans",
                    "title_en",
                    "scope_shown",
                    "limits_shown",
                    "agreement_version",
                    "clause",
                    "reason_zh_hans",
                    "reason_en",
                    "audience_shown",
                    "effective_at",
                    "postponed_until",
                    "ends_at",
                    "at_once",
                    "grounds",
                    "generic_sms",
                )
            },
        ),
    )

    # -- columns and facts ---------------------------------------------------------

    @admin.display(description=gettext_lazy("kind"))
    def kind_shown(self, change: ServiceChange) -> str:
        return label_of(change.kind)

    @admin.display(description=gettext_lazy("narrowed to"))
    def scope_shown(self, change: ServiceChange) -> str:
        keys = change.concerned_keys.count()
        return " · ".join(
            filter(
                None,
                [
                    *(str(one) for one in (change.service, change.model, change.region) if one),
                    ngettext("%d API key", "%d API keys", keys) % keys if keys else "",
                ],
            )
        ) or _("nothing: the whole account")

    @admin.display(description=gettext_lazy("limits"))
    def limits_shown(self, change: ServiceChange) -> str:
        kind = kind_called(change.kind)
        labels = kind.metrics if kind else {}
        return "\n".join(
            f"{labels.get(metric, metric)}: {number_format(most, force_grouping=True)}"
            for metric, most in change.limits.items()
        )

    @admin.display(description=gettext_lazy("audience"))
    def audience_shown(self, change: ServiceChange) -> str:
        words = Rule.of(change).in_words() if change.audience == Audience.RULE else []
        return "\n".join([str(change.get_audience_display()), *words])

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
        return moment(change.planned_for)

    def headline(self, obj: Any) -> Headline:
        facts = [
            label_of(obj.kind),
            clause(obj.clause.number),
            _("at once") if obj.at_once else _("planned for %s") % moment(obj.planned_for),
        ]
        proposal = obj.proposal
        if proposal and obj.state != State.DRAFT:
            facts.append(_("proposed by %s") % proposal.proposed_by)
            if approval := getattr(proposal, "approval", None):
                facts.append(_("approved by %s") % approval.approved_by)
        return Headline(pills=[state_of(obj)], facts=facts)

    # -- planning --------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).for_the_desk()

    def get_urls(self) -> list[URLPattern]:
        return [*urls_of(self), *super().get_urls()]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is not None and (obj.state != State.DRAFT or obj.kind not in kinds_of_change):
            return False
        return super().has_change_permission(request, obj)

    def _kind(self, request: HttpRequest, obj: Any) -> Any:
        named = obj.kind if obj else request.POST.get("kind") or request.GET.get("kind", "")
        return kind_called(named)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        kind = self._kind(request, obj)
        if kind is None or (obj is not None and not self.has_change_permission(request, obj)):
            return self.fieldsets_when_fixed
        return fieldsets_for(kind)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any):
        kind = self._kind(request, obj)
        fixed = kind is None or (obj is not None and not self.has_change_permission(request, obj))
        form = EditionForm if fixed else form_for(kind, planned=obj is not None)
        return super().get_form(request, obj, change=change, **{"form": form, **kwargs})

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        kind = self._kind(request, None)
        if kind is None:
            return self._choose_kind(request)
        context = {"title": _("Plan: %s") % kind.label, "of_kind": kind}
        return super().add_view(request, form_url, {**context, **(extra_context or {})})

    def _choose_kind(self, request: HttpRequest) -> HttpResponse:
        """The first page: what kind of change. Each leads to its own form."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        query = request.GET.copy()
        offers = []
        for kind in (one for one in kinds_of_change if one.by_hand):
            query["kind"] = kind.name
            offers.append((kind, AtOnce(kind.at_once).value, f"?{query.urlencode()}"))
        context = {
            **self.admin_site.each_context(request),
            "title": _("What kind of change?"),
            "opts": self.opts,
            "offers": offers,
            "unknown": request.POST.get("kind") or request.GET.get("kind", ""),
        }
        return TemplateResponse(request, "admin/notices/servicechange/choose_kind.html", context)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        chosen = request.GET.get("accounts", "")
        return {
            "kind": request.GET.get("kind", ""),
            "audience": Audience.CHOSEN,
            "accounts_chosen": chosen.replace(",", "\n"),
        }

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        assert isinstance(form, ServiceChangeForm)
        assert isinstance(request.user, User)  # the site lets in nobody else
        contents = form.contents()
        if change:
            obj.limits, obj.rule = contents["limits"], contents["rule"]
            super().save_model(request, obj, form, change)
            planned = obj
        else:
            planned = changes.plan(planned_by=request.user, kind=form.of_kind.name, **contents)
            obj.__dict__.update(planned.__dict__)
        if form.chosen_ids is not None:
            account_lists.choose(change=planned, account_ids=form.chosen_ids)
        changes.choose_keys(change=planned, api_keys=getattr(form, "chosen_keys", []))

    def written_fields(self, obj: Any, form: Any) -> list[str]:
        written = super().written_fields(obj, form)
        if {"audience", *RULE_FIELDS} & set(form.changed_data):
            written.append("rule")
        if any(name.startswith(LIMIT) for name in form.changed_data):
            written.append("limits")
        return written

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

    def conflict_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        if request.FILES:
            messages.warning(
                request, _("Choose your file again afterwards: a page cannot carry it along.")
            )
        return super().conflict_page(request, object_id)

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
            context.update(page_context(request, obj))
        # Saving leads to the dry run in any case.
        context.update(show_save_and_add_another=False, show_save_and_continue=False)
        return super().render_change_form(request, context, add, change, form_url, obj)

    # -- afterwards --------------------------------------------------------------------

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: Any = None
    ) -> HttpResponse:
        # The dry run is on the page of the draft: that is where planning goes on.
        messages.success(
            request, f"{_('Planned. Look at the dry run, then propose it.')} {self._would_be(obj)}"
        )
        return HttpResponseRedirect(self._page_of(obj))

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        messages.success(request, f"{_('Saved. Look at the dry run again.')} {self._would_be(obj)}")
        return HttpResponseRedirect(self._page_of(obj))

    def _would_be(self, change: ServiceChange) -> str:
        """For an audience that is not written down: how many it would concern now."""
        if change.audience == Audience.CHOSEN:
            return ""
        count = concerned_accounts(change).order_by().count()
        words = ngettext(
            "It would concern %s account now.", "It would concern %s accounts now.", count
        )
        return words % number_format(count, force_grouping=True)

    def _page_of(self, change: ServiceChange) -> str:
        return reverse("admin:notices_servicechange_change", args=[change.pk])
