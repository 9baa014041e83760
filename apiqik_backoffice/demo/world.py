"""Filling an empty database with the demo world."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from simple_history.signals import pre_create_historical_record

from accounts.agreements import import_text
from accounts.imports import store
from accounts.models import Account, ApiKey, Membership, Service, ServiceClient, User
from accounts.models.users import Language
from apiqik_backoffice.demo.episodes import EPISODES
from apiqik_backoffice.demo.lives import Lives, holder_of
from apiqik_backoffice.demo.matters import Matters
from apiqik_backoffice.demo.money import Money, offer_models
from apiqik_backoffice.demo.payments import Payments
from apiqik_backoffice.demo.population import Population
from apiqik_backoffice.demo.providers import standing_in
from apiqik_backoffice.demo.signins import SignIn, SignIns, new_password
from apiqik_backoffice.demo.staff import Office
from apiqik_backoffice.demo.story import Story
from apiqik_backoffice.demo.timeline import Timeline
from common import clock
from common.exceptions import BackOfficeError

AGREEMENTS = Path(__file__).parent / "agreements"
PEOPLE, ORGANIZATIONS = 320, 90
SERVICES = (
    ("text-generation", "文本生成", "Text generation"),
    ("image-generation", "图像生成", "Image generation"),
    ("video-generation", "视频生成", "Video generation"),
    ("speech-synthesis", "语音合成", "Speech synthesis"),
    ("embeddings", "向量嵌入", "Embeddings"),
)


class SomebodyIsThere(BackOfficeError):
    """The demo world is for an empty database only."""


def load() -> SignIns:
    """Makes the whole world, or nothing, and saves and returns its sign-ins.

    Must run as the owner of the schema, who may shift the clock. Raises
    `SomebodyIsThere`.
    """
    if User.objects.exists():
        raise SomebodyIsThere(
            _("This database has people already: the demo world is for an empty one.")
        )
    with transaction.atomic(), standing_in(), history_by_the_clock():
        world = World(present=clock.now())
        world.timeline.run()
        world.signins.save()
    return world.signins


@contextmanager
def history_by_the_clock() -> Iterator[None]:
    """While it lasts, histories are dated by the database's clock, as the rest is."""

    def date(history_instance: Any, **_signal: Any) -> None:
        history_instance.history_date = clock.now()

    pre_create_historical_record.connect(date)
    try:
        yield
    finally:
        pre_create_historical_record.disconnect(date)


class World:
    """The acts that make it, in the order of their days."""

    def __init__(self, *, present: datetime) -> None:
        self.random = random.Random("apiqik world")  # noqa: S311 -- made up, nothing secret
        self.timeline = Timeline(end=present)
        self.signins = SignIns()
        self.office = Office(self.signins)
        self.population = Population(people=PEOPLE, organizations=ORGANIZATIONS)
        self.cast: dict[str, list[Account]] = {}
        ago = self.timeline.ago
        self.timeline.at(ago(126), self.office.open)
        self.timeline.at(ago(125), self.publish_agreements)
        self.timeline.at(ago(124), self.offer_services)
        steps = [PEOPLE * step // 8 for step in range(9)]
        for number, (first, last) in enumerate(pairwise(steps)):
            self.timeline.at(ago(120 - 6 * number), partial(self.join, first, last))
        self.timeline.at(ago(70), self.issue_keys)
        self.timeline.at(ago(69), self.choose_cast)
        self.timeline.at(ago(68), self.tell_story)

    def publish_agreements(self) -> None:
        """Terms and privacy policy in both languages."""
        for slug in ("terms", "privacy"):
            for language in Language:
                import_text(
                    slug=slug,
                    number=1,
                    language=language,
                    source=(AGREEMENTS / f"{slug}-{language}.txt").read_bytes(),
                    publish=True,
                    imported_by=self.office.superuser,
                )

    def offer_services(self) -> None:
        """What is sold, and the gateway that asks whether somebody may use it."""
        for position, (slug, zh_hans, en) in enumerate(SERVICES):
            Service.objects.create(slug=slug, name_zh_hans=zh_hans, name_en=en, position=position)
        offer_models()
        _client, self.signins.gateway_token = ServiceClient.issue(
            name="gateway",
            scopes=[
                ServiceClient.Scope.ACCESS_READ,
                ServiceClient.Scope.ENFORCEMENT_READ,
                ServiceClient.Scope.ENFORCEMENT_APPLY,
            ],
            created_by=self.office.superuser,
        )

    def join(self, first: int, last: int) -> None:
        """Some more people come, and organizations."""
        store(rows=self.population.joining(first, last, at=clock.now()))

    def issue_keys(self) -> None:
        """Every second account has a key or two; some are narrow, old or given up."""
        services = list(Service.objects.all())
        owners = Membership.objects.filter(role=Membership.Role.OWNER).order_by("pk")
        for owner in owners.select_related("account", "user")[::2]:
            lot = self.random.random()
            key, _secret = ApiKey.issue(
                account=owner.account,
                created_by=owner.user,
                name=self.random.choice(["production", "staging", "notebook", "服务器"]),
                expires_at=clock.now() + timedelta(days=45 if lot < 0.1 else 400),
            )
            if lot > 0.8:
                key.services.set(self.random.sample(services, k=2))
            if 0.1 < lot < 0.2:
                key.revoke(at=clock.now() + timedelta(hours=1))

    def choose_cast(self) -> None:
        """The accounts that a newcomer can sign in to, and one that cannot be told."""
        personal = Account.objects.filter(
            kind=Account.Kind.PERSONAL, holder__contact_email__contains="@", conditions=None
        ).order_by("pk")
        chinese, *_others = personal.filter(holder__language="zh-hans")
        english, *_others = personal.filter(holder__language="en")
        spent = personal.filter(holder__language="zh-hans")[1]
        waiting = Account.objects.filter(
            kind=Account.Kind.PERSONAL, conditions__source="consent_due"
        ).earliest("pk")
        self.cast = {
            "unreachable": [self._without_noticed_members()],
            "suspended": [self._organization_of(chinese)],
            "soon": [chinese, english],
        }
        for account, about in (
            (chinese, gettext_noop("a service stops within minutes; an organization is suspended")),
            (english, gettext_noop("in English; a service stops within minutes")),
            (waiting, gettext_noop("has not agreed to the terms yet")),
            (spent, gettext_noop("the balance is spent: nothing works until it is topped up")),
        ):
            self._let_in(account, about)
        self.money = Money(self.timeline, self.office, healthy=chinese, low=english, spent=spent)
        owned = Account.objects.filter(
            kind=Account.Kind.ORGANIZATION,
            memberships__role=Membership.Role.OWNER,
            conditions=None,
        ).exclude(pk__in=[one.pk for accounts in self.cast.values() for one in accounts])
        self.matters = Matters(
            self.timeline,
            self.office,
            chinese=chinese,
            english=english,
            others=list(owned.distinct().order_by("-pk")[:4]),
        )
        alone = personal.exclude(holder__memberships__account__kind=Account.Kind.ORGANIZATION)
        minor, leaver, loser = alone.filter(holder__language="zh-hans")[2:5]
        self._let_in(minor, gettext_noop("a minor whose guardian has not consented yet"))
        self._let_in(leaver, gettext_noop("is leaving, and may still take it back"))
        self.lives = Lives(
            self.timeline,
            self.office,
            minor=minor,
            leaver=leaver,
            loser=loser,
            given=list(owned.filter(api_keys__isnull=False).distinct().order_by("pk")[:2]),
        )

    def tell_story(self) -> None:
        story = Story(self.timeline, self.office, self.cast)
        for episode in EPISODES:
            story.tell(episode)
        self.money.tell()
        payers = [payer.account for payer in self.money.payers]
        Payments(
            self.timeline, self.office, payer=payers[-1], person=payers[0], asks=payers[-2]
        ).tell()
        self.matters.tell()
        self.lives.tell()

    def _organization_of(self, account: Account) -> Account:
        """A company of the account's holder, founded for the purpose."""
        holder = holder_of(account)
        row = self.population.place_of(holder.phone, at=clock.now(), company="海港智能有限公司")
        store(rows=[row])
        return Account.objects.get(external_ref=row.account_ref)

    def _without_noticed_members(self) -> Account:
        """An organization that was brought in without an owner: nobody there can be told."""
        holder = holder_of(Account.objects.filter(kind=Account.Kind.PERSONAL).latest("pk"))
        owned = self.population.place_of(holder.phone, at=clock.now(), company="远山贸易有限公司")
        row = replace(
            owned,
            account_ref="demo-unowned",
            role=Membership.Role.VIEWER,
            accepted=None,
            accepted_at=None,
        )
        store(rows=[row])
        return Account.objects.get(external_ref=row.account_ref)

    def _let_in(self, account: Account, about: str) -> None:
        holder = holder_of(account)
        password = new_password()
        holder.set_password(password)
        holder.save(update_fields=["password"])
        self.signins.customers.append(SignIn(holder.name, about, holder.phone, password))
