"""What is different between two texts, word by word, in Chinese sign by sign."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

# A placeholder, a word, a run of spaces, or one sign: Chinese has no spaces to go by.
WORDS = re.compile(r"\$\{\w+\}|[A-Za-z0-9]+|[^\S\n]+|.|\n")


@dataclass(frozen=True)
class Span:
    """A stretch of text. `kind` is `same`, `gone` or `new`."""

    kind: str
    text: str


def difference(before: str, after: str) -> list[Span]:
    """The two texts as one: what stayed, what went, what came, in order."""
    lines = [text.splitlines(keepends=True) for text in (before, after)]
    spans = [
        span
        for old, new, same in _blocks(*lines)
        for span in ([Span("same", old)] if same else _words(old, new))
    ]
    return _joined(spans)


def _blocks(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[str, str, bool]]:
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for tag, first, last, start, end in matcher.get_opcodes():
        yield "".join(before[first:last]), "".join(after[start:end]), tag == "equal"


def _words(before: str, after: str) -> Iterator[Span]:
    for old, new, same in _blocks(WORDS.findall(before), WORDS.findall(after)):
        if same:
            yield Span("same", old)
            continue
        if old:
            yield Span("gone", old)
        if new:
            yield Span("new", new)


def _joined(spans: Sequence[Span]) -> list[Span]:
    joined: list[Span] = []
    for span in spans:
        if joined and joined[-1].kind == span.kind:
            joined[-1] = Span(span.kind, joined[-1].text + span.text)
        else:
            joined.append(span)
    return joined
