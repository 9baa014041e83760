"""Letters to single persons: written once each, read in the inbox, with their proof.

A letter is written with its deliveries in one transaction; `notices.letter_sending` takes
it from there. Writing again, even at the same moment, adds nothing: of a kind and key
everybody has one letter.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
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
from notices import mailbox
from notices.letter_kinds import letter_kinds
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


@dataclass(frozen=True, kw_only=True)
class Mailing:
    """One letter of `kind` about `key` to each of `recipients`; `account` is what they are
    told of, if any. `words` is asked with the person's language and time zone in use."""

    recipients: Collection[User]
    kind: str
    key: str
    account: Account | None
    words: Callable[[User], Words]


@dataclass(frozen=True)
class Way:
    """One way a person was told; `address` is masked, `reference` is the provider's try."""

    channel: str | Promise
    address: str
    state: str | Promise
    settled: bool
    at: datetime | None
    reference: str


def write(
    *,
    recipients: Collection[User],
    kind: str,
    key: str,
    account: Account | None,
    words: Callable[[User], Words],
    at: datetime,
) -> list[Letter]:
    """One letter of that kind about `key` for each recipient: `write_all` of one `Mailing`."""
    mailing = Mailing(recipients=recipients, kind=kind, key=key, account=account, words=words)
    return write_all([mailing], at=at)


@transaction.atomic
def write_all(mailings: Sequence[Mailing], *, at: datetime) -> list[Letter]:
    """The letters of all `mailings`: in the inbox, and sent to verified e-mail addresses and
    phones from `at` on. Gives back those there are now, in the order they were written, in
    as many statements for a hundred as for one.

    Raises `NotRegistered` for an unknown kind, and writes nothing then.
    """
    for one in mailings:
        letter_kinds.get(one.kind)
    wanted = {
        (one.kind, one.key, person.pk): (one, person)
        for one in mailings
        for person in one.recipients
    }
    people = {person.pk: person for _mailing, person in wanted.values()}
    there = Letter.objects.filter(
        kind__in={one.kind for one in mailings},
        key__in={one.key for one in mailings},
        recipient__in=people,
    )
    have = set(there.values_list("kind", "key", "recipient_id"))
    _keep(
        [_letter_to(person, one) for which, (one, person) in wanted.items() if which not in have],
        lambda letter: _addresses(people[letter.recipient_id]) if letter.recipient_id else (),
        at=at,
    )
    found = there.select_related("recipient").order_by("pk")
    return [one for one in found if (one.kind, one.key, one.recipient_id) in wanted]


@transaction.atomic
def write_to_address(
    *, email: str, language: str, kind: str, key: str, words: Words, at: datetime
) -> Letter:
    """A letter to an address alone, of somebody who has no inbox. Raises `NotRegistered`."""
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
        _keep([letter], lambda _letter: [(Channel.EMAIL, email)], at=at)
    found: Letter = mine.get()
    return found


def _letter_to(person: User, mailing: Mailing) -> Letter:
    zone = ZoneInfo(person.time_zone)
    with translation.override(person.language), timezone.override(zone):
        said = mailing.words(person)
    return Letter(
        kind=mailing.kind,
        key=mailing.key,
        account=mailing.account,
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
    if person.phone and not person.closed_at:
        yield Channel.SMS, person.phone


def _keep(
    letters: Collection[Letter],
    addresses: Callable[[Letter], Iterable[tuple[str, str]]],
    *,
    at: datetime,
) -> None:
    """Writes letters and their deliveries. One that somebody else wrote at the same moment
    is passed over by the database, which waits for them; then its deliveries are theirs."""
    channels = {one.kind: letter_kinds.get(one.kind).channels for one in letters}
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
        if channel in channels[letter.kind] and (channel != Channel.SMS or letter.sms)
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
    if reader.pk != letter.recipient_id:
        return False
    mailbox.forget_unread(record=letter)
    if LetterReading.objects.filter(letter=letter).exists():
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
            settled=one.state in one.TAKEN,
            at=one.settled_at,
            reference=str(one.reference) if one.tries else "",
        )
        for one in letter.deliveries.order_by("channel")
    ]
    return [inbox, *sent] if letter.recipient_id else sent
