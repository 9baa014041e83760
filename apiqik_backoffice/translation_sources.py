"""What there is to translate, read from the sources without gettext installed.

A *message* is what gettext looks up: (context, singular, plural), the first and last
empty where a call has none. Each belongs to the app whose file it is in.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import polib
from django.utils.translation.template import templatize

# How many arguments each function takes, and which of them are the message's three parts.
SIMPLE = ("", 0, "")
PLURAL = ("", 0, 1)
IN_CONTEXT = (0, 1, "")
PLURAL_IN_CONTEXT = (0, 1, 2)
CALLS: dict[str, tuple[int | str, int | str, int | str]] = {
    "_": SIMPLE,
    "gettext": SIMPLE,
    "gettext_lazy": SIMPLE,
    "gettext_noop": SIMPLE,
    "ngettext": PLURAL,
    "ngettext_lazy": PLURAL,
    "pgettext": IN_CONTEXT,
    "pgettext_lazy": IN_CONTEXT,
    "npgettext": PLURAL_IN_CONTEXT,
    "npgettext_lazy": PLURAL_IN_CONTEXT,
}
STRING = r"""u?("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')"""
CALL_IN_TEMPLATE = re.compile(rf"\b(n?p?gettext|_)\(({STRING}(?:, {STRING})*)")
PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[sdif]")
HEADER = {
    "Project-Id-Version": "apiqik back office",
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
}
PLURAL_FORMS = {"zh_Hans": "nplurals=1; plural=0;"}


class Message(NamedTuple):
    context: str
    singular: str
    plural: str


def messages_of(app: Path) -> dict[Message, list[str]]:
    """What an app's folder has to translate, each with the files that say it, in their order."""
    found: dict[Message, list[str]] = {}
    for file in sorted(app.rglob("*")):
        where = file.relative_to(app)
        if file.suffix not in {".py", ".html", ".txt"} or "migrations" in where.parts:
            continue
        if file.suffix != ".py" and "templates" not in where.parts:
            continue
        read = _in_python if file.suffix == ".py" else _in_template
        for message in read(file.read_text(encoding="utf-8")):
            files = found.setdefault(message, [])
            if where.as_posix() not in files:
                files.append(where.as_posix())
    return found


def _in_python(source: str) -> Iterator[Message]:
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
        name = getattr(call.func, "id", getattr(call.func, "attr", ""))
        if name in CALLS:
            yield from _message(name, [getattr(part, "value", None) for part in call.args])


def _in_template(source: str) -> Iterator[Message]:
    for call in CALL_IN_TEMPLATE.finditer(templatize(source)):
        texts = re.findall(STRING, call[2])
        yield from _message(call[1], [ast.literal_eval(text) for text in texts])


def _message(name: str, values: list[object]) -> Iterator[Message]:
    parts = [part if isinstance(part, str) else values[part] for part in CALLS[name]]
    texts = [part for part in parts if isinstance(part, str)]
    if len(texts) == len(parts):  # else it is put together at run time: nothing to look up
        yield Message(*texts)


def update(catalogue: polib.POFile, messages: dict[Message, list[str]]) -> polib.POFile:
    """A catalogue of exactly these messages, with the translations that the old one had."""
    known = {message_of(entry): entry for entry in catalogue}
    fresh = polib.POFile(wrapwidth=78)
    fresh.metadata = {name: catalogue.metadata.get(name, HEADER.get(name)) for name in HEADER}
    for name in ("Language", "Plural-Forms"):
        if name in catalogue.metadata:
            fresh.metadata[name] = catalogue.metadata[name]
    for message, files in messages.items():
        fresh.append(_entry(message, files, known.get(message)))
    return fresh


def message_of(entry: polib.POEntry) -> Message:
    """What an entry of a catalogue translates."""
    return Message(entry.msgctxt or "", entry.msgid, entry.msgid_plural or "")


def _entry(message: Message, files: list[str], old: polib.POEntry | None) -> polib.POEntry:
    entry = polib.POEntry(
        msgid=message.singular,
        msgctxt=message.context or None,
        msgid_plural=message.plural,
        msgstr=old.msgstr if old and not message.plural else "",
        occurrences=[(file, "") for file in files],
        flags=["python-format"] if PLACEHOLDER.search(message.singular) else [],
    )
    if message.plural:
        entry.msgstr_plural = dict(old.msgstr_plural) if old else {0: ""}
    return entry


def new_catalogue(language: str) -> polib.POFile:
    """An empty catalogue of a language, named as its folder is."""
    catalogue = polib.POFile()
    catalogue.metadata = {**HEADER, "Language": language}
    if language in PLURAL_FORMS:
        catalogue.metadata["Plural-Forms"] = PLURAL_FORMS[language]
    return catalogue
