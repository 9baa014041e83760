"""Logins elsewhere that a person connects, uses and disconnects (clause 1.2.3).

Connected is only what somebody who is signed in agreed to. A login nobody connected opens no
account, and no e-mail address from a provider is compared with ours. Tokens are encrypted
before they reach the database, which refuses any that are not, and django-allauth's own table
of tokens besides.
"""

from datetime import datetime
from typing import Any

import structlog
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts import login_provider
from accounts.connection_consent import ConsentText
from accounts.exceptions import NotAllowed
from accounts.models import ConnectedLogin, ConnectionConsent, ConnectionConsentEnd, User
from accounts.signals import login_was_connected, login_was_disconnected
from common.encryption import decrypt, encrypt, is_stale
from common.exceptions import CannotDecrypt
from common.public_ids import new_public_id

Why = ConnectionConsentEnd.Why
Revoked = ConnectionConsentEnd.Revoked

FIELDS = ("access_token", "refresh_token")

log = structlog.get_logger(__name__)


def of(user: User) -> QuerySet[ConnectedLogin]:
    """This person's, oldest first."""
    return (
        ConnectedLogin.objects.filter(user=user)
        .select_related("consent", "social_account")
        .order_by("pk")
    )


@transaction.atomic
def connect(
    *,
    user: User,
    provider: str,
    provider_name: str,
    subject: str,
    issuer: str,
    token: SocialToken,
    consent: ConsentText,
    ip_address: str | None,
    at: datetime,
) -> ConnectedLogin:
    """Connects the login `subject` at `provider`; the person agreed to `consent`.

    Raises `NotAllowed` for one that is connected already, to whomever.
    """
    taken = NotAllowed(_("This login is connected already. Disconnect it there first."))
    if of(user).filter(social_account__provider=provider).exists():
        raise NotAllowed(_("You have connected a login of this provider already."))
    try:
        with transaction.atomic():
            account = SocialAccount.objects.create(user=user, provider=provider, uid=subject)
    except IntegrityError:
        raise taken from None
    agreed = ConnectionConsent.record(
        user=user,
        provider=provider,
        provider_name=provider_name,
        version=consent.version,
        language=consent.language,
        text=consent.text,
        scopes=consent.scopes,
        ip_address=ip_address,
    )
    public_id = new_public_id("cln")
    connected: ConnectedLogin = ConnectedLogin.objects.create(
        public_id=public_id,
        user=user,
        social_account=account,
        consent=agreed,
        issuer=issuer,
        **_sealed(public_id, token),
    )
    login_was_connected.send(sender=ConnectedLogin, login=connected, at=at)
    return connected


@transaction.atomic
def use(*, account: SocialAccount, issuer: str, token: SocialToken, at: datetime) -> ConnectedLogin:
    """Somebody comes back by a connected login: new tokens take the place of the old.

    Raises `NotAllowed` where the provider's id now stands for another issuer.
    """
    found: ConnectedLogin | None = (
        ConnectedLogin.objects.select_for_update(of=["self"])
        .select_related("user")
        .filter(social_account=account)
        .first()
    )
    if found is None or found.issuer != issuer:
        raise NotAllowed(_("Nobody connected this login. Sign in with your phone."))
    sealed = _sealed(found.public_id, token)
    if not token.token_secret:
        del sealed["refresh_token"]  # many providers give one only the first time
    for name, value in sealed.items():
        setattr(found, name, value)
    found.last_used_at = at
    found.save(update_fields=[*sealed, "last_used_at"])
    return found


def disconnect(*, login: ConnectedLogin, at: datetime) -> ConnectionConsentEnd:
    """Asks the provider to revoke the tokens, destroys ours and ends the consent.

    Runs outside a transaction: nothing waits for the provider. Broken off in between, the
    login is still there and is disconnected anew.
    """
    try:
        tokens = [
            (name, decrypt(kept, purpose=_purpose(login.public_id, name)))
            for name in reversed(FIELDS)
            if (kept := getattr(login, name))
        ]
    except CannotDecrypt as error:
        # Whoever wants to be rid of it is, whatever became of our keys.
        log.error("tokens_not_revoked", login=login.public_id, error=str(error))
        revoked = Revoked.FAILED
    else:
        revoked = login_provider.revoke(provider_id=login.social_account.provider, tokens=tokens)
    return _end(login, why=Why.PERSON, revoked=revoked, at=at)


@transaction.atomic
def end_all(*, user: User, why: Why, at: datetime) -> int:
    """Ends every connection of this person, inside the caller's transaction, without asking
    providers: whoever had the account may have connected a login of their own. How many."""
    held = list(of(user).select_for_update(of=["self"]))
    for login in held:
        _end(login, why=why, revoked=Revoked.NOT_ASKED, at=at)
    return len(held)


@transaction.atomic
def _end(
    login: ConnectedLogin, *, why: Why, revoked: Revoked, at: datetime
) -> ConnectionConsentEnd:
    locked = SocialAccount.objects.select_for_update().filter(pk=login.social_account_id)
    if not locked.exists():
        raise NotAllowed(_("This login was disconnected already."))
    end = ConnectionConsentEnd.record(consent=login.consent, why=why, revoked=revoked)
    login_was_disconnected.send(sender=ConnectedLogin, login=login, end=end, at=at)
    locked.delete()  # the tokens go along
    return end


def reencrypt() -> int:
    """Brings every token under the key that encrypts now; returns how many logins changed.
    Each is a transaction of its own, so it may be stopped at any time."""
    changed = 0
    for pk in ConnectedLogin.objects.order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            login = ConnectedLogin.objects.select_for_update().filter(pk=pk).first()
            changed += login is not None and _reencrypt(login)
    return changed


def _reencrypt(login: ConnectedLogin) -> bool:
    stale = [name for name in FIELDS if getattr(login, name) and is_stale(getattr(login, name))]
    for name in stale:
        purpose = _purpose(login.public_id, name)
        setattr(
            login, name, encrypt(decrypt(getattr(login, name), purpose=purpose), purpose=purpose)
        )
    if stale:
        login.save(update_fields=stale)
    return bool(stale)


def _sealed(public_id: str, token: SocialToken) -> dict[str, Any]:
    """The fields of a row for what the provider issued."""
    written = {"access_token": token.token, "refresh_token": token.token_secret}
    return {
        **{
            name: encrypt(plain, purpose=_purpose(public_id, name)) if plain else ""
            for name, plain in written.items()
        },
        "token_expires_at": token.expires_at,
    }


def _purpose(public_id: str, field: str) -> str:
    return f"accounts.connected_login:{public_id}:{field}"
