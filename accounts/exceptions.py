"""What can be refused about people, accounts, agreements and access."""

from collections.abc import Sequence

from django.utils.functional import Promise

from common.exceptions import BackOfficeError


class NotAPhoneNumber(BackOfficeError):
    """The text is not a phone number anybody could be reached at."""


class AgreementIsMalformed(BackOfficeError):
    """The text of an agreement breaks its own numbering; the sentence names the line."""


class AgreementIsFinal(BackOfficeError):
    """A version, once imported, never changes: import the next one instead."""


class RowRefused(BackOfficeError):
    """A row of an import cannot be taken; the sentence says why."""


class KeyIsMalformed(BackOfficeError):
    """An API key or service token whose shape or checksum is wrong."""


class FeedIsGone(BackOfficeError):
    """The enforcement feed has no entries from there on: forgotten, or never numbered."""


class InvitationIsVoid(BackOfficeError):
    """The invitation was used, withdrawn or has expired."""


class NotAllowed(BackOfficeError):
    """The person may not do this, or not to themselves."""


class NotTheCurrentText(BackOfficeError):
    """The text is not that of the version published now."""


class LinkIsVoid(BackOfficeError):
    """The link from an e-mail is incomplete, has expired or was overtaken by a newer one."""


class AlreadySevered(BackOfficeError):
    """The clause was severed before."""


class ReasonMissing(BackOfficeError):
    """An act that must be justified was given no reason."""


class FileRefused(BackOfficeError):
    """A file that cannot be imported at all; the sentence says what to do about it."""


class NameRefused(BackOfficeError):
    """The name must not be taken (1.2.5); the sentence says what kind of problem it has."""


class CodeRefused(BackOfficeError):
    """A code is wrong, too old, used up or tried too often; the sentence says which and what
    to do. `over`: this code is not taken any more."""

    def __init__(self, sentence: str | Promise, *, over: bool = False) -> None:
        super().__init__(sentence)
        self.over = over


class ResetIsOver(BackOfficeError):
    """This way to a new password was finished, has expired or lacks a step."""


class RecoveryRefused(BackOfficeError):
    """The step is not the next one of this recovery; the sentence says why."""


class TooManyMessages(BackOfficeError):
    """No text message may be sent now; `retry_after` says in how many seconds one may.

    `limits` names those that were reached, for whoever runs the site.
    """

    def __init__(
        self, sentence: str | Promise, *, retry_after: int, limits: Sequence[str] = ()
    ) -> None:
        self.retry_after = retry_after
        self.limits = limits
        super().__init__(sentence)


class CountryNotServed(TooManyMessages):
    """No text messages are sent to numbers of that country (SMS_COUNTRIES)."""


class CodeIsMalformed(BackOfficeError):
    """No unified social credit code; the sentence says which place is wrong."""


class TooManyOfThem(BackOfficeError):
    """As many as there may be: of organizations a day, invitations, live keys."""


class LastOwner(BackOfficeError):
    """The account would be left without an owner."""


class NotYours(BackOfficeError):
    """The invitation is for another phone or e-mail than the person's own."""


class NotPossibleNow(BackOfficeError):
    """It cannot be done in the state things are in; the sentence says what comes first."""


class SignUpIsOver(BackOfficeError):
    """The sign-up is unknown, finished or older than a day."""


class SignUpIsClosed(BackOfficeError):
    """No account can be opened: there are no terms that anybody could accept."""


class NumberIsTaken(BackOfficeError):
    """Somebody signs in with this number already; said only to who proved to hold it."""


class AgeRefused(BackOfficeError):
    """The birth date is no living person's, or of somebody too young for an account."""


class UseIsExcluded(BackOfficeError):
    """The declared use is one of the occasions that the services are not for (1.2.8(b))."""


class GuardianRefused(BackOfficeError):
    """The person named cannot consent as a guardian; the sentence says why."""


class AnothersGateway(BackOfficeError):
    """Another service client reports the gateway of that name."""


class NotGivenYet(BackOfficeError):
    """The feed has no such number yet."""
