"""What can be refused about money."""

from common.exceptions import BackOfficeError


class NotAnAmount(BackOfficeError):
    """The text or number is no amount of money that can be booked."""


class NotEnough(BackOfficeError):
    """The account's balance, or the lots asked for, do not cover the amount."""


class NotAFloor(BackOfficeError):
    """A wallet's floor is at most nothing, and a change of it changes it."""


class FloorMoved(BackOfficeError):
    """The floor is not what it was when its change was asked for."""


class KeyTaken(BackOfficeError):
    """The idempotency key was used before, for something else."""


class PeriodIsClosed(BackOfficeError):
    """The effective moment lies in a period that has been closed."""


class NotReversible(BackOfficeError):
    """The journal is of a kind that is never reversed, or was reversed before."""


class NotRefundable(BackOfficeError):
    """Clause 6: fees paid are not refundable but on a written consent or a policy."""


class NotInvoiced(BackOfficeError):
    """The invoice cannot be noted: known already, of a day to come, or a red letter for more
    than has been invoiced."""


class UnreadableStatement(BackOfficeError):
    """The file is no bank statement that the mapping fits."""


class SettledOrWaiting(BackOfficeError):
    """The money was credited or returned already, or a proposal about it waits."""


class NotAnOrder(BackOfficeError):
    """The payment that was asked for cannot be ordered."""


class ProviderAway(BackOfficeError):
    """A payment provider could not be reached, or answered with an error."""


class CallbackRefused(BackOfficeError):
    """What arrived in a provider's name is not signed by it, or makes no sense."""


class ApplicationRefused(BackOfficeError):
    """A refund application is over, is being decided, or another one is open."""


class NotAPeriod(BackOfficeError):
    """The books are closed by whole months that are over, or the days make no period."""


class TooManyLines(BackOfficeError):
    """A document for reading would have more pages than anybody reads."""
