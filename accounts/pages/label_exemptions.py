"""Going without the explicit label: what stands, until when, what was promised (clause 3.6.2)."""

from typing import Any

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.db.models import Prefetch, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import label_exemptions
from accounts.label_promises import promised as promised_words
from accounts.models import (
    Account,
    LabelApplication,
    LabelExemption,
    LabelProposal,
    LabelUndertaking,
    Membership,
    Service,
)
from accounts.pages.fresh_proof import proved_again_first
from accounts.pages.label_forms import LabelExemptionForm
from accounts.pages.members import frame
from accounts.pages.requests import SignedInRequest
from accounts.pages.tenancy import for_those_who
from accounts.roles import May, may
from common import clock
from common.conflicts import told_in_words
from common.exceptions import BackOfficeError

MOST_SHOWN = 20


@for_those_who(May.READ)
def index(request: SignedInRequest, membership: Membership) -> HttpResponse:
    """What stands and what was asked for so far, with what came of it."""
    account, at = membership.account, clock.now()
    made = list(applications_of(account)[:MOST_SHOWN])
    named = {one.slug: one for one in Service.objects.all()}
    context = {
        **frame(membership),
        "may_agree": may(membership, May.AGREE),
        "standing": standing_of(account),
        "applications": [
            (one, [named[slug] for slug in one.services if slug in named]) for one in made
        ],
        "has_open": any(one.is_open for one in made),
        "promised": promised_words(account, language=None, at=at),
    }
    return render(request, "customer/labels/index.html", context)


def standing_of(account: Account) -> QuerySet[LabelExemption]:
    """What stands now, the whole account first."""
    return (
        LabelExemption.objects.standing(clock.now())
        .filter(account=account)
        .select_related("service")
        .order_by("service__position", "pk")
    )


def applications_of(account: Account) -> QuerySet[LabelApplication]:
    """The newest first, with what became of each."""
    granted = LabelExemption.objects.select_related("service", "end__clause").order_by("pk")
    proposals = LabelProposal.objects.prefetch_related(Prefetch("exemptions", queryset=granted))
    undertakings = LabelUndertaking.objects.select_related("clause", "words__text")
    return (
        LabelApplication.objects.filter(account=account)
        .select_related("asked_by", "end", "clause__version__document")
        .prefetch_related(
            Prefetch("proposals", queryset=proposals),
            Prefetch("undertakings", queryset=undertakings.order_by("clause__position")),
        )
        .order_by("-pk")
    )


@for_those_who(May.AGREE)
@proved_again_first
def apply(request: SignedInRequest, membership: Membership) -> HttpResponse:
    """An owner asks, and promises."""
    account, at = membership.account, clock.now()
    promised = promised_words(account, language=None, at=at)
    if promised is None:
        messages.error(request, _("The terms in force for the account provide for no exemption."))
        return redirect("label_exemptions", account.public_id)
    form = LabelExemptionForm(request.POST or None, promised=promised)
    if form.is_valid() and _asked(request, account, form):
        messages.success(request, _("We have your application and will answer it here."))
        return redirect("label_exemptions", account.public_id)
    context: dict[str, Any] = {**frame(membership), "form": form, "promised": promised}
    return render(request, "customer/labels/apply.html", context)


def _asked(request: SignedInRequest, account: Account, form: LabelExemptionForm) -> bool:
    asked = form.cleaned_data
    try:
        with told_in_words():
            label_exemptions.apply(
                account=account,
                by=request.user,
                services=list(asked["services"]),
                purpose=asked["purpose"],
                accepted=form.promised.undertakings,
                ip_address=get_adapter(request).get_client_ip(request),
                at=clock.now(),
            )
    except BackOfficeError as refusal:
        form.add_error(None, str(refusal))
        return False
    return True


@require_POST
@for_those_who(May.AGREE)
def withdraw(request: SignedInRequest, membership: Membership, application: str) -> HttpResponse:
    """Takes an application back."""
    found = get_object_or_404(
        LabelApplication, public_id=application, account=membership.account_id
    )
    try:
        with told_in_words():
            label_exemptions.withdraw(application=found, by=request.user)
    except BackOfficeError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Your application is taken back."))
    return redirect("label_exemptions", membership.account.public_id)


@require_POST
@for_those_who(May.AGREE)
def give_up(request: SignedInRequest, membership: Membership, exemption: str) -> HttpResponse:
    """Gives an exemption up; the explicit label is required again at once."""
    found = get_object_or_404(LabelExemption, public_id=exemption, account=membership.account_id)
    try:
        with told_in_words():
            label_exemptions.give_up(exemption=found, by=request.user, at=clock.now())
    except BackOfficeError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Given up. The explicit label is required again from now on."))
    return redirect("label_exemptions", membership.account.public_id)
