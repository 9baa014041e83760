"""How a batch of deliveries leaves the house: e-mail over SMTP, SMS by its transport.

A channel takes what is to be sent and answers for each message. It touches no database,
so the caller can hold none while a provider is slow.
"""

import smtplib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import parseaddr
from time import monotonic
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMultiAlternatives, get_connection

from common.sms import Submission, TextMessage, Verdict, get_transport
from notices.letter import compose, html_language
from notices.models import Channel

# A batch begins no message after this long, so that its answers are written while its
# claim stands (`notices.delivering.LEASE`) and its task runs, however slow a provider is.
BATCH_SECONDS = 45
SMS_AT_ONCE = 3


@dataclass(frozen=True)
class Outgoing:
    """One message: `reference` is the attempt's UUID, `language` the text's."""

    reference: str
    address: str
    subject: str
    body: str
    template: str
    language: str = "zh-hans"


class Sender(ABC):
    """Sends for one channel. `provider` names it in the record."""

    provider: str

    @abstractmethod
    def send(self, batch: Sequence[Outgoing]) -> list[Submission]:
        """One answer per message, in order. Never raises for a provider's failure."""


class EmailSender(Sender):
    """Django's e-mail backend of `EMAIL_URL`, one connection for the whole batch."""

    provider = "smtp"

    def send(self, batch: Sequence[Outgoing]) -> list[Submission]:
        try:
            # Of files: to open is to make their folder.
            connection = get_connection()
            connection.open()
        except (OSError, smtplib.SMTPException, ImproperlyConfigured) as error:
            return [self._answer(message, Verdict.REJECTED_FOR_NOW, error) for message in batch]
        try:
            return self._send_each(connection, batch)
        finally:
            connection.close()

    def _send_each(self, connection: Any, batch: Sequence[Outgoing]) -> list[Submission]:
        """One after the other. A line that breaks leaves the message on it in doubt; the
        ones behind it are not tried, or each would wait for its own time-out. Nor are
        those a slow server leaves no time for."""
        answers: list[Submission] = []
        until = monotonic() + BATCH_SECONDS
        for message in batch:
            if (answers and answers[-1].verdict is Verdict.AMBIGUOUS) or monotonic() > until:
                break
            answers.append(self._send_one(connection, message))
        untried = ConnectionError("the line broke, or time was up, before this message")
        return answers + [
            self._answer(message, Verdict.REJECTED_FOR_NOW, untried)
            for message in batch[len(answers) :]
        ]

    def _send_one(self, connection: Any, message: Outgoing) -> Submission:
        domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].partition("@")[2] or "localhost"
        letter = compose(subject=message.subject, body=message.body, language=message.language)
        email = EmailMultiAlternatives(
            # One line, as it is kept; a break would be a header of its own.
            subject=" ".join(message.subject.split()),
            body=letter.text,
            to=[message.address],
            headers={
                "Message-ID": f"<{message.reference}@{domain}>",
                "Auto-Submitted": "auto-generated",  # RFC 3834: no holiday replies to it
                "Content-Language": html_language(message.language),
            },
        )
        email.attach_alternative(letter.html, "text/html")
        try:
            connection.send_messages([email])
        except smtplib.SMTPRecipientsRefused as error:
            code = next(iter(error.recipients.values()))[0]
            return self._answer(message, _verdict_of(code), error)
        except smtplib.SMTPResponseException as error:
            return self._answer(message, _verdict_of(error.smtp_code), error)
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            # The line broke with the message on it: it may have been taken.
            connection.connection = None
            return self._answer(message, Verdict.AMBIGUOUS, error)
        except (smtplib.SMTPException, ValueError) as error:
            return self._answer(message, Verdict.REJECTED_FOR_GOOD, error)
        return Submission(
            reference=message.reference,
            verdict=Verdict.ACCEPTED,
            provider_reference=f"{message.reference}@{domain}",
            answer=letter.proof(),
        )

    @staticmethod
    def _answer(message: Outgoing, verdict: Verdict, error: Exception) -> Submission:
        return Submission(
            reference=message.reference,
            verdict=verdict,
            answer={"error": type(error).__name__, "detail": str(error)[:500]},
        )


def _verdict_of(code: int) -> Verdict:
    """SMTP: 5xx is final, anything else may pass later (RFC 5321, 4.2.1)."""
    return Verdict.REJECTED_FOR_GOOD if 500 <= code < 600 else Verdict.REJECTED_FOR_NOW


def _not_tried(message: Outgoing) -> Submission:
    return Submission(
        reference=message.reference,
        verdict=Verdict.REJECTED_FOR_NOW,
        answer={"error": "NotTried", "detail": "time was up before this message"},
    )


class SmsSender(Sender):
    """The transport of `SMS_URL`."""

    def __init__(self) -> None:
        self.transport = get_transport()
        self.provider = self.transport.name

    def send(self, batch: Sequence[Outgoing]) -> list[Submission]:
        until = monotonic() + BATCH_SECONDS
        answers: list[Submission] = []
        for first in range(0, len(batch), SMS_AT_ONCE):
            some = batch[first : first + SMS_AT_ONCE]
            in_time = monotonic() <= until
            answers += self._send_some(some) if in_time else map(_not_tried, some)
        return answers

    def _send_some(self, some: Sequence[Outgoing]) -> list[Submission]:
        return self.transport.send(
            [
                TextMessage(
                    to=message.address,
                    text=message.body,
                    template=message.template,
                    reference=message.reference,
                )
                for message in some
            ]
        )


SENDERS: dict[str, type[Sender]] = {
    Channel.EMAIL.value: EmailSender,
    Channel.SMS.value: SmsSender,
}
