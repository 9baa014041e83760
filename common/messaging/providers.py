"""The adapter of a provider, for e-mail and SMS alike.

    MESSAGE_PROVIDERS = {"aliyun": {"class": "common.messaging.aliyun.Aliyun", "channel": "sms",
                                    "secrets": ["id:new", "id:old"], "options": {…}}}

`docs/adding-an-sms-provider.md` shows how another one is added.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from common.exceptions import BackOfficeError

# What a receipt may be long at most; batches of real providers are some tens of kilobytes.
MOST_BYTES = 1024 * 1024
# A new secret beside the old one, until the provider uses the new one.
MOST_SECRETS = 2


class NotGenuine(BackOfficeError):
    """What was posted as a receipt is not signed by the provider, or cannot be read."""


class CannotAsk(BackOfficeError):
    """The provider could not be asked now, or its answer says nothing."""


class Verdict(StrEnum):
    """What a provider said of one message when it was handed over."""

    ACCEPTED = "accepted"
    REJECTED_FOR_GOOD = "rejected_for_good"
    REJECTED_FOR_NOW = "rejected_for_now"
    AMBIGUOUS = "ambiguous"


class ReceiptState(StrEnum):
    """What a provider says became of a message it had accepted, in order of rank: of two
    receipts the one further down counts, whenever it arrives."""

    SENT = "sent"  # handed on to the carrier or the other mail server
    DELAYED = "delayed"  # not there yet; it goes on trying
    DELIVERED = "delivered"
    FAILED_FOR_NOW = "failed_for_now"  # given up, for a reason that may pass: full, switched off
    FAILED_FOR_GOOD = "failed_for_good"  # no such address, blocked
    COMPLAINED = "complained"  # delivered, and its reader called it unwanted


@dataclass(frozen=True, kw_only=True)
class Message:
    """One message of either channel. `reference` is the attempt's UUID, which goes along as
    OutId, session context or Message-ID; `address` is an e-mail address or E.164; `html` is
    the second part of an e-mail, made of the same words.

    `template` names our text; `provider_template` the provider's own approved text and
    `params` what fills it, for providers that take no free text.
    """

    reference: str
    address: str
    body: str
    subject: str = ""
    html: str = ""
    template: str = ""
    language: str = "zh-hans"
    provider_template: str = ""
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Submission:
    """The provider's answer to one message, as it came."""

    reference: str
    verdict: Verdict
    provider_reference: str = ""
    answer: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Posted:
    """What came in as receipts, as it came. `headers` in lower case, `kept_headers` only;
    `key` is the `?key=…` of the address, for providers that sign nothing: compared, never kept.
    """

    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    key: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What became of one message. `reference` is ours as it came back, or empty when the
    provider sends its own only; `at` is the provider's clock, None when it does not say.
    `key` is the same when the same receipt is sent again."""

    key: str
    state: ReceiptState
    reference: str = ""
    provider_reference: str = ""
    address: str = ""
    at: datetime | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A message to ask after: sent `at` to `address` under our `reference`."""

    reference: str
    address: str
    at: datetime
    provider_reference: str = ""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a provider knows of a message: `known` is False only when it is sure never to have
    taken it; `receipt` is None while it has no outcome yet. `raw` is its answer as it came."""

    reference: str
    known: bool
    receipt: Receipt | None = None
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Why a text cannot be sent by a provider, or a setting that is missing."""

    code: str
    message: str


@dataclass(frozen=True)
class Config:
    """The settings of one provider. The first of the `secrets` signs what we send; any of them
    verifies what comes in."""

    name: str
    channel: str
    secrets: Sequence[str] = field(default=(), repr=False)
    options: Mapping[str, Any] = field(default_factory=dict)


class Provider(ABC):
    """The adapter. Made once per process and used by one batch at a time."""

    is_toy: ClassVar[bool] = False
    """Whether it reaches nobody; refused in production."""
    can_be_asked: ClassVar[bool] = False
    """Whether `query` tells taken from not taken, so that a doubtful message may be repeated."""
    takes_free_text: ClassVar[bool] = True
    """Whether it sends any text, or only templates it has approved."""
    most_at_once: ClassVar[int] = 50
    kept_headers: ClassVar[Sequence[str]] = ()
    """The headers of a receipt that its signature covers or that carry it; lower case."""
    receipts_answer: ClassVar[tuple[str, str]] = ("", "text/plain")
    """Body and content type of our 200 to receipts that were kept."""

    def __init__(self, config: Config) -> None:
        self.name = config.name
        self.channel = config.channel
        self.config = config

    @abstractmethod
    def send(self, batch: Sequence[Message]) -> list[Submission]:
        """One answer per message, in order. Never raises for a message that fails: what is not
        known to have been refused is ambiguous. Nothing here tries twice."""

    def verify(self, posted: Posted) -> None:
        """Raises `NotGenuine` unless the provider itself posted this."""
        raise NotGenuine("This provider posts no receipts.")

    def parse_receipts(self, posted: Posted) -> list[Receipt]:
        """The receipts in what was posted and verified. Raises `NotGenuine`."""
        raise NotGenuine("This provider posts no receipts.")

    def collect(self, take: Callable[[Posted], None]) -> int:
        """Fetches receipts from where the provider keeps them, such as a mailbox of bounces,
        and gives each to `take`, which commits it; how many there were."""
        return 0

    def query(self, asked: Asked) -> Answer:
        """What it knows of a message. Raises `CannotAsk`."""
        raise CannotAsk("This provider cannot be asked.")

    def preflight(self, messages: Sequence[Message]) -> list[Problem]:
        """What keeps these messages from being sent, found without sending them; asked before
        a change is approved. Raises `CannotAsk` when only the provider knows and is away."""
        return []
