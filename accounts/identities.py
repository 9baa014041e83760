"""Who a closed person was, as long as the law has us keep it, encrypted, and no longer."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.crypto import salted_hmac

from accounts.models import ClosingHold, KeptIdentity, User
from common import encryption


@dataclass(frozen=True)
class Identity:
    """What is kept of a person."""

    phone: str
    name: str
    contact_email: str


def keep(*, person: User, at: datetime) -> KeptIdentity:
    """Encrypts who this person is, for as many days as `KEPT_IDENTITY_DAYS` says.

    In the transaction that closes them; the database refuses it for anybody else.
    """
    said = {"phone": person.phone, "name": person.name, "contact_email": person.contact_email}
    ciphertext = encryption.encrypt_bytes(
        json.dumps(said, ensure_ascii=False).encode(), purpose=purpose_of(person)
    )
    return KeptIdentity.objects.create(
        person=person,
        ciphertext=ciphertext,
        key_id=encryption.key_id_of(ciphertext),
        phone_mark=mark(person.phone),
        kept_until=at + timedelta(days=settings.KEPT_IDENTITY_DAYS),
    )


def content_of(kept: KeptIdentity) -> bytes:
    """The identity as it was written, in JSON. Raises `CannotDecrypt`."""
    return encryption.decrypt_bytes(bytes(kept.ciphertext), purpose=purpose_of(kept.person))


def read(kept: KeptIdentity) -> Identity:
    """Who it was. Raises `CannotDecrypt`."""
    return Identity(**json.loads(content_of(kept)))


def purpose_of(person: User) -> str:
    """Binds the ciphertext to its person."""
    return f"accounts.identity:{person.public_id}"


def mark(phone: str) -> str:
    """Finds people by a phone that is not kept in the clear: a bare hash could be guessed."""
    return salted_hmac("accounts.identities", phone, algorithm="sha256").hexdigest()


def erase_due(*, at: datetime, at_most: int = 1000) -> int:
    """Erases what need not be kept any longer and is not on hold; how many identities."""
    held = ClosingHold.objects.filter(release=None).values("closing__person")
    due = KeptIdentity.objects.filter(kept_until__lte=at).exclude(person__in=held)
    chosen = list(due.order_by("kept_until").values_list("pk", flat=True)[:at_most])
    erased, _by_model = KeptIdentity.objects.filter(pk__in=chosen).delete()
    return erased
