"""Reading the numbered text of an agreement into the parts that acts cite.

The shape, in either language:

    Terms of Service                    the title
    This is an agreement between …      the preamble: part "0"
    1. Account Management               an article
    1.1                                 a clause, its body below
    You warrant that …
    1.2 Account                         a clause with a heading
    1.2.8 The scope is as follows:
    - (a) Applicable population: …      a lettered item: part "1.2.8(a)"

Every number follows the one before it: a gap, a repetition or a jump is refused with
its line, because a clause cited by a wrong number would be worth nothing as evidence.
Nothing is stored here; `accounts.agreements` does that.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.exceptions import AgreementIsMalformed
from accounts.models import Clause
from accounts.models.users import Language

LARGEST = 5_000_000  # bytes: a hundred times a long agreement
LONGEST_HEADING = 200  # characters, as the column allows
DEEPEST = 6  # 1.2.3.4.5.6
PREAMBLE = "0"

_ARTICLE = re.compile(r"(\d{1,3})\s*[.．、](?!\d)\s*(.*)")
# “3.5% of fees” begins a sentence; “1.2（定义）” is a clause.
_CLAUSE = re.compile(r"(\d{1,3}(?:\.\d{1,3})+)[.．、:：]?(?=\s|$|[^\x00-\x7f])\s*(.*)")
_ITEM = re.compile(r"(?:[-–—•*]\s*)?[(（]\s*([a-z]{1,2})\s*[)）]\s*(.*)")


@dataclass(frozen=True)
class Part:
    """A numbered part. `line` is where it begins in the file, from 1."""

    number: str
    level: Clause.Level
    heading: str
    body: str
    line: int


@dataclass(frozen=True)
class AgreementOutline:
    """What was found: the title, the parts in order, and what a person should look at."""

    title: str
    parts: tuple[Part, ...]
    warnings: tuple[str, ...]

    @property
    def numbers(self) -> list[str]:
        return [part.number for part in self.parts]

    def count(self, level: Clause.Level) -> int:
        """How many parts of that level, the preamble not counted."""
        return Counter(part.level for part in self.parts if part.number != PREAMBLE)[level]


def decode(source: bytes) -> str:
    """The file's bytes as text. Raises `AgreementIsMalformed` for what cannot be one."""
    if len(source) > LARGEST:
        raise AgreementIsMalformed(
            _("The file is larger than %(limit)s MB: this is no agreement.")
            % {"limit": LARGEST // 1_000_000}
        )
    if b"\x00" in source:
        raise _malformed(
            source[: source.index(b"\x00")].count(b"\n") + 1,
            _("the file contains a NUL character. Save it as plain text, in UTF-8."),
        )
    try:
        return source.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _malformed(
            source[: error.start].count(b"\n") + 1,
            _("the file is not in UTF-8. Save it as plain text, in UTF-8."),
        ) from None


def outline(text: str) -> AgreementOutline:
    """The parts of `text`. Raises `AgreementIsMalformed`, naming the line."""
    reader = _Reader()
    for line, words in _lines(text):
        reader.read(line, words)
    return reader.finish()


def language_of(text: str) -> Language:
    """Chinese where a tenth of the characters or more are Chinese, else English."""
    chinese = sum("\u4e00" <= character <= "\u9fff" for character in text)
    return Language.CHINESE if chinese * 10 >= max(len(text), 1) else Language.ENGLISH


def _malformed(line: int, what: str | Promise) -> AgreementIsMalformed:
    return AgreementIsMalformed(_("Line %(line)s: %(what)s") % {"line": line, "what": what})


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Numbered lines that say something. Lines end where an editor ends them."""
    for line, words in enumerate(text.removeprefix("\ufeff").split("\n"), start=1):
        if words := words.strip():
            yield line, words


@dataclass
class _Draft:
    """A part being read: `opening` is the text on the line of its number."""

    number: str
    level: Clause.Level
    line: int
    opening: str = ""
    paragraphs: list[str] = field(default_factory=list)
    has_children: bool = False

    def finished(self) -> Part:
        heading, paragraphs = self.opening, self.paragraphs
        # Text beside the number is a heading if something stands under it. Alone, or too
        # long for one, it is what the clause says. An item has no heading.
        alone = not (paragraphs or self.has_children) and self.level is Clause.Level.CLAUSE
        if self.level is Clause.Level.ITEM or alone or len(heading) > LONGEST_HEADING:
            heading, paragraphs = "", [*filter(None, [heading]), *paragraphs]
        if not (heading or paragraphs or self.has_children):
            raise _malformed(self.line, _("%(number)s says nothing.") % {"number": self.number})
        return Part(self.number, self.level, heading, "\n".join(paragraphs), self.line)


class _Reader:
    """Takes the lines one by one and keeps the numbers in order."""

    def __init__(self) -> None:
        self.title = ""
        self.drafts: list[_Draft] = []
        self.warnings: list[str] = []
        self.path: list[int] = []  # of the article or clause being read: 1.2.5 is [1, 2, 5]
        self.letter = 0  # of the item being read, 0 before the first one
        self.host: _Draft | None = None  # the article or clause that items belong to

    def read(self, line: int, words: str) -> None:
        if found := _CLAUSE.fullmatch(words) or _ARTICLE.fullmatch(words):
            self._numbered(line, [int(digits) for digits in found[1].split(".")], found[2])
        elif found := _ITEM.fullmatch(words):
            self._item(line, found[1], found[2])
        elif not self.drafts and not self.title:
            self.title = words[:LONGEST_HEADING]
        else:
            self._paragraph(line, words)

    def finish(self) -> AgreementOutline:
        if self.host is None:
            raise AgreementIsMalformed(
                _(
                    "No article was found. An article begins with its number and a dot, "
                    "such as “1. Account Management”."
                )
            )
        if not self.title:
            self.warnings.append(str(_("The text has no title line.")))
        if self.drafts[0].number != PREAMBLE:
            self.warnings.append(str(_("The text has no preamble.")))
        return AgreementOutline(
            title=self.title,
            parts=tuple(draft.finished() for draft in self.drafts),
            warnings=tuple(self.warnings),
        )

    def _numbered(self, line: int, path: list[int], opening: str) -> None:
        self._check_order(line, path)
        for ancestor in self._ancestors(path):
            ancestor.has_children = True
        level = Clause.Level.ARTICLE if len(path) == 1 else Clause.Level.CLAUSE
        self.host = _Draft(_dotted(path), level, line, opening)
        self.drafts.append(self.host)
        self.path, self.letter = path, 0

    def _check_order(self, line: int, path: list[int]) -> None:
        """The next number is the first one below, or the next one beside or above."""
        if len(path) > DEEPEST:
            raise _malformed(
                line, _("%(number)s is nested too deeply.") % {"number": _dotted(path)}
            )
        expected = [[*self.path, 1]] if self.path else [[1]]
        expected += [
            [*self.path[: depth - 1], self.path[depth - 1] + 1]
            for depth in range(len(self.path), 0, -1)
        ]
        if path in expected:
            return
        number = {"number": _dotted(path), "last": _dotted(self.path)}
        if not self.path:
            raise _malformed(line, _("numbering begins with %(number)s, not with 1.") % number)
        if path <= self.path:
            raise _malformed(line, _("%(number)s comes again or too late after %(last)s.") % number)
        beside = next((one for one in expected if len(one) == len(path)), None)
        if beside is None or path[:-1] != beside[:-1]:
            raise _malformed(
                line, _("%(number)s skips a level or a number after %(last)s.") % number
            )
        raise _malformed(
            line,
            _("%(number)s follows %(last)s: %(missing)s is missing.")
            % {**number, "missing": _dotted(beside)},
        )

    def _item(self, line: int, letters: str, words: str) -> None:
        if self.host is None:
            raise _malformed(
                line, _("item (%(letter)s) stands before any article.") % {"letter": letters}
            )
        if letters != (expected := _letters(self.letter + 1)):
            raise _malformed(
                line,
                _("item (%(letter)s) of %(number)s is out of order: (%(expected)s) is due.")
                % {"letter": letters, "number": self.host.number, "expected": expected},
            )
        self.letter += 1
        self.host.has_children = True
        number = f"{self.host.number}({letters})"
        self.drafts.append(_Draft(number, Clause.Level.ITEM, line, words))

    def _paragraph(self, line: int, words: str) -> None:
        if not self.drafts:
            self.drafts.append(_Draft(PREAMBLE, Clause.Level.CLAUSE, line))
        part = self.drafts[-1]
        if part.level is Clause.Level.ITEM and (part.opening or part.paragraphs):
            self.warnings.append(
                str(
                    _("Line %(line)s: a paragraph after %(number)s is kept with that item.")
                    % {"line": line, "number": part.number}
                )
            )
        part.paragraphs.append(words)

    def _ancestors(self, path: list[int]) -> Iterator[_Draft]:
        above = _dotted(path[:-1])
        return (draft for draft in reversed(self.drafts) if draft.number == above)


def _dotted(path: list[int]) -> str:
    return ".".join(map(str, path))


def _letters(position: int) -> str:
    """1 -> a, 26 -> z, 27 -> aa."""
    first, last = divmod(position - 1, 26)
    return (chr(96 + first) if first else "") + chr(97 + last)
