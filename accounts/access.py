"""Access: what an account, or one of its keys, may use at a moment.

Nothing stores whether an account is suspended. Access is computed, in one query, as
the strictest union of

- restrictions: announced beforehand, begun, not over, not lifted; of this account, or of
  everybody during an incident;
- conditions: consent due, say; open until the customer does something;
- facts about what was asked: a key revoked or expired, a service or model retired.

Of several denials the one shown is the most severe, then the one that lasts longest, then
the one that began first: it is what the customer has to deal with, and its clause is the one
to name. Disabled comes before ended, ended before suspended, and each as a whole before in
part; what waits for the customer and facts about a key count as suspended as a whole. What
withholds output only comes after all that deny the whole, and is `output_blocked`: a denial
as well, so that a gateway that knows nothing of it gives nothing out. Where nothing denies,
limits may still hold: of each metric the least.

Whatever models make carries labels that say so, see `Labels`: they are no part of whether
something may be used, and are told with every answer. The explicit one is required unless an
exemption of the account stands for the service (`accounts.label_exemptions`); a question that
names no service is exempt only with the whole account.

The cast: a `Decision` is the answer, its `Code` says which of the above it is; a
`ServiceState` is the answer for one service on a page, with what is already planned.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from django.db import connection

from accounts import conditions
from accounts.access_query import BY_ACCOUNT, BY_KEY, BY_ORGANIZATION, STATES
from accounts.models import Account, ApiKey, InferenceModel, Region, Service
from common import prepared
from common.languages import pick


class Code(StrEnum):
    """Which kind of answer a decision is. Part of the API: never renamed."""

    ALLOWED = "allowed"
    LIMITED = "limited"
    OUTPUT_BLOCKED = "output_blocked"
    RESTRICTED = "restricted"
    CONDITION = "condition"
    KEY_UNKNOWN = "key_unknown"
    KEY_REVOKED = "key_revoked"
    KEY_EXPIRED = "key_expired"
    SERVICE_NOT_ALLOWED = "service_not_allowed"
    SERVICE_UNKNOWN = "service_unknown"
    SERVICE_RETIRED = "service_retired"
    MODEL_UNKNOWN = "model_unknown"
    MODEL_RETIRED = "model_retired"
    REGION_UNKNOWN = "region_unknown"
    ACCOUNT_UNKNOWN = "account_unknown"
    ORGANIZATION_UNKNOWN = "organization_unknown"


# Both languages at once, because the gateway does not know its caller's. A restriction
# and a condition bring their own words.
REASONS: Mapping[Code, tuple[str, str]] = {
    Code.ALLOWED: ("", ""),
    Code.CONDITION: (
        "在您完成账号中的待办事项之前，暂时无法使用服务。",
        "Access is withheld until you have done what your account page asks for.",
    ),
    Code.KEY_UNKNOWN: ("此 API 密钥不存在。", "This API key does not exist."),
    Code.KEY_REVOKED: ("此 API 密钥已被撤销。", "This API key has been revoked."),
    Code.KEY_EXPIRED: ("此 API 密钥已过期。", "This API key has expired."),
    Code.SERVICE_NOT_ALLOWED: (
        "此 API 密钥不可用于该服务。",
        "This API key is not allowed for this service.",
    ),
    Code.SERVICE_UNKNOWN: ("该服务不存在。", "This service does not exist."),
    Code.SERVICE_RETIRED: ("该服务已下线。", "This service has been retired."),
    Code.MODEL_UNKNOWN: ("该服务中没有此模型。", "This service has no such model."),
    Code.MODEL_RETIRED: ("该模型已下线。", "This model has been retired."),
    Code.REGION_UNKNOWN: ("该地域不存在。", "This region does not exist."),
    Code.ACCOUNT_UNKNOWN: ("此账号不存在。", "This account does not exist."),
    Code.ORGANIZATION_UNKNOWN: ("此组织不存在。", "This organization does not exist."),
}


class Explicit(StrEnum):
    """Whether what models make needs a label that people see. Part of the API."""

    REQUIRED = "required"
    EXEMPT = "exempt"


@dataclass(frozen=True, kw_only=True)
class Labels:
    """The labels of what models make (clause 3.6.2). The implicit one is never off, whatever
    is asked for."""

    implicit: bool = field(default=True, init=False)
    explicit: Explicit = Explicit.REQUIRED


LABELS = Labels()
EXEMPT = Labels(explicit=Explicit.EXEMPT)


@dataclass(frozen=True, kw_only=True)
class Decision:
    """Whether access is given, and if not or only up to limits, all a customer may be told.

    `limits` are the most allowed by metric, while access is given. `measure` is what a
    restriction does, empty unless it is one. `until` None means until further notice.
    `document`, `version` and `clause` name what the answer rests on; they are empty for
    facts about a key or a service. `reference` is what to quote to support, empty unless
    it is a restriction.
    """

    allowed: bool
    code: Code
    account: str
    measure: str = ""
    limits: Mapping[str, int] = field(default_factory=dict)
    clause: str = ""
    document: str = ""
    version: int | None = None
    reason_zh_hans: str = ""
    reason_en: str = ""
    since: datetime | None = None
    until: datetime | None = None
    reference: str = ""
    labels: Labels = LABELS

    def reason_in(self, language: str | None) -> str:
        """The reason in `language` (None: the page's); empty when nothing speaks against it."""
        return pick(language, zh_hans=self.reason_zh_hans, en=self.reason_en)


@dataclass(frozen=True, kw_only=True)
class ServiceState:
    """One service for one account: how it stands, and the next restriction to begin."""

    service: Service
    decision: Decision
    upcoming: Decision | None

    @property
    def allowed(self) -> bool:
        return self.decision.allowed

    @property
    def since(self) -> datetime | None:
        return self.decision.since

    @property
    def until(self) -> datetime | None:
        return self.decision.until

    @property
    def clause(self) -> str:
        return self.decision.clause

    @property
    def reference(self) -> str:
        return self.decision.reference

    def reason_in(self, language: str | None) -> str:
        """The reason in `language` (None: the page's); empty when allowed."""
        return self.decision.reason_in(language)


def decide(
    *,
    account: Account,
    api_key: ApiKey | None = None,
    service: Service | None,
    model: InferenceModel | None = None,
    region: Region | None = None,
    at: datetime,
) -> Decision:
    """May `account` use `service` at that moment, with `api_key` if one is given?

    `service` None asks about the account as a whole, or about the service of `model`;
    without `model` or `region` the question is about the service as a whole. What holds
    for single services, models, regions or keys that are not named is left out. A key of
    another account is as good as none, `key_unknown`, and so is another service's model.
    """
    service = model.service if model and service is None else service
    return _answer(
        BY_ACCOUNT,
        account=account.public_id,
        digest=api_key.digest if api_key else None,
        service=service.slug if service else None,
        model=model.slug if model else None,
        region=region.slug if region else None,
        at=at,
    )


def decide_for_key(
    *, digest: str, service: str, model: str | None = None, region: str | None = None, at: datetime
) -> Decision:
    """As `decide`, by what a gateway knows: a key's digest and the codes of the others."""
    return _answer(
        BY_KEY, account=None, digest=digest, service=service, model=model, region=region, at=at
    )


def decide_for_account(
    *,
    public_id: str,
    service: str,
    model: str | None = None,
    region: str | None = None,
    at: datetime,
) -> Decision:
    """As `decide`, by an account's public identifier and the codes of the others."""
    return _answer(
        BY_ACCOUNT,
        account=public_id,
        digest=None,
        service=service,
        model=model,
        region=region,
        at=at,
    )


def decide_for_organization(
    *,
    public_id: str,
    service: str,
    model: str | None = None,
    region: str | None = None,
    at: datetime,
) -> Decision:
    """As `decide_for_account`, for an account that must be an organization's: whoever means one
    is not answered about a person."""
    return _answer(
        BY_ORGANIZATION, account=public_id, service=service, model=model, region=region, at=at
    )


def state_of(*, account: Account, at: datetime) -> list[ServiceState]:
    """How each service on sale stands for `account`, in their usual order."""
    now: dict[int, Decision] = {}
    upcoming: dict[int, Decision] = {}
    with connection.cursor() as cursor:
        cursor.execute(STATES, {"account": account.pk, "at": at})
        for begun, service_id, *denial in cursor.fetchall():
            (now if begun else upcoming)[service_id] = _decision(_Denial(*denial))
    return [
        ServiceState(
            service=service,
            decision=now[service.pk],
            upcoming=upcoming.get(service.pk),
        )
        # One that came on sale this very moment is there the next time.
        for service in Service.objects.on_sale()
        if service.pk in now
    ]


class _Denial(NamedTuple):
    """A row of the query: the strictest denial, all but `account` and `exempt` empty without
    one."""

    account: str | None
    code: str | None
    reference: str | None
    source: str | None
    measure: str | None
    limits: str | None
    reason_zh_hans: str | None
    reason_en: str | None
    since: datetime | None
    until: datetime | None
    clause: str | None
    document: str | None
    version: int | None
    exempt: bool


def _answer(asked_by: str, **question: Any) -> Decision:
    # Always one row: the question itself is one, whatever joins it.
    (row,) = prepared.rows(asked_by, question)
    return _decision(_Denial(*row))


def _decision(row: _Denial) -> Decision:
    code = Code(row.code or Code.ALLOWED)
    clause = row.clause or ""
    zh_hans, en = (
        (row.reason_zh_hans, row.reason_en) if row.reason_zh_hans is not None else REASONS[code]
    )
    # A source no app answers for any more still denies, in general words.
    if row.source and row.source in conditions.sources:
        source = conditions.sources.get(row.source)
        clause, zh_hans, en = (
            source.clause_number,
            source.reason_zh_hans,
            source.reason_en,
        )
    return Decision(
        allowed=code in (Code.ALLOWED, Code.LIMITED),
        code=code,
        account=row.account or "",
        measure=row.measure or "",
        # As text: Django's connections leave JSON to its fields.
        limits=json.loads(row.limits) if code is Code.LIMITED and row.limits else {},
        clause=clause,
        document=row.document or "",
        version=row.version,
        reason_zh_hans=zh_hans,
        reason_en=en or "",
        since=row.since,
        until=row.until,
        reference=row.reference or "",
        labels=EXEMPT if row.exempt else LABELS,
    )
