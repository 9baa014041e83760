"""How notices and deliveries are found by what staff type, also among a million."""

from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.finding import people_by, people_by_contact, phone_in
from accounts.models import User
from common.search import looks_like_identifier, narrowed
from notices.models import (
    Attempt,
    Delivery,
    Letter,
    LetterDelivery,
    Notice,
    Outcome,
    ReceiptMatch,
)

# A provider gives a reference to one message; more is no reference.
MOST_OF_A_REFERENCE = 50


def notices_found(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    """Those of `rows`, notices: by identifier, or the recipient as in `people_by`."""
    text = text.strip()
    if looks_like_identifier(text) and text.startswith("ntc_"):
        return rows.filter(public_id=text)
    people = User.objects.filter(people_by(text))
    return narrowed(
        rows,
        [Notice.objects.filter(recipient__in=people).values_list("pk", flat=True)],
        otherwise=Q(Exists(people.filter(pk=OuterRef("recipient")))),
    )


def deliveries_found(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    """Those of `rows`, deliveries: by whole address, also a former one, or by part of what
    their recipient is reached at now; by identifier of the notice, our reference of an attempt
    (a UUID, or a Message-ID made of one) or the provider's own.
    """
    text = text.strip()
    if attempt := _uuid(text.strip("<>").partition("@")[0]):
        return rows.filter(pk__in=Attempt.objects.filter(pk=attempt).values("delivery"))
    if theirs_too := _by_provider(text):
        return rows.filter(pk__in=theirs_too)
    if looks_like_identifier(text) and text.startswith("ntc_"):
        return rows.filter(notice__in=Notice.objects.filter(public_id=text))
    sent_there = Q(address__in=address_in(text))
    people = User.objects.filter(people_by_contact(text))
    theirs = Delivery.objects.filter(notice__recipient__in=people)
    return narrowed(
        rows,
        [
            Delivery.objects.filter(sent_there).values_list("pk", flat=True),
            theirs.values_list("pk", flat=True),
        ],
        otherwise=sent_there | Q(Exists(people.filter(pk=OuterRef("notice__recipient")))),
    )


def address_in(text: str) -> set[str]:
    """How an address that somebody typed may be written in a delivery."""
    text = text.strip()
    return {text, text.lower(), phone_in(text) or text}


def _by_provider(text: str) -> list[int]:
    """Deliveries by what a provider calls an attempt at them, as a whole."""
    said = [
        Outcome.objects.filter(provider_reference=text).values_list("attempt__delivery"),
        ReceiptMatch.objects.filter(
            receipt__provider_reference=text, attempt__isnull=False
        ).values_list("attempt__delivery"),
    ]
    found = [pk for rows in said for (pk,) in rows[:MOST_OF_A_REFERENCE]] if text else []
    return sorted(set(found))


def letters_found(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    """Those of `rows`, letters: by identifier of the letter, its account or what it is
    about, by our or the provider's reference of a delivery, or the recipient as in `people_by`."""
    text = text.strip()
    known = LetterDelivery.objects.filter(provider_reference=text).exclude(provider_reference="")
    if theirs := list(known.values_list("letter", flat=True)[:MOST_OF_A_REFERENCE]):
        return rows.filter(pk__in=theirs)
    if reference := _uuid(text):
        sent = LetterDelivery.objects.filter(reference=reference)
        return rows.filter(pk__in=sent.values("letter"))
    if looks_like_identifier(text) and text.startswith("acc_"):
        return rows.filter(account__public_id=text)
    if looks_like_identifier(text) and not text.startswith("usr_"):
        return rows.filter(Q(public_id=text) | Q(key=text))
    people = User.objects.filter(people_by(text))
    return narrowed(
        rows,
        [Letter.objects.filter(recipient__in=people).values_list("pk", flat=True)],
        otherwise=Q(Exists(people.filter(pk=OuterRef("recipient")))),
    )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
