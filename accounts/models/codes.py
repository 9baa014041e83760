"""A code sent to somebody: six digits, ten minutes, five tries, one use.

A record that is there already and waits for a code is a `WithCode`. An `OneTimeCode` is a
record of its own, for whoever must not learn whether there is anybody to send it to.
"""

import secrets
import unicodedata
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import models
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext_lazy as _

CODE_LASTS = timedelta(minutes=10)
MOST_TRIES = 5
DIGITS = 6


class Judgement(StrEnum):
    """What a typed code came to."""

    RIGHT = "right"
    WRONG = "wrong"
    USED_UP = "used_up"
    EXPIRED = "expired"


def new_digits() -> str:
    """The digits of a code, to be sent and not kept."""
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"


def digits_of(typed: str) -> str:
    """What somebody typed: full-width digits, spaces and dashes are forgiven."""
    folded = unicodedata.normalize("NFKC", typed[:40])
    return "".join(letter for letter in folded if letter != "-" and not letter.isspace())


def digest_of(digits: str, *, of: str) -> str:
    """Keyed, for a bare hash of six digits is guessed at once; and bound to the record `of`
    which it is: a code of one is none of another."""
    return salted_hmac("accounts.codes", f"{of}:{digits}", algorithm="sha256").hexdigest()


class WithCode(models.Model):
    """A record that waits for a code. Only a keyed hash of the code is kept."""

    code_digest = models.CharField(max_length=64, blank=True, editable=False)
    code_expires_at = models.DateTimeField(_("code valid until"), null=True, editable=False)
    wrong_codes = models.PositiveSmallIntegerField(_("wrong codes"), default=0, editable=False)

    class Meta:
        abstract = True

    CODE_FIELDS = ("code_digest", "code_expires_at", "wrong_codes")

    def renew_code(self, *, at: datetime) -> str:
        """A new code, to be sent; the one before is void. The caller saves `CODE_FIELDS`."""
        code = new_digits()
        self.code_digest = self._digest(code)
        self.code_expires_at = at + CODE_LASTS
        self.wrong_codes = 0
        return code

    def judge_code(self, typed: str, *, at: datetime) -> Judgement:
        """Compares and counts; a right code is used up by it. The row is locked by the
        caller, who saves `CODE_FIELDS` whatever comes out."""
        if not self.code_digest or self.code_expires_at is None or at >= self.code_expires_at:
            return Judgement.EXPIRED
        if self.wrong_codes >= MOST_TRIES:
            return Judgement.USED_UP
        if constant_time_compare(self._digest(digits_of(typed)), self.code_digest):
            self.code_digest = ""
            return Judgement.RIGHT
        self.wrong_codes += 1
        return Judgement.WRONG if self.wrong_codes < MOST_TRIES else Judgement.USED_UP

    def _digest(self, code: str) -> str:
        return digest_of(code, of=f"{self._meta.label}:{self.pk}")
