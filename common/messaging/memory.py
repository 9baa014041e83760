"""Messages kept in a list of this process, as Django's `locmem` does for e-mail."""

from collections.abc import Sequence
from typing import ClassVar

from common.messaging.providers import Message, Provider, Submission, Verdict


class Memory(Provider):
    """What was sent stands in `outbox`, which all of them share."""

    is_toy = True
    outbox: ClassVar[list[Message]] = []

    def send(self, batch: Sequence[Message]) -> list[Submission]:
        self.outbox.extend(batch)
        return [
            Submission(
                reference=message.reference,
                verdict=Verdict.ACCEPTED,
                provider_reference=message.reference,
            )
            for message in batch
        ]
