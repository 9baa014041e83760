"""What of billing is sealed, see docs/seals.md."""

from common.seals.registry import Children, SealedTable, sealed_tables

JOURNALS = SealedTable(
    name="billing.journal",
    left_out={"transaction": "where the row stands: the block itself says so"},
    children=(
        Children(
            name="entries",
            model="billing.entry",
            parent="journal_id",
            left_out={"journal_id": "the journal that it is written in"},
        ),
    ),
)


def register() -> None:
    sealed_tables.register(JOURNALS)
