"""What the customer's pages show of leaving, and of deadlines."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts import leaving
from accounts.models import Account, Closing, User
from accounts.templatetags.customer import moment

register = template.Library()


@register.simple_tag
def leaving_of(user: User) -> Closing | None:
    """Their leaving that was asked for and is not over."""
    return leaving.open_closing_of(user)


@register.simple_tag
def exit_of(account: Account) -> str:
    """The page from which the account is closed: a personal one goes with its holder."""
    if account.kind == Account.Kind.ORGANIZATION:
        return reverse("close_account", args=[account.public_id])
    return reverse("leave")


@register.simple_tag
def moment_at(account: Account, at: datetime) -> SafeString:
    """A moment in the time zone of the account, which deadlines go by, and its name."""
    with timezone.override(ZoneInfo(account.time_zone)):
        return format_html("{} ({})", moment(at), account.time_zone)
