"""The count of unread messages, in the frame of every page."""

from django import template

from accounts.models import User
from notices import inbox

register = template.Library()


@register.simple_tag
def unread_count(user: User) -> int:
    """Unread messages of `user`."""
    return inbox.unread(user)
