"""What the frame of the customer's pages shows of the signed-in person, and clause links."""

from datetime import datetime
from typing import Any

from django import template
from django.urls import reverse
from django.utils import dateformat
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.consent import TERMS
from accounts.limits import in_words
from accounts.models import Account, Clause, User
from accounts.phone_numbers import mask_phone
from accounts.querysets import AccountQuerySet
from accounts.roles import May, accounts_where
from common.languages import listed

register = template.Library()


@register.simple_tag
def accounts_of(user: User) -> AccountQuerySet:
    """The accounts `user` can switch between, by name."""
    return Account.objects.of(user).order_by("name")


def tab_address(name: str, *, user: User, account: object, act: May) -> str:
    """Where the tab of the page `name` leads: to that of the account at hand, if the person
    may `act` in it, else to all of theirs; nowhere for somebody who may in none."""
    having = accounts_where(user, act)
    if isinstance(account, Account) and account.pk in having:
        return reverse(name, args=[account.public_id])
    return reverse(name) if having else ""


@register.simple_tag
def clause_link(clause: str, document: str = "", version: int | None = None) -> SafeString:
    """A link to a clause's own words. Nothing for an empty number."""
    if not clause:
        return SafeString("")
    where = (
        reverse("agreement_version", args=[document, version])
        if document and version
        else reverse("agreement", args=[TERMS])
    )
    return format_html(
        '<a href="{}#{}">{}</a>', where, clause, _("clause %(number)s") % {"number": clause}
    )


# As people of each language write them; Django's own English says "midnight".
MOMENTS = {"zh-hans": "Y年n月j日 H:i", "en": "j F Y, H:i"}
DAYS = {"zh-hans": "n月j日", "en": "j M"}


@register.simple_tag
def moment(at: datetime | None) -> SafeString:
    """A moment to the minute, in the reader's time zone."""
    return _time(at, MOMENTS)


@register.simple_tag
def day(at: datetime | None) -> SafeString:
    """The day of a moment, without its year, in the reader's time zone."""
    return _time(at, DAYS)


def _time(at: datetime | None, formats: dict[str, str]) -> SafeString:
    if at is None:
        return SafeString("")
    local = localtime(at)
    shown = dateformat.format(local, formats.get(get_language() or "", formats["en"]))
    return format_html('<time datetime="{}">{}</time>', local.isoformat(timespec="minutes"), shown)


@register.filter(name="listed")
def as_list(items: list[Any]) -> str:
    """`one, two`, with the comma of the page's language."""
    return listed(items)


register.filter("limits_in_words", in_words)


@register.filter
def masked_phone(phone: str) -> str:
    """As `138****5678`."""
    return mask_phone(phone)


# What a browser calls itself, most telling first: Edge and Opera also say Chrome.
BROWSERS = [
    ("MicroMessenger", "WeChat"),
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
]
SYSTEMS = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
]


@register.filter
def browser(user_agent: str) -> str:
    """`Chrome · Windows`, or the beginning of what it says when neither is known."""
    known = [
        next((name for mark, name in marks if mark in user_agent), "")
        for marks in (BROWSERS, SYSTEMS)
    ]
    return " · ".join(filter(None, known)) or user_agent[:60]


@register.simple_tag
def reason_of(thing: Any) -> str:
    """What customers read as the reason of a change or denial, in the page's language."""
    reason: str = thing.reason_in(None)
    return reason


@register.filter
def is_severed(clause: Clause) -> bool:
    """Whether the clause was found invalid (14.2); its severance is loaded along."""
    return hasattr(clause, "severance")


@register.filter
def paragraphs(body: str) -> list[str]:
    """The paragraphs of a clause."""
    return [one.strip() for one in body.split("\n") if one.strip()]


@register.filter
def shown_number(clause: Clause) -> str:
    """An item is read inside its clause, so its letter is enough."""
    letter = clause.number.rfind("(")
    return clause.number[letter:] if clause.level == Clause.Level.ITEM else clause.number


@register.simple_tag(takes_context=True)
def login_providers(context: dict[str, Any]) -> list[Any]:
    """The providers by which one may sign in, once they are connected."""
    from accounts.pages import connected_logins  # whose pages this tag is for

    return list(connected_logins.configured(context.get("request")))
