"""Messages as lines of JSON in a folder, one file a day: what `make run` uses."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote

from common.sms.transports.base import Submission, TextMessage, Transport, Verdict


class FileTransport(Transport):
    name = "file"

    @property
    def folder(self) -> Path:
        return Path(unquote(self.address.path))

    def send(self, messages: Sequence[TextMessage]) -> list[Submission]:
        # The file's own clock: this is a stand-in for the network, not a record.
        moment = datetime.now(UTC)
        lines = "".join(
            json.dumps({"sent_at": moment.isoformat(), **asdict(message)}, ensure_ascii=False)
            + "\n"
            for message in messages
        )
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
            return [
                Submission(
                    reference=message.reference,
                    verdict=Verdict.REJECTED_FOR_NOW,
                    answer=answer,
                )
                for message in messages
            ]
        return [
            Submission(
                reference=message.reference,
                verdict=Verdict.ACCEPTED,
                provider_reference=message.reference,
                answer={"file": path.name},
            )
            for message in messages
        ]
