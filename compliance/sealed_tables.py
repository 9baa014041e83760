"""What of compliance is sealed, see docs/seals.md."""

from common.seals.registry import SealedTable, sealed_tables

_SEEN_BY_POSITION = {"transaction": "where the row stands: the block itself says so"}


def register() -> None:
    for name, personal in (
        ("report", ("statement", "contact_name", "contact_email")),
        ("caseevent", ()),
        ("evidence", ("name", "note")),
        ("decision", ()),
        ("decisionapproval", ()),
        ("appeal", ("text",)),
        ("appealdecision", ()),
        ("contentorder", ()),
        ("contentorderreceipt", ()),
        ("deletioncertificate", ("signatory",)),
    ):
        sealed_tables.register(
            SealedTable(name=f"compliance.{name}", personal=personal, left_out=_SEEN_BY_POSITION)
        )
    sealed_tables.register(
        SealedTable(
            name="compliance.statement",
            left_out={**_SEEN_BY_POSITION, "pdf": "its SHA-256 is sealed in its place"},
        )
    )
