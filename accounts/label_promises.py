"""What an owner promises for an exemption from the explicit label: the clause and its four
undertakings, in the words of the terms that bind the account (3.6.2)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts import amendments
from accounts.consent import TERMS
from accounts.models import Account, Clause, ClauseText

CLAUSE = "3.6.2"
UNDERTAKINGS = ("3.6.2(a)", "3.6.2(b)", "3.6.2(c)", "3.6.2(d)")


@dataclass(frozen=True, kw_only=True)
class Promised:
    """The clause as agreed for an account, and the four undertakings in the words to be shown."""

    clause: Clause
    words: ClauseText
    undertakings: Sequence[ClauseText]

    @property
    def sha256(self) -> str:
        """Of the whole text of the version in that language."""
        return self.words.text.sha256


def promised(account: Account, *, language: str | None, at: datetime) -> Promised | None:
    """What an owner would promise under the terms in force for the account, in `language`
    (None: the page's) where they have it; None where they have no such clause."""
    binding = amendments.in_force(account=account, slug=TERMS, at=at)
    if binding is None:
        return None
    text = binding.version.text_in(language)
    found = ClauseText.objects.filter(text=text, clause__number__in=(CLAUSE, *UNDERTAKINGS))
    words = {one.clause.number: one for one in found.select_related("clause", "text")}
    if set(words) != {CLAUSE, *UNDERTAKINGS}:
        return None
    return Promised(
        clause=words[CLAUSE].clause,
        words=words[CLAUSE],
        undertakings=[words[number] for number in UNDERTAKINGS],
    )


def sha256_of(words: ClauseText) -> str:
    """Of a clause as pages show it, its heading and its body: as the database reckons it."""
    shown = "\n".join(part for part in (words.heading, words.body) if part)
    return hashlib.sha256(shown.encode()).hexdigest()
