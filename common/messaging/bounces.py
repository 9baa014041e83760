"""What comes back of e-mail: delivery status notifications (RFC 3464), complaints (RFC 5965).

Anybody can write such a mail, so one counts only with the key we put into what we sent: in the
envelope's sender (`bounces+<attempt>-<key>@…`) and in a header. Whoever received a message has
its key too, and can say of that one message alone that it did not arrive.
"""

import hmac
import re
from collections.abc import Iterator
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from email.utils import parsedate_to_datetime
from functools import lru_cache
from hashlib import sha256
from itertools import islice

from django.conf import settings

from common.messaging.providers import NotGenuine, Receipt, ReceiptState

HEADER = "X-Delivery-Key"
KEY_LENGTH = 20  # 80 bits in hexadecimal
SALT = "common.messaging.bounces"
# The `+…-…` of a local part; UUIDs go without dashes, for 64 characters are all it may have.
RETURNED_TO = re.compile(r"\+([0-9a-f]{32})-([0-9a-f]{20})@", re.IGNORECASE)
IN_HEADER = re.compile(
    r"^X-Delivery-Key:\s+([0-9a-f-]{32,36})\s+([0-9a-f]{20})\s*$", re.IGNORECASE | re.MULTILINE
)
ADDRESSED = ("to", "delivered-to", "x-original-to", "envelope-to", "original-recipient")
LONGEST_LOCAL_PART = 64
STATUS = re.compile(r"([245])\.\d{1,3}\.\d{1,3}")
# How far into a report its own keys are looked for: headers of headers come early.
LOOKED_AT = 256 * 1024
MOST_CLAIMS = 50


def key_of(reference: str) -> str:
    """The proof that a message of that reference was ours."""
    return _key(_plain(reference), settings.SECRET_KEY)


def return_path(bounces: str, reference: str, key: str) -> str:
    """The envelope's sender for an address of bounces; empty if it has none or none fits."""
    local, at, domain = bounces.partition("@")
    own = f"{local}+{_plain(reference)}-{key}"
    return f"{own}@{domain}" if at and len(own) <= LONGEST_LOCAL_PART else ""


def demand_ours(raw: bytes) -> str:
    """The reference of the message this is about. Raises `NotGenuine` without a key of ours."""
    for reference, key in islice(_claims(raw), MOST_CLAIMS):
        secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
        if any(hmac.compare_digest(_key(reference, secret), key.lower()) for secret in secrets):
            return _dashed(reference)
    raise NotGenuine("Nothing in this mail proves that it is about one of ours.")


def receipts(raw: bytes) -> list[Receipt]:
    """What a mail that came back says of one message; nothing if it is a holiday reply.
    Raises `NotGenuine` without a key of ours."""
    reference = demand_ours(raw)
    mail = message_from_bytes(raw, policy=policy.default)
    assert isinstance(mail, EmailMessage)  # what this policy makes
    if _is_complaint(mail):
        return [_receipt(mail, reference, ReceiptState.COMPLAINED, "complaint", {})]
    for block in _blocks(mail):
        action, status = _word(block, "action").lower(), _status(block)
        state = _state(action, status)
        if state is not None:
            said = {
                "action": action,
                "status": status,
                "diagnostic": _word(block, "diagnostic-code")[:500],
                "recipient": _word(block, "final-recipient").partition(";")[2].strip()[:254],
                "by": _word(block, "remote-mta")[:200],
            }
            at = _moment(_word(block, "last-attempt-date"))
            return [_receipt(mail, reference, state, f"{action}:{status}", said, at)]
    return []


def _receipt(
    mail: EmailMessage,
    reference: str,
    state: ReceiptState,
    what: str,
    said: dict[str, str],
    at: datetime | None = None,
) -> Receipt:
    return Receipt(
        key=f"{reference}:{what}"[:200],
        state=state,
        reference=reference,
        address=said.get("recipient", ""),
        at=at or _moment(_word(mail, "date")),
        detail={name: value for name, value in said.items() if value},
    )


def _state(action: str, status: str) -> ReceiptState | None:
    """RFC 3464, 2.3.3: what the server did, and RFC 3463: whether it might go better later."""
    if action == "failed":
        for_good = not status or status.startswith("5")
        return ReceiptState.FAILED_FOR_GOOD if for_good else ReceiptState.FAILED_FOR_NOW
    return {
        "delayed": ReceiptState.DELAYED,
        "delivered": ReceiptState.DELIVERED,
        "relayed": ReceiptState.SENT,
        "expanded": ReceiptState.SENT,
    }.get(action)


def _blocks(mail: EmailMessage) -> Iterator[Message]:
    """The groups of fields that have an action, one for each recipient."""
    for part in mail.walk():
        if part.get_content_type() == "message/delivery-status":
            payload = part.get_payload()
            if isinstance(payload, list):
                yield from (block for block in payload if isinstance(block, Message))


def _is_complaint(mail: EmailMessage) -> bool:
    return any(part.get_content_type() == "message/feedback-report" for part in mail.walk())


def _status(block: Message) -> str:
    found = STATUS.search(_word(block, "status"))
    return found[0] if found else ""


def _word(part: Message, name: str) -> str:
    """A header in one line, NUL gone, as PostgreSQL can keep it."""
    try:
        value = str(part.get(name, ""))
    except (ValueError, IndexError, AttributeError):  # what the parser makes of a broken header
        return ""
    clean = value.encode(errors="replace").decode(errors="replace").replace("\x00", "")
    return " ".join(clean.split())


def _moment(written: str) -> datetime | None:
    """None for a date that is none or has no zone."""
    try:
        moment = parsedate_to_datetime(written)
    except (ValueError, TypeError, IndexError):
        return None
    return moment if moment.tzinfo else None


def _claims(raw: bytes) -> Iterator[tuple[str, str]]:
    """The references and keys found in the addresses it came to and in what it returns."""
    text = raw[:LOOKED_AT].decode("ascii", errors="replace")
    head = text.replace("\r\n", "\n").partition("\n\n")[0]
    for name, _colon, value in (line.partition(":") for line in head.split("\n")):
        if name.lower() in ADDRESSED:
            yield from ((found[1], found[2]) for found in RETURNED_TO.finditer(value))
    for found in IN_HEADER.finditer(text.replace("\r\n", "\n")):
        yield found[1], found[2]


def _plain(reference: str) -> str:
    return reference.replace("-", "").lower()


def _dashed(reference: str) -> str:
    plain = _plain(reference)
    return "-".join((plain[:8], plain[8:12], plain[12:16], plain[16:20], plain[20:]))


def _key(reference: str, secret: str) -> str:
    digest = hmac.digest(_derived(secret), _plain(reference).encode(), "sha256")
    return digest.hex()[:KEY_LENGTH]


@lru_cache(maxsize=8)
def _derived(secret: str) -> bytes:
    """For this alone, as `salted_hmac` derives it, once."""
    return sha256(f"{SALT}{secret}".encode()).digest()
