"""The customer's leave to look at content of their use: give it, see it, take it back."""

from typing import Any

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import Membership
from accounts.pages.requests import SignedInRequest
from common import clock
from common.exceptions import BackOfficeError
from compliance import interaction_grants
from compliance.agreed_clauses import words_agreed
from compliance.models import Case, Inquiry, InteractionGrant
from compliance.pages.evidence_forms import LeaveForm
from compliance.pages.members import for_those_who_answer, frame

MOST_SHOWN = 50


@for_those_who_answer
def index(request: SignedInRequest, membership: Membership) -> HttpResponse:
    """What a leave is, in plain words and the clause's own; the form; those given so far.

    `?inquiry=inq_…` chooses the matter in which that was asked.
    """
    account, at = membership.account, clock.now()
    matters = interaction_grants.cases_to_choose_from(account)
    asked_in = _asked_in(request, account)
    form = LeaveForm(request.POST or None, matters=matters, initial={"case": asked_in})
    if form.is_valid():
        try:
            interaction_grants.give(
                case=form.cleaned_data["case"],
                account=account,
                by=request.user,
                scope=form.cleaned_data["scope"],
                days=form.cleaned_data["days"],
                at=at,
                ip_address=get_adapter(request).get_client_ip(request),
            )
        except BackOfficeError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("We have your leave. You can take it back at any time."))
            return redirect("interaction-grants", account.public_id)
    context = {
        **frame(membership),
        "form": form,
        "has_matters": matters.exists(),
        "leaves": _leaves(account, at),
        "most_days": interaction_grants.MOST_DAYS,
        "clause": words_agreed(account, interaction_grants.CLAUSE, at=at),
    }
    return render(request, "customer/matters/leaves.html", context)


def _asked_in(request: SignedInRequest, account: Any) -> Case | None:
    asked = Inquiry.objects.filter(account=account, public_id=request.GET.get("inquiry", "")[:32])
    inquiry = asked.select_related("case").first()
    return inquiry.case if inquiry else None


def _leaves(account: Any, at: Any) -> list[dict[str, Any]]:
    given = (
        InteractionGrant.objects.filter(account=account)
        .select_related("case", "given_by", "end", "end__ended_by")
        .order_by("-pk")[:MOST_SHOWN]
    )
    return [
        {
            "grant": one,
            "end": getattr(one, "end", None),
            "holds": getattr(one, "end", None) is None and one.ends_at > at,
        }
        for one in given
    ]


@require_POST
@for_those_who_answer
def end(request: SignedInRequest, membership: Membership, grant: str) -> HttpResponse:
    """Takes a leave back; from then on nobody opens what was kept under it."""
    found = get_object_or_404(InteractionGrant, public_id=grant, account=membership.account_id)
    try:
        interaction_grants.take_back(grant=found, by=request.user, at=clock.now())
    except BackOfficeError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Your leave is taken back; nobody looks any more."))
    return redirect("interaction-grants", membership.account.public_id)
