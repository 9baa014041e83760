"""What the frame of the customer's pages shows of the signed-in person, and clause links."""

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.consent import TERMS
from accounts.models import Account, User
from accounts.phone_numbers import mask_phone
from accounts.querysets import AccountQuerySet

register = template.Library()


@register.simple_tag
def accounts_of(user: User) -> AccountQuerySet:
    """The accounts `user` can switch between, by name."""
    return Account.objects.of(user).order_by("name")


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
