"""Alarms to members of staff, by e-mail: to whoever may act on them and has a verified address."""

from collections.abc import Callable

import structlog
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.utils.translation import override

from accounts.models import User

log = structlog.get_logger(__name__)


def people_to_tell(permission: str) -> list[User]:
    """Active staff who hold `permission` and have a verified address."""
    staff = User.objects.filter(
        is_active=True, is_staff=True, contact_email_verified_at__isnull=False
    ).exclude(contact_email="")
    return [person for person in staff if person.has_perm(permission)]


def send(people: list[User], written: Callable[[User], tuple[str, str]], *, about: str) -> bool:
    """Sends each person what `written` returns for them, subject and text, in their language.

    False when the mail server is away: whoever calls records nothing then, and tries again.
    `about` names the matter in the log.
    """
    messages = []
    for person in people:
        with override(person.language):
            subject, text = written(person)
        # A line break in a title would end the header.
        messages.append(EmailMessage(" ".join(subject.split()), text, to=[person.contact_email]))
    try:
        get_connection().send_messages(messages)
    except OSError as error:
        log.warning("alarm_not_sent", about=about, error=type(error).__name__)
        return False
    return True


def address_of(page: str) -> str:
    """The whole address of a page of the desk, for a letter."""
    site: str = settings.SITE_URL
    return site.rstrip("/") + page
