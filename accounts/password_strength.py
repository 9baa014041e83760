"""How hard a password is to guess, in words, and the least that is taken.

Nothing about its composition is asked for: ten characters, not on the list of common
ones, and not guessed quickly by who knows how people choose (zxcvbn). Clause 1.2.4
recommends mixing kinds of characters; whoever follows it gets a higher mark by itself.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

HIGHEST = 4
LEAST_SCORE = 2
"""Fewer than 10**6 guesses are made in no time even at a slow sign-in page."""

LOOKED_AT = 72
"""Characters that are looked at: what comes behind makes no strong password weak."""

# What people here choose too often, beside the library's own lists of English.
COMMON_HERE = (
    "apiqik",
    "woaini",
    "woaini1314",
    "wodemima",
    "mima",
    "5201314",
    "1314520",
    "520520",
    "qq123456",
    "a123456",
    "aini1314",
    "zhangwei",
    "wangwei",
    "beijing",
    "shanghai",
)

LABELS = (
    pgettext_lazy("password", "very weak"),
    pgettext_lazy("password", "weak"),
    pgettext_lazy("password", "fair"),
    pgettext_lazy("password", "good"),
    pgettext_lazy("password", "strong"),
)

# What the library says, in our words, which have a translation.
WORDS: dict[str, str | Promise] = {
    "Straight rows of keys are easy to guess.": _("Rows of keys are easy to guess."),
    "Short keyboard patterns are easy to guess.": _("Patterns of keys are easy to guess."),
    'Repeats like "aaa" are easy to guess.': _("Repeated characters are easy to guess."),
    'Repeats like "abcabcabc" are only slightly harder to guess than "abc".': _(
        "Repeating something makes it hardly harder to guess."
    ),
    'Sequences like "abc" or "6543" are easy to guess.': _("Sequences are easy to guess."),
    "Recent years are easy to guess.": _("Years are easy to guess."),
    "Dates are often easy to guess.": _("Dates are easy to guess."),
    "This is a top-10 common password.": _("This is one of the most common passwords."),
    "This is a top-100 common password.": _("This is one of the most common passwords."),
    "This is a very common password.": _("This is a very common password."),
    "This is similar to a commonly used password.": _("This resembles a common password."),
    "A word by itself is easy to guess.": _("A single word is easy to guess."),
    "Names and surnames by themselves are easy to guess.": _("Names are easy to guess."),
    "Common names and surnames are easy to guess.": _("Names are easy to guess."),
    "Capitalization doesn't help very much.": _("Capital letters at the start hardly help."),
    "All-uppercase is almost as easy to guess as all-lowercase.": _(
        "Capital letters alone hardly help."
    ),
    "Reversed words aren't much harder to guess.": _("Reversed words hardly help."),
    "Predictable substitutions like '@' instead of 'a' don't help very much.": _(
        "Writing @ for a hardly helps."
    ),
    "Add another word or two. Uncommon words are better.": _(
        "Add a word or two. Uncommon ones are better."
    ),
    "Use a few words, avoid common phrases.": _("Use a few words that do not belong together."),
    "Avoid dates and years that are associated with you.": _("Avoid your own dates and years."),
    "Avoid years that are associated with you.": _("Avoid your own dates and years."),
}


@dataclass(frozen=True)
class Strength:
    """`score` from 0 to `HIGHEST`; `reasons` say what makes it weak and what would help."""

    score: int
    reasons: tuple[str | Promise, ...]

    @property
    def label(self) -> str | Promise:
        return LABELS[self.score]

    @property
    def suffices(self) -> bool:
        return self.score >= LEAST_SCORE


# The library keeps what it was told about a person in a table of its module.
_one_at_a_time = threading.Lock()


def measure(password: str, *, about: Sequence[str] = ()) -> Strength:
    """How strong `password` is for somebody of whom `about` is known: name, phone."""
    from zxcvbn import zxcvbn  # reads its lists, which takes a moment and some memory

    known = [*COMMON_HERE, *(piece for text in about for piece in _pieces(text))]
    with _one_at_a_time:
        found = zxcvbn(password[:LOOKED_AT], user_inputs=known)
    said = found["feedback"]
    reasons = dict.fromkeys(
        WORDS[words] for words in (said["warning"], *said["suggestions"]) if words in WORDS
    )
    return Strength(found["score"], tuple(reasons))


def _pieces(text: str) -> list[str]:
    """A text, its words, and for a phone what follows the country code."""
    words = text.split()
    return [text, *words, text[3:]] if text.startswith("+86") else [text, *words]


class StrengthValidator:
    """Refuses what would be guessed quickly (a validator of `AUTH_PASSWORD_VALIDATORS`)."""

    def validate(self, password: str, user: Any = None) -> None:
        about = [value for name in ("name", "phone") if (value := getattr(user, name, ""))]
        strength = measure(password, about=about)
        if not strength.suffices:
            reasons = " ".join(str(reason) for reason in strength.reasons)
            raise ValidationError(
                _("This password is too easy to guess. %(reasons)s"),
                code="password_too_weak",
                params={"reasons": reasons},
            )

    def get_help_text(self) -> str:
        return str(_("A few unrelated words are easy to remember and hard to guess."))
