"""Text messages as JSON to a gateway of your own: `SMS_URL=https://token@host/path`.

One POST per message with `{"to", "text", "template", "params", "reference"}` and the
token as a bearer. The gateway answers 2xx with `{"reference": …}` once it has taken the
message, 4xx for one it never will, 429 or 503 to be asked again. A line that breaks or a
gateway that is slow leaves it open whether the message was taken, and so does any other
answer: that is ambiguous, and nothing here tries twice.
"""

import json
import urllib.error
import urllib.request
from collections.abc import Sequence
from typing import Any

from common.messaging.one_by_one import send_each
from common.messaging.providers import Message, Provider, Submission, Verdict

TIMEOUT_SECONDS = 20
# A refusal long enough to say why, short enough to keep.
MOST_KEPT = 4096
ASK_AGAIN = (429, 503)


class HttpGateway(Provider):
    """Option `url`; the first secret is the token."""

    def send(self, batch: Sequence[Message]) -> list[Submission]:
        return send_each(batch, self._send_one)

    def _send_one(self, message: Message) -> Submission:
        request = urllib.request.Request(  # noqa: S310 -- the settings are refused for others
            self.config.options["url"],
            data=json.dumps(
                {
                    "to": message.address,
                    "text": message.body,
                    "template": message.template,
                    "params": dict(message.params),
                    "reference": message.reference,
                }
            ).encode(),
            headers={
                "Content-Type": "application/json",
                "Authorization": f"Bearer {next(iter(self.config.secrets), '')}",
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:  # noqa: S310
                answer = _parse(response.read(MOST_KEPT))
        except urllib.error.HTTPError as error:
            answer = {"status": error.code, **_parse(error.read(MOST_KEPT))}
            return self._answer(message, _verdict_of(error.code), answer)
        except urllib.error.URLError as error:
            refused = isinstance(error.reason, ConnectionRefusedError)
            verdict = Verdict.REJECTED_FOR_NOW if refused else Verdict.AMBIGUOUS
            return self._answer(message, verdict, {"error": str(error.reason)[:500]})
        except OSError as error:
            return self._answer(message, Verdict.AMBIGUOUS, {"error": type(error).__name__})
        return self._answer(message, Verdict.ACCEPTED, answer)

    @staticmethod
    def _answer(message: Message, verdict: Verdict, answer: dict[str, Any]) -> Submission:
        return Submission(
            reference=message.reference,
            verdict=verdict,
            provider_reference=str(answer.get("reference", ""))[:200],
            answer=answer,
        )


def _verdict_of(status: int) -> Verdict:
    if status in ASK_AGAIN:
        return Verdict.REJECTED_FOR_NOW
    return Verdict.REJECTED_FOR_GOOD if 400 <= status < 500 else Verdict.AMBIGUOUS


def _parse(raw: bytes) -> dict[str, Any]:
    """The gateway's answer as a record that PostgreSQL can keep."""
    try:
        answer = json.loads(raw)
    except ValueError:
        return {"answer": raw.decode(errors="replace").replace("\x00", "")}
    return answer if isinstance(answer, dict) else {"answer": answer}
