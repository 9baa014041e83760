"""What keeps evidence from being sealed or checked."""

from common.exceptions import BackOfficeError


class CannotSeal(BackOfficeError):
    """No block can be made: a key is missing, or something is not as it was left."""


class AnchorsDisagree(CannotSeal):
    """The file outside the database and the chain inside it tell two stories."""


class ClockOfTransactionsWentBack(CannotSeal):
    """The server counts transactions from further back than the last block: a restored copy."""


class CannotBeCanonical(BackOfficeError):
    """A column of a type that has no canonical form."""


class NotSealedYet(BackOfficeError):
    """A row was asked a proof of before it was in a block."""


class NotAsSealed(BackOfficeError):
    """A row is not what its block says, or gone."""
