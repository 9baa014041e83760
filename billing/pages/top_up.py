"""Topping up: an amount, the provider's page, and how the payment stands."""

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Account, Membership
from accounts.pages.requests import SignedInRequest
from accounts.pages.tenancy import membership_or_404
from billing.exceptions import NotAnAmount
from billing.models import PaymentOrder
from billing.money import micro_of
from billing.payments import orders, providers
from billing.roles import ACTING_ROLES, handles_money
from common.clock import now
from common.exceptions import BackOfficeError

CHIPS = (50, 100, 500, 1000)
OTHER = "other"
# A page about a payment that has not ended asks again after so many seconds, first and later.
REFRESH_SOON, REFRESH_LATER = 4, 15


class TopUpForm(forms.Form):
    """One of the usual amounts, or one's own in yuan; cleaned to micro-yuan."""

    chosen = forms.ChoiceField(
        label=gettext_lazy("Amount"),
        choices=[*((str(yuan), f"¥{yuan:,}") for yuan in CHIPS), (OTHER, gettext_lazy("other"))],
        initial="100",
        widget=forms.RadioSelect,
    )
    own = forms.CharField(
        label=gettext_lazy("Another amount, in yuan"),
        required=False,
        max_length=12,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        help_text=gettext_lazy("From 1 to 50,000 yuan, two decimals at most."),
    )
    provider = forms.ChoiceField(label=gettext_lazy("Pay with"))

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        choices = [(name, providers.get(name).label) for name in providers.names()]
        field: Any = self.fields["provider"]
        field.choices = choices
        if len(choices) == 1:
            field.widget, field.initial = forms.HiddenInput(), choices[0][0]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        # Whoever types an amount means it, whichever button is pressed.
        written = cleaned.get("own", "").replace(",", "").replace("，", "").lstrip("¥￥").strip()
        chosen = cleaned.get("chosen")
        if not written and chosen == OTHER:
            raise forms.ValidationError({"own": _("Write an amount in yuan, such as 1280.50.")})
        try:
            cleaned["amount"] = micro_of(written or str(chosen or ""))
        except NotAnAmount as refusal:
            raise forms.ValidationError({"own": str(refusal)}) from None
        return cleaned


@login_required
def choose(request: SignedInRequest) -> HttpResponse:
    """Which account: with a single one, that one."""
    accounts = list(
        Account.objects.filter(
            memberships__in=Membership.objects.filter(user=request.user, role__in=ACTING_ROLES)
        ).order_by("name", "pk")
    )
    if len(accounts) == 1:
        return redirect("money_top_up", accounts[0].public_id)
    return render(request, "customer/money/top_up_accounts.html", {"accounts": accounts})


@login_required
def ask(request: SignedInRequest, public_id: str) -> HttpResponse:
    """The amount; then the order's page, with the way to the provider."""
    membership = membership_or_404(request.user, public_id)
    if membership.role not in ACTING_ROLES:
        raise PermissionDenied
    form = TopUpForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            order = orders.open_order(
                account=membership.account,
                amount=form.cleaned_data["amount"],
                by=request.user,
                at=now(),
                provider=form.cleaned_data["provider"],
            )
        except BackOfficeError as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("money_order", order.public_id)
    recent = PaymentOrder.objects.filter(account=membership.account).order_by("-pk")[:5]
    context = {
        "form": form,
        "account": membership.account,
        "membership": membership,
        "may_act": True,
        "section": "money",
        "recent": recent,
        "is_offered": bool(providers.names()),
    }
    status = 422 if form.errors else 200
    return render(request, "customer/money/top_up.html", context, status=status)


@login_required
def order(request: SignedInRequest, number: str) -> HttpResponse:
    """How a payment stands; asks again by itself until it has ended, without a script."""
    found = PaymentOrder.objects.filter(public_id=number).select_related("account").first()
    if found is None or not handles_money(request.user, found.account):
        raise Http404(_("No such payment."))
    at = now()
    age = (at - found.opened_at).total_seconds()
    context = {
        "order": found,
        "account": found.account,
        "may_act": True,
        "section": "money",
        "can_pay": found.is_open and found.expires_at > at and found.pay_url,
        "refresh": (REFRESH_SOON if age < 300 else REFRESH_LATER) if found.is_open else 0,
        "held": found.quarantined.exists(),
    }
    return render(request, "customer/money/order.html", context)
