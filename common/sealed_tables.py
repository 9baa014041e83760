"""Why the tables of seals themselves are not sealed, see docs/seals.md."""

from common.seals.registry import register as declare

UNSEALED = {
    "common.sealblock": "the chain itself: signed, and anchored outside the database",
    "common.sealcommitment": "its hashes stand in the row that was sealed",
    "common.sealverification": "what a check found; a check can be made anew at any time",
}


def register() -> None:
    declare((), UNSEALED)
