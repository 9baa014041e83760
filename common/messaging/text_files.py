"""Text messages as lines of JSON in a folder, one file a day: what `make run` uses."""

import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from common.messaging.providers import Message, Provider, Submission, Verdict


class TextFiles(Provider):
    """Option `folder`. The back office shows what is in it (`apiqik_backoffice.desk.outbox`)."""

    is_toy = True

    @property
    def folder(self) -> Path:
        return Path(self.config.options["folder"])

    def send(self, batch: Sequence[Message]) -> list[Submission]:
        # The file's own clock: this is a stand-in for the network, not a record.
        moment = datetime.now(UTC)
        lines = "".join(_line(message, moment) for message in batch)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            path = self.folder / f"{moment:%Y-%m-%d}.jsonl"
            # One append-mode write, so that two workers' lines never mix.
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                os.write(descriptor, lines.encode())
            finally:
                os.close(descriptor)
        except OSError as error:
            answer = {"error": error.strerror or type(error).__name__}
            return [_said(message, Verdict.REJECTED_FOR_NOW, answer) for message in batch]
        return [_said(message, Verdict.ACCEPTED, {"file": path.name}) for message in batch]


def _line(message: Message, moment: datetime) -> str:
    values = {
        "sent_at": moment.isoformat(),
        "to": message.address,
        "text": message.body,
        "template": message.template,
        "reference": message.reference,
        "params": dict(message.params),
    }
    return json.dumps(values, ensure_ascii=False) + "\n"


def _said(message: Message, verdict: Verdict, answer: dict[str, Any]) -> Submission:
    return Submission(
        reference=message.reference,
        verdict=verdict,
        provider_reference=message.reference if verdict is Verdict.ACCEPTED else "",
        answer=answer,
    )
