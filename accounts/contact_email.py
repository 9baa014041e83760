"""The contact e-mail: used for notices only once its owner has followed a link (1.2.4).

A new address replaces the old one at that moment and not before, so that a mistyped
one never costs anybody their notices. The link is a signed statement; nothing is kept.
"""

from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts import profile
from accounts.exceptions import LinkIsVoid
from accounts.models import User
from common import clock

LINK_LASTS = timedelta(hours=24)
SALT = "accounts.contact_email"


def _state(user: User) -> str:
    """What a confirmation changes: so the first link that is followed voids the others."""
    verified = user.contact_email_verified_at
    return f"{user.contact_email}|{verified.isoformat() if verified else ''}"


def make_token(*, user: User, address: str) -> str:
    """A signed statement that `user` asked for `address`, bound to how things are now."""
    return signing.dumps([user.public_id, address, _state(user)], salt=SALT)


def send_link(*, user: User, address: str, link: str) -> None:
    """Sends `link`, which carries a token of `make_token`, to `address`."""
    with override(user.language):
        context = {
            "user": user,
            "link": link,
            "hours": LINK_LASTS // timedelta(hours=1),
        }
        send_mail(
            subject=_("Confirm your contact e-mail for apiqik"),
            message=render_to_string("customer/email/confirm_address.txt", context),
            from_email=settings.DEFAULT_FROM_EMAIL,
            recipient_list=[address],
        )


def confirm(token: str) -> User:
    """Makes the address in `token` its owner's contact e-mail. Raises `LinkIsVoid`."""
    try:
        public_id, address, state = signing.loads(token, salt=SALT, max_age=LINK_LASTS)
        user = User.objects.get(public_id=public_id, is_active=True)
    except (signing.BadSignature, ValueError, User.DoesNotExist):
        user, state, address = None, "", ""
    if user is None or state != _state(user):
        raise LinkIsVoid(
            _(
                "This link is incomplete, older than 24 hours or already used. "
                "Ask for a new one in your settings."
            )
        )
    profile.change(user=user, contact_email=address, contact_email_verified_at=clock.now())
    return user
