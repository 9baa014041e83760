"""How staff come and go.

They come by an invitation, whose link works once and for 72 hours; accepting it makes
a person with a phone and a password, who must set up a second factor before the back
office opens. They leave by off-boarding, which takes everything at once and says what
it took.
"""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts import profile, second_factor, sessions
from accounts.exceptions import InvitationIsVoid, NotAllowed
from accounts.models import Offboarding, ServiceClient, StaffInvitation, User
from accounts.phone_numbers import parse_phone
from accounts.signals import staff_offboarded
from common import clock

INVITATION_LASTS = timedelta(hours=72)


def digest(token: str) -> str:
    """SHA-256 in hex: what is kept of an invitation's link."""
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def invite(
    *, email: str, name: str, groups: Iterable[Group], invited_by: User, at: datetime
) -> StaffInvitation:
    """Invites somebody to become a member of staff, in both languages, by e-mail.

    An open invitation to the same address is withdrawn. Raises `NotAllowed` when the
    one who invites is no active member of staff.
    """
    if not (invited_by.is_active and invited_by.is_staff):
        raise NotAllowed(_("Only members of staff can invite others."))
    StaffInvitation.objects.open(at).filter(email__iexact=email).update(withdrawn_at=at)
    token = secrets.token_urlsafe(32)
    invitation = StaffInvitation.objects.create(
        email=email,
        name=name,
        digest=digest(token),
        invited_by=invited_by,
        expires_at=at + INVITATION_LASTS,
    )
    invitation.groups.set(groups)
    # After commit: a link that leads nowhere must never have been sent.
    transaction.on_commit(lambda: _send(invitation, token))
    return invitation


def _send(invitation: StaffInvitation, token: str) -> None:
    link = settings.SITE_URL.rstrip("/") + reverse("staff_invitation", args=[token])
    context = {
        "invitation": invitation,
        "link": link,
        "hours": INVITATION_LASTS // timedelta(hours=1),
    }
    send_mail(
        subject="apiqik：邀请您加入后台 · Invitation to the back office",
        message=render_to_string("customer/email/staff_invitation.txt", context),
        from_email=settings.DEFAULT_FROM_EMAIL,
        recipient_list=[invitation.email],
    )


def open_invitation(*, token: str, at: datetime) -> StaffInvitation:
    """The invitation whose link carries `token`. Raises `InvitationIsVoid`."""
    found = StaffInvitation.objects.open(at).filter(digest=digest(token)).first()
    if found is None:
        raise InvitationIsVoid(
            _(
                "This invitation was used, withdrawn or is older than 72 hours. "
                "Ask whoever invited you for a new one."
            )
        )
    return found


@transaction.atomic
def accept_invitation(
    *, invitation: StaffInvitation, phone: str, password: str, at: datetime
) -> User:
    """Makes the person the invitation is for a member of staff, in its groups.

    Their phone still has to be verified, and a second factor set up, before the back
    office opens. Raises `InvitationIsVoid`, `NotAllowed` for a number that somebody
    signs in with already, `NotAPhoneNumber`, and Django's `ValidationError` for a
    password that is too weak.
    """
    # The row is locked so that of two browsers with one link exactly one gets through.
    locked = StaffInvitation.objects.select_for_update().open(at).filter(pk=invitation.pk)
    if not locked.exists():
        raise InvitationIsVoid(_("This invitation was used or withdrawn a moment ago."))
    number = parse_phone(phone)
    if User.objects.filter(phone=number).exists():
        raise NotAllowed(
            _("This number is taken. Staff sign in with a number they use for nothing else here.")
        )
    user = User(
        phone=number,
        name=invitation.name,
        contact_email=invitation.email,
        contact_email_verified_at=at,  # the link was sent there and has come back
        is_staff=True,
    )
    validate_password(password, user)
    user.set_password(password)
    user.save()
    user.groups.set(invitation.groups.all())
    StaffInvitation.objects.filter(pk=invitation.pk).update(accepted_by=user, accepted_at=at)
    return user


@transaction.atomic
def offboard(*, user: User, offboarded_by: User, reason: str) -> Offboarding:
    """Takes from a member of staff, at once, everything staff have; returns the evidence.

    Groups, permissions, staff and superuser rights, second factors, sessions and the
    invitations they sent go. Somebody who is a customer too stays one and can sign in
    as such; anybody else cannot sign in any more. Service clients they made keep
    running, because a gateway's token going dead takes the platform down: they are
    listed in the evidence for whoever replaces them. Raises `NotAllowed`.
    """
    _check_offboarding(user=user, offboarded_by=offboarded_by, reason=reason)
    at = clock.now()
    taken = _take(user, at)
    answers: list[tuple[Any, Any]] = staff_offboarded.send(
        sender=User, user=user, offboarded_by=offboarded_by, at=at
    )
    for _receiver, answer in answers:
        taken.update(answer or {})
    return Offboarding.record(
        user=user, offboarded_by=offboarded_by, reason=reason.strip(), taken=taken
    )


def _check_offboarding(*, user: User, offboarded_by: User, reason: str) -> None:
    if user.pk == offboarded_by.pk:
        raise NotAllowed(_("Nobody off-boards themselves: ask a colleague."))
    if not reason.strip():
        raise NotAllowed(_("Write down why this person leaves."))
    # All superusers are locked, so that the last two cannot off-board each other at once.
    superusers = list(User.objects.select_for_update().filter(is_superuser=True, is_active=True))
    if [one.pk for one in superusers] == [user.pk]:
        raise NotAllowed(_("This is the last superuser. Make another one first."))
    user.refresh_from_db()
    if not (user.is_staff or user.is_superuser or user.groups.exists()):
        raise NotAllowed(_("This person is not a member of staff."))


def _take(user: User, at: datetime) -> dict[str, Any]:
    """Takes it all and says what it was."""
    taken: dict[str, Any] = {
        "groups": sorted(user.groups.values_list("name", flat=True)),
        "permissions": sorted(user.user_permissions.values_list("codename", flat=True)),
        "staff": user.is_staff,
        "superuser": user.is_superuser,
        "sign_in": not user.memberships.exists(),
        "second_factors": second_factor.remove(user=user),
        "sessions": sessions.end_all(user=user),
        "invitations": _withdraw_invitations(user, at),
        "service_clients_left_running": list(
            ServiceClient.objects.known_to(user, at)
            .order_by("public_id")
            .values_list("public_id", flat=True)
        ),
    }
    user.groups.clear()
    user.user_permissions.clear()
    profile.change(user=user, is_staff=False, is_superuser=False, is_active=not taken["sign_in"])
    return taken


@transaction.atomic
def reset_second_factor(*, user: User) -> list[str]:
    """Takes somebody's second factor, and ends their sessions; returns the factors' kinds.

    Whoever found the lost phone may hold a session too, in which they could set up a
    factor of their own.
    """
    kinds = second_factor.remove(user=user)
    sessions.end_all(user=user)
    return kinds


def _withdraw_invitations(user: User, at: datetime) -> list[int]:
    """By number, not by address: evidence stays when an invited person is erased."""
    opened = StaffInvitation.objects.open(at).filter(invited_by=user)
    numbers = sorted(opened.values_list("pk", flat=True))
    opened.update(withdrawn_at=at)
    return numbers
