"""Amounts and links on the customer's pages of money."""

from datetime import date
from decimal import Decimal, localcontext

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils import dateformat
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from accounts.models import Account, User
from accounts.roles import May
from accounts.templatetags.customer import DAYS, tab_address
from billing.money import PER_FEN, shown, yuan_of

register = template.Library()

NO_BREAK = "\u00a0"
MINUS = "\u2212"


def _signed(text: str) -> str:
    """With its currency sign before the digits and never broken over two lines."""
    sign, digits = (MINUS, text[1:]) if text.startswith("-") else ("", text)
    return f"{sign}¥{NO_BREAK}{digits}"


@register.filter
def yuan(micro: int) -> SafeString:
    """`¥ 1,280.504`: the exact amount."""
    return format_html('<span class="money">{}</span>', _signed(shown(micro)))


@register.filter
def fen(micro: int) -> SafeString:
    """`¥ 1,280.50`: whole fen, never more than there is."""
    return yuan(micro // PER_FEN * PER_FEN)


@register.filter
def moved(micro: int) -> SafeString:
    """`+ ¥ 50.00` or `− ¥ 50.00`."""
    text = _signed(shown(micro))
    return format_html('<span class="money">{}{}</span>', "+" if micro > 0 else "", text)


def plain_yuan(micro: int) -> str:
    """`1280.50`, as it is written into a form."""
    text = f"{yuan_of(micro):.6f}".rstrip("0")
    whole, _point, decimals = text.partition(".")
    return f"{whole}.{decimals.ljust(2, '0')}"


@register.filter
def exact_yuan(exact: Decimal) -> SafeString:
    """A rated amount, exact decimals of a micro-yuan, in yuan with all its digits."""
    return format_html('<span class="money">{}</span>', _signed(exact_text(exact)))


def exact_text(exact: Decimal) -> str:
    """Exact micro-yuan in yuan: at least two decimals, none at the end that says nothing."""
    with localcontext() as context:
        context.prec = 60
        value = exact.scaleb(-6)
    decimals = max(2, len(f"{value:f}".partition(".")[2].rstrip("0")))
    return number_format(value, decimals, use_l10n=True, force_grouping=True)


@register.filter
def in_groups(number: int) -> str:
    """`12,345`."""
    return number_format(number, force_grouping=True)


@register.filter
def short_day(day: date) -> str:
    """`3 Nov` or `11月3日`."""
    return dateformat.format(day, DAYS.get(get_language() or "", DAYS["en"]))


@register.filter
def is_whole_fen(micro: int) -> bool:
    return micro % PER_FEN == 0


@register.simple_tag
def page_of(name: str, account: Account) -> str:
    """The address of an account's page called `name`; nothing where there is none yet."""
    try:
        return reverse(name, args=[account.public_id])
    except NoReverseMatch:
        return ""


@register.simple_tag
def money_address(user: User, account: Account | None) -> str:
    """Where the tab “Money” leads, for those whose role sees money."""
    return tab_address("money", user=user, account=account, act=May.SEE_MONEY)
