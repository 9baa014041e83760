"""The customer's accounts and how each service stands for them."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts import access, consent
from accounts.models import Account, Membership
from accounts.pages.panels import panels
from accounts.pages.tenancy import membership_or_404
from common import clock


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """All accounts of the person; with a single one, that one."""
    memberships = list(
        Membership.objects.filter(user=request.user)
        .select_related("account")
        .order_by("account__name")
    )
    if len(memberships) == 1:
        return redirect("account", memberships[0].account.public_id)
    at = clock.now()
    rows = [(one, access.state_of(account=one.account, at=at)) for one in memberships]
    return render(request, "customer/home.html", {"rows": rows})


@login_required
def account(request: HttpRequest, public_id: str) -> HttpResponse:
    """One account: what is planned, what is withheld and why, every service's state."""
    membership = membership_or_404(request.user, public_id)
    at = clock.now()
    states = access.state_of(account=membership.account, at=at)
    context = {
        "membership": membership,
        "account": membership.account,
        "states": states,
        "denials": _denials(states),
        "consent_due": consent.is_due(membership.account),
        "may_accept": membership.role == Membership.Role.OWNER,
        "panels": _panels(request, membership.account, at),
    }
    return render(request, "customer/account.html", context)


def _denials(states: list[access.ServiceState]) -> list[dict[str, Any]]:
    """Each denial once, with the services it takes: one restriction may cover them all."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for state in states:
        decision = state.decision
        # What waits for consent is asked for in a card of its own.
        if decision.allowed or decision.code == access.Code.CONDITION:
            continue
        key = (decision.reference, decision.clause, decision.since, decision.until)
        found.setdefault(key, {"decision": decision, "services": []})["services"].append(
            state.service
        )
    return list(found.values())


def _panels(request: HttpRequest, account: Account, at: Any) -> list[dict[str, Any]]:
    asked = [(panel, panel.context(account, request.user, at)) for panel in panels]
    return [{"template": p.template, "context": c} for p, c in asked if c is not None]
