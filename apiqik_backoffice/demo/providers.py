"""Stand-ins for providers: some addresses bounce, some only the first time.

What they accept goes to the outbox folder if that is where messages go, and nowhere
otherwise: the demo world never reaches a real provider.
"""

import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.conf import settings

from common.messaging import Config, Message, Provider, Submission, Verdict, configured
from common.messaging.text_files import TextFiles
from notices.models import Channel

OF_A_HUNDRED_BOUNCE = 3
OF_A_HUNDRED_COME_LATE = 6


class StandIn(Provider):
    """Answers by the address alone, so that every load gives the same history. Option
    `outbox` names the provider that takes what is accepted, if it reaches nobody."""

    is_toy = True

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self.seen: set[str] = set()
        self.outbox: Provider | None = config.options["outbox"]

    def send(self, batch: Sequence[Message]) -> list[Submission]:
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

    def _verdict(self, message: Message) -> Verdict:
        lot = zlib.crc32(message.address.encode()) % 100
        if lot < OF_A_HUNDRED_BOUNCE:
            return Verdict.REJECTED_FOR_GOOD
        if lot < OF_A_HUNDRED_BOUNCE + OF_A_HUNDRED_COME_LATE and message.address not in self.seen:
            return Verdict.REJECTED_FOR_NOW
        return Verdict.ACCEPTED

    def _refusal(self, message: Message) -> Submission:
        lot = zlib.crc32(message.address.encode()) % 100
        if lot < OF_A_HUNDRED_BOUNCE:
            verdict, answer = Verdict.REJECTED_FOR_GOOD, {"code": 550, "detail": "no such address"}
        else:
            verdict, answer = Verdict.REJECTED_FOR_NOW, {"code": 451, "detail": "try again later"}
        return Submission(reference=message.reference, verdict=verdict, answer=answer)


@contextmanager
def standing_in() -> Iterator[None]:
    """While it lasts, deliveries go to the stand-ins."""
    mails = configured.preferred(Channel.EMAIL)
    texts = configured.preferred(Channel.SMS)
    to_files = settings.EMAIL_BACKEND == "django.core.mail.backends.filebased.EmailBackend"
    outboxes = {
        "demo-mail": (Channel.EMAIL.value, mails if to_files else None),
        "demo-sms": (Channel.SMS.value, texts if isinstance(texts, TextFiles) else None),
    }
    with configured.replaced(
        {
            name: {"class": StandIn, "channel": channel, "options": {"outbox": outbox}}
            for name, (channel, outbox) in outboxes.items()
        }
    ):
        yield
