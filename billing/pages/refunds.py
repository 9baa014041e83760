"""Asking for fees back: what the agreement says, what is refundable, and the answer."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import Account, ClauseText, Membership
from accounts.pages.requests import SignedInRequest
from billing import applications, refunds
from billing.models import RefundApplication
from billing.pages.forms import RefundForm
from billing.pages.members import for_those_who_act, frame
from common import clock
from common.exceptions import BackOfficeError
from common.languages import pick

MOST_SHOWN = 20


@for_those_who_act
def ask(request: SignedInRequest, membership: Membership) -> HttpResponse:
    """The rule, the figures and the form; applications made so far with their answers."""
    account, at = membership.account, clock.now()
    form = RefundForm(request.POST or None)
    if form.is_valid():
        try:
            applications.apply(
                account=account,
                amount=form.cleaned_data["amount"],
                reason=form.cleaned_data["reason"],
                asked_by=request.user,
                at=at,
            )
        except BackOfficeError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("We have your application and will answer it here."))
            return redirect("money_refund", account.public_id)
    made = list(_made(account))
    context = {
        **frame(membership),
        "form": form,
        "refundable": refunds.refundable(account),
        "policies": [
            (policy, pick(None, zh_hans=policy.text_zh_hans, en=policy.text_en))
            for policy in refunds.policies_in_force(at).order_by("name")
        ],
        "applications": made,
        "has_open": any(one.is_open for one in made),
        **_clause(account, at),
    }
    return render(request, "customer/money/refund.html", context)


def _made(account: Account) -> Any:
    found = RefundApplication.objects.filter(account=account).select_related("asked_by")
    return found.with_answers().order_by("-pk")[:MOST_SHOWN]


def _clause(account: Account, at: Any) -> dict[str, Any]:
    """The clause as agreed for the account, and its own words in the page's language."""
    clause = applications.clause_agreed(account, at)
    if clause is None:
        return {"clause": None, "clause_number": applications.FEES_CLAUSE}
    text = clause.version.text_in(None)
    words = ClauseText.objects.filter(text=text, clause=clause).first()
    return {
        "clause": clause,
        "clause_number": clause.number,
        "clause_words": words,
        "clause_language": text.language,
    }


@require_POST
@for_those_who_act
def withdraw(request: SignedInRequest, membership: Membership, application: str) -> HttpResponse:
    """Takes an application back, as long as it waits."""
    found = get_object_or_404(
        RefundApplication, public_id=application, account=membership.account_id
    )
    try:
        applications.withdraw(application=found, withdrawn_by=request.user)
    except BackOfficeError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Your application is taken back."))
    return redirect("money_refund", membership.account.public_id)
