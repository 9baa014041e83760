"""Text messages as JSON to a gateway of your own: `SMS_URL=https://token@host/path`.

One POST per message with `{"to", "text", "template", "params", "reference"}` and the
token as a bearer. The gateway answers 2xx with `{"reference": …}` once it has taken the
message, 4xx for one it never will, 429 or 503 to be asked again. A line that breaks or a
gateway that is slow leaves it open whether the message was taken, and so does any other
answer: that is ambiguous, and nothing here tries twice.

    {"class": "common.messaging.http_gateway.HttpGateway", "channel": "sms",
     "secrets": ["new", "old"],
     "options": {"url": "https://host/send", "query_url": "https://host/messages"}}

Receipts come as `{"receipts": [{"id", "reference", "state", "at", …}]}` with a header
`X-Signature: t=<seconds>,v1=<HMAC-SHA256 of "<seconds>.<body>">`. A gateway that is asked (GET
`query_url?reference=…`) says `{"known": false}` only when it never took the message.
"""

import hmac
import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from common.messaging.one_by_one import send_each
from common.messaging.providers import (
    Answer,
    Asked,
    CannotAsk,
    Config,
    Message,
    NotGenuine,
    Posted,
    Provider,
    Receipt,
    ReceiptState,
    Submission,
    Verdict,
)

TIMEOUT_SECONDS = 20
# A refusal long enough to say why, short enough to keep.
MOST_KEPT = 4096
ASK_AGAIN = (429, 503)
UNAUTHORIZED = 401
SIGNATURE = "x-signature"
SIGNED = re.compile(r"t=([0-9]{1,12}),v1=([0-9a-f]{64})")
# How old a signature may be: receipts that come again are signed anew.
FRESH_SECONDS = 300


class HttpGateway(Provider):
    kept_headers = (SIGNATURE,)
    receipts_answer = ("{}", "application/json")

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self.can_be_asked = "query_url" in config.options

    def send(self, batch: Sequence[Message]) -> list[Submission]:
        return send_each(batch, self._send_one)

    def _send_one(self, message: Message) -> Submission:
        body = json.dumps(
            {
                "to": message.address,
                "text": message.body,
                "template": message.provider_template or message.template,
                "params": dict(message.params),
                "reference": message.reference,
            }
        ).encode()
        try:
            answer = self._opened(self.config.options["url"], body)
        except urllib.error.HTTPError as error:
            with error:
                answer = {"status": error.code, **_parse(error.read(MOST_KEPT))}
            return _answer(message, _verdict_of(error.code), answer)
        except urllib.error.URLError as error:
            refused = isinstance(error.reason, ConnectionRefusedError)
            verdict = Verdict.REJECTED_FOR_NOW if refused else Verdict.AMBIGUOUS
            return _answer(message, verdict, {"error": str(error.reason)[:500]})
        except OSError as error:
            return _answer(message, Verdict.AMBIGUOUS, {"error": type(error).__name__})
        return _answer(message, Verdict.ACCEPTED, answer)

    def _opened(self, url: str, body: bytes | None = None) -> dict[str, Any]:
        """The answer to a request with the new token, or with the old one while the gateway
        does not know the new. Raises what `urlopen` raises."""
        tokens = self.config.secrets or [""]
        for number, token in enumerate(tokens, 1):
            headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
            request = urllib.request.Request(url, data=body, headers=headers)  # noqa: S310
            try:
                with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:  # noqa: S310
                    return _parse(response.read(MOST_KEPT))
            except urllib.error.HTTPError as error:
                if error.code != UNAUTHORIZED or number == len(tokens):
                    raise
                error.close()
        raise AssertionError("there is a token, be it an empty one")

    def verify(self, posted: Posted) -> None:
        found = SIGNED.fullmatch(posted.headers.get(SIGNATURE, ""))
        if found is None or not self.config.secrets:
            raise NotGenuine("The receipts are not signed.")
        # The network's clock, as signatures of messages have it; no record is made of it.
        if abs(time.time() - int(found[1])) > FRESH_SECONDS:
            raise NotGenuine("The signature is too old.")
        right = (signature(secret, found[1], posted.body) for secret in self.config.secrets)
        if not any(hmac.compare_digest(one, found[2]) for one in right):
            raise NotGenuine("The signature is wrong.")

    def parse_receipts(self, posted: Posted) -> list[Receipt]:
        try:
            return [_receipt(said) for said in json.loads(posted.body)["receipts"]]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise NotGenuine("These are no receipts.") from error

    def query(self, asked: Asked) -> Answer:
        if not self.can_be_asked:
            raise CannotAsk("This gateway cannot be asked.")
        query = urlencode({"reference": asked.reference, "to": asked.address})
        try:
            said = self._opened(f"{self.config.options['query_url']}?{query}")
            receipt = _receipt(said["receipt"]) if said.get("receipt") else None
            known = said["known"]
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise CannotAsk(f"The gateway does not say: {type(error).__name__}") from error
        if known not in (True, False):
            raise CannotAsk("The gateway says neither that it knows it nor that it does not.")
        return Answer(reference=asked.reference, known=known, receipt=receipt, raw=said)


def signature(secret: str, seconds: str, body: bytes) -> str:
    """What stands after `v1=` in the header."""
    return hmac.new(secret.encode(), seconds.encode() + b"." + body, sha256).hexdigest()


def _receipt(said: Mapping[str, Any]) -> Receipt:
    at = datetime.fromisoformat(said["at"]) if said.get("at") else None
    return Receipt(
        key=_clean(said["id"]),
        state=ReceiptState(said["state"]),
        reference=_clean(said.get("reference") or ""),
        provider_reference=_clean(said.get("provider_reference") or ""),
        address=_clean(said.get("address") or ""),
        at=at if at and at.tzinfo else None,
        detail={"detail": _clean(said["detail"])} if said.get("detail") else {},
    )


def _clean(value: Any) -> str:
    return str(value).encode(errors="replace").decode().replace("\x00", "")[:200]


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
        answer = json.loads(raw.replace(b"\\u0000", b""))
    except ValueError:
        return {"answer": raw.decode(errors="replace").replace("\x00", "")}
    return answer if isinstance(answer, dict) else {"answer": answer}
