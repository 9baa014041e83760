"""What a payment provider is to us, and those that the settings name.

    PAYMENT_PROVIDERS = {"loopback": {"class": "billing.payments.loopback.Loopback",
                                      "secrets": ["the new one", "the old one"]}}

`docs/adding-a-payment-provider.md` shows how another one is added.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, ClassVar

from django.conf import settings
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from billing.models import PaymentOrder
from common.exceptions import NotRegistered

# What a callback may be long at most; those of real providers are a few kilobytes.
MOST_BYTES = 64 * 1024
# A new secret beside the old one, until the provider signs with the new one.
MOST_SECRETS = 2


@dataclass(frozen=True, kw_only=True)
class Opened:
    """How the customer pays: an address to go to, the text of a QR code, or both."""

    url: str = ""
    code: str = ""


@dataclass(frozen=True, kw_only=True)
class Event:
    """What a provider says about an order, in our words.

    `id` is the provider's own for this event, the same when it is sent again; `order` our
    order number as it came back; `minor` the amount in hundredths of `currency`, which for
    CNY are fen; `reference` the provider's number of the payment; `at` when it happened by the
    provider's clock.
    """

    id: str
    order: str
    state: PaymentOrder.State
    minor: int
    currency: str
    reference: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a provider answered to a query: the bytes, and the event they amount to; None
    while it knows of no payment."""

    raw: bytes
    event: Event | None


@dataclass(frozen=True, kw_only=True)
class StatementLine:
    """A payment of the day in the provider's statement."""

    order: str
    reference: str
    fen: int


@dataclass(frozen=True)
class Acknowledgement:
    """What a provider wants to read before it stops sending an event."""

    body: bytes = b"success"
    content_type: str = "text/plain"


@dataclass(frozen=True)
class Config:
    """The settings of one provider. Any of the `secrets` verifies; the first one signs."""

    name: str
    secrets: Sequence[str]
    options: Mapping[str, Any] = field(default_factory=dict)


class Provider(ABC):
    """The adapter. Network errors are raised as `ProviderAway`, all of them."""

    label: ClassVar[str | Promise]
    is_toy: ClassVar[bool] = False
    """Whether it moves no money; refused in production."""
    kept_headers: ClassVar[Sequence[str]] = ()
    """The headers of a callback that its signature covers, or that carry it; lower case."""
    accepted: ClassVar[Acknowledgement] = Acknowledgement()

    def __init__(self, config: Config) -> None:
        self.name = config.name
        self.config = config

    @abstractmethod
    def open(self, order: PaymentOrder) -> Opened:
        """Tells the provider of an order, safe to repeat. Raises `ProviderAway`."""

    @abstractmethod
    def parse_callback(self, headers: Mapping[str, str], body: bytes) -> Event:
        """Verifies the signature, then reads the event. `headers` are `kept_headers` in lower
        case. Raises `CallbackRefused` for anything not signed by the provider."""

    @abstractmethod
    def query(self, order: PaymentOrder) -> Answer:
        """How the order stands at the provider now. Raises `ProviderAway`."""

    @abstractmethod
    def statement(self, day: date) -> list[StatementLine]:
        """All payments of a day in China's time. Raises `ProviderAway`."""


def names() -> list[str]:
    """Those the settings name, the preferred one first."""
    return list(settings.PAYMENT_PROVIDERS)


def get(name: str) -> Provider:
    """The provider of that name. Raises `NotRegistered`."""
    try:
        written = settings.PAYMENT_PROVIDERS[name]
    except KeyError:
        raise NotRegistered(_("There is no payment provider “%s”.") % name[:30]) from None
    made: Provider = class_of(written)(
        Config(
            name=name,
            secrets=tuple(written.get("secrets", ())),
            options=written.get("options", {}),
        )
    )
    return made


def class_of(written: Mapping[str, Any]) -> type[Provider]:
    """The adapter's class, as the settings name it."""
    found: type[Provider] = import_string(written["class"])
    return found
