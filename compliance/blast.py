"""What a decision would do, before anybody proposes it: the same counts as its effect.

Asked of the same rows that the effect, the gate and the notices go by; nothing is stored.
"""

from dataclasses import dataclass
from datetime import datetime

from accounts.models import (
    Account,
    ApiKey,
    InferenceModel,
    Membership,
    Restriction,
    Service,
    User,
)
from accounts.roles import ROLES, May
from billing.models import Wallet
from compliance.decisions import Measures
from compliance.effects import KIND_OF, planned_for
from compliance.models import Action
from compliance.service_changes import CaseDecision
from compliance.strikes import Standing, standing
from notices.models import ServiceChange

# What stops requests, and so keys.
STOPPING = (
    Action.OUTPUT_RESTRICTION,
    Action.PARTIAL_SUSPENSION,
    Action.SUSPENSION,
    Action.TERMINATION,
    Action.PERMANENT_DISABLING,
)
LIMITING = (*STOPPING, Action.RATE_LIMIT)


@dataclass(frozen=True, kw_only=True)
class Blast:
    """`keys` are the usable keys it concerns, `later_keys` whether those made afterwards are
    concerned too. `services` and `models` on sale that it concerns. `told` are the people who
    will be written to. Amounts in micro-yuan; `held` is put aside already. `begins_at` when it
    would be felt if approved now."""

    keys: int
    later_keys: bool
    members: int
    told: tuple[User, ...]
    services: tuple[Service, ...]
    models: tuple[InferenceModel, ...]
    changes: tuple[ServiceChange, ...]
    restrictions: tuple[Restriction, ...]
    balance: int
    held: int
    begins_at: datetime
    ends_after_days: int | None
    standing: Standing


def preview(*, account: Account, measures: Measures, at: datetime) -> Blast:
    """What `measures` would come to for the account if approved at `at`."""
    wallet = Wallet.objects.filter(account=account).first()
    limiting = measures.action in LIMITING
    services = _services(measures, at) if limiting else ()
    return Blast(
        keys=_keys(account, measures, at) if limiting else 0,
        later_keys=limiting and not measures.api_keys,
        members=account.memberships.count(),
        told=told(account) if measures.action != Action.NONE else (),
        services=services,
        models=_models(measures, services, at) if limiting else (),
        changes=tuple(
            ServiceChange.objects.filter(
                accounts=account, state__in=ServiceChange.UNDER_WAY
            ).order_by("pk")
        ),
        restrictions=tuple(
            Restriction.objects.filter(account=account)
            .in_force(at)
            .select_related("clause", "service", "model", "region", "api_key")
        ),
        balance=wallet.balance if wallet else 0,
        held=wallet.held if wallet else 0,
        begins_at=_begins_at(account, measures, at),
        ends_after_days=measures.days,
        standing=standing(account=account, at=at),
    )


def told(account: Account) -> tuple[User, ...]:
    """Those that a notice about the account is written to: its owners and administrators."""
    recipients = Membership.objects.filter(
        account=account, role__in=ROLES[May.ANSWER], user__is_active=True
    )
    return tuple(one.user for one in recipients.select_related("user").order_by("pk"))


def _keys(account: Account, measures: Measures, at: datetime) -> int:
    usable = ApiKey.objects.filter(account=account).usable(at)
    if measures.api_keys:
        usable = usable.filter(pk__in=[key.pk for key in measures.api_keys])
    service = measures.service or (measures.model.service if measures.model else None)
    if service is not None:
        # A key that lists services is for these only.
        usable = usable.exclude(
            pk__in=usable.filter(services__isnull=False).exclude(services=service).values("pk")
        )
    count: int = usable.distinct().count()
    return count


def _services(measures: Measures, at: datetime) -> tuple[Service, ...]:
    if measures.model is not None:
        return (measures.model.service,)
    if measures.service is not None:
        return (measures.service,)
    return tuple(Service.objects.on_sale())


def _models(
    measures: Measures, services: tuple[Service, ...], at: datetime
) -> tuple[InferenceModel, ...]:
    if measures.model is not None:
        return (measures.model,)
    found = InferenceModel.objects.filter(
        service__in=[service.pk for service in services], retired_at=None
    )
    return tuple(found.order_by("pk"))


def _begins_at(account: Account, measures: Measures, at: datetime) -> datetime:
    kind = KIND_OF.get(Action(measures.action))
    if kind is None or kind == CaseDecision.name or measures.at_once:
        return at
    return planned_for(kind, account, at=at)
