"""Handing over ownership or a key: asking, answering, and how it stands (1.2.6, 2.2.2, 14.1)."""

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import transfers
from accounts.models import Membership, Transfer, TransferStep, User
from accounts.pages.fresh_proof import ask_again, proved_again_first
from accounts.pages.members import frame
from accounts.pages.organization_forms import OwnershipForm
from accounts.pages.requests import SignedInRequest
from accounts.pages.tenancy import for_those_who
from accounts.roles import May, may
from common import clock
from common.conflicts import told_in_words
from common.exceptions import BackOfficeError

MOST = 100


def seen_by(membership: Membership) -> QuerySet[Transfer]:
    """An owner sees all of the account's, in and out; anybody else those that are to them."""
    to_them = Q(account=membership.account, new_owner=membership.user)
    of_account = Q(account=membership.account) | Q(to_account=membership.account)
    wanted = of_account if may(membership, May.TRANSFER) else to_them
    related = ("account", "to_account", "new_owner", "asked_by", "api_key")
    return (
        Transfer.objects.filter(wanted)
        .select_related(*related)
        .prefetch_related("steps")
        .order_by("-pk")
    )


@for_those_who(May.READ)
def index(request: SignedInRequest, membership: Membership) -> HttpResponse:
    """Requests of this account, and those to it."""
    rows = [_standing(one, membership.user) for one in seen_by(membership)[:MOST]]
    context = {**frame(membership), "section": "transfers", "rows": rows}
    return render(request, "customer/organizations/transfers.html", context)


def _standing(transfer: Transfer, person: User) -> dict[str, object]:
    """How a transfer stands for `person`. What staff propose is theirs until it is decided."""
    steps = {step.kind: step for step in transfer.steps.all()}
    end = next((steps[kind] for kind in TransferStep.ENDS if kind in steps), None)
    agreed = TransferStep.Kind.AGREED in steps
    return {
        "transfer": transfer,
        "agreed": agreed,
        "end": end,
        "may_answer": not agreed and end is None and transfers.is_other_side(transfer, person),
        "may_withdraw": end is None
        and transfer.account.memberships.filter(user=person, role="owner").exists(),
    }


@for_those_who(May.TRANSFER)
@proved_again_first
def ownership(request: SignedInRequest, membership: Membership) -> HttpResponse:
    """Asks that a member become owner."""
    account = membership.account
    others = account.memberships.exclude(role=Membership.Role.OWNER).select_related("user")
    form = OwnershipForm(
        request.POST if request.method == "POST" else None,
        members=[one.user for one in others.order_by("user__name", "pk")],
        initial={"remains_as": Membership.Role.ADMIN},
    )
    if form.is_valid():
        asked = form.cleaned_data
        try:
            transfers.ask_for_ownership(
                account=account,
                by=request.user,
                new_owner=asked["new_owner"],
                remains_as=asked["remains_as"],
                reason=asked["reason"],
                at=clock.now(),
            )
        except BackOfficeError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(
                request, _("Asked for. The new owner has to agree, then our staff decide.")
            )
            return redirect("transfers", account.public_id)
    context = {**frame(membership), "section": "transfers", "form": form}
    return render(request, "customer/organizations/ownership.html", context)


@require_POST
@for_those_who(May.READ)
def act(request: SignedInRequest, membership: Membership, transfer: str) -> HttpResponse:
    """Agrees, declines or takes back, as the button says."""
    found = get_object_or_404(seen_by(membership), public_id=transfer)
    at, user, wanted = clock.now(), request.user, request.POST.get("act")
    back = reverse("transfers", args=[membership.account.public_id])
    if wanted == "agree" and (asked := ask_again(request, back=back)):
        messages.info(request, _("Nothing is agreed to yet: press the button again afterwards."))
        return asked
    try:
        with told_in_words():
            if wanted == "withdraw":
                transfers.withdraw(transfer=found, by=user, at=at)
            elif wanted in ("agree", "decline"):
                transfers.answer(transfer=found, by=user, agreed=wanted == "agree", at=at)
            else:
                return HttpResponse(status=400)
    except BackOfficeError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Recorded."))
    return redirect(back)
