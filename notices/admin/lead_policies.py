"""Lead times in the admin: what holds, what held before and why, deciding the next."""

import hashlib
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from common.admin import EvidenceAdmin, Headline, number
from common.admin.sessions import proved_recently
from common.admin.severe_acts import prove_first
from common.changes import kinds_of_change, label_of
from common.clock import now
from common.exceptions import BackOfficeError
from common.languages import listed
from notices import gate, lead_policies
from notices.admin.changes import KindFilter
from notices.admin.text_forms import LeadPolicyForm
from notices.exceptions import DecidedMeanwhile
from notices.models import Channel, LeadPolicy

MAY_DECIDE = "notices.add_leadpolicy"


@dataclass(frozen=True)
class Link:
    """A button over a list or on a record that leads to a page of its own."""

    label: str | Promise
    dangerous: bool = False


def channels_in_words(channels: list[str]) -> str:
    return listed(str(Channel(channel).label) for channel in channels) or "—"


@admin.register(LeadPolicy)
class LeadPolicyAdmin(EvidenceAdmin):
    """Versions are evidence: nobody edits one, the next is decided instead."""

    change_form_template = "admin/notices/leadpolicy/change_form.html"
    list_display = (
        "kind_shown",
        "version",
        "days",
        "required",
        "counted",
        "decided",
        "recorded_at",
    )
    list_filter = (KindFilter,)
    list_select_related = ("decided_by",)
    ordering = ("kind", "-version")
    fields = ("kind_shown", "version", "lead_days", "required", "counted", "why", "decided")
    readonly_fields = fields

    class Media:
        css = {"all": ["notices/changes.css", "notices/texts.css"]}

    @admin.display(description=gettext_lazy("kind of change"), ordering="kind")
    def kind_shown(self, policy: LeadPolicy) -> str:
        return label_of(policy.kind)

    @admin.display(description=gettext_lazy("days ahead"), ordering="lead_days")
    def days(self, policy: LeadPolicy) -> str:
        return number(policy.lead_days)

    @admin.display(description=gettext_lazy("channels required"))
    def required(self, policy: LeadPolicy) -> str:
        return channels_in_words(policy.required_channels)

    @admin.display(description=gettext_lazy("channels that count"))
    def counted(self, policy: LeadPolicy) -> str:
        return channels_in_words(policy.counted_channels)

    @admin.display(description=gettext_lazy("reason"))
    def why(self, policy: LeadPolicy) -> str:
        return policy.reason or _("What the installation began with.")

    @admin.display(description=gettext_lazy("decided by"))
    def decided(self, policy: LeadPolicy) -> str:
        return str(policy.decided_by or "—")

    def headline(self, obj: Any) -> Headline:
        holds = gate.current_policy(obj.kind) == obj
        word = (_("holds now"), "good") if holds else (_("replaced"), "quiet")
        days = ngettext("%d day ahead", "%d days ahead", obj.lead_days) % obj.lead_days
        return Headline(pills=[word], facts=[_("version %d") % obj.version, days])

    def acts_on(self, request: HttpRequest, obj: Any) -> list[Any]:
        if not request.user.has_perm(MAY_DECIDE):
            return []
        address = reverse("admin:notices_leadpolicy_decide")
        query = f"?kind={obj.kind}" if obj is not None else ""
        return [(Link(gettext_lazy("Decide a new lead time…")), address + query)]

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
            context["versions"] = (
                LeadPolicy.objects.filter(kind=obj.kind)
                .select_related("decided_by")
                .order_by("-version")[:50]
            )
        return super().render_change_form(request, context, add, change, form_url, obj)

    # -- deciding ------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        decide = path(
            "decide/",
            self.admin_site.admin_view(self.decide_view),
            name="notices_leadpolicy_decide",
        )
        return [decide, *super().get_urls()]

    def decide_view(self, request: HttpRequest) -> HttpResponse:
        """Choose the kind, fill in, see what it changes, decide."""
        if not request.user.has_perm(MAY_DECIDE):
            raise PermissionDenied
        if not proved_recently(request):
            return prove_first(request)
        kind = request.GET.get("kind", "")
        if not kind:
            return self._choosing_page(request)
        if kind not in kinds_of_change:
            raise Http404
        current = gate.current_policy(kind)
        if request.method != "POST":
            return self._deciding_page(request, kind, current, LeadPolicyForm(initial=_as(current)))
        form = LeadPolicyForm(request.POST)
        if not form.is_valid():
            return self._deciding_page(request, kind, current, form)
        seen = _digest(kind, form.cleaned_data)
        if request.POST.get("seen") == seen:
            return self._decide(request, kind, current, form)
        return self._deciding_page(request, kind, current, form, seen=seen)

    def _decide(
        self, request: HttpRequest, kind: str, current: LeadPolicy | None, form: LeadPolicyForm
    ) -> HttpResponse:
        assert isinstance(request.user, User)  # the site lets in nobody else
        answers = form.cleaned_data
        read = LeadPolicy.objects.filter(kind=kind, pk=answers["before"]).first()
        try:
            policy = lead_policies.decide(
                kind=kind,
                before=read,
                lead_days=answers["lead_days"],
                required_channels=answers["required_channels"],
                counted_channels=answers["counted_channels"],
                reason=answers["reason"],
                decided_by=request.user,
            )
        except DecidedMeanwhile as refusal:
            return self._overtaken(request, kind, str(refusal))
        except BackOfficeError as refusal:
            form.add_error(None, str(refusal))
            return self._deciding_page(request, kind, current, form)
        self.log_act(request, policy, _("Decided: %s") % policy.reason)
        messages.success(request, _("Decided. Changes proposed from now on need it."))
        return HttpResponseRedirect(reverse("admin:notices_leadpolicy_change", args=[policy.pk]))

    def _overtaken(self, request: HttpRequest, kind: str, refusal: str) -> HttpResponse:
        """What was filled in, to be looked at again beside what somebody else decided."""
        theirs = gate.current_policy(kind)
        mine = request.POST.copy()
        mine["before"] = str(theirs.pk) if theirs else ""
        form = LeadPolicyForm(mine)
        form.is_valid()
        seen = _digest(kind, form.cleaned_data)
        return self._deciding_page(request, kind, theirs, form, seen=seen, refusal=refusal)

    def _choosing_page(self, request: HttpRequest) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": _("Decide a new lead time"),
            "opts": self.opts,
            "kinds": [
                (kind, gate.current_policy(kind.name))
                for kind in sorted(kinds_of_change, key=lambda one: str(one.label))
            ],
        }
        return TemplateResponse(request, "admin/notices/leadpolicy/choose.html", context)

    def _deciding_page(
        self,
        request: HttpRequest,
        kind: str,
        current: LeadPolicy | None,
        form: LeadPolicyForm,
        *,
        seen: str = "",
        refusal: str = "",
    ) -> HttpResponse:
        answers = form.cleaned_data if form.is_bound else {}
        context = {
            **self.admin_site.each_context(request),
            "title": _("Decide a new lead time"),
            "opts": self.opts,
            "media": self.media,
            "kind": label_of(kind),
            "current": current,
            "form": form,
            "seen": seen,
            "refusal": refusal,
            "compared": _compared(current, answers) if seen else [],
            "consequences": (
                lead_policies.consequences(kind=kind, lead_days=answers["lead_days"], at=now())
                if seen
                else None
            ),
            "back": reverse("admin:notices_leadpolicy_changelist"),
        }
        status = 409 if refusal else 200
        return TemplateResponse(
            request, "admin/notices/leadpolicy/decide.html", context, status=status
        )


def _as(current: LeadPolicy | None) -> dict[str, Any]:
    """The form as it opens: what holds now."""
    if current is None:
        return {
            "required_channels": ["announcement", "inbox"],
            "counted_channels": ["email", "sms"],
        }
    return {
        "before": current.pk,
        "lead_days": current.lead_days,
        "required_channels": current.required_channels,
        "counted_channels": current.counted_channels,
    }


def _digest(kind: str, answers: dict[str, Any]) -> str:
    """Stands for what was previewed, so that nobody decides anything else."""
    names = ("before", "lead_days", "required_channels", "counted_channels")
    shown = "\n".join([kind, *(str(answers.get(name)) for name in names)])
    return hashlib.sha256(shown.encode()).hexdigest()


def _compared(current: LeadPolicy | None, answers: dict[str, Any]) -> list[tuple[str, str, str]]:
    """(what, as it is, as it would be)."""
    return [
        (
            _("Days ahead"),
            str(current.lead_days) if current else "—",
            str(answers["lead_days"]),
        ),
        (
            _("Channels required"),
            channels_in_words(current.required_channels) if current else "—",
            channels_in_words(lead_policies.in_order(answers["required_channels"])),
        ),
        (
            _("Channels that count"),
            channels_in_words(current.counted_channels) if current else "—",
            channels_in_words(lead_policies.in_order(answers["counted_channels"])),
        ),
    ]
