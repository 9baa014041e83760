"""Why something about cases was refused; each is raised with a sentence for people."""

from common.exceptions import BackOfficeError


class WrongStep(BackOfficeError):
    """The case is not in a state in which that can be done."""


class NotYours(BackOfficeError):
    """Somebody else works on the case, or it is closed to this person."""


class Stale(BackOfficeError):
    """What was decided about is not as it was when the decision was proposed."""


class SecondPersonNeeded(BackOfficeError):
    """The same person may not do both."""


class NotPossible(BackOfficeError):
    """What was asked for does not fit the case, the policy or the customer."""


class KeyTaken(BackOfficeError):
    """The calling system used that key for something else."""

    code = "key_taken"
