"""Stand-ins for providers: some addresses bounce, some only the first time.

What they accept goes to the outbox folder if that is where messages go, and nowhere
otherwise: the demo world never reaches a real provider.
"""

import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.conf import settings

from common.sms import Submission, Verdict
from notices.channels import SENDERS, EmailSender, Outgoing, Sender, SmsSender
from notices.models import Channel

OF_A_HUNDRED_BOUNCE = 3
OF_A_HUNDRED_COME_LATE = 6


class StandIn(Sender):
    """Answers by the address alone, so that every load gives the same history."""

    outbox: Sender | None

    def __init__(self) -> None:
        self.seen: set[str] = _SEEN

    def send(self, batch: Sequence[Outgoing]) -> list[Submission]:
        accepted = [message for message in batch if self._verdict(message) is Verdict.ACCEPTED]
        if self.outbox:
            self.outbox.send(accepted)
        taken = {message.reference for message in accepted}
        self.seen.update(message.address for message in batch)
        return [
            Submission(
                reference=message.reference,
                verdict=Verdict.ACCEPTED,
                provider_reference=message.reference,
            )
            if message.reference in taken
            else self._refusal(message)
            for message in batch
        ]

    def _verdict(self, message: Outgoing) -> Verdict:
        lot = zlib.crc32(message.address.encode()) % 100
        if lot < OF_A_HUNDRED_BOUNCE:
            return Verdict.REJECTED_FOR_GOOD
        if lot < OF_A_HUNDRED_BOUNCE + OF_A_HUNDRED_COME_LATE and message.address not in self.seen:
            return Verdict.REJECTED_FOR_NOW
        return Verdict.ACCEPTED

    def _refusal(self, message: Outgoing) -> Submission:
        lot = zlib.crc32(message.address.encode()) % 100
        if lot < OF_A_HUNDRED_BOUNCE:
            verdict, answer = Verdict.REJECTED_FOR_GOOD, {"code": 550, "detail": "no such address"}
        else:
            verdict, answer = Verdict.REJECTED_FOR_NOW, {"code": 451, "detail": "try again later"}
        return Submission(reference=message.reference, verdict=verdict, answer=answer)


_SEEN: set[str] = set()


class EmailStandIn(StandIn):
    provider = "demo-mail"

    def __init__(self) -> None:
        super().__init__()
        to_files = settings.EMAIL_BACKEND == "django.core.mail.backends.filebased.EmailBackend"
        self.outbox = EmailSender() if to_files else None


class SmsStandIn(StandIn):
    provider = "demo-sms"

    def __init__(self) -> None:
        super().__init__()
        self.outbox = SmsSender() if settings.SMS_URL.startswith("file:") else None


@contextmanager
def standing_in() -> Iterator[None]:
    """While it lasts, deliveries go to the stand-ins."""
    real = dict(SENDERS)
    _SEEN.clear()
    SENDERS.update({Channel.EMAIL.value: EmailStandIn, Channel.SMS.value: SmsStandIn})
    try:
        yield
    finally:
        SENDERS.update(real)
