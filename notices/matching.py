"""Which message a receipt is about: by our reference, else by the provider's own.

What fits nothing is parked. It may be of a message whose answer is not written down yet, or
of something else that we send (codes, texts that staff try): looked at again less and less
often, and forgotten in the end; the receipt itself stays.
"""

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from django.db import transaction

from notices import whereabouts
from notices.models import Attempt, LetterDelivery, ParkedReceipt, Receipt, ReceiptMatch

Row = TypeVar("Row", Attempt, LetterDelivery)

LOOKED_AT = 500
SHORTEST_WAIT = timedelta(seconds=20)
GIVEN_UP_AFTER = timedelta(days=3)
_UUID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", re.I)


@dataclass(frozen=True)
class Owner:
    """What a receipt is about: an attempt, or the delivery of a letter."""

    attempt: Attempt | None = None
    letter: LetterDelivery | None = None


def match(receipts: Collection[Receipt], *, at: datetime) -> int:
    """Matches receipts that have no match yet, parks the others, and brings what they are
    about to the state that follows; how many found their message. In the caller's
    transaction, and a fixed number of questions whatever their number."""
    owners = _owners(receipts)
    rows = [
        ReceiptMatch(receipt=one, attempt=owners[one.pk].attempt, letter=owners[one.pk].letter)
        for one in receipts
        if one.pk in owners
    ]
    ReceiptMatch.objects.bulk_create(rows, ignore_conflicts=True)
    ParkedReceipt.objects.filter(receipt__in=owners).delete()
    ParkedReceipt.objects.bulk_create(
        [
            ParkedReceipt(receipt=one, since=at, look_at=at + SHORTEST_WAIT)
            for one in receipts
            if one.pk not in owners
        ],
        ignore_conflicts=True,
    )
    found = owners.values()
    whereabouts.settle({one.attempt.delivery_id for one in found if one.attempt}, at=at)
    letters = {one.letter.pk for one in found if one.letter}
    if letters:
        whereabouts.settle_letters(letters, at=at)
    return len(rows)


def match_parked(*, at: datetime, most: int = LOOKED_AT) -> int:
    """Looks at parked receipts that are due once more; how many found their message."""
    with transaction.atomic():
        due = list(
            ParkedReceipt.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(look_at__lte=at)
            .select_related("receipt")
            .order_by("look_at")[:most]
        )
        for one in due:
            # Half as long again as it has waited so far.
            one.look_at = at + max(SHORTEST_WAIT, (at - one.since) / 2)
        ParkedReceipt.objects.bulk_update(due, ["look_at"])
        found = match([one.receipt for one in due], at=at)
        ParkedReceipt.objects.filter(
            pk__in=[one.pk for one in due if at - one.since > GIVEN_UP_AFTER]
        ).delete()
        return found


def _owners(receipts: Collection[Receipt]) -> dict[int, Owner]:
    """By the number of the receipt. Only what its own provider was given."""
    named = {one.pk: reference for one in receipts if (reference := _reference(one))}
    attempts = _by_key(Attempt.objects.filter(pk__in=set(named.values())), lambda one: one.pk)
    letters = _by_key(
        LetterDelivery.objects.filter(reference__in=set(named.values())),
        lambda one: one.reference,
    )
    theirs = {
        one.provider_reference for one in receipts if one.provider_reference and one.pk not in named
    }
    attempts |= _by_key(
        Attempt.objects.filter(outcome__provider_reference__in=theirs).select_related("outcome"),
        lambda one: one.outcome.provider_reference,
    )
    letters |= _by_key(
        LetterDelivery.objects.filter(provider_reference__in=theirs),
        lambda one: one.provider_reference,
    )
    found = {}
    for one in receipts:
        key = (one.provider, named.get(one.pk) or one.provider_reference)
        if key in attempts:
            found[one.pk] = Owner(attempt=attempts[key])
        elif key in letters:
            found[one.pk] = Owner(letter=letters[key])
    return found


def _by_key(
    rows: Iterable[Row], key: Callable[[Row], UUID | str]
) -> dict[tuple[str, UUID | str], Row]:
    return {(one.provider, key(one)): one for one in rows}


def _reference(receipt: Receipt) -> UUID | None:
    """Ours as it came back, also out of a Message-ID."""
    found = _UUID.search(receipt.reference)
    return UUID(found[0]) if found else None
