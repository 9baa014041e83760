"""How values look in lists and on pages: states as pills, numbers to the right."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from functools import lru_cache

from django.utils.dates import MONTHS_3
from django.utils.formats import date_format, get_format, number_format
from django.utils.functional import Promise
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import template_localtime  # type: ignore[attr-defined]

CURRENCY_SIGNS = {"CNY": "¥", "USD": "$"}


def pill(text: str | Promise, tone: str = "quiet") -> SafeString:
    """A state as a word. `tone` is one of `common.plots.Tone`."""
    return _pill(str(text), str(tone))


@lru_cache(maxsize=1000)
def _pill(text: str, tone: str) -> SafeString:
    # Few words, and a list has one in every row.
    return format_html('<span class="pill {}">{}</span>', tone, text)


def clause(number: str) -> SafeString:
    """The number of a clause, such as `1.2.7`."""
    return format_html('<span class="clause">{}</span>', number)


def mono(text: str) -> SafeString:
    """An identifier, a prefix or a hash: letters one may have to compare."""
    return mark_safe(f'<code class="mono">{conditional_escape(text)}</code>')  # noqa: S308


def moment(at: datetime | None) -> str:
    """A moment in the reader's time zone; a dash for none.

    For columns that a method works out: Django formats those of fields only.
    """
    return moment_writer()(at) if at else "—"


# What the letters of Django's date formats become when nothing has to be worked out:
# `{0}` is the moment, `{1}` the short name of its month.
PLAIN_LETTERS = {
    "Y": "{0.year:04}",
    "n": "{0.month}",
    "m": "{0.month:02}",
    "M": "{1}",
    "j": "{0.day}",
    "d": "{0.day:02}",
    "G": "{0.hour}",
    "H": "{0.hour:02}",
    "i": "{0.minute:02}",
    "s": "{0.second:02}",
}


def in_plain_letters(written: str) -> bool:
    """Whether a date format has letters of `PLAIN_LETTERS` only, and nothing that escapes."""
    letters = {letter for letter in written if letter.isascii() and letter.isalpha()}
    return letters <= PLAIN_LETTERS.keys() and not set("{}\\") & set(written)


def moment_writer() -> Callable[[datetime], str]:
    """Writes moments as this page's reader has them; asked for once for many moments."""
    written = get_format("DATETIME_FORMAT")
    if not in_plain_letters(written):
        return lambda at: date_format(template_localtime(at), "DATETIME_FORMAT")
    pattern = "".join(PLAIN_LETTERS.get(letter, letter) for letter in written)
    months = {number: str(name).title() for number, name in MONTHS_3.items()}

    def write(at: datetime) -> str:
        local = template_localtime(at)
        return pattern.format(local, months[local.month])

    return write


def number(value: int) -> SafeString:
    """A number, right-aligned with its column, in groups of three digits."""
    return format_html('<span class="num">{}</span>', number_format(value, force_grouping=True))


def money(amount: Decimal, currency: str = "CNY") -> SafeString:
    """An amount with its sign, never broken over two lines."""
    return format_html(
        '<span class="num">{}\u00a0{}</span>',
        CURRENCY_SIGNS.get(currency, currency),
        number_format(amount, decimal_pos=2, force_grouping=True),
    )
