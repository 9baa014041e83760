"""What a check of the seals can find, each with a sentence for the auditor."""

from dataclasses import dataclass, field
from enum import StrEnum

from django.utils.translation import gettext_lazy as _


class Found(StrEnum):
    """What is wrong, for programs; `SENTENCES` say it to people."""

    MISSING_BLOCK = "missing_block"
    REORDERED_BLOCK = "reordered_block"
    ALTERED_BLOCK = "altered_block"
    BROKEN_CHAIN = "broken_chain"
    BAD_SIGNATURE = "bad_signature"
    UNKNOWN_KEY = "unknown_key"
    GAP = "gap"
    ALTERED_HASHES = "altered_hashes"
    CHANGED_ROW = "changed_row"
    CHANGED_PERSONAL = "changed_personal"
    DELETED_ROW = "deleted_row"
    INSERTED_ROW = "inserted_row"
    UNREADABLE = "unreadable"
    NO_ANCHOR = "no_anchor"
    OTHER_ANCHOR = "other_anchor"
    BAD_ANCHOR = "bad_anchor"


SENTENCES = {
    Found.MISSING_BLOCK: _("Block %(block)s is missing."),
    Found.REORDERED_BLOCK: _(
        "What stands as block %(block)s was sealed as block %(other)s: blocks were reordered."
    ),
    Found.ALTERED_BLOCK: _("Block %(block)s is not what was sealed: its header was changed."),
    Found.BROKEN_CHAIN: _("Block %(block)s does not name the hash of the block before it."),
    Found.BAD_SIGNATURE: _("The signature of block %(block)s is not of its key %(key)s."),
    Found.UNKNOWN_KEY: _(
        "Block %(block)s is signed with the key %(key)s, which SEAL_KEYS and SEAL_PUBLIC_KEYS "
        "do not hold."
    ),
    Found.GAP: _(
        "Block %(block)s of %(table)s does not begin where the one before it ended: rows in "
        "between are in no block."
    ),
    Found.ALTERED_HASHES: _(
        "The hashes of rows that block %(block)s holds are not those that were sealed."
    ),
    Found.CHANGED_ROW: _(
        "Row %(row)s of %(table)s was changed after it was sealed in block %(block)s: %(columns)s."
    ),
    Found.CHANGED_PERSONAL: _(
        "Row %(row)s of %(table)s was changed after it was sealed in block %(block)s: "
        "%(columns)s, of which a salted hash was sealed."
    ),
    Found.DELETED_ROW: _(
        "Row %(row)s of %(table)s, sealed in block %(block)s, is not where it was: it was "
        "deleted or moved."
    ),
    Found.INSERTED_ROW: _(
        "Row %(row)s of %(table)s stands among the rows of block %(block)s, which was sealed "
        "without it: it was written in afterwards."
    ),
    Found.UNREADABLE: _("The rows of block %(block)s cannot be read in the form it names."),
    Found.NO_ANCHOR: _("The file of anchors has no line for block %(block)s."),
    Found.OTHER_ANCHOR: _("The file of anchors has another hash for block %(block)s."),
    Found.BAD_ANCHOR: _("Line %(line)s of the file of anchors is no anchor."),
}


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong; `block` is 0 for what is about no block in particular."""

    what: Found
    block: int = 0
    details: dict[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return str(SENTENCES[self.what]) % {"block": self.block, **self.details}
