"""Refund policies: versions as they were written, the next one proposed, a proposal approved."""

from typing import Any

from django import forms
from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Clause
from billing import refunds
from billing.admin.columns import record_url, yuan
from billing.admin.form_fields import YuanField
from billing.models import RefundPolicy
from billing.money import shown
from common.admin import Detail, EvidenceAdmin, Headline, Outcome, SevereAct, moment, pill
from common.clock import now
from common.moments import validate_moment
from notices.admin.moment_widget import MomentWidget

CLAUSE = "6"


def clauses() -> Any:
    """What refunds can rest on: clause 6 of the versions that were published, newest first."""
    found = Clause.objects.filter(number__regex=rf"^{CLAUSE}(\.|$|\()")
    return found.select_related("version__document").order_by("-version_id", "position")


class ClauseField(forms.ModelChoiceField):
    """A clause with the version it is of."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            queryset=Clause.objects.none(), label=gettext_lazy("Clause"), empty_label=None, **kwargs
        )

    def label_from_instance(self, obj: Any) -> str:
        return str(obj)


def optional_moment(label: Any, help_text: Any = "") -> forms.SplitDateTimeField:
    return forms.SplitDateTimeField(
        label=label,
        required=False,
        widget=MomentWidget,
        validators=[validate_moment],
        help_text=help_text,
    )


class PolicyForm(forms.Form):
    """A version of a policy, the first or the next of its name."""

    name = forms.SlugField(
        label=gettext_lazy("Name"),
        max_length=40,
        help_text=gettext_lazy("An existing name makes its next version."),
    )
    text_zh_hans = forms.CharField(
        label=gettext_lazy("Text (Chinese)"), widget=forms.Textarea(attrs={"rows": 4})
    )
    text_en = forms.CharField(
        label=gettext_lazy("Text (English)"), widget=forms.Textarea(attrs={"rows": 4})
    )
    most = YuanField(label=gettext_lazy("Most per refund"))
    days = forms.IntegerField(
        label=gettext_lazy("Days since the top-up"),
        required=False,
        min_value=1,
        max_value=3660,
        help_text=gettext_lazy("Only what was paid in within so many days. Empty: any time."),
    )
    in_force_from = optional_moment(
        gettext_lazy("In force from"), gettext_lazy("Empty: as soon as it is approved.")
    )
    in_force_until = optional_moment(
        gettext_lazy("In force until"), gettext_lazy("Empty: until the next version.")
    )
    clause = ClauseField()


class Propose(SevereAct):
    name = "propose"
    label = gettext_lazy("Propose a version…")
    heading = gettext_lazy("Propose a version of a refund policy")
    explanation = gettext_lazy(
        "Nothing is refunded under it before somebody else approves it. It is never edited."
    )
    confirm = gettext_lazy("Propose")
    permission = "billing.request_postingrequest"
    form_class = PolicyForm
    on_record = False
    dangerous = False
    needs_fresh_proof = False

    def make_form(self, request: Any, records: Any) -> forms.Form:
        form = super().make_form(request, records)
        form.fields["clause"].queryset = clauses()  # type: ignore[attr-defined]
        return form

    def perform(self, record: Any, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        at = now()
        policy = refunds.propose_policy(
            **{**answers, "in_force_from": answers["in_force_from"] or at}, proposed_by=actor
        )
        said = _("Version %d is proposed. Somebody else has to approve it now.") % policy.version
        return Outcome(said, made=policy, url=record_url(policy))


class ApprovePolicy(SevereAct):
    name = "approve"
    label = gettext_lazy("Approve…")
    heading = gettext_lazy("Approve a refund policy")
    explanation = gettext_lazy("From its day on, refunds can be asked for under it.")
    confirm = gettext_lazy("Approve")
    permission = "billing.approve_postingrequest"
    form_class = forms.Form
    dangerous = False

    def offered(self, record: RefundPolicy) -> bool:
        return not hasattr(record, "approval")

    def preview(self, record: RefundPolicy) -> str:
        if hasattr(record, "approval"):
            return _("Approved already.")
        return _("Up to ¥%(most)s per refund, in force from %(begins)s.") % {
            "most": shown(record.most),
            "begins": moment(record.in_force_from),
        }

    def detail(self, record: RefundPolicy, *, actor: Any, form: forms.Form) -> Detail | None:
        refunds.refuse_own_policy(record, actor)
        return None

    def perform(self, record: RefundPolicy, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        refunds.approve_policy(policy=record, approved_by=actor)
        return Outcome(_("Approved."))


def standing_of(policy: RefundPolicy) -> tuple[str, str]:
    """How a version stands now, as a word and a tone."""
    if not hasattr(policy, "approval"):
        return _("waits for approval"), "warn"
    at = now()
    if policy.in_force_from > at:
        return _("approved, not begun"), "info"
    if refunds.policies_in_force(at).filter(pk=policy.pk).exists():
        return _("in force"), "good"
    return _("over"), "quiet"


@admin.register(RefundPolicy)
class RefundPolicyAdmin(EvidenceAdmin):
    severe_acts = (Propose(), ApprovePolicy())
    list_display = ("name", "version", "standing", "at_most", "days", "in_force_from")
    list_select_related = ("approval",)
    ordering = ("name", "-version")
    fields = (
        "name",
        "version",
        "text_zh_hans",
        "text_en",
        "at_most",
        "days",
        "in_force_from",
        "in_force_until",
        "clause",
        "proposed_by",
        "recorded_at",
        "approved",
    )
    readonly_fields = fields

    @admin.display(description=gettext_lazy("state"))
    def standing(self, policy: RefundPolicy) -> str:
        return pill(*standing_of(policy))

    @admin.display(description=gettext_lazy("most per refund"))
    def at_most(self, policy: RefundPolicy) -> str:
        return yuan(policy.most)

    @admin.display(description=gettext_lazy("approved by"))
    def approved(self, policy: RefundPolicy) -> str:
        approval = getattr(policy, "approval", None)
        return f"{approval.approved_by}, {moment(approval.recorded_at)}" if approval else "–"

    def headline(self, obj: Any) -> Headline:
        facts = [_("version %d") % obj.version, yuan(obj.most)]
        return Headline(pills=[standing_of(obj)], facts=facts)
