"""The customer's accounts and how each service stands for them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts import access, consent, guardians, leaving, upcoming
from accounts.models import Account, Membership, Restriction
from accounts.pages import agreements
from accounts.pages.banners import banners
from accounts.pages.panels import panels, shown
from accounts.pages.requests import SignedInRequest
from accounts.pages.tenancy import membership_or_404
from accounts.roles import May, may
from common import clock


@dataclass(frozen=True)
class Row:
    """One service as a page shows it: how it stands, and when that is going to end."""

    state: access.ServiceState
    stops_at: datetime | None


def _rows(
    account: Account, at: datetime, ahead: Mapping[tuple[int, int | None], datetime]
) -> list[Row]:
    rows = []
    for state in access.state_of(account=account, at=at):
        moments = [
            ahead.get((account.pk, state.service.pk)),
            ahead.get((account.pk, None)),
            state.upcoming.since if state.upcoming and not state.upcoming.allowed else None,
        ]
        rows.append(Row(state=state, stops_at=min(filter(None, moments), default=None)))
    return rows


@login_required
def home(request: SignedInRequest) -> HttpResponse:
    """All accounts of the person; with a single one, that one."""
    memberships = list(
        Membership.objects.filter(user=request.user)
        .select_related("account")
        .order_by("account__name")
    )
    if len(memberships) == 1:
        return redirect("account", memberships[0].account.public_id)
    at = clock.now()
    ahead = upcoming.earliest([one.account for one in memberships], at=at)
    cards = [(one, _rows(one.account, at, ahead)) for one in memberships]
    shown_banners = banners([one.account for one in memberships], request.user, at)
    return render(request, "customer/home.html", {"cards": cards, "banners": shown_banners})


@login_required
def account(request: SignedInRequest, public_id: str) -> HttpResponse:
    """One account: what is planned, what is withheld and why, every service's state."""
    membership = membership_or_404(request.user, public_id)
    at = clock.now()
    rows = _rows(membership.account, at, upcoming.earliest([membership.account], at=at))
    context = {
        "membership": membership,
        "account": membership.account,
        "may_rename": may(membership, May.RENAME),
        "may_use_keys": may(membership, May.USE_KEYS),
        "may_read_activity": may(membership, May.READ_ACTIVITY),
        "rows": rows,
        "denials": _denials(row.state for row in rows),
        "limited": _limited(row.state for row in rows),
        "parts": _parts(membership.account, at),
        "agreements": agreements.of_account(membership.account, at),
        "consent_due": consent.is_due(membership.account),
        "consent_clause": consent.CONSENT_DUE.clause_number,
        "guardian_due": guardians.is_due(membership.account),
        "guardian_clause": guardians.GUARDIAN_DUE.clause_number,
        "may_accept": consent.may_accept(user=request.user, account=membership.account),
        "may_close": may(membership, May.CLOSE),
        "closing": leaving.open_closing_of_account(membership.account),
        "banners": banners([membership.account], request.user, at),
        "panels": shown(panels, membership.account, request.user, at),
    }
    return render(request, "customer/account.html", context)


def services(request: HttpRequest, public_id: str) -> HttpResponse:
    """The services' states alone, asked for now and then by an open account page; 204
    once its session has ended, so that the page keeps what it shows."""
    if not request.user.is_authenticated:
        return HttpResponse(status=204)
    shown = membership_or_404(request.user, public_id).account
    at = clock.now()
    rows = _rows(shown, at, upcoming.earliest([shown], at=at))
    return render(request, "customer/service_rows.html", {"rows": rows})


def _denials(states: Iterable[access.ServiceState]) -> list[dict[str, Any]]:
    """Each denial once, with the services it takes."""
    return _grouped(
        state for state in states if not state.allowed and not _has_its_card(state.decision)
    )


def _limited(states: Iterable[access.ServiceState]) -> list[dict[str, Any]]:
    """Limits, those that are alike once, with the services they are for."""
    return _grouped(state for state in states if state.decision.limits)


def _grouped(states: Iterable[access.ServiceState]) -> list[dict[str, Any]]:
    """Services that share an answer: one restriction may cover them all."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for state in states:
        decision = state.decision
        limits = tuple(sorted(decision.limits.items()))
        key = (decision.reference, decision.clause, decision.since, decision.until, limits)
        found.setdefault(key, {"decision": decision, "services": []})["services"].append(
            state.service
        )
    return list(found.values())


def _parts(account: Account, at: datetime) -> Iterable[Restriction]:
    """Restrictions of single keys, models or regions, which no service's state shows."""
    related = ("service", "model", "region", "api_key", "clause__version__document")
    return (
        Restriction.objects.in_force(at)
        .of_parts()
        .filter(account=account)
        .select_related(*related)
        .order_by("starts_at")
    )


def _has_its_card(decision: access.Decision) -> bool:
    """Consents are asked for in cards of their own."""
    return decision.code is access.Code.CONDITION and decision.clause in {
        consent.CONSENT_DUE.clause_number,
        guardians.GUARDIAN_DUE.clause_number,
    }
