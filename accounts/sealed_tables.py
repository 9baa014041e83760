"""What of accounts is sealed, see docs/seals.md."""

from common.seals.registry import SealedTable, sealed_tables

_SEEN_BY_POSITION = {"transaction": "where the row stands: the block itself says so"}

ACCEPTANCES = SealedTable(
    name="accounts.acceptance", personal=("ip_address", "user_agent"), left_out=_SEEN_BY_POSITION
)
PERMITS = SealedTable(name="accounts.permit", left_out=_SEEN_BY_POSITION)


def register() -> None:
    sealed_tables.register(ACCEPTANCES)
    sealed_tables.register(PERMITS)
