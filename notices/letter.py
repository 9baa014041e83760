"""An e-mail's HTML, made from the text that is kept and from nothing else.

What was sent can be shown again: the same subject, text, language and layout give the
same bytes, and the outcome of each e-mail keeps their hash. So a layout, once used, stays
as it is; a handsomer one gets the next number and `LAYOUTS` keeps both.

The text is read the way people write letters. Blank lines part paragraphs, lines that
begin with `- ` are a list, two or more lines of `Name: value` are facts, addresses of
the web become links. All of it is escaped; nothing is loaded from anywhere.
"""

import hashlib
import html as markup
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from common.languages import html_language
from common.messaging import Message
from common.messaging.mail import end_of_head

ADDRESS = re.compile(r"https?://[!#$%&'()*+,\-./0-9:;=?@A-Z_a-z~\[\]]+")
AFTER_AN_ADDRESS = ".,;:!?)]'"
# `Reference: chg_…` and `编号：chg_…`, but no sentence that happens to have a colon.
FACT = re.compile(r"^([^\s:：.。,，][^:：.。,，]{0,27})(?:: |：)(?=\S)(.+)$")


@dataclass(frozen=True)
class Letter:
    """Both parts of an e-mail."""

    text: str
    html: str
    layout: int
    language: str

    def proof(self) -> dict[str, object]:
        """What the outcome keeps: enough to show again what was sent, and that it was."""
        return _proof(self.layout, self.language, self.text, self.html)


def compose(*, subject: str, body: str, language: str, layout: int | None = None) -> Letter:
    """The letter for a rendered subject and text, in the newest layout or the one given.

    `language` is the text's, as a BCP 47 tag. Raises `KeyError` for a layout there never was.
    """
    number = max(LAYOUTS) if layout is None else layout
    html = LAYOUTS[number](subject, body, html_language(language))
    return Letter(text=body, html=html, layout=number, language=language)


def proof_of(message: Message) -> dict[str, object]:
    """That of a message with a letter in the newest layout."""
    return _proof(max(LAYOUTS), message.language, message.body, message.html)


def _proof(layout: int, language: str, text: str, html: str) -> dict[str, object]:
    return {
        "layout": layout,
        "language": language,
        "text_sha256": hashlib.sha256(text.encode()).hexdigest(),
        "html_sha256": _sha256_of_html(html),
    }


def fragment(body: str) -> SafeString:
    """The text's paragraphs, lists and facts alone, for showing it on one of our pages."""
    return mark_safe(_fragment(body))  # noqa: S308 -- escaped


def _fragment(body: str) -> str:
    blocks = body.replace("\r\n", "\n").strip("\n").split("\n\n")
    return "\n".join([made for block in blocks if (made := _block(block))])


# Most blocks of a text are the same for everybody it goes to.
@lru_cache(maxsize=256)
def _block(block: str) -> str:
    """The HTML of what stands between two blank lines; of several blocks, if the lines that
    part them are not quite empty."""
    line = block.strip()
    if "\n" not in line and not line.startswith("- "):
        return f"<p>{_linked(line)}</p>" if line else ""
    return "\n".join(_piece(*piece) for piece in _pieces(block))


def escape(text: str) -> str:
    """The same characters as Django's, without its promise of being safe to show, which costs
    more than the escaping and is given once for all at the end."""
    return markup.escape(text)


def _sha256_of_html(html: str) -> str:
    """The head is the same in many letters, and hashed once."""
    end = end_of_head(html)
    hashed = _hashed(html[:end]).copy()
    hashed.update(html[end:].encode())
    return str(hashed.hexdigest())


@lru_cache(maxsize=64)
def _hashed(head: str) -> Any:
    return hashlib.sha256(head.encode())


def _linked(text: str) -> str:
    """Escaped, with web addresses as links."""
    if "://" not in text:
        return escape(text)
    made: list[str] = []
    end = 0
    for found in ADDRESS.finditer(text):
        address = found[0].rstrip(AFTER_AN_ADDRESS)
        made.append(escape(text[end : found.start()]))
        end = found.start() + len(address)
        address = escape(address)
        made.append(f'<a href="{address}" class="a">{address}</a>')
    made.append(escape(text[end:]))
    return "".join(made)


def _pieces(body: str) -> Iterator[tuple[str, list[str]]]:
    """The text as ("list" | "facts" | "lines", its lines)."""
    for block in re.split(r"\n\s*\n", body):
        lines = [line.strip() for line in block.split("\n") if line.strip()]
        for is_item, some in groupby(lines, key=lambda line: line.startswith("- ")):
            found = list(some)
            if is_item:
                yield "list", [line[2:] for line in found]
            elif len(found) > 1 and all(FACT.match(line) for line in found):
                yield "facts", found
            else:
                yield "lines", found


def _fact(line: str) -> str:
    found = FACT.match(line)
    assert found  # `_pieces` looked
    name, value = found[1], found[2]
    return (
        f'<tr><th scope="row" class="m" align="left" valign="top">{_linked(name)}</th>'
        f'<td valign="top">{_linked(value.strip())}</td></tr>'
    )


def _piece(kind: str, lines: list[str]) -> str:
    if kind == "list":
        items = "".join(f"<li>{_linked(line)}</li>" for line in lines)
        return f"<ul>{items}</ul>"
    if kind == "facts":
        rows = "".join(_fact(line) for line in lines)
        return f'<table class="f" cellspacing="0">{rows}</table>'
    return "<p>" + "<br>".join(_linked(line) for line in lines) + "</p>"


STYLE_1 = """
:root{color-scheme:light dark;supported-color-schemes:light dark}
body{margin:0;padding:0;background:#f3f5f8;color:#1b2530;-webkit-text-size-adjust:100%}
.o{background:#f3f5f8;padding:28px 12px}
.c{max-width:600px;margin:0 auto;background:#ffffff;border:1px solid #e0e5eb;border-radius:12px}
.i{padding:26px 32px 30px;font:16px/1.65 -apple-system,"Segoe UI",Roboto,"PingFang SC",\
"Noto Sans CJK SC","Microsoft YaHei",sans-serif;overflow-wrap:anywhere}
.b{font-size:14px;font-weight:650;letter-spacing:.02em;color:#1f5fbf;margin:0 0 18px}
h1{font-size:21px;line-height:1.4;font-weight:650;margin:0 0 18px}
p{margin:0 0 16px}ul{margin:0 0 16px;padding-left:22px}li{margin:2px 0}
.f{border-collapse:collapse;margin:0 0 16px;width:100%}
.f th,.f td{padding:7px 0;border-top:1px solid #e0e5eb;font-weight:400}
.f tr:last-child th,.f tr:last-child td{border-bottom:1px solid #e0e5eb}
.f th{width:32%;padding-right:14px}.m{color:#5a6776}
.a{color:#1f5fbf;text-decoration:underline}
.i>:last-child{margin-bottom:0}
@media (max-width:480px){.o{padding:0}.c{border:0;border-radius:0}.i{padding:22px 18px 28px}\
.f th,.f td{display:block;width:auto;padding:0}.f th{padding-top:8px}.f td{border-top:0;\
padding-bottom:8px}.f tr:last-child th{border-bottom:0}}
@media (prefers-color-scheme:dark){body,.o{background:#10151c!important;color:#e6ebf2!important}\
.c{background:#181f28!important;border-color:#2b3542!important}.m{color:#9fabba!important}\
.a,.b{color:#8ab6ff!important}.f th,.f td{border-color:#2b3542!important}}
""".strip()

# Once more on the element, for readers that drop style sheets.
CARD_1 = "max-width:600px;margin:0 auto;line-height:1.65"
END_1 = "\n</div></div></div>\n</body>\n</html>\n"


def _layout_1(subject: str, body: str, language: str) -> str:
    return f"{_beginning_1(subject, language)}{_fragment(body)}{END_1}"


# The same for all who get a text in one language.
@lru_cache(maxsize=64)
def _beginning_1(subject: str, language: str) -> str:
    return (
        f'<!DOCTYPE html>\n<html lang="{escape(language)}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        '<meta name="format-detection" content="telephone=no, date=no, address=no">\n'
        f"<title>{escape(subject)}</title>\n<style>\n{STYLE_1}\n</style>\n</head>\n"
        f'<body>\n<div class="o"><div class="c" style="{CARD_1}"><div class="i">\n'
        '<p class="b">apiqik</p>\n'
        f"<h1>{escape(subject)}</h1>\n"
    )


LAYOUTS: Mapping[int, Callable[[str, str, str], str]] = {1: _layout_1}
