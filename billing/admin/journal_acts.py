"""Acts on a journal: ask for its correction, give back what a hold put aside."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import decisions, money_in
from billing.admin.columns import record_url
from billing.admin.legs import detail_of
from billing.decisions import REVERSIBLE
from billing.forecasts import forecast, forecast_legs
from billing.models import Journal, Kind, PostingRequest
from common.admin import Detail, Outcome, ReasonForm, SevereAct
from common.clock import now


class CorrectionForm(ReasonForm):
    """Why, and in which case."""

    case_reference = forms.CharField(
        label=gettext_lazy("Case"),
        max_length=80,
        help_text=gettext_lazy("The ticket or case this is corrected for."),
    )
    field_order = ("case_reference", "reason")


class Correct(SevereAct):
    name = "correct"
    label = gettext_lazy("Correct…")
    heading = gettext_lazy("Ask for a correction")
    explanation = gettext_lazy(
        "A correction undoes the whole journal by its mirror image. Somebody else has to "
        "approve it; what is right instead is posted anew."
    )
    confirm = gettext_lazy("Ask for the correction")
    permission = "billing.request_postingrequest"
    form_class = CorrectionForm
    needs_fresh_proof = False

    def offered(self, record: Journal) -> bool:
        return record.kind in REVERSIBLE and not hasattr(record, "reversed_by")

    def preview(self, record: Journal) -> str:
        return _("Undone by the entries below, once somebody else approves it.")

    def detail(self, record: Journal, *, actor: Any, form: forms.Form) -> Detail:
        wanted = PostingRequest(kind=Kind.CORRECTION, account=record.account, reverses=record)
        return detail_of(forecast(wanted, at=now()))

    def perform(self, record: Journal, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        request = decisions.request_correction(
            journal=record,
            reason=answers["reason"],
            case_reference=answers["case_reference"],
            requested_by=actor,
        )
        return asked(request)


class Release(SevereAct):
    name = "release"
    label = gettext_lazy("Release…")
    heading = gettext_lazy("Release a hold")
    explanation = gettext_lazy("Gives the money back to the lots it came from, at once.")
    confirm = gettext_lazy("Release")
    permission = "billing.request_postingrequest"
    dangerous = False

    def offered(self, record: Journal) -> bool:
        return record.kind == Kind.HOLD and not hasattr(record, "reversed_by")

    def preview(self, record: Journal) -> str:
        if hasattr(record, "reversed_by"):
            return _("Released already.")
        return _("The customer can spend it again.")

    def detail(self, record: Journal, *, actor: Any, form: forms.Form) -> Detail | None:
        if record.kind != Kind.HOLD or hasattr(record, "reversed_by"):
            return None
        return detail_of(forecast_legs(money_in.mirrored(record), account_id=record.account_id))

    def perform(self, record: Journal, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        money_in.release(held=record, actor=actor, memo=answers["reason"][:200])
        return Outcome(_("Released."))


def asked(request: PostingRequest) -> Outcome:
    """Goes on to the request, where somebody else decides."""
    return Outcome(_("Asked for. Somebody else has to approve it now."), url=record_url(request))
