"""Signals about load and attacks: each opens the case of its account, or joins the open one.

A signal takes nothing away: people decide, and what a policy proposes (a rate limit for load)
is theirs to choose. Signals are no part of what an approver must have seen, unlike reports:
an attack that goes on would keep its own block from being approved.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import Account, ApiKey, Region, Service, ServiceClient
from compliance import cases, client_keys, trail
from compliance.exceptions import NotPossible
from compliance.models import CaseKind, PlatformSignal, Policy
from compliance.trail import What

# How far the platform's clock may be ahead of ours.
AHEAD = timedelta(minutes=5)
# What is older than this is a matter for people, who file a report.
OLDEST = timedelta(days=30)


@dataclass(frozen=True, kw_only=True)
class Observed:
    """What was measured, where and when. `measured` and `evidence` are JSON."""

    kind: str
    account: Account
    api_key: ApiKey | None = None
    service: Service | None = None
    region: Region | None = None
    observed_from: datetime
    observed_until: datetime
    measured: Sequence[Mapping[str, Any]] = ()
    evidence: Sequence[Mapping[str, Any]] = ()


def record(
    *, observed: Observed, client: ServiceClient, key: str, request_hash: str, at: datetime
) -> tuple[PlatformSignal, bool]:
    """Writes it down in the one open case of violations by that account, which it opens if
    there is none, and says whether it was new.

    Raises `NotPossible` for a time that cannot be meant, `KeyTaken`.
    """
    known = _known(client, key, request_hash)
    if known is not None:
        return known, False
    _demand_time(observed, at=at)
    try:
        with transaction.atomic():
            return _write(observed, client, key, request_hash, at), True
    except IntegrityError:
        # The same call, at the same moment: whoever came second gets what the first made.
        known = _known(client, key, request_hash)
        if known is None:
            raise
        return known, False


def _known(client: ServiceClient, key: str, request_hash: str) -> PlatformSignal | None:
    found: PlatformSignal | None = client_keys.known(
        PlatformSignal.objects.all(), client=client, key=key, request_hash=request_hash
    )
    return found


def _write(
    observed: Observed, client: ServiceClient, key: str, request_hash: str, at: datetime
) -> PlatformSignal:
    case, _is_new = cases.open_or_join(
        kind=CaseKind.VIOLATION,
        title=str(observed.account),
        at=at,
        account=observed.account,
        policy=policy_of(observed.kind),
    )
    signal = PlatformSignal.record(
        case=case,
        kind=observed.kind,
        account=observed.account,
        api_key=observed.api_key,
        service=observed.service,
        region=observed.region,
        observed_from=observed.observed_from,
        observed_until=observed.observed_until,
        measured=list(observed.measured),
        evidence=list(observed.evidence),
        client=client,
        client_key=key,
        request_hash=request_hash,
    )
    trail.record(case, What.SIGNALLED, signal=signal.public_id, kind=observed.kind)
    return signal


def policy_of(kind: str) -> Policy | None:
    """The policy on the clause that a signal of that kind is about."""
    clause = PlatformSignal.CLAUSES[PlatformSignal.Kind(kind)]
    found: Policy | None = (
        Policy.objects.filter(clause_number=clause, supervisors_only=False)
        .order_by("position")
        .first()
    )
    return found


def _demand_time(observed: Observed, *, at: datetime) -> None:
    if observed.observed_until < observed.observed_from:
        raise NotPossible(_("It cannot have ended before it began."))
    if observed.observed_until > at + AHEAD:
        raise NotPossible(_("It cannot have been observed at a moment to come."))
    if observed.observed_from < at - OLDEST:
        raise NotPossible(_("That is more than 30 days ago. File a report about it."))
