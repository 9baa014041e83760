"""How values look in lists and on pages: states as pills, numbers to the right."""

from decimal import Decimal

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString

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
