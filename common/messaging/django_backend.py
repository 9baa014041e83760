"""E-mail through the backend of Django that `EMAIL_URL` names, one connection for a batch."""

import smtplib
from collections.abc import Sequence
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMultiAlternatives, get_connection

from common.languages import html_language
from common.messaging.one_by_one import failed, send_each
from common.messaging.providers import Message, Provider, Submission, Verdict


class DjangoBackend(Provider):
    def send(self, batch: Sequence[Message]) -> list[Submission]:
        try:
            # Of files: to open is to make their folder.
            connection = get_connection()
            connection.open()
        except (OSError, smtplib.SMTPException, ImproperlyConfigured) as error:
            return [failed(message, Verdict.REJECTED_FOR_NOW, error) for message in batch]
        try:
            return send_each(batch, lambda message: _send_one(connection, message))
        finally:
            connection.close()


def message_id(reference: str) -> str:
    """`attempt@domain`, the same for each try of one attempt."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].partition("@")[2] or "localhost"
    return f"{reference}@{domain}"


def _send_one(connection: Any, message: Message) -> Submission:
    try:
        connection.send_messages([_email(message)])
    except smtplib.SMTPRecipientsRefused as error:
        code = next(iter(error.recipients.values()))[0]
        return failed(message, verdict_of(code), error)
    except smtplib.SMTPResponseException as error:
        return failed(message, verdict_of(error.smtp_code), error)
    except (smtplib.SMTPServerDisconnected, OSError) as error:
        # The line broke with the message on it: it may have been taken.
        connection.connection = None
        return failed(message, Verdict.AMBIGUOUS, error)
    except (smtplib.SMTPException, ValueError) as error:
        return failed(message, Verdict.REJECTED_FOR_GOOD, error)
    return Submission(
        reference=message.reference,
        verdict=Verdict.ACCEPTED,
        provider_reference=message_id(message.reference),
    )


def _email(message: Message) -> EmailMultiAlternatives:
    email = EmailMultiAlternatives(
        # One line, as it is kept; a break would be a header of its own.
        subject=" ".join(message.subject.split()),
        body=message.body,
        to=[message.address],
        headers={
            "Message-ID": f"<{message_id(message.reference)}>",
            "Auto-Submitted": "auto-generated",  # RFC 3834: no holiday replies to it
            "Content-Language": html_language(message.language),
        },
    )
    if message.html:
        email.attach_alternative(message.html, "text/html")
    return email


def verdict_of(code: int) -> Verdict:
    """SMTP: 5xx is final, anything else may pass later (RFC 5321, 4.2.1)."""
    return Verdict.REJECTED_FOR_GOOD if 500 <= code < 600 else Verdict.REJECTED_FOR_NOW
