"""Evidence and answers move to the key that encrypts now, while people read and add.

Each record is a transaction of its own: whoever is stopped, at whatever point, leaves every
one readable under one key or the other, and the next run goes on with what is left. A reader
needs both keys until all are done.

Reports and appeals are sealed: their ciphertext is evidence too and stays under its key, as
does the address of a letter. `still_need` counts what would be lost with an old key.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Model, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import connected_logins, second_factor
from accounts.models import (
    GuardianConsent,
    GuardianRequest,
    OneTimeCode,
    RecoveryDraft,
    SignUp,
)
from common import encryption
from common.exceptions import BackOfficeError
from compliance import answer_texts, evidence
from compliance.models import Appeal, EvidenceContent, InquiryAnswerText, Report
from notices.models import LetterDelivery


@dataclass(frozen=True)
class Turned:
    """What became of one record; `problem` is a sentence, empty when it has the new key."""

    name: str
    problem: str = ""


@dataclass(frozen=True)
class Kind:
    """A table of ciphertext with its key's id. `related` is read along; `name` tells a record
    apart for whoever runs this; `content` raises `BackOfficeError` for what cannot be read."""

    model: type[Model]
    related: str
    name: Callable[[Any], str]
    content: Callable[[Any], bytes]
    purpose: Callable[[Any], str]

    def stale(self) -> QuerySet[Any]:
        """Those with another key than the one that encrypts now."""
        found: QuerySet[Any] = self.model._default_manager.all()
        return found.exclude(key_id=encryption.current_key_id())


KINDS = (
    Kind(
        model=EvidenceContent,
        related="evidence",
        name=lambda kept: str(kept.evidence.uuid),
        content=lambda kept: evidence.content_of(kept.evidence),
        purpose=lambda kept: evidence.purpose_of(kept.evidence),
    ),
    Kind(
        model=InquiryAnswerText,
        related="answer__inquiry",
        name=lambda kept: kept.answer.inquiry.public_id,
        content=lambda kept: answer_texts.salted_of(
            kept.ciphertext, sha256=kept.sha256, inquiry=kept.answer.inquiry.public_id
        ),
        purpose=lambda kept: answer_texts.purpose_of(kept.answer.inquiry.public_id),
    ),
)


def left() -> int:
    """How many records have another key than the one that encrypts now."""
    return sum(kind.stale().count() for kind in KINDS)


def rotate(*, batch: int = 50) -> Iterator[Turned]:
    """Re-encrypts what has another key, oldest first, and tells of each.

    What cannot be read is left as it is and told of. Two of these at once share the work:
    neither waits for a record that the other has.
    """
    for kind in KINDS:
        after = 0
        while pks := _next(kind, after, batch):
            for pk in pks:
                turned = _turn(kind, pk)
                if turned is not None:
                    yield turned
            after = pks[-1]


def _next(kind: Kind, after: int, batch: int) -> list[int]:
    ahead = kind.stale().filter(pk__gt=after).order_by("pk")
    return list(ahead.values_list("pk", flat=True)[:batch])


@transaction.atomic
def _turn(kind: Kind, pk: int) -> Turned | None:
    """Re-encrypts one record; None if somebody else has it or did it meanwhile."""
    locked = kind.stale().select_for_update(of=["self"], skip_locked=True)
    kept = locked.select_related(kind.related).filter(pk=pk).first()
    if kept is None:
        return None
    try:
        content = kind.content(kept)
    except BackOfficeError as problem:
        return Turned(kind.name(kept), str(problem))
    kept.ciphertext = encryption.encrypt_bytes(content, purpose=kind.purpose(kept))
    kept.key_id = encryption.key_id_of(kept.ciphertext)
    kept.save(update_fields=["ciphertext", "key_id"])
    return Turned(kind.name(kept))


# -- what an old key is still for ----------------------------------------------------------

TOKENS: tuple[tuple[str | Promise, type[Model], tuple[str, ...]], ...] = (
    (_("reports"), Report, ("statement", "contact_name", "contact_email")),
    (_("appeals"), Appeal, ("text",)),
    (_("guardians"), GuardianConsent, ("guardian_name", "guardian_phone")),
    # Gone within a day, and within a week.
    (_("sign-ups under way"), SignUp, ("phone_token", "name_token")),
    (_("requests to guardians"), GuardianRequest, ("phone_token",)),
    (_("addresses of letters"), LetterDelivery, ("address",)),
    # Gone after a day.
    (_("codes on their way"), OneTimeCode, ("address",)),
    (_("requests being drawn up"), RecoveryDraft, ("new_phone",)),
)


def still_need() -> list[tuple[str | Promise, int]]:
    """What stays under another key than the one that encrypts now, and how many of each."""
    current = f"{encryption.current_key_id()}:"
    counted = []
    for label, model, fields in TOKENS:
        stale = Q()
        for field in fields:
            stale |= ~Q(**{f"{field}__startswith": current}) & ~Q(**{field: ""})
        counted.append((label, model._default_manager.filter(stale).count()))
    return [(label, number) for label, number in counted if number]


def turn_second_factors() -> int:
    """Brings what people sign in with under the key that encrypts now, tokens of connected
    logins included; how many changed."""
    return second_factor.reencrypt() + connected_logins.reencrypt()
