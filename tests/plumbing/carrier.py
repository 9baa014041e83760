"""A carrier of text messages as a folder: it takes them, is asked about them, and posts
receipts, for any number of processes. It breaks off in the ways real ones do.

`receipts_of` writes what it would post; `sign` signs it with the shared secret.
"""

import fcntl
import hashlib
import hmac
import json
import os
import signal
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from common.messaging import (
    Answer,
    CannotAsk,
    NotGenuine,
    Posted,
    Provider,
    Receipt,
    ReceiptState,
    Submission,
    Verdict,
)

HEADER = "x-carrier-signature"
SECRET = "new"


def carrier_settings(folder, *, secrets=(SECRET, "old")):
    """The entry of MESSAGE_PROVIDERS."""
    return {
        "class": "tests.plumbing.carrier.Carrier",
        "channel": "sms",
        "secrets": list(secrets),
        "options": {"folder": str(folder)},
    }


class Carrier(Provider):
    """What it took stands in `taken.jsonl`, one line a message.

    A file `kill-after` with a number has the process killed right after so many more were
    taken; `stop` has it stopped after the next batch; `time-out` has a batch taken whose answer
    never comes; `away` cannot be asked; `outcome` holds what became of everything.
    """

    can_be_asked = True
    most_at_once = 10
    kept_headers = (HEADER,)
    receipts_answer = ('{"code": 0}', "application/json")

    @property
    def folder(self):
        return Path(self.config.options["folder"])

    def send(self, batch):
        answers = []
        for message in batch:
            with self._alone():
                with (self.folder / "taken.jsonl").open("a") as taken:
                    line = {"reference": message.reference, "address": message.address}
                    taken.write(json.dumps(line) + "\n")
                last = self._count_down()
            if last:
                os.kill(os.getpid(), signal.SIGKILL)
            lost = (self.folder / "time-out").exists()
            answers.append(
                Submission(
                    reference=message.reference,
                    verdict=Verdict.AMBIGUOUS if lost else Verdict.ACCEPTED,
                    provider_reference="" if lost else their_reference(message.reference),
                )
            )
        if (self.folder / "stop").exists():
            (self.folder / "stop").unlink()
            os.kill(os.getpid(), signal.SIGSTOP)
        return answers

    def verify(self, posted):
        for secret in self.config.secrets:
            if hmac.compare_digest(sign(posted.body, secret), posted.headers.get(HEADER, "")):
                return
        raise NotGenuine("Not signed by the carrier.")

    def parse_receipts(self, posted):
        try:
            return [_receipt(line) for line in json.loads(posted.body)]
        except (ValueError, KeyError, TypeError) as error:
            raise NotGenuine("No receipts.") from error

    def query(self, asked):
        if (self.folder / "away").exists():
            raise CannotAsk("away")
        if asked.reference not in {line["reference"] for line in taken(self.folder)}:
            return Answer(reference=asked.reference, known=False, raw={"found": 0})
        outcome = self.folder / "outcome"
        if not outcome.exists():
            return Answer(reference=asked.reference, known=True, raw={"found": 1})
        line = receipt(asked.reference, outcome.read_text())
        return Answer(reference=asked.reference, known=True, receipt=_receipt(line), raw=line)

    def _count_down(self):
        """Whether this process ends now; the caller is alone."""
        file = self.folder / "kill-after"
        if not file.exists():
            return False
        left = int(file.read_text()) - 1
        if left > 0:
            file.write_text(str(left))
            return False
        file.unlink()
        return True

    @contextmanager
    def _alone(self):
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def taken(folder):
    """What the carrier took, oldest first."""
    file = Path(folder) / "taken.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def their_reference(reference):
    return f"C{reference[:8]}{reference[-8:]}"


def receipt(reference, state, *, key="", at="2027-01-01T00:00:00+00:00", named=True):
    """A line of what it posts; without our reference if not `named`."""
    return {
        "key": key or f"{reference} {state}",
        "state": str(state),
        "reference": reference if named else "",
        "theirs": their_reference(reference),
        "at": at,
    }


def sign(body, secret=SECRET):
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def posted(*lines):
    """Those lines as the carrier posts them."""
    body = json.dumps(lines).encode()
    return Posted(body=body, headers={HEADER: sign(body)})


def _receipt(line):
    return Receipt(
        key=line["key"],
        state=ReceiptState(line["state"]),
        reference=line["reference"],
        provider_reference=line["theirs"],
        at=datetime.fromisoformat(line["at"]),
    )
