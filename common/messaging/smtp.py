"""E-mail to a mail server of one's own, over one line that stays open between batches.

    {"class": "common.messaging.smtp.Smtp", "channel": "email", "secrets": ["new", "old"],
     "options": {"host": "mail.example.com", "port": 587, "security": "tls", "user": "notices",
                 "bounces": "bounces@example.com"}}

`security` is tls (STARTTLS), ssl or empty. With `bounces` the envelope's sender is
`bounces+<attempt>-<key>@example.com`, so what comes back says what it is about and proves that
we sent it (`common.messaging.bounces`); the same key stands in a header. `mailbox` names where
bounces are fetched (`common.messaging.mailboxes`).
"""

import os
import smtplib
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from threading import Lock
from time import monotonic
from typing import Any

from django.conf import settings

from common.messaging import bounces, mailboxes
from common.messaging.mail import mail_address, mail_bytes, message_id, sender_address
from common.messaging.mail_lines import Envelope, MailLine, Reply
from common.messaging.one_by_one import BATCH_SECONDS, failed, not_tried
from common.messaging.providers import (
    Config,
    Message,
    NotGenuine,
    Posted,
    Provider,
    Receipt,
    Submission,
    Verdict,
)


class Smtp(Provider):
    most_at_once = 500

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self._turn = Lock()  # threads of a web server share this object
        self._process = 0
        self._line = self._new_line()

    def _new_line(self) -> MailLine:
        options = self.config.options
        return MailLine(
            host=options.get("host", "localhost"),
            port=int(options.get("port", 25)),
            security=options.get("security", ""),
            user=options.get("user", ""),
            passwords=self.config.secrets,
        )

    def send(self, batch: Sequence[Message]) -> list[Submission]:
        """A line that breaks leaves the message on it in doubt, and those behind it untried."""
        until = monotonic() + BATCH_SECONDS
        answers: dict[str, Submission] = {}
        sendable: list[tuple[Message, Envelope]] = []
        for message in batch:
            try:
                sendable.append((message, self._envelope(message)))
            except (ValueError, UnicodeError) as error:
                answers[message.reference] = failed(message, Verdict.REJECTED_FOR_GOOD, error)
        with self._turn:
            self._answer_each(sendable, answers, until)
        return [answers.get(message.reference) or not_tried(message.reference) for message in batch]

    def _answer_each(
        self,
        sendable: Sequence[tuple[Message, Envelope]],
        answers: dict[str, Submission],
        until: float,
    ) -> None:
        """Over as many lines as it takes, for servers that hang up after so many messages; but
        a line on which nothing went is the last."""
        left = list(sendable)
        while left and monotonic() <= until:
            try:
                self._line_of_this_process().ready()
            except (OSError, smtplib.SMTPException) as error:
                for message, _envelope in left:
                    answers[message.reference] = failed(message, Verdict.REJECTED_FOR_NOW, error)
                return
            replies = self._line.hand_over([envelope for _m, envelope in left], until=until)
            for (message, _envelope), reply in zip(left, replies, strict=False):
                answers[message.reference] = _submission(message, reply)
            left = left[len(replies) :]
            if not replies or replies[-1].in_doubt:
                return

    def close(self) -> None:
        self._line.close()

    def _line_of_this_process(self) -> MailLine:
        """A line is not shared with the process this one was forked from."""
        if self._process != os.getpid():
            self._line.close()
            self._process, self._line = os.getpid(), self._new_line()
        return self._line

    def _envelope(self, message: Message) -> Envelope:
        """Raises `ValueError` for an address that no server takes."""
        returns_to: str = self.config.options.get("bounces", "")
        sender = sender_address(settings.DEFAULT_FROM_EMAIL)
        key = bounces.key_of(message.reference)
        build: Callable[[], bytes] = partial(
            mail_bytes, message, headers={bounces.HEADER: f"{message.reference} {key}"}
        )
        return Envelope(
            sender=bounces.return_path(returns_to, message.reference, key) or sender,
            recipient=mail_address(message.address),
            build=build,
        )

    def verify(self, posted: Posted) -> None:
        """What came back proves itself: by the key that only we could put into it."""
        bounces.demand_ours(posted.body)

    def parse_receipts(self, posted: Posted) -> list[Receipt]:
        return bounces.receipts(posted.body)

    def collect(self, take: Callable[[Posted], None]) -> int:
        """Fetches bounces from `mailbox`, if there is one."""
        named: dict[str, Any] = self.config.options.get("mailbox", {})
        if not named:
            return 0

        def take_one(raw: bytes) -> None:
            with suppress(NotGenuine):  # read, and not about our messages
                take(Posted(body=raw))

        return mailboxes.read(named, self.config.secrets, take_one)


def _submission(message: Message, reply: Reply) -> Submission:
    answer: dict[str, Any] = {"code": reply.code, "reply": reply.text}
    if reply.error:
        answer = {"error": reply.error, "detail": reply.text[:500]}
    taken = 200 <= reply.code < 300
    return Submission(
        reference=message.reference,
        verdict=_verdict(reply),
        provider_reference=message_id(message.reference) if taken else "",
        answer=answer,
    )


def _verdict(reply: Reply) -> Verdict:
    """5xx is final, anything else may pass later (RFC 5321, 4.2.1)."""
    if reply.in_doubt:
        return Verdict.AMBIGUOUS
    if 200 <= reply.code < 300:
        return Verdict.ACCEPTED
    return Verdict.REJECTED_FOR_GOOD if 500 <= reply.code < 600 else Verdict.REJECTED_FOR_NOW
