"""The family of errors a person may be shown. Each carries a sentence to act on."""

from typing import ClassVar

from django.utils.functional import Promise


class BackOfficeError(Exception):
    """The base of every refusal: `str()` of it is the sentence shown to the person.

    `code` is what the API calls it (`common.api.problems.TITLES`).
    """

    code: ClassVar[str] = "refused"

    def __init__(self, sentence: str | Promise) -> None:
        self.sentence = sentence
        super().__init__(sentence)

    def __str__(self) -> str:
        return str(self.sentence)


class EvidenceIsFinal(BackOfficeError):
    """Somebody tried to change or delete a record kept as evidence."""


class AlreadyRegistered(BackOfficeError):
    """Two contributions to a registry claim one name."""


class NotRegistered(BackOfficeError):
    """A name that no app has contributed to the registry."""


class EditedMeanwhile(BackOfficeError):
    """The record was saved by somebody else after this person opened it."""


class HappenedMeanwhile(BackOfficeError):
    """The database refused, because somebody else was faster by a moment."""


class CannotDecrypt(BackOfficeError):
    """An encrypted field whose key is missing or whose content is damaged."""


class CalendarRefused(BackOfficeError):
    """The working-day calendar cannot be like that."""
