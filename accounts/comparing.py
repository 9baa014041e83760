"""Two versions of an agreement, clause by clause: what stayed, changed, came, went, moved."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from accounts.models import AgreementText, AgreementVersion
from common.differences import WORDS, Span, difference

# How much two texts have in common, of all there is in both, to be the same clause reworded:
# where the number stayed, and where only the words say so.
SAME_NUMBER, SAME_WORDS = 0.3, 0.6
# Beyond this many pairs only numbers are gone by: a document all of whose clauses are new.
MOST_PAIRS = 40_000


class Fate(StrEnum):
    SAME = "same"
    RENUMBERED = "renumbered"
    CHANGED = "changed"
    NEW = "new"
    GONE = "gone"


@dataclass(frozen=True)
class Part:
    """A clause in one language."""

    number: str
    level: str
    heading: str
    body: str

    @property
    def words(self) -> str:
        return f"{self.heading}\n{self.body}".strip()


@dataclass(frozen=True)
class Compared:
    """What became of one clause. `heading` and `body` are both texts as one."""

    fate: Fate
    before: Part | None
    after: Part | None
    heading: tuple[Span, ...] = ()
    body: tuple[Span, ...] = ()

    @property
    def moved(self) -> bool:
        """Whether it has another number now."""
        return bool(self.before and self.after and self.before.number != self.after.number)


@dataclass(frozen=True)
class Stretch:
    """Clauses that follow each other: one with a difference, or several without any."""

    unchanged: bool
    clauses: tuple[Compared, ...]


@dataclass(frozen=True)
class Comparison:
    """All of it, in the order of the later version; `language` is that of both texts."""

    before: AgreementVersion
    after: AgreementVersion
    language: str
    stretches: tuple[Stretch, ...]
    counts: dict[str, int]


def compare(before: AgreementVersion, after: AgreementVersion, *, language: str) -> Comparison:
    """The two versions in `language`, or in one that both have; without one, each in its own."""
    one, other = _texts(before, after, language)
    compared = compared_parts(_parts(one), _parts(other))
    counts = Counter(found.fate.value for found in compared)
    return Comparison(
        before=before,
        after=after,
        language=other.language,
        stretches=tuple(_stretches(compared)),
        counts={fate.value: counts[fate.value] for fate in Fate},
    )


def _texts(
    before: AgreementVersion, after: AgreementVersion, language: str
) -> tuple[AgreementText, AgreementText]:
    shared = {one.language for one in before.texts.all()}
    shared &= {one.language for one in after.texts.all()}
    chosen = language if language in shared or not shared else min(shared)
    return before.text_in(chosen), after.text_in(chosen)


def _parts(text: AgreementText) -> tuple[Part, ...]:
    rows = text.clause_texts.select_related("clause").order_by("clause__position")
    return tuple(
        Part(one.clause.number, one.clause.level, one.heading, one.body.strip()) for one in rows
    )


@lru_cache(maxsize=64)
def compared_parts(before: tuple[Part, ...], after: tuple[Part, ...]) -> tuple[Compared, ...]:
    """What became of each clause. Kept: versions never change, and many read the same two."""
    pairs = _pairs(before, after)
    partners = {old: new for new, old in pairs.items()}
    found: list[Compared] = []
    shown = 0
    for place, new in enumerate(after):
        old = pairs.get(place)
        if old is not None:
            # What went stands where it stood, before what follows it there.
            found += [_gone(before[at]) for at in range(shown, old) if at not in partners]
            shown = max(shown, old + 1)
        found.append(_compared(None if old is None else before[old], new))
    found += [_gone(before[at]) for at in range(shown, len(before)) if at not in partners]
    return tuple(found)


def _pairs(before: Sequence[Part], after: Sequence[Part]) -> dict[int, int]:
    """Places in `after` and those in `before` they come from: the same words first, then
    what has most in common, rather where the number stayed."""
    pairs: dict[int, int] = {}
    left_before, left_after = dict(enumerate(before)), dict(enumerate(after))

    def pair(new: int, old: int) -> None:
        pairs[new] = old
        del left_after[new], left_before[old]

    by_number = {part.number: place for place, part in left_before.items()}
    for new, part in list(left_after.items()):
        old = by_number.get(part.number)
        if old is not None and before[old].words == part.words:
            pair(new, old)
    by_words: dict[str, list[int]] = {}
    for place, part in left_before.items():
        if part.words:
            by_words.setdefault(part.words, []).append(place)
    for new, part in list(left_after.items()):
        if places := by_words.get(part.words):
            pair(new, places.pop(0))
    for new, old in _likeliest(left_before, left_after):
        if new in left_after and old in left_before:
            pair(new, old)
    return pairs


def _likeliest(before: dict[int, Part], after: dict[int, Part]) -> list[tuple[int, int]]:
    """Which of `after` may come from which of `before`, the likeliest first."""
    every = len(before) * len(after) <= MOST_PAIRS
    by_number = {part.number: place for place, part in before.items()}
    scored = []
    for new, part in after.items():
        number = by_number.get(part.number)
        for old in before if every else [number] if number is not None else []:
            alike, stayed = _alike(before[old], part), old == number
            if alike >= (SAME_NUMBER if stayed else SAME_WORDS):
                scored.append((-alike - (SAME_NUMBER if stayed else 0), new, old))
    return [(new, old) for _score, new, old in sorted(scored)]


@lru_cache(maxsize=2000)
def _counted(words: str) -> Counter[str]:
    return Counter(WORDS.findall(words))


def _alike(one: Part, other: Part) -> float:
    """From 0 to 1: how many of their words both have."""
    if one.level != other.level:
        return 0
    left, right = _counted(one.words), _counted(other.words)
    total = left.total() + right.total()
    return 2 * (left & right).total() / total if total else 1


def _gone(part: Part) -> Compared:
    return Compared(
        Fate.GONE,
        part,
        None,
        heading=(Span("gone", part.heading),),
        body=(Span("gone", part.body),),
    )


def _compared(old: Part | None, new: Part) -> Compared:
    if old is None:
        return Compared(
            Fate.NEW,
            None,
            new,
            heading=(Span("new", new.heading),),
            body=(Span("new", new.body),),
        )
    if old.words == new.words:
        fate = Fate.SAME if old.number == new.number else Fate.RENUMBERED
        return Compared(
            fate,
            old,
            new,
            heading=(Span("same", new.heading),),
            body=(Span("same", new.body),),
        )
    return Compared(
        Fate.CHANGED,
        old,
        new,
        heading=tuple(difference(old.heading, new.heading)),
        body=tuple(difference(old.body, new.body)),
    )


def _stretches(compared: Sequence[Compared]) -> Iterator[Stretch]:
    same: list[Compared] = []
    for one in compared:
        if one.fate in (Fate.SAME, Fate.RENUMBERED):
            same.append(one)
            continue
        if same:
            yield Stretch(True, tuple(same))
            same = []
        yield Stretch(False, (one,))
    if same:
        yield Stretch(True, tuple(same))
