"""What can be refused about service changes and notices."""

from collections.abc import Sequence

from common.exceptions import BackOfficeError


class WrongState(BackOfficeError):
    """The change is not in a state in which this may be done."""


class NotReady(BackOfficeError):
    """Something the change needs is missing; the sentence lists it."""


class SecondPersonNeeded(BackOfficeError):
    """The person who proposed a change cannot approve it."""


class StaleProposal(BackOfficeError):
    """The change is no longer what was proposed."""


class TemplateIsBroken(BackOfficeError):
    """A template cannot be rendered; the sentence names the placeholder."""


class BatchRaced(BackOfficeError):
    """Somebody's language or time zone changed while their message was being written."""


class NotPostponed(BackOfficeError):
    """A change is only ever postponed to a later moment, and while it can be."""


class WrittenMeanwhile(BackOfficeError):
    """Somebody else wrote the next version first; what this person wrote is not lost."""


class TooManyTests(BackOfficeError):
    """Test sends cost money and annoy carriers; the sentence says when the next may go."""


class PolicyIsIncomplete(BackOfficeError):
    """A lead policy that proves nothing, or asks for what there is not."""


class DecidedMeanwhile(BackOfficeError):
    """Somebody else decided on the lead time of this kind first."""


class ListRefused(BackOfficeError):
    """A list of accounts cannot be taken; one sentence for each line at fault."""

    def __init__(self, sentences: Sequence[str]) -> None:
        self.sentences = list(sentences)
        super().__init__(" ".join(self.sentences))


class OrderRefused(BackOfficeError):
    """An order of providers that cannot be followed."""


class TemplateRefused(BackOfficeError):
    """What staff say of a text at a provider cannot be."""


class NotTheSame(BackOfficeError):
    """A certificate comes out differently from when it was issued."""
