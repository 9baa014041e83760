"""Why a start or a run ends early."""


class CannotStartError(Exception):
    """Something outside keeps the product from starting; str() is the whole message."""


class GivingUpError(Exception):
    """A part keeps dying, or never answers; str() names its log."""


class StopRequestedError(Exception):
    """Ctrl-C, SIGTERM or SIGHUP."""


class TerminalLostError(Exception):
    """Nobody can read what is written any more."""
