"""What happened in the demo world: the service changes, as plain data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Then(StrEnum):
    """How far a change got."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    SENT_BACK = "sent back"
    BEING_ANNOUNCED = "being announced"
    CARRIED_OUT = "carried out"
    LIFTED = "lifted"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, kw_only=True)
class Cause:
    """Why, in both languages, and the clause it rests on."""

    zh_hans: str
    en: str
    clause: str


OVERLOAD = Cause(
    zh_hans="请求量多次远超限额，影响了其他用户。",
    en="Requests far above the limits disturbed other customers several times.",
    clause="2.2.4",
)
RESALE = Cause(
    zh_hans="未经同意转售 API 密钥。",
    en="API keys were resold without consent.",
    clause="2.2.2",
)
TEAM_RULES = Cause(
    zh_hans="组织账号由组织以外的人员使用。",
    en="The organization's account was used by people outside it.",
    clause="1.2.7",
)
UNVERIFIED = Cause(
    zh_hans="所需的身份资料未能在期限内核实。",
    en="The details asked for could not be verified in time.",
    clause="1.4",
)
REPLACED = Cause(
    zh_hans="所用模型将更换，切换期间暂停服务。",
    en="The model behind the service is replaced; it rests during the change.",
    clause="1.3",
)
TAKEOVER = Cause(
    zh_hans="账号疑似由他人使用，为保护账号先行暂停。",
    en="Somebody else seems to be using the account; it is held to protect it.",
    clause="1.2.6",
)


@dataclass(frozen=True, kw_only=True)
class Episode:
    """A change: told so many days ago, to so many accounts.

    `effect_in` is when it begins, in days from the present, by default five days after
    the telling; `lasts` how many days it holds, None until it is lifted. `after` is how
    many days after the effect (or the telling) it was lifted (or called off).
    """

    cause: Cause
    service: str | None
    accounts: int
    told: float
    effect_in: float | None = None
    lasts: float | None = None
    then: Then = Then.CARRIED_OUT
    after: float = 2
    at_once: bool = False
    kind: str = "suspension"
    limits: Mapping[str, int] = field(default_factory=dict)
    of_organizations: bool = False
    """For every organization, by a rule, instead of chosen accounts."""
    cast: str = ""
    """Accounts that play in it besides the crowd: `suspended`, `soon`, `unreachable`."""


MINUTE = 1 / 24 / 60

EPISODES = (
    Episode(cause=OVERLOAD, service="text-generation", accounts=9, told=61, then=Then.LIFTED),
    Episode(cause=REPLACED, service="speech-synthesis", accounts=40, told=47, lasts=3),
    Episode(cause=RESALE, service="text-generation", accounts=4, told=38),
    Episode(cause=UNVERIFIED, service="video-generation", accounts=6, told=33, cast="suspended"),
    Episode(cause=OVERLOAD, service="image-generation", accounts=12, told=27, lasts=14),
    Episode(cause=TEAM_RULES, service=None, accounts=3, told=24, then=Then.WITHDRAWN, after=1),
    Episode(cause=REPLACED, service="image-generation", accounts=35, told=21, lasts=2),
    Episode(cause=OVERLOAD, service="embeddings", accounts=8, told=17, then=Then.LIFTED, after=4),
    Episode(cause=RESALE, service="image-generation", accounts=5, told=14),
    Episode(cause=UNVERIFIED, service="speech-synthesis", accounts=16, told=12),
    Episode(cause=TAKEOVER, service=None, accounts=2, told=10, at_once=True),
    Episode(cause=TEAM_RULES, service="video-generation", accounts=7, told=9, cast="unreachable"),
    Episode(cause=OVERLOAD, service="text-generation", accounts=11, told=8, lasts=30),
    Episode(
        cause=OVERLOAD,
        kind="usage_limit",
        limits={"requests_per_minute": 60},
        service="text-generation",
        accounts=10,
        told=16,
    ),
    Episode(
        cause=RESALE,
        kind="termination",
        service="image-generation",
        accounts=2,
        told=5,
        effect_in=32,
    ),
    Episode(
        cause=REPLACED,
        kind="service_change",
        service="text-generation",
        accounts=0,
        told=3,
        effect_in=8,
        of_organizations=True,
    ),
    # Those a newcomer can watch: one minutes away, one next week, one being told of.
    Episode(
        cause=OVERLOAD,
        service="image-generation",
        accounts=18,
        told=6,
        effect_in=4 * MINUTE,
        lasts=7,
        cast="soon",
    ),
    Episode(cause=UNVERIFIED, service="embeddings", accounts=22, told=4, effect_in=3, cast="soon"),
    Episode(
        cause=TAKEOVER, service=None, accounts=1, told=2, at_once=True, then=Then.LIFTED, after=1
    ),
    Episode(cause=REPLACED, service="speech-synthesis", accounts=60, told=1.5, effect_in=6),
    Episode(
        cause=RESALE,
        service="text-generation",
        accounts=5,
        told=1,
        effect_in=6,
        then=Then.SENT_BACK,
    ),
    Episode(
        cause=TEAM_RULES,
        service="image-generation",
        accounts=9,
        told=0.5,
        effect_in=7,
        then=Then.PROPOSED,
    ),
    Episode(
        cause=OVERLOAD, service="embeddings", accounts=14, told=0.3, effect_in=8, then=Then.PROPOSED
    ),
    Episode(
        cause=UNVERIFIED,
        service="text-generation",
        accounts=3,
        told=0.2,
        effect_in=9,
        then=Then.DRAFT,
    ),
    Episode(
        cause=OVERLOAD,
        service="video-generation",
        accounts=25,
        told=2 * MINUTE,
        effect_in=7,
        then=Then.BEING_ANNOUNCED,
    ),
)
