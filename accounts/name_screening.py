"""Whether a name may be taken: screened for terms kept at the desk (clause 1.2.5).

What a name holds is looked up by an index on what terms come to: a bounded number of pieces
of the name, however many terms there are. `Screening` is for one name, or for many at once,
when all terms are read a single time. What is said to customers names the kind of problem
and never the term.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import NameTerm
from accounts.models.name_terms import LONGEST_TERM
from common.arrays import array
from common.look_alikes import Folded, fold, folded
from common.names import validate_name

List, Match = NameTerm.List, NameTerm.Match

# As long as the columns of names are.
LONGEST = 120

_LOOK_UP = """
SELECT id, term, folded, list, match, note FROM accounts_nameterm
WHERE folded = ANY(%s::text[]) AND in_force_from <= %s
  AND (in_force_until IS NULL OR in_force_until > %s)
ORDER BY id
"""
_ALL = """
SELECT id, term, folded, list, match, note FROM accounts_nameterm
WHERE in_force_from <= %s AND (in_force_until IS NULL OR in_force_until > %s)
ORDER BY id
"""


class Outcome(StrEnum):
    PASS = "pass"
    DOUBTFUL = "doubtful"
    REFUSED = "refused"


@dataclass(frozen=True, kw_only=True)
class Term:
    """A term in force. `pk` None: a name of the platform, from the settings."""

    pk: int | None
    term: str
    folded: str
    list: str
    match: str
    note: str = ""

    def hits(self, name: Folded) -> bool:
        if self.match == Match.WHOLE:
            return self.folded == name.whole
        if self.match == Match.WORD:
            return self.folded == name.whole or self.folded in name.words
        return self.folded in name.whole


@dataclass(frozen=True)
class Verdict:
    """What a name came to. `unreadable` is set for what is no name at all."""

    hits: tuple[Term, ...] = ()
    unreadable: str | Promise = ""

    @property
    def outcome(self) -> Outcome:
        if self.unreadable or any(hit.list in NameTerm.REFUSED for hit in self.hits):
            return Outcome.REFUSED
        return Outcome.DOUBTFUL if self.hits else Outcome.PASS

    @property
    def sentence(self) -> str | Promise:
        """For whoever chose the name, without the term; `""` for one that passes."""
        if self.unreadable:
            return self.unreadable
        lists = {hit.list for hit in self.hits}
        return next((_SENTENCES[one] for one in _SENTENCES if one in lists), "")


# The gravest first.
_SENTENCES: Mapping[str, str | Promise] = {
    List.PROHIBITED: _("This name holds something that names must not. Please choose another."),
    List.RESERVED: _(
        "This name could be taken for us or for somebody who works here. Please choose another."
    ),
    List.OFFICIAL: _(
        "The name sounds like that of an authority or of our staff, so a person will look at it. "
        "Until then you may use it."
    ),
}


def screen(name: str, *, at: datetime) -> Verdict:
    """What `name` comes to at `at`; any text may be given, however long or strange."""
    if problem := _unreadable(name):
        return Verdict(hits=_hits(fold(name), at=at), unreadable=problem)
    return Verdict(hits=_hits(fold(name), at=at))


def screen_many(names: Iterable[str], *, at: datetime) -> dict[str, Verdict]:
    """The same for many names, such as those of an import: the terms are read once."""
    by_folded: dict[str, list[Term]] = defaultdict(list)
    for term in (*_own_names(), *_read(_ALL, [at, at])):
        by_folded[term.folded].append(term)
    longest = max(map(len, by_folded), default=0)
    found = {}
    for name in set(names):
        taken_apart = fold(name)
        pieces = taken_apart.parts(longest) | taken_apart.words | {taken_apart.whole}
        candidates = [term for piece in pieces & by_folded.keys() for term in by_folded[piece]]
        hits = tuple(term for term in candidates if term.hits(taken_apart))
        found[name] = Verdict(hits=_in_order(hits), unreadable=_unreadable(name))
    return found


def _unreadable(name: str) -> str | Promise:
    if len(name) > LONGEST:
        return _("A name has at most 120 characters.")
    if not name.strip():
        return _("Please enter a name.")
    try:
        validate_name(name)
    except ValidationError as problem:
        return str(problem.messages[0])
    return ""


def _hits(name: Folded, *, at: datetime) -> tuple[Term, ...]:
    pieces = name.parts(LONGEST_TERM) | name.words | {name.whole}
    found = _read(_LOOK_UP, [array(sorted(pieces)), at, at]) if name.whole else []
    return _in_order(tuple(term for term in (*_own_names(), *found) if term.hits(name)))


def _in_order(hits: tuple[Term, ...]) -> tuple[Term, ...]:
    """The gravest first."""
    gravity = list(_SENTENCES)
    return tuple(sorted(hits, key=lambda hit: (gravity.index(hit.list), hit.pk or 0)))


def _own_names() -> tuple[Term, ...]:
    """What the platform itself is called can be taken off no list."""
    return tuple(
        Term(pk=None, term=name, folded=folded(name), list=List.RESERVED, match=Match.PART)
        for name in settings.PLATFORM_NAMES
    )


def _read(statement: str, given: list[Any]) -> list[Term]:
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return [
            Term(pk=pk, term=term, folded=compared, list=on, match=match, note=note)
            for pk, term, compared, on, match, note in cursor.fetchall()
        ]
