"""The words of a clause as agreed for an account, for pages that act under it."""

from dataclasses import dataclass
from datetime import datetime

from accounts import amendments
from accounts.models import Account, Clause, ClauseText

TERMS = "terms"


@dataclass(frozen=True)
class AgreedClause:
    """A clause by its number; `clause` and `words` are None where the terms that bind the
    account have none of that number. `language` is that of the words."""

    number: str
    clause: Clause | None = None
    words: ClauseText | None = None
    language: str = ""


def words_agreed(account: Account, number: str, *, at: datetime) -> AgreedClause:
    """What the terms in force for the account at `at` say under that number, in the language
    of the page where they are written in it."""
    binding = amendments.in_force(account=account, slug=TERMS, at=at)
    if binding is None:
        return AgreedClause(number)
    clause = (
        Clause.objects.filter(version=binding.version, number=number)
        .select_related("version__document")
        .first()
    )
    if clause is None:
        return AgreedClause(number)
    text = clause.version.text_in(None)
    words = ClauseText.objects.filter(text=text, clause=clause).first()
    return AgreedClause(number, clause, words, text.language if text else "")
