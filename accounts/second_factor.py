"""The second factor: an authenticator app and recovery codes, kept encrypted.

Optional for customers, required of staff. django-allauth keeps and checks it; here
is what it leaves open: encryption of the secrets, who may switch it off, and setting
it up for somebody from the command line.
"""

from dataclasses import dataclass

from allauth.mfa.adapter import DefaultMFAAdapter, get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.db import transaction

from accounts.models import User
from common import encryption

PURPOSE = "second factor"
# The fields of `Authenticator.data` that hold a secret.
SECRET_FIELDS = ("secret", "seed")


class SecondFactorAdapter(DefaultMFAAdapter):
    """What allauth asks of us about second factors."""

    def encrypt(self, text: str) -> str:
        return encryption.encrypt(text, purpose=PURPOSE)

    def decrypt(self, encrypted_text: str) -> str:
        return encryption.decrypt(encrypted_text, purpose=PURPOSE)

    def get_totp_label(self, user: User) -> str:
        """What the authenticator app calls it: a masked phone, for screens are seen."""
        return f"{user.name} {user.masked_phone}".strip()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Staff cannot switch theirs off: a colleague resets it (`reset_second_factor`)."""
        is_staff: bool = authenticator.user.is_staff
        return not is_staff


@dataclass(frozen=True)
class NewSecondFactor:
    """A second factor just set up. Shown once; only encrypted forms are kept."""

    secret: str
    otpauth_uri: str
    recovery_codes: tuple[str, ...]


def has_one(user: User) -> bool:
    """Whether this person has an authenticator app set up."""
    found: bool = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists()
    return found


@transaction.atomic
def set_up(*, user: User) -> NewSecondFactor:
    """Gives this person a new authenticator secret and recovery codes, replacing any."""
    remove(user=user)
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    codes = RecoveryCodes.activate(user).generate_codes()
    return NewSecondFactor(
        secret=secret,
        otpauth_uri=get_adapter().build_totp_url(user, secret),
        recovery_codes=tuple(codes),
    )


def remove(*, user: User) -> list[str]:
    """Takes every authenticator from this person; returns their kinds."""
    held = Authenticator.objects.filter(user=user)
    kinds = sorted(held.values_list("type", flat=True))
    held.delete()
    return kinds


def reencrypt() -> int:
    """Brings every secret under the key that encrypts now; returns how many changed."""
    changed = 0
    for pk in Authenticator.objects.order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            changed += _reencrypt(Authenticator.objects.select_for_update().get(pk=pk))
    return changed


def _reencrypt(authenticator: Authenticator) -> bool:
    stale = {
        field: authenticator.data[field]
        for field in SECRET_FIELDS
        if field in authenticator.data and encryption.is_stale(authenticator.data[field])
    }
    adapter = get_adapter()
    for field, token in stale.items():
        authenticator.data[field] = adapter.encrypt(adapter.decrypt(token))
    if stale:
        authenticator.save(update_fields=["data"])
    return bool(stale)
