"""How values look in lists and on pages: states as pills, numbers to the right."""

from datetime import datetime
from decimal import Decimal

from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

CURRENCY_SIGNS = {"CNY": "¥", "USD": "$"}


def pill(text: str | Promise, tone: str = "quiet") -> SafeString:
    """A state as a word. `tone` is one of `common.plots.Tone`."""
    return format_html('<span class="pill {}">{}</span>', tone, text)


def clause(number: str) -> SafeString:
    """The number of a clause, such as `1.2.7`."""
    return format_html('<span class="clause">{}</span>', number)


def mono(text: str) -> SafeString:
    """An identifier, a prefix or a hash: letters one may have to compare."""
    return format_html('<code class="mono">{}</code>', text)


def moment(at: datetime | None) -> str:
    """A moment in the reader's time zone; a dash for none.

    For columns that a method works out: Django formats those of fields only.
    """
    return date_format(localtime(at), "DATETIME_FORMAT") if at else "—"


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
