"""What a kind of change to a service is: the interface that apps contribute to.

`notices` plans changes, tells people and keeps the gate; it does not know what a
suspension does. Each kind does, registered here by the app that owns the record it
writes. See docs/adding-a-kind-of-change.md.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar
from uuid import UUID

from django.utils.functional import Promise

from common.registries import Registry

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What a change does, handed to its kind when the gate opens."""

    change: UUID
    clause_id: int
    service_id: int | None
    reason_zh_hans: str
    reason_en: str
    ends_at: datetime | None


class KindOfChange(ABC):
    """One kind, such as a suspension."""

    name: ClassVar[str]
    label: ClassVar[str | Promise]
    clauses: ClassVar[tuple[str, ...]]
    """Numbers of the clauses this kind usually rests on, the usual one first."""

    @abstractmethod
    def take_effect(
        self, effect: Effect, *, account_ids: Sequence[int], not_before: datetime
    ) -> list[int]:
        """Puts the effect in place for those accounts, in the caller's transaction.

        `not_before` is what the gate answers for all of them. Returns the accounts
        that were not under this change already. Safe to call again.
        """

    @abstractmethod
    def lift(
        self,
        change: UUID,
        *,
        account_ids: Sequence[int] | None,
        lifted_by: "AbstractBaseUser",
        reason: str,
    ) -> list[int]:
        """Takes the effect back, for all accounts when `account_ids` is None.

        Returns the accounts for which something was lifted.
        """


kinds_of_change: Registry[KindOfChange] = Registry("kind of change")


def label_of(name: str) -> str:
    """What people call the kind of that name; the name itself for one not registered."""
    return str(kinds_of_change.get(name).label) if name in kinds_of_change else name
