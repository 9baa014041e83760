"""The demo world's money: top-ups, granted credit, weeks of usage, and what went wrong.

Through the verbs of staff and jobs, on the timeline's days. One account has spent all it
had, another is low, a third asks for a refund on a written consent.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import count

from django.utils.timezone import localdate

from accounts.models import (
    Account,
    ApiKey,
    Clause,
    InferenceModel,
    Membership,
    Region,
    Service,
    ServiceClient,
    User,
)
from apiqik_backoffice.demo.staff import Office
from apiqik_backoffice.demo.timeline import Timeline
from billing import alerts, charging, decisions, money_in, refunds, telling
from billing.charging import Line
from billing.models import Ledger, PostingRequest, RefundConsent, Wallet
from billing.money import micro_of
from common import clock
from notices import letter_sending

# Model, its service, and yuan per million of what is counted.
MODELS = (
    ("aurora-72b", "Aurora 72B", "text-generation", {"tokens_in": "4", "tokens_out": "12"}),
    ("aurora-8b", "Aurora 8B", "text-generation", {"tokens_in": "0.35", "tokens_out": "0.7"}),
    ("painter-2", "Painter 2", "image-generation", {"pixels": "0.06"}),
    ("voice-1", "Voice 1", "speech-synthesis", {"characters": "180"}),
    ("vector-3", "Vector 3", "embeddings", {"tokens_in": "0.5"}),
)
# Of one line, for CNY 1 or so.
USUAL = {"tokens_in": 110_000, "tokens_out": 45_000, "pixels": 12_000_000, "characters": 5_000}
REGIONS = (
    ("cn-east", "华东", "East China"),
    ("cn-south", "华南", "South China"),
    ("ap-southeast", "东南亚", "Southeast Asia"),
)
ORGANIZATIONS = 10
BEGINS, WEEKS = 66, 9
LINES_A_DAY = 4
PAPER = b"%PDF-1.4\n% A made-up consent of the demo world: nobody signed it.\n%%EOF\n"


@dataclass(frozen=True, kw_only=True)
class Payer:
    """An account with money: whole yuan paid at first and every four weeks, granted credit,
    and how much it uses."""

    account: Account
    first: int
    monthly: int = 0
    granted: int = 0
    expires_in: int = 0
    intensity: float = 1


def offer_models() -> None:
    """What is charged for, and where it is served from."""
    for slug, zh_hans, en in REGIONS:
        Region.objects.create(slug=slug, name_zh_hans=zh_hans, name_en=en)
    services = Service.objects.in_bulk(field_name="slug")
    for slug, name, service, _prices in MODELS:
        InferenceModel.objects.create(slug=slug, name=name, service=services[service])


class Money:
    """Puts it on the timeline. `healthy`, `low` and `spent` are personal accounts."""

    def __init__(
        self, timeline: Timeline, office: Office, *, healthy: Account, low: Account, spent: Account
    ) -> None:
        self.timeline = timeline
        self.office = office
        self.low = low
        self.random = random.Random("apiqik money")  # noqa: S311 -- made up, nothing secret
        self.numbers = count(1)
        self.client, _token = ServiceClient.issue(
            name="rating",
            scopes=[ServiceClient.Scope.CHARGES_WRITE],
            created_by=office.superuser,
        )
        self.prices = {slug: prices for slug, _name, _service, prices in MODELS}
        self.models = list(InferenceModel.objects.order_by("slug"))
        self.regions = list(Region.objects.order_by("slug"))
        organizations = list(
            Account.objects.filter(
                kind=Account.Kind.ORGANIZATION,
                memberships__role=Membership.Role.OWNER,
                conditions=None,
            ).order_by("pk")[:ORGANIZATIONS]
        )
        self.refunded = organizations[0]
        self.keys: dict[int, int] = dict(ApiKey.objects.values_list("account", "pk"))
        self.payers = [
            Payer(account=healthy, first=500, monthly=300, granted=250, expires_in=30),
            Payer(account=low, first=900),
            Payer(account=spent, first=60),
            *[
                Payer(
                    account=account,
                    first=5_000 + 2_500 * number,
                    monthly=1_000 * (number % 4),
                    granted=100 * (number % 3) or 1_000,
                    # Some of it within days from now.
                    expires_in=180 if number % 3 else BEGINS + 4,
                    intensity=2 + number,
                )
                for number, account in enumerate(organizations)
            ],
        ]

    def tell(self) -> None:
        """Schedules all of it."""
        at, ago = self.timeline.at, self.timeline.ago
        at(ago(BEGINS), partial(self.top_up, first=True))
        at(ago(BEGINS, hour=11), self.grant)
        at(ago(BEGINS, hour=12), self.choose_thresholds)
        for week in range(1, WEEKS + 1):
            at(ago(BEGINS - 7 * week, hour=9), self.use)
            at(ago(BEGINS - 7 * week, hour=12), look)
            if week % 4 == 0:
                at(ago(BEGINS - 7 * week, hour=8), self.top_up)
        at(ago(2, hour=9), self.run_low)
        at(ago(2, hour=15), self.ask_for_refund)
        at(ago(1, hour=9), look)

    def top_up(self, *, first: bool = False) -> None:
        """By bank transfer, or with a payment provider."""
        for payer in self.payers:
            amount = payer.first if first else payer.monthly
            if amount:
                organization = payer.account.kind == Account.Kind.ORGANIZATION
                money_in.top_up(
                    account=payer.account,
                    amount=micro_of(amount),
                    source=Ledger.BANK if organization else Ledger.PROVIDERS,
                    key=f"demo:{next(self.numbers)}",
                )

    def grant(self) -> None:
        """Credit as a present, asked for by billing, agreed to by a supervisor."""
        for payer in self.payers:
            if payer.granted:
                request = decisions.request_grant(
                    account=payer.account,
                    amount=micro_of(payer.granted),
                    expires_at=clock.now() + timedelta(days=payer.expires_in),
                    reason="Welcome to the platform.",
                    requested_by=self.clerk,
                )
                decisions.approve(
                    request=request, approved_by=self.office.supervisors[0], at=clock.now()
                )

    def choose_thresholds(self) -> None:
        """Organizations want to know early."""
        for payer in self.payers:
            owner = payer.account.memberships.filter(role=Membership.Role.OWNER).first()
            if owner and payer.intensity > 4:
                alerts.set_threshold(account=payer.account, amount=micro_of(500), by=owner.user)

    def use(self) -> None:
        """A week of usage, as rated."""
        charging.charge(list(self._lines(clock.now())), client=self.client.pk)

    def run_low(self) -> None:
        """One account has CNY 6.40 left after its last large job."""
        wallet = Wallet.objects.get(pk=self.low.pk)
        exact = Decimal(wallet.balance - micro_of("6.4"))
        line = self._line(Payer(account=self.low, first=0), clock.now())
        if exact > 0:
            charging.charge([_with(line, exact)], client=self.client.pk)

    def ask_for_refund(self) -> PostingRequest:
        """Billing has a signed consent and asks to pay back on it; nobody has agreed yet."""
        at = clock.now()
        consent: RefundConsent = refunds.record_consent(
            account=self.refunded,
            document=PAPER,
            signatory="沈秋实",
            signed_on=localdate(at) - timedelta(days=1),
            clause=Clause.objects.get(
                version__document__slug="terms", version__number=1, number="6"
            ),
            cap=micro_of(1_000),
            expires_at=at + timedelta(days=90),
            recorded_by=self.clerk,
            at=at,
        )
        return decisions.request_refund(
            account=self.refunded,
            amount=micro_of(800),
            reason="The project ended before it began; agreed to in writing.",
            requested_by=self.clerk,
            consent=consent,
            payout="Back to the account the transfer came from",
            case_reference="CASE-2041",
        )

    @property
    def clerk(self) -> User:
        return self.office.by_group["billing"][0]

    def _lines(self, until: datetime) -> Iterator[Line]:
        for payer in self.payers:
            for number in reversed(range(7 * LINES_A_DAY)):
                ago = timedelta(hours=24 / LINES_A_DAY) * number
                jitter = timedelta(seconds=self.random.randrange(3600))
                yield self._line(payer, until - ago - jitter)

    def _line(self, payer: Payer, used_at: datetime) -> Line:
        model = self.random.choice(self.models)
        prices = self.prices[model.slug]
        quantities = {
            name: int(USUAL[name] * payer.intensity * self.random.uniform(0.4, 2.5))
            for name in prices
        }
        # Yuan per million are micro-yuan each.
        exact = sum(
            (Decimal(prices[name]) * quantity for name, quantity in quantities.items()), Decimal(0)
        )
        return Line(
            key=f"demo:{next(self.numbers)}",
            account=payer.account.pk,
            exact=exact,
            used_at=used_at,
            api_key=self.keys.get(payer.account.pk),
            service=model.service_id,
            model=model.pk,
            region=self.random.choice(self.regions).pk,
            quantities=quantities,
        )


def _with(line: Line, exact: Decimal) -> Line:
    """The same use, rated at that."""
    return Line(**{**vars(line), "exact": exact})


def look() -> None:
    """What the jobs do when everything is woken once."""
    at = clock.now()
    money_in.expire_due(at=at)
    alerts.note_expiring(at=at)
    telling.write_letters(at=at)
    while letter_sending.send_due(at=at):
        pass
