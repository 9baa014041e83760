"""Below which balance the account's members are told."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts.models import Membership
from accounts.pages.requests import SignedInRequest
from billing.alerts import set_threshold, threshold_of
from billing.pages.forms import AlertForm
from billing.pages.members import for_those_who_act, frame
from common.exceptions import BackOfficeError


@for_those_who_act
def edit(request: SignedInRequest, membership: Membership) -> HttpResponse:
    """Shows the threshold and sets it; empty switches the alert off."""
    account = membership.account
    form = AlertForm(request.POST or None, initial={"threshold": threshold_of(account)})
    if form.is_valid():
        try:
            set_threshold(account=account, amount=form.cleaned_data["threshold"], by=request.user)
        except BackOfficeError as refusal:
            form.add_error("threshold", str(refusal))
        else:
            messages.success(request, _("The alert is set."))
            return redirect("money_alert", account.public_id)
    context = {**frame(membership), "form": form, "threshold": threshold_of(account)}
    return render(request, "customer/money/alert.html", context)
