"""Letters to single persons: written once each, read in the inbox, with their proof.

A letter is written with its deliveries in one transaction; `notices.letter_sending` takes
it from there. Writing again, even at the same moment, adds nothing: of a kind and key
everybody has one letter.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone, translation
from django.utils.crypto import salted_hmac
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, User
from accounts.phone_numbers import mask_email, mask_phone
from common.encryption import decrypt, encrypt
from common.wakeups import wake
from notices.letter_kinds import LetterKind, letter_kinds
from notices.models import Channel, Letter, LetterDelivery, LetterReading
from notices.models.letters import LetterQuerySet

SUBJECT_LENGTH, SMS_LENGTH = 200, 200
SEND = "notices.send_letters"


@dataclass(frozen=True)
class Words:
    """A letter, and the same in the length of an SMS; empty: no SMS."""

    subject: str
    body: str
    sms: str = ""


@dataclass(frozen=True)
class Way:
    """One way a person was told; `address` is masked, `reference` is the provider's try."""

    channel: str | Promise
    address: str
    state: str | Promise
    settled: bool
    at: datetime | None
    reference: str


@transaction.atomic
def write(
    *,
    recipients: Collection[User],
    kind: str,
    key: str,
    account: Account | None,
    words: Callable[[User], Words],
    at: datetime,
) -> list[Letter]:
    """One letter of that kind about `key` for each recipient: in the inbox, and sent to
    their verified e-mail address and phone from `at` on. Gives back those there are now.

    `words` is asked with the person's language and time zone in use. Raises
    `NotRegistered` for an unknown kind.
    """
    known = letter_kinds.get(kind)
    mine = Letter.objects.filter(kind=kind, key=key, recipient__in=recipients)
    have = set(mine.values_list("recipient_id", flat=True))
    new = {one.pk: one for one in recipients if one.pk not in have}
    _keep(
        known,
        [_letter_to(one, kind=kind, key=key, account=account, words=words) for one in new.values()],
        lambda letter: _addresses(new[letter.recipient_id]) if letter.recipient_id else (),
        at=at,
    )
    return list(mine.select_related("recipient").order_by("pk"))


@transaction.atomic
def write_to_address(
    *, email: str, language: str, kind: str, key: str, words: Words, at: datetime
) -> Letter:
    """A letter to an address alone, of somebody who has no inbox. Raises `NotRegistered`."""
    known = letter_kinds.get(kind)
    mark = _mark(email)
    mine = Letter.objects.filter(kind=kind, key=key, recipient=None, address_mark=mark)
    if not mine.exists():
        letter = Letter(
            kind=kind,
            key=key,
            masked=mask_email(email) or "***",
            address_mark=mark,
            language=language,
            **_within_bounds(words, sms=False),
        )
        _keep(known, [letter], lambda _letter: [(Channel.EMAIL, email)], at=at)
    found: Letter = mine.get()
    return found


def _letter_to(
    person: User,
    *,
    kind: str,
    key: str,
    account: Account | None,
    words: Callable[[User], Words],
) -> Letter:
    zone = ZoneInfo(person.time_zone)
    with translation.override(person.language), timezone.override(zone):
        said = words(person)
    return Letter(
        kind=kind,
        key=key,
        account=account,
        recipient=person,
        language=person.language,
        **_within_bounds(said, sms=True),
    )


def _within_bounds(words: Words, *, sms: bool) -> dict[str, str]:
    return {
        "subject": " ".join(words.subject.split())[:SUBJECT_LENGTH],
        "body": words.body,
        "sms": words.sms[:SMS_LENGTH] if sms else "",
    }


def _addresses(person: User) -> Iterator[tuple[str, str]]:
    if person.contact_email and person.contact_email_verified_at:
        yield Channel.EMAIL, person.contact_email
    if person.phone:
        yield Channel.SMS, person.phone


def _keep(
    kind: LetterKind,
    letters: Collection[Letter],
    addresses: Callable[[Letter], Iterable[tuple[str, str]]],
    *,
    at: datetime,
) -> None:
    """Writes letters and their deliveries. One that somebody else wrote at the same moment
    is passed over by the database, which waits for them; then its deliveries are theirs."""
    Letter.objects.bulk_create(letters, ignore_conflicts=True)
    ours = Letter.objects.filter(public_id__in=[one.public_id for one in letters])
    LetterDelivery.objects.bulk_create(
        LetterDelivery(
            letter=letter,
            channel=channel,
            address=encrypt(address, purpose=_purpose(letter)),
            masked=mask_email(address) or "***"
            if channel == Channel.EMAIL
            else mask_phone(address),
            not_before=at,
        )
        for letter in ours
        for channel, address in addresses(letter)
        if channel in kind.channels and (channel != Channel.SMS or letter.sms)
    )
    if letters:
        wake(SEND)


def _purpose(letter: Letter) -> str:
    return f"notices.letter:{letter.public_id}"


def _mark(email: str) -> str:
    """Tells addresses apart without showing them: a bare hash of one could be guessed."""
    folded = email.strip().lower()
    return salted_hmac("notices.letters", folded, algorithm="sha256").hexdigest()


def address_of(delivery: LetterDelivery) -> str:
    """Where it goes. Raises `CannotDecrypt`."""
    return decrypt(delivery.address, purpose=_purpose(delivery.letter))


def of(user: User) -> LetterQuerySet:
    """This person's letters, newest first."""
    found: LetterQuerySet = Letter.objects.of(user)
    return found


def unread(user: User) -> int:
    """How many of them were never opened."""
    return of(user).unread().count()


def read(*, letter: Letter, reader: User) -> bool:
    """Records that its recipient opened the letter; False when they had before, and for
    anybody else."""
    if reader.pk != letter.recipient_id or LetterReading.objects.filter(letter=letter).exists():
        return False
    LetterReading.objects.bulk_create([LetterReading(letter=letter)], ignore_conflicts=True)
    return True


@transaction.atomic
def read_all(user: User) -> int:
    """Records every unread letter of this person as read; the number of them."""
    waiting = list(of(user).unread())
    LetterReading.objects.bulk_create(
        [LetterReading(letter=one) for one in waiting], ignore_conflicts=True
    )
    return len(waiting)


def ways_told(letter: Letter) -> list[Way]:
    """How and when this person was told: in the inbox, then by what was also sent."""
    inbox = Way(
        channel=_("Inbox"),
        address="",
        state="",
        settled=True,
        at=letter.recorded_at,
        reference=letter.public_id,
    )
    sent = [
        Way(
            channel=one.get_channel_display(),
            address=one.masked,
            state=one.get_state_display(),
            settled=one.state == one.State.ACCEPTED,
            at=one.settled_at,
            reference=str(one.reference) if one.tries else "",
        )
        for one in letter.deliveries.order_by("channel")
    ]
    return [inbox, *sent] if letter.recipient_id else sent
