"""The count of unread messages, in the frame of every page."""

from django import template

from accounts.models import User
from notices.models import Notice

register = template.Library()


@register.simple_tag
def unread_count(user: User) -> int:
    """Unread messages of `user`."""
    return Notice.objects.of(user).unread().count()
