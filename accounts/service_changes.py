"""The kinds of change that `accounts` contributes: what each of them does, and may.

What takes access away, wholly or in part, is a `Restricting` kind; its `measure` is what
the restriction says. A `ServiceChange` and an `Amendment` take nothing away; an `Incident`
takes it from everybody at once. See docs/adding-a-kind-of-change.md.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from accounts import amendments, incidents, permits, restrictions
from accounts.limits import METRICS
from accounts.models import Measure
from common import clock
from common.changes import AtOnce, Effect, KindOfChange, Scope

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser

OFFER = frozenset({Scope.SERVICE, Scope.MODEL, Scope.REGION})
"""What of the platform's offer a change may be narrowed to; keys are a customer's own."""

WHOLE_ACCOUNT: frozenset[Scope] = frozenset()


class Restricting(KindOfChange):
    """A kind whose effect is a restriction for each account (or for each of its keys)."""

    measure: ClassVar[Measure]

    def take_effect(self, effect: Effect, *, opened: Mapping[int, datetime]) -> list[int]:
        return restrictions.impose(
            change=effect.change,
            opened=opened,
            service_id=effect.service_id,
            model_id=effect.model_id,
            region_id=effect.region_id,
            api_key_ids=effect.api_key_ids,
            measure=self.measure,
            limits=effect.limits if self.metrics else None,
            clause_id=effect.clause_id,
            reason_zh_hans=effect.reason_zh_hans,
            reason_en=effect.reason_en,
            ends_at=effect.ends_at,
        )

    def lift(
        self,
        change: UUID,
        *,
        account_ids: Sequence[int] | None,
        at_most: int | None = None,
        lifted_by: "AbstractBaseUser",
        reason: str,
    ) -> list[int]:
        return restrictions.lift(
            change=change,
            account_ids=account_ids,
            at_most=at_most,
            lifted_by=lifted_by,
            reason=reason,
        )


class UsageLimit(Restricting):
    """No more than so much may be used (clause 1.3)."""

    name = "usage_limit"
    label = _("usage limit")
    description = _("Services go on working, but only up to the limits you set.")
    clauses = ("1.3", "2.2.4")
    metrics = METRICS
    measure = Measure.LIMIT


class Suspension(Restricting):
    """A service, or all of them, stops working for some accounts (clause 1.3)."""

    name = "suspension"
    label = _("suspension")
    description = _("Services stop working until a date, or until the suspension is lifted.")
    # In general; an account in other hands; an organization's misuse; unverified data.
    clauses = ("1.3", "1.2.6", "1.2.7", "1.4")
    measure = Measure.SUSPEND


class Termination(Restricting):
    """Services end for good (clause 1.3); lifted only when it was a mistake."""

    name = "termination"
    label = _("termination")
    description = _("Services end for good. The account can still be read and exported.")
    clauses = ("1.3", "11")
    scopes = OFFER
    may_end = False
    measure = Measure.TERMINATE


class PermanentDisabling(Restricting):
    """The whole account is disabled (1.2.6, 1.2.7, 2.2); an appeal may undo it."""

    name = "permanent_disabling"
    label = _("permanent disabling")
    description = _("The whole account with all its keys is disabled. An appeal may undo it.")
    clauses = ("1.2.6", "1.2.7", "2.2")
    scopes = WHOLE_ACCOUNT
    may_end = False
    measure = Measure.DISABLE


class _NotLiftable(KindOfChange):
    """What has happened has happened: there is nothing that could be given back."""

    liftable = False
    may_end = False

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


class ServiceChange(_NotLiftable):
    """A service or model changes or is retired; the permit proves since when, for whom."""

    name = "service_change"
    label = _("service change")
    description = _("A service or model changes or is retired. No access is taken away.")
    clauses = ("1.3", "9", "11")
    scopes = OFFER

    def take_effect(self, effect: Effect, *, opened: Mapping[int, datetime]) -> list[int]:
        return permits.grant(change=effect.change, opened=opened)


class Amendment(_NotLiftable):
    """A new version of an agreement binds accounts (clause 14.3)."""

    name = "amendment"
    label = _("amendment of an agreement")
    description = _(
        "A new version of an agreement comes into force. Whoever objects keeps the old one "
        "and is withheld services from the date on."
    )
    clauses = ("14.3",)
    scopes = WHOLE_ACCOUNT
    at_once = AtOnce.NEVER
    amends = True

    def announced(self, effect: Effect) -> None:
        amendments.offer(change=effect.change, version_id=_version_of(effect))

    def withdrawn(self, change: UUID) -> None:
        """Called when the change is called off; again is harmless."""
        amendments.call_off(change=change)

    def take_effect(self, effect: Effect, *, opened: Mapping[int, datetime]) -> list[int]:
        return amendments.bring_into_force(
            change=effect.change, version_id=_version_of(effect), opened=opened
        )


class Incident(KindOfChange):
    """A service fails or has to be stopped for everybody (clauses 11, 1.3)."""

    name = "incident"
    label = _("incident")
    description = _("Something stops working for everybody, at once, until it is lifted.")
    clauses = ("11", "1.3")
    scopes = OFFER
    at_once = AtOnce.ALWAYS
    platform_wide = True

    def take_effect(self, effect: Effect, *, opened: Mapping[int, datetime]) -> list[int]:
        incidents.declare(
            change=effect.change,
            service_id=effect.service_id,
            model_id=effect.model_id,
            region_id=effect.region_id,
            clause_id=effect.clause_id,
            reason_zh_hans=effect.reason_zh_hans,
            reason_en=effect.reason_en,
            at=clock.now(),
            ends_at=effect.ends_at,
        )
        return []

    def lift(
        self,
        change: UUID,
        *,
        account_ids: Sequence[int] | None,
        at_most: int | None = None,
        lifted_by: "AbstractBaseUser",
        reason: str,
    ) -> list[int]:
        incidents.end(change=change, ended_by=lifted_by, reason=reason)
        return []


def _version_of(effect: Effect) -> int:
    # What a change of a kind that amends always names; without one nothing is guessed.
    if effect.agreement_version_id is None:
        raise ValueError("an amendment names the version that it brings into force")
    return effect.agreement_version_id


KINDS: tuple[KindOfChange, ...] = (
    ServiceChange(),
    UsageLimit(),
    Suspension(),
    Termination(),
    PermanentDisabling(),
    Amendment(),
    Incident(),
)
