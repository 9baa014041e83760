"""What every transport takes and answers."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import SplitResult


class Verdict(StrEnum):
    """What a provider said of one message."""

    ACCEPTED = "accepted"
    REJECTED_FOR_GOOD = "rejected_for_good"
    REJECTED_FOR_NOW = "rejected_for_now"
    AMBIGUOUS = "ambiguous"


@dataclass(frozen=True, kw_only=True)
class TextMessage:
    """One SMS. `reference` is ours and goes with it to the provider."""

    to: str
    text: str
    template: str
    reference: str
    params: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Submission:
    """The provider's answer to one message, as it came."""

    reference: str
    verdict: Verdict
    provider_reference: str = ""
    answer: dict[str, Any] = field(default_factory=dict)


class Transport(ABC):
    """A way to send. Made anew per batch; holds no state between batches."""

    name: str

    def __init__(self, address: SplitResult) -> None:
        self.address = address

    @abstractmethod
    def send(self, messages: Sequence[TextMessage]) -> list[Submission]:
        """One answer per message, in order. Never raises for a message that fails:
        what is not known to have been refused is `AMBIGUOUS`."""
