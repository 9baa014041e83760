"""What a name comes to once everything is dropped that eyes pass over.

`fold` takes a name apart so that those which look alike come out alike: full-width letters,
accents, invisible characters, letters of other scripts (Unicode Technical Standard #39),
digits in the place of letters, spaces and punctuation. What comes out is for comparing with
other names folded here, and never shown as a name. Whatever the name holds, what comes out are
letters and digits only, so it may be handed to a database.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

# Of a name, far more than any column takes. NFKC makes up to 18 of one character.
LONGEST_NAME = 200
LONGEST_FOLDED = 800

# Ways to write a letter by a digit or sign; l, i and 1 are all the same to the eye.
_WRITTEN_FOR = str.maketrans("i10|34@5$78", "lloleaasstb")
_MARKS_AND_UNSEEN = ("Mn", "Me", "Cf", "Cc", "Cs", "Co", "Cn")
_EDGE_DIGITS = re.compile(r"^\d+|\d+$")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
# A word ends where letters meet those of a script without spaces between words.
_WORDS = re.compile(r"[A-Za-z0-9|@$]+|[^\W_A-Za-z0-9]+")


@dataclass(frozen=True)
class Folded:
    """`whole`: everything in one piece; `words`: the words of the name, each by itself."""

    whole: str
    words: frozenset[str]

    def parts(self, longest: int) -> set[str]:
        """Every piece of `whole` of at most `longest` characters."""
        return {
            self.whole[begins : begins + length]
            for length in range(1, min(longest, len(self.whole)) + 1)
            for begins in range(len(self.whole) - length + 1)
        }


def fold(name: str) -> Folded:
    """`name` as it compares. Of one longer than `LONGEST_NAME` only the beginning counts."""
    plain = _plain(name[:LONGEST_NAME])[:LONGEST_FOLDED]
    words = {word for spelling in (plain, _CAMEL.sub(" ", plain)) for word in _words_of(spelling)}
    return Folded(whole=_letters(plain), words=frozenset(words - {""}))


def folded(term: str) -> str:
    """`term` in one piece, to be looked for in names folded by `fold`."""
    return fold(term).whole


def _plain(name: str) -> str:
    """One script's letters for those that look like them; capitals as they are."""
    alike = _alike()
    # Before NFKC and after it: a letter may look like another only as it was written.
    text = unicodedata.normalize("NFKC", name.translate(alike))
    text = unicodedata.normalize("NFD", text)
    text = "".join(one for one in text if unicodedata.category(one) not in _MARKS_AND_UNSEEN)
    return unicodedata.normalize("NFC", text.translate(alike))


def _words_of(text: str) -> set[str]:
    words: list[str] = _WORDS.findall(text)
    found = set()
    spelled = ""
    for word in [*words, ""]:
        if len(word) == 1 and word.isascii():
            spelled += word  # l e t t e r by letter
            continue
        found |= {_letters(spelled), _letters(word), _letters(_EDGE_DIGITS.sub("", word))}
        spelled = ""
    return found


def _letters(text: str) -> str:
    """Letters and digits alone, in lower case, with one sign for all that look alike."""
    text = text.casefold().translate(_alike()).translate(_WRITTEN_FOR)
    return "".join(one for one in text if one.isalnum()).replace("rn", "m")


@cache
def _alike() -> dict[int, str]:
    """The look-alikes of Latin letters and digits, by code point."""
    found: dict[int, str] = {}
    for line in Path(__file__).with_suffix(".txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            letter, *codes = line.split()
            found |= {int(code, 16): letter for code in codes}
    return found
