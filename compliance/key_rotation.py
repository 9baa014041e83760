"""Evidence moves to the key that encrypts now, while people read and add files.

Each file is a transaction of its own: whoever is stopped, at whatever point, leaves every
file readable under one key or the other, and the next run goes on with what is left. A
reader needs both keys until all are done.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction

from common import encryption
from common.exceptions import BackOfficeError
from compliance.evidence import content_of, purpose_of
from compliance.models import EvidenceContent


@dataclass(frozen=True)
class Turned:
    """What became of one file; `problem` is a sentence, empty when it has the new key."""

    uuid: str
    problem: str = ""


def left() -> int:
    """How many files have another key than the one that encrypts now."""
    return EvidenceContent.objects.exclude(key_id=encryption.current_key_id()).count()


def rotate(*, batch: int = 50) -> Iterator[Turned]:
    """Re-encrypts what has another key, oldest first, and tells of each.

    A file that cannot be read is left as it is and told of. Two of these at once share the
    work: neither waits for a file that the other has.
    """
    after = 0
    while pks := _next(after, batch):
        for pk in pks:
            turned = _turn(pk)
            if turned is not None:
                yield turned
        after = pks[-1]


def _next(after: int, batch: int) -> list[int]:
    stale = EvidenceContent.objects.exclude(key_id=encryption.current_key_id())
    return list(stale.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:batch])


@transaction.atomic
def _turn(pk: int) -> Turned | None:
    """Re-encrypts one file; None if somebody else has it or did it meanwhile."""
    kept = (
        EvidenceContent.objects.select_for_update(of=["self"], skip_locked=True)
        .exclude(key_id=encryption.current_key_id())
        .select_related("evidence")
        .filter(pk=pk)
        .first()
    )
    if kept is None:
        return None
    try:
        content = content_of(kept.evidence)
    except BackOfficeError as problem:
        return Turned(str(kept.evidence.uuid), str(problem))
    kept.ciphertext = encryption.encrypt_bytes(content, purpose=purpose_of(kept.evidence))
    kept.key_id = encryption.key_id_of(kept.ciphertext)
    kept.save(update_fields=["ciphertext", "key_id"])
    return Turned(str(kept.evidence.uuid))
