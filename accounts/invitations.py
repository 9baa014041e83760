"""Inviting people into an organization, by SMS or e-mail (clause 1.2.7).

The link works once, for seven days, and only for somebody who is signed in with the phone or
the verified e-mail it was sent to. Nothing here tells whether a stranger has an account.
"""

import hashlib
import secrets
import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Sum
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts import activity, roles, sms_budget
from accounts.exceptions import InvitationIsVoid, NotAllowed, NotYours, TooManyOfThem
from accounts.models import Account, Activity, Invitation, Membership, User
from accounts.news import News, managers_of, tell
from accounts.phone_numbers import mask_email, mask_phone, parse_phone
from accounts.roles import May
from common.encryption import encrypt
from common.messaging import texts

LASTS_DAYS = 7
DAYS = (1, 3, 7, 14, 30)
"""For how many days an invitation may be good."""
A_DAY = timedelta(days=1)
Channel = Invitation.Channel


def digest(token: str) -> str:
    """SHA-256 in hex: what is kept of an invitation's link."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def mark_of(channel: str, address: str) -> str:
    """What tells equal addresses, and nothing else, of a number or an e-mail."""
    plain = address if channel == Channel.PHONE else address.casefold()
    return salted_hmac("accounts.invitation", f"{channel}:{plain}", algorithm="sha256").hexdigest()


def invite(
    *,
    account: Account,
    by: User,
    channel: str,
    address: str,
    role: str,
    days: int = LASTS_DAYS,
    language: str,
    ip_address: str | None,
    at: datetime,
) -> Invitation:
    """Invites whoever is reached at `address`, for `days` days, and sends the link.

    An open invitation to the same address is withdrawn. Raises `NotAllowed`, `NotAPhoneNumber`,
    `TooManyOfThem`, and `TooManyMessages` of the limits of text messages. Call it outside any
    transaction: the message is counted before and sent after the row is written.
    """
    _refuse(account=account, by=by, role=role, at=at)
    if channel == Channel.PHONE:
        address = parse_phone(address)
        _spend(account, address, ip_address, at)
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        Account.objects.select_for_update().get(pk=account.pk)
        _refuse(account=account, by=by, role=role, at=at)
        mark = mark_of(channel, address)
        account.invitations.filter(address_mark=mark, accepted_at=None, withdrawn_at=None).update(
            withdrawn_at=at
        )
        invitation = Invitation.objects.create(
            account=account,
            channel=channel,
            address=encrypt(address, purpose=Invitation.PURPOSE),
            address_mark=mark,
            masked=mask_phone(address) if channel == Channel.PHONE else mask_email(address),
            role=role,
            language=language,
            digest=digest(token),
            invited_by=by,
            sent_at=at,
            expires_at=at + timedelta(days=days),
        )
        _note(Activity.Kind.INVITED, invitation, by)
    _send(invitation, address, token)
    return invitation


def send_again(
    *, invitation: Invitation, by: User, ip_address: str | None, at: datetime
) -> Invitation:
    """Sends a new link, good for seven days; the one before works no more.

    Raises as `invite`, and `InvitationIsVoid` for one that was used or withdrawn.
    """
    account = invitation.account
    _refuse(account=account, by=by, role=invitation.role, at=at, one_more=False)
    _still_there(invitation)
    address = invitation.plain_address
    if invitation.channel == Channel.PHONE:
        _spend(account, address, ip_address, at)
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        found: Invitation = Invitation.objects.select_for_update().get(pk=invitation.pk)
        _still_there(found)
        found.digest, found.sent, found.sent_at = digest(token), found.sent + 1, at
        found.expires_at = at + timedelta(days=LASTS_DAYS)
        found.save(update_fields=["digest", "sent", "sent_at", "expires_at"])
        _note(Activity.Kind.INVITED_AGAIN, found, by)
    _send(found, address, token)
    return found


@transaction.atomic
def withdraw(*, invitation: Invitation, by: User, at: datetime) -> None:
    """Ends an invitation: its link works no more. Raises `NotAllowed`, `InvitationIsVoid`."""
    roles.demand(user=by, account=invitation.account, act=May.MANAGE_MEMBERS)
    found = Invitation.objects.select_for_update().get(pk=invitation.pk)
    _still_there(found)
    Invitation.objects.filter(pk=found.pk).update(withdrawn_at=at)
    _note(Activity.Kind.UNINVITED, found, by)


def find(*, token: str, at: datetime) -> Invitation:
    """The open invitation whose link carries `token`. Raises `InvitationIsVoid`."""
    found = (
        Invitation.objects.open(at)
        .filter(digest=digest(token))
        .select_related("account", "invited_by")
        .first()
    )
    if found is None:
        raise InvitationIsVoid(
            _(
                "This invitation was used or withdrawn, has expired, or a newer one was sent. "
                "Ask whoever invited you for a new one."
            )
        )
    return found


def is_for(invitation: Invitation, person: User) -> bool:
    """Whether it was sent to a phone or e-mail that `person` has proved to be theirs."""
    if invitation.channel == Channel.PHONE:
        own = person.phone if person.phone_verified_at else ""
    else:
        own = person.reachable_email
    mark = mark_of(invitation.channel, own)
    return bool(own) and constant_time_compare(mark, invitation.address_mark)


@transaction.atomic
def accept(*, token: str, by: User, at: datetime) -> Membership:
    """Makes `by` a member. Raises `InvitationIsVoid`; `NotYours` when it was sent to another
    phone or e-mail; `NotAllowed` for somebody who is a member already, or whose inviter may
    not invite any more."""
    invitation = find(token=token, at=at)
    Account.objects.select_for_update().get(pk=invitation.account_id)
    locked = Invitation.objects.select_for_update().open(at)
    if not locked.filter(pk=invitation.pk, digest=digest(token)).exists():
        raise InvitationIsVoid(_("This invitation was used or withdrawn a moment ago."))
    if not is_for(invitation, by):
        raise NotYours(_not_yours(invitation))
    account = invitation.account
    if account.memberships.filter(user=by).exists():
        raise NotAllowed(_("You belong to this organization already."))
    _demand_power(account=account, by=invitation.invited_by, role=invitation.role)
    member = Membership.objects.create(user=by, account=account, role=invitation.role, since=at)
    Invitation.objects.filter(pk=invitation.pk).update(accepted_by=by, accepted_at=at)
    activity.note(Activity.Kind.JOINED, account=account, by=by, about=by, role=member.role)
    tell(
        kind=News.JOINED,
        account=account,
        people=managers_of(account, but=by),
        key=f"{account.public_id}:{invitation.public_id}",
        page="members",
        facts={"person": str(by), "role": member.role},
        at=at,
    )
    return member


def _not_yours(invitation: Invitation) -> str:
    if invitation.channel == Channel.PHONE:
        return _("This invitation was sent to %(address)s. Sign in with that number.") % {
            "address": invitation.masked
        }
    return _(
        "This invitation was sent to %(address)s. Make it your contact e-mail in your settings "
        "and confirm it, or ask for an invitation to another address."
    ) % {"address": invitation.masked}


def _demand_power(*, account: Account, by: User, role: str) -> None:
    """An administrator makes no administrators: that is the owners'."""
    roles.demand(user=by, account=account, act=May.MANAGE_MEMBERS)
    if role == Membership.Role.ADMIN and not account.memberships.filter(
        user=by, role=Membership.Role.OWNER
    ):
        raise NotAllowed(_("Only an owner makes somebody an administrator."))


def _refuse(*, account: Account, by: User, role: str, at: datetime, one_more: bool = True) -> None:
    if account.kind != Account.Kind.ORGANIZATION:
        raise NotAllowed(_("A personal account is for its holder alone (clause 1.2.1)."))
    if role not in dict(Invitation.ROLES):
        raise NotAllowed(_("Nobody is invited to be an owner: hand over ownership instead."))
    _demand_power(account=account, by=by, role=role)
    if one_more and account.invitations.open(at).count() >= settings.INVITATIONS_OPEN:
        raise TooManyOfThem(_("Too many invitations are open. Withdraw some of them first."))
    sent = Invitation.objects.filter(invited_by=by, sent_at__gt=at - A_DAY)
    if (sent.aggregate(sum=Sum("sent"))["sum"] or 0) >= settings.INVITATIONS_PER_DAY:
        raise TooManyOfThem(_("You sent too many invitations within a day. Go on tomorrow."))


def _still_there(invitation: Invitation) -> None:
    if invitation.accepted_at or invitation.withdrawn_at:
        raise InvitationIsVoid(_("This invitation was used or withdrawn. Invite them anew."))


def _spend(account: Account, phone: str, ip_address: str | None, at: datetime) -> None:
    sms_budget.spend(
        phone=phone,
        address=ip_address,
        purpose=sms_budget.Purpose.INVITATION,
        at=at,
        on_behalf_of=account,
    )


def _note(kind: Activity.Kind, invitation: Invitation, by: User) -> None:
    activity.note(
        kind, account=invitation.account, by=by, to=invitation.masked, role=invitation.role
    )


def _send(invitation: Invitation, address: str, token: str) -> None:
    link = settings.SITE_URL.rstrip("/") + reverse("invitation", args=[token])
    with override(invitation.language):
        if invitation.channel == Channel.PHONE:
            text = _("apiqik: you are invited to join %(name)s: %(link)s") % {
                "name": str(invitation.account)[:40],
                "link": link,
            }
            texts.send_text(
                address,
                text,
                template="invitation",
                params={"name": str(invitation.account)[:40], "link": link},
                reference=str(uuid.uuid4()),
            )
            return
        context = {"invitation": invitation, "link": link}
        send_mail(
            subject=_("apiqik: invitation to join %(name)s") % {"name": invitation.account},
            message=render_to_string("customer/email/invitation.txt", context),
            from_email=settings.DEFAULT_FROM_EMAIL,
            recipient_list=[address],
            fail_silently=True,  # the invitation stands; it can be sent again
        )
