"""What the customer's pages show of leaving."""

from django import template
from django.urls import reverse

from accounts import leaving
from accounts.models import Account, Closing, User

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
