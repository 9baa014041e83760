"""The loopback provider's own page, where a customer of a demonstration pays."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts.pages.requests import SignedInRequest
from billing.exceptions import ProviderAway
from billing.models import PaymentOrder
from billing.payments import providers
from billing.payments.loopback import Loopback, Mischief, deliver
from common.clock import now
from common.exceptions import NotRegistered


@login_required
def pay(request: SignedInRequest, number: str) -> HttpResponse:
    """Pay, or have something go wrong. Only for orders of one's own accounts."""
    adapter = _loopback()
    order = (
        PaymentOrder.objects.filter(
            public_id=number, provider=adapter.name, account__memberships__user=request.user
        )
        .select_related("account")
        .first()
    )
    if order is None:
        raise Http404
    if request.method != "POST":
        return render(
            request, "customer/money/loopback.html", {"order": order, "mischief": list(Mischief)}
        )
    wanted = request.POST.get("mischief", "")
    mischief = Mischief(wanted) if wanted in list(Mischief) else Mischief.NONE
    try:
        callbacks = adapter.pay(order.public_id, at=now(), mischief=mischief)
    except ProviderAway:
        raise Http404 from None
    address = settings.SITE_URL.rstrip("/") + reverse("payment_callback", args=[adapter.name])
    deliver(callbacks, address=address)
    return redirect("money_order", order.public_id)


def _loopback() -> Loopback:
    try:
        adapter = providers.get("loopback")
    except NotRegistered:
        raise Http404 from None
    if not isinstance(adapter, Loopback):
        raise Http404
    return adapter
