"""The kinds of change that cases contribute; the others that decisions use are those of
`accounts.service_changes`. See docs/adding-a-kind-of-change.md."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from accounts import permits
from accounts.models import Measure
from accounts.service_changes import OFFER, WHOLE_ACCOUNT, Restricting
from common.changes import AtOnce, Effect, KindOfChange, Scope, kinds_of_change
from compliance import names

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser


class CaseDecision(KindOfChange):
    """A decision that takes nothing away: a warning, an order about content, a hold on
    money. The permit proves since when it stands; people are told with it."""

    name = "case_decision"
    label = _("decision in a case")
    description = _("Something was decided about an account. No access is taken away.")
    clauses = ("2.2", "1.3", "3.2")
    scopes = WHOLE_ACCOUNT
    at_once = AtOnce.ALWAYS
    may_end = False
    # There is nothing to give back; whoever appealed is told of the outcome by letter.
    liftable = False

    def take_effect(self, effect: Effect, *, opened: Mapping[int, datetime]) -> list[int]:
        return permits.grant(change=effect.change, opened=opened)

    def lift(
        self,
        change: UUID,
        *,
        account_ids: Sequence[int] | None,
        at_most: int | None = None,
        lifted_by: "AbstractBaseUser",
        reason: str,
    ) -> list[int]:
        return []


class OutputRestriction(Restricting):
    """What models make is withheld from some accounts (clause 4.3)."""

    name = "output_restriction"
    label = _("restriction of output")
    description = _("Requests that would give out what a model made are refused.")
    clauses = ("4.3", "3.2")
    scopes = OFFER | {Scope.API_KEYS}
    measure = Measure.OUTPUT_BLOCK


class NameCancellation(KindOfChange):
    """A name of an account that cannot stay is replaced by a neutral one, unless another is
    chosen before (clause 1.2.5)."""

    name = "name_cancellation"
    label = _("cancellation of a name")
    description = _("The name of an account is cancelled unless another one is chosen before.")
    clauses = ("1.2.5",)
    scopes = WHOLE_ACCOUNT
    # The clause asks for notice, always.
    at_once = AtOnce.NEVER
    may_end = False
    by_hand = False
    lifts_restrictions = False

    def take_effect(self, effect: Effect, *, opened: Mapping[int, datetime]) -> list[int]:
        reached = permits.grant(change=effect.change, opened=opened)
        return names.cancel(change=effect.change, account_ids=reached)

    def lift(
        self,
        change: UUID,
        *,
        account_ids: Sequence[int] | None,
        at_most: int | None = None,
        lifted_by: "AbstractBaseUser",
        reason: str,
    ) -> list[int]:
        return names.restore(change=change, account_ids=account_ids, by=lifted_by, reason=reason)


KINDS: tuple[KindOfChange, ...] = (CaseDecision(), OutputRestriction(), NameCancellation())


def register() -> None:
    """Called once, when the apps are ready."""
    for kind in KINDS:
        kinds_of_change.register(kind)
