"""A payment provider without money, for demonstrations and tests.

It keeps its own books in a folder, as a real one has its own database, and talks to us as
real ones do: signed callbacks, an address to pay at, queries, a statement of each day. And it
misbehaves as they do, by `Mischief`. Production refuses to start with it.
"""

import json
import os
import re
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from billing.exceptions import CallbackRefused, ProviderAway
from billing.models import PaymentOrder
from billing.payments.providers import (
    MOST_BYTES,
    Acknowledgement,
    Answer,
    Event,
    Opened,
    Provider,
    StatementLine,
)
from billing.payments.signatures import hmac_sha256, is_signed
from common.clock import local_day

log = structlog.get_logger(__name__)

State = PaymentOrder.State
ORDER_NUMBER = re.compile(r"pay_[0-9a-z]{20}")
TIMEOUT_SECONDS = 5


class Mischief(StrEnum):
    """What goes wrong, each seen with a real provider."""

    NONE = ""
    DUPLICATE = "duplicate"  # the same callback several times
    REORDERED = "reordered"  # “failed” and “pending” arrive after “paid”
    LATE = "late"  # “failed” first, “paid” after it
    LOST = "lost"  # no callback ever
    BAD_SIGNATURE = "bad_signature"
    WRONG_AMOUNT = "wrong_amount"
    WRONG_CURRENCY = "wrong_currency"
    UNKNOWN_ORDER = "unknown_order"
    PAID_TWICE = "paid_twice"
    OUTAGE = "outage"  # the next queries are answered with 503
    DECLINED = "declined"


@dataclass(frozen=True)
class Callback:
    """A request that the provider makes."""

    headers: Mapping[str, str]
    body: bytes


class Loopback(Provider):
    """See the module. `options`: `folder`, where it keeps its books."""

    label = _("Test payment (no money)")
    is_toy = True
    kept_headers = ("x-loopback-timestamp", "x-loopback-signature")
    accepted = Acknowledgement(b'{"code": "SUCCESS"}', "application/json")

    # -- what we ask of a provider -------------------------------------------------------

    def open(self, order: PaymentOrder) -> Opened:
        if not self._path(order.public_id).exists():
            self._keep({"order": order.public_id, "fen": order.fen, "payments": []})
        address = f"{settings.SITE_URL.rstrip('/')}/payments/{self.name}/pay/{order.public_id}/"
        return Opened(url=address, code=address)

    def parse_callback(self, headers: Mapping[str, str], body: bytes) -> Event:
        stamp = headers.get("x-loopback-timestamp", "")
        signature = headers.get("x-loopback-signature", "")
        if not is_signed(_signed(stamp, body), signature, secrets=self.config.secrets):
            raise CallbackRefused("The signature is not the provider's.")
        return _event(_fields(body))

    def query(self, order: PaymentOrder) -> Answer:
        book = self._book(order.public_id)
        if book.get("outage", 0) > 0:
            self._keep(book | {"outage": book["outage"] - 1})
            raise ProviderAway("503 Service Unavailable")
        if not book["payments"]:
            return Answer(raw=b"{}", event=None)
        latest = book["payments"][0]
        fields = latest | {"event_id": f"query:{latest['transaction_id']}:{latest['state']}"}
        raw = _written(fields)
        return Answer(raw=raw, event=_event(fields))

    def statement(self, day: date) -> list[StatementLine]:
        lines = []
        for path in sorted(self._folder.glob("pay_*.json")):
            for payment in json.loads(path.read_text())["payments"]:
                taken = payment["state"] == State.PAID and payment["currency"] == "CNY"
                at = datetime.fromisoformat(payment["success_time"])
                if taken and local_day(at, "Asia/Shanghai") == day:
                    lines.append(
                        StatementLine(
                            order=payment["out_trade_no"],
                            reference=payment["transaction_id"],
                            fen=payment["total"],
                        )
                    )
        return lines

    # -- what its customers do -----------------------------------------------------------

    def pay(
        self, order: str, *, at: datetime, mischief: Mischief = Mischief.NONE
    ) -> list[Callback]:
        """The customer pays; the callbacks that follow, in the order in which they arrive."""
        book = self._book(order)
        number = f"LB{order[4:]}{len(book['payments'])}"
        paid = {
            "out_trade_no": order,
            "transaction_id": number,
            "state": str(State.PAID),
            "total": book["fen"],
            "currency": "CNY",
            "success_time": at.isoformat(),
        }
        if mischief is Mischief.DECLINED:
            paid["state"] = str(State.FAILED)
        if mischief is Mischief.WRONG_AMOUNT:
            paid["total"] = book["fen"] - 1
        if mischief is Mischief.WRONG_CURRENCY:
            paid["currency"] = "USD"
        if mischief is Mischief.UNKNOWN_ORDER:
            paid["out_trade_no"] = f"old-{order[4:]}"
        taken = [paid]
        if mischief is Mischief.PAID_TWICE:
            taken.append(paid | {"transaction_id": f"{number}B"})
        outage = 3 if mischief is Mischief.OUTAGE else 0
        self._keep(book | {"payments": [*book["payments"], *taken], "outage": outage})
        return self._callbacks(taken, mischief)

    def _callbacks(self, taken: Sequence[dict[str, Any]], mischief: Mischief) -> list[Callback]:
        paid = taken[0]
        told = [self.signed(one) for one in taken]
        failed = self.signed(paid | {"state": str(State.FAILED)})
        pending = self.signed(paid | {"state": str(State.PENDING)})
        by_mischief = {
            Mischief.DUPLICATE: told * 5,
            Mischief.REORDERED: [*told, failed, pending],
            Mischief.LATE: [failed, *told],
            Mischief.LOST: [],
            Mischief.OUTAGE: [],
            Mischief.BAD_SIGNATURE: [self.signed(paid, secret="somebody else's")],
        }
        return by_mischief.get(mischief, told)

    def signed(self, payment: Mapping[str, Any], *, secret: str = "") -> Callback:
        """A callback about a payment, signed as the provider does."""
        event_id = f"{payment['transaction_id']}:{payment['state']}"
        body = _written({"event_id": event_id, **payment})
        stamp = str(payment["success_time"])
        signature = hmac_sha256(secret or self.config.secrets[0], _signed(stamp, body))
        return Callback({"x-loopback-timestamp": stamp, "x-loopback-signature": signature}, body)

    # -- its books -----------------------------------------------------------------------

    @property
    def _folder(self) -> Path:
        return Path(self.config.options["folder"])

    def _path(self, order: str) -> Path:
        if not ORDER_NUMBER.fullmatch(order):
            raise ProviderAway("404 Not Found")
        return self._folder / f"{order}.json"

    def _book(self, order: str) -> dict[str, Any]:
        try:
            book: dict[str, Any] = json.loads(self._path(order).read_text())
        except FileNotFoundError:
            raise ProviderAway("404 Not Found") from None
        return book

    def _keep(self, book: Mapping[str, Any]) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._path(book["order"])
        unfinished = path.with_suffix(f".{os.getpid()}")
        unfinished.write_text(json.dumps(book))
        unfinished.replace(path)


def deliver(callbacks: Sequence[Callback], *, address: str) -> int:
    """Posts callbacks over HTTP as the provider would; how many were accepted. One that
    cannot be delivered is lost."""
    accepted = 0
    for one in callbacks:
        request = urllib.request.Request(  # noqa: S310 -- our own address, by the settings
            address,
            data=one.body,
            headers={**one.headers, "Content-Type": "application/json"},
            method="POST",
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS):  # noqa: S310
                accepted += 1
        except (urllib.error.URLError, OSError) as error:
            log.warning("loopback_callback_lost", error=type(error).__name__)
    return accepted


def _signed(stamp: str, body: bytes) -> bytes:
    return stamp.encode() + b"\n" + body + b"\n"


def _written(fields: Mapping[str, Any]) -> bytes:
    return json.dumps(fields, sort_keys=True).encode()


def _fields(body: bytes) -> dict[str, Any]:
    if len(body) > MOST_BYTES:
        raise CallbackRefused("The body is too long.")
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        raise CallbackRefused("The body is no JSON.") from None
    if not isinstance(fields, dict):
        raise CallbackRefused("The body is no JSON object.")
    return fields


def _event(fields: Mapping[str, Any]) -> Event:
    try:
        at = datetime.fromisoformat(fields["success_time"])
        minor = fields["total"]
        if at.tzinfo is None or type(minor) is not int:
            raise ValueError
        return Event(
            id=str(fields["event_id"]),
            order=str(fields["out_trade_no"]),
            state=State(fields["state"]),
            minor=minor,
            currency=str(fields["currency"]),
            reference=str(fields["transaction_id"]),
            at=at,
        )
    except (KeyError, ValueError, TypeError):
        raise CallbackRefused("A field is missing, or not as it should be.") from None
