"""Members of an account and invitations into an organization (clause 1.2.7)."""

from typing import Any

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import invitations, members
from accounts.exceptions import TooManyMessages
from accounts.models import Account, Invitation, Membership
from accounts.pages.organization_forms import InviteForm, ReasonForm, RoleForm
from accounts.pages.requests import SignedInRequest
from accounts.pages.tenancy import for_those_who
from accounts.roles import May, may
from common import clock
from common.conflicts import told_in_words
from common.exceptions import BackOfficeError

# Of one list; an organization of more members finds them by the activity log.
MOST = 500


def frame(membership: Membership) -> dict[str, Any]:
    """What the frame of every page of members needs."""
    return {
        "account": membership.account,
        "membership": membership,
        "section": "members",
        "may_manage": may(membership, May.MANAGE_MEMBERS)
        and membership.account.kind == Account.Kind.ORGANIZATION,
        "may_use_keys": may(membership, May.USE_KEYS),
        "may_read_activity": may(membership, May.READ_ACTIVITY),
        "may_transfer": may(membership, May.TRANSFER),
    }


@for_those_who(May.READ)
def index(request: SignedInRequest, membership: Membership) -> HttpResponse:
    """Who belongs to the account, who was invited, and a form to invite."""
    return _list(request, membership, _form(membership, None))


def _form(membership: Membership, data: Any) -> InviteForm:
    return InviteForm(
        data,
        roles=members.roles_to_give(membership),
        initial={"language": membership.user.language},
    )


def _list(
    request: SignedInRequest, membership: Membership, form: InviteForm, *, status: int = 200
) -> HttpResponse:
    account, at = membership.account, clock.now()
    manages = may(membership, May.MANAGE_MEMBERS)
    people = account.memberships.select_related("user").order_by("user__name", "pk")[:MOST]
    context = {
        **frame(membership),
        "rows": [(one, members.may_manage(membership, one)) for one in people],
        "invitations": account.invitations.open(at).order_by("-pk") if manages else [],
        "form": form,
    }
    return render(request, "customer/organizations/members.html", context, status=status)


@require_POST
@for_those_who(May.MANAGE_MEMBERS)
def invite(request: SignedInRequest, membership: Membership) -> HttpResponse:
    """Sends an invitation. Whether somebody of that address is here already is not said."""
    form = _form(membership, request.POST)
    if not form.is_valid():
        return _list(request, membership, form)
    asked = form.cleaned_data
    try:
        with told_in_words():
            sent = invitations.invite(
                account=membership.account,
                by=request.user,
                channel=asked["channel"],
                address=asked["address"],
                role=asked["role"],
                days=asked["days"],
                language=asked["language"],
                ip_address=_address(request),
                at=clock.now(),
            )
    except TooManyMessages:
        raise
    except BackOfficeError as refusal:
        form.add_error(None, str(refusal))
        return _list(request, membership, form)
    messages.success(request, _("Sent to %(address)s.") % {"address": sent.masked})
    return redirect("members", membership.account.public_id)


@require_POST
@for_those_who(May.MANAGE_MEMBERS)
def send_again(request: SignedInRequest, membership: Membership, invitation: str) -> HttpResponse:
    """A new link to the same address."""
    found = _invitation_or_404(membership, invitation)
    try:
        invitations.send_again(
            invitation=found, by=request.user, ip_address=_address(request), at=clock.now()
        )
    except TooManyMessages:
        raise
    except BackOfficeError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Sent again. The link from before works no more."))
    return redirect("members", membership.account.public_id)


@require_POST
@for_those_who(May.MANAGE_MEMBERS)
def withdraw(request: SignedInRequest, membership: Membership, invitation: str) -> HttpResponse:
    """Ends an invitation."""
    found = _invitation_or_404(membership, invitation)
    try:
        invitations.withdraw(invitation=found, by=request.user, at=clock.now())
    except BackOfficeError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Withdrawn: its link works no more."))
    return redirect("members", membership.account.public_id)


@for_those_who(May.MANAGE_MEMBERS)
def member(request: SignedInRequest, membership: Membership, person: str) -> HttpResponse:
    """One member: another role."""
    found = _member_or_404(membership, person)
    form = RoleForm(
        request.POST if request.method == "POST" else None,
        roles=members.roles_to_give(membership),
        initial={"role": found.role},
    )
    if form.is_valid():
        try:
            members.change_role(
                member=found, role=form.cleaned_data["role"], by=request.user, at=clock.now()
            )
        except BackOfficeError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved. It holds from their next page on."))
            return redirect("members", membership.account.public_id)
    keys = members.keys_of(account=membership.account, person=found.user, at=clock.now())
    context = {**frame(membership), "member": found, "form": form, "keys": keys}
    return render(request, "customer/organizations/member.html", context)


@for_those_who(May.MANAGE_MEMBERS)
def remove(request: SignedInRequest, membership: Membership, person: str) -> HttpResponse:
    """Ends a membership, with a reason, and names the keys to rotate."""
    found = _member_or_404(membership, person)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            keys = members.remove(
                member=found, by=request.user, reason=form.cleaned_data["reason"], at=clock.now()
            )
        except BackOfficeError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("%(person)s is removed.") % {"person": found.user})
            if keys:
                messages.warning(
                    request,
                    _("They made keys of this account that still work. Rotate them."),
                )
            return redirect("members", membership.account.public_id)
    keys_made = members.keys_of(account=membership.account, person=found.user, at=clock.now())
    context = {**frame(membership), "member": found, "form": form, "keys": keys_made}
    return render(request, "customer/organizations/remove.html", context)


@for_those_who(May.READ)
def leave(request: SignedInRequest, membership: Membership) -> HttpResponse:
    """Ends one's own membership, after saying what that means."""
    if request.method == "POST":
        try:
            with told_in_words():
                members.leave(member=membership, at=clock.now())
        except BackOfficeError as refusal:
            messages.error(request, str(refusal))
            return redirect("leave_account", membership.account.public_id)
        messages.success(request, _("You have left %(name)s.") % {"name": membership.account})
        return redirect("home")
    return render(request, "customer/organizations/leave.html", frame(membership))


def _member_or_404(membership: Membership, person: str) -> Membership:
    """A member whom the person at the page may manage; anybody else is not found."""
    found = (
        membership.account.memberships.select_related("user", "account")
        .filter(user__public_id=person)
        .first()
    )
    if found is None or not members.may_manage(membership, found):
        raise Http404(_("No such member."))
    return found


def _invitation_or_404(membership: Membership, invitation: str) -> Invitation:
    return get_object_or_404(
        membership.account.invitations.select_related("account"), public_id=invitation
    )


def _address(request: HttpRequest) -> str | None:
    found: str | None = get_adapter(request).get_client_ip(request)
    return found
