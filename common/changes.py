"""What a kind of change to a service is: the interface that apps contribute to.

`notices` plans changes, tells people and keeps the gate; it does not know what a
suspension does. Each kind does, registered here by the app that owns the record it
writes. See docs/adding-a-kind-of-change.md.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar
from uuid import UUID

from django.utils.functional import Promise

from common.registries import Registry

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser


class Scope(StrEnum):
    """What a change can be narrowed to. Without any it is about the whole account."""

    SERVICE = "service"
    MODEL = "model"
    REGION = "region"
    API_KEYS = "api_keys"


class Phase(StrEnum):
    """When in the life of a change people are told."""

    ANNOUNCED = "announced"
    POSTPONED = "postponed"
    IN_EFFECT = "in_effect"
    LIFTED = "lifted"
    WITHDRAWN = "withdrawn"


class AtOnce(StrEnum):
    """Whether a kind may do without prior notice, on recorded grounds."""

    NEVER = "never"
    ON_GROUNDS = "on_grounds"
    ALWAYS = "always"


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What a change does, handed to its kind when the gate opens.

    The scope is what all of `service_id`, `model_id`, `region_id` and `api_key_ids` have
    in common; None and empty mean all. `limits` are the most allowed by metric, for kinds
    that limit; `agreement_version_id` what comes into force, for kinds that amend.
    """

    change: UUID
    clause_id: int
    service_id: int | None
    model_id: int | None = None
    region_id: int | None = None
    api_key_ids: tuple[int, ...] = ()
    limits: Mapping[str, int] = field(default_factory=dict)
    agreement_version_id: int | None = None
    reason_zh_hans: str
    reason_en: str
    ends_at: datetime | None


class KindOfChange(ABC):
    """One kind, such as a suspension."""

    name: ClassVar[str]
    label: ClassVar[str | Promise]
    description: ClassVar[str | Promise] = ""
    """One sentence for whoever plans such a change."""
    clauses: ClassVar[tuple[str, ...]]
    """Numbers of the clauses this kind usually rests on, the usual one first."""
    scopes: ClassVar[frozenset[Scope]] = frozenset(Scope)
    at_once: ClassVar[AtOnce] = AtOnce.ON_GROUNDS
    may_end: ClassVar[bool] = True
    """Whether a term may be set after which the effect is over by itself."""
    liftable: ClassVar[bool] = True
    metrics: ClassVar[Mapping[str, str | Promise]] = MappingProxyType({})
    """What a change of this kind limits, by name; at least one has to be given."""
    amends: ClassVar[bool] = False
    """Whether it brings a version of an agreement into force."""
    platform_wide: ClassVar[bool] = False
    """Whether its effect is one for everybody, without a permit for each account."""

    by_hand: ClassVar[bool] = True
    """Whether staff may plan one; else an app above does, to carry out what it decided."""
    lifts_restrictions: ClassVar[bool] = True
    """Whether what is taken back are restrictions; of others all who felt it are told."""

    @property
    def phases(self) -> tuple[Phase, ...]:
        """The phases people are told of, each of which needs its texts."""
        return tuple(
            phase
            for phase in Phase
            if not (phase is Phase.LIFTED and not self.liftable)
            and not (phase in (Phase.ANNOUNCED, Phase.POSTPONED) and self.at_once is AtOnce.ALWAYS)
        )

    def announced(self, effect: Effect) -> None:  # noqa: B027 -- most have nothing to do then
        """Called when people begin to be told ahead of time; again is harmless."""

    def withdrawn(self, change: UUID) -> None:  # noqa: B027 -- most have nothing to do then
        """Called when a change that people were told of is called off or replaced."""

    @abstractmethod
    def take_effect(self, effect: Effect, *, opened: Mapping[int, datetime]) -> list[int]:
        """Puts the effect in place for some accounts, in the caller's transaction.

        `opened` says for each account since when its gate is open. Returns the accounts
        that were not under this change already, in ascending order. Safe to call again.
        Called with some thousands of accounts at a time. A platform-wide kind is called
        once, with none, and returns none.
        """

    @abstractmethod
    def lift(
        self,
        change: UUID,
        *,
        account_ids: Sequence[int] | None,
        at_most: int | None = None,
        lifted_by: "AbstractBaseUser",
        reason: str,
    ) -> list[int]:
        """Takes the effect back, for all accounts when `account_ids` is None, but for no
        more than `at_most` of them at this call.

        Returns the accounts for which something was lifted, in ascending order; none when
        nothing is left to lift.
        """


kinds_of_change: Registry[KindOfChange] = Registry("kind of change")


def label_of(name: str) -> str:
    """What people call the kind of that name; the name itself for one not registered."""
    return str(kinds_of_change.get(name).label) if name in kinds_of_change else name
