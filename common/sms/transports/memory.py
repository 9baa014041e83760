"""Messages kept in a list of this process, as Django's `locmem` does for e-mail."""

from collections.abc import Sequence
from typing import ClassVar

from common.sms.transports.base import Submission, TextMessage, Transport, Verdict


class MemoryTransport(Transport):
    name = "memory"
    outbox: ClassVar[list[TextMessage]] = []

    def send(self, messages: Sequence[TextMessage]) -> list[Submission]:
        self.outbox.extend(messages)
        return [
            Submission(
                reference=message.reference,
                verdict=Verdict.ACCEPTED,
                provider_reference=message.reference,
            )
            for message in messages
        ]
