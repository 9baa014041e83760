"""What can be refused about money."""

from common.exceptions import BackOfficeError


class NotAnAmount(BackOfficeError):
    """The text or number is no amount of money that can be booked."""


class NotEnough(BackOfficeError):
    """The account's balance, or the lots asked for, do not cover the amount."""


class KeyTaken(BackOfficeError):
    """The idempotency key was used before, for something else."""


class PeriodIsClosed(BackOfficeError):
    """The effective moment lies in a period that has been closed."""


class NotReversible(BackOfficeError):
    """The journal is of a kind that is never reversed, or was reversed before."""


class NotRefundable(BackOfficeError):
    """Clause 6: fees paid are not refundable but on a written consent or a policy."""


class ApplicationRefused(BackOfficeError):
    """A refund application is over, is being decided, or another one is open."""
