"""Playing the episodes: each becomes acts on the timeline, through the verbs of people
and jobs. What is planned for after the present is left to the real ones.
"""

import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from accounts.models import Account, Clause, Service, User
from apiqik_backoffice.demo.episodes import Episode, Then
from apiqik_backoffice.demo.staff import Office
from apiqik_backoffice.demo.timeline import Timeline
from common import clock
from notices import announced, changes, delivering, progress
from notices.audiences import Rule
from notices.models import Channel, Proposal, ServiceChange

# From the telling to the effect: three whole days between, in any time zone.
NOTICE_DAYS = 5
# When the workers look again: those who could not be reached at first are tried anew.
LOOKS = [timedelta(seconds=seconds) for seconds in (2, 45, 240, 1200)]


# Long enough for all of a demo world; the clock is shifted, so only the length counts.
A_WHILE = timedelta(minutes=10)


TITLES = {
    "suspension": ("暂停%s", "Suspend %s"),
    "usage_limit": ("限制%s的用量", "Limit the use of %s"),
    "termination": ("终止%s", "End %s"),
    "service_change": ("%s将更换模型", "Another model behind %s"),
}


class Story:
    """Puts episodes on a timeline. `cast` are the accounts that episodes name."""

    def __init__(
        self, timeline: Timeline, office: Office, cast: Mapping[str, Sequence[Account]]
    ) -> None:
        self.timeline = timeline
        self.office = office
        self.cast = cast
        self.random = random.Random("apiqik story")  # noqa: S311 -- made up, nothing secret

    def tell(self, episode: Episode) -> None:
        """Schedules the planning of a change, from which the rest follows."""
        told = _at_work(self.timeline, episode.told, hour=14 + len(episode.cause.en) % 4)
        start = told - timedelta(hours=3)
        self.timeline.at(start, lambda: Play(self, episode, told=told).plan())


class Play:
    """One change on its way."""

    def __init__(self, story: Story, episode: Episode, *, told: datetime) -> None:
        self.story = story
        self.at = story.timeline.at
        self.episode = episode
        self.told = told
        self.effect = _at_work(story.timeline, self._effect_ago(), hour=10)
        if episode.at_once:
            self.effect = told
        self.officer: User = story.random.choice(story.office.officers)
        self.supervisor: User = story.random.choice(story.office.supervisors)

    def _effect_ago(self) -> float:
        if self.episode.effect_in is not None:
            return -self.episode.effect_in
        return self.episode.told - NOTICE_DAYS

    def plan(self) -> None:
        episode = self.episode
        service = Service.objects.filter(slug=episode.service).first()
        lasts = timedelta(days=episode.lasts) if episode.lasts else None
        self.change = changes.plan(
            planned_by=self.officer,
            accounts=() if episode.of_organizations else self._accounts(),
            audience="rule" if episode.of_organizations else "chosen",
            rule=Rule(kinds=["organization"]).as_json() if episode.of_organizations else {},
            kind=episode.kind,
            limits=dict(episode.limits),
            title_zh_hans=TITLES[episode.kind][0]
            % (service.name_zh_hans if service else "全部服务"),
            title_en=TITLES[episode.kind][1]
            % (service.name_en.lower() if service else "all services"),
            reason_zh_hans=episode.cause.zh_hans,
            reason_en=episode.cause.en,
            service=service,
            clause=Clause.objects.get(
                version__document__slug="terms", version__number=1, number=episode.cause.clause
            ),
            effective_at=self.effect,
            ends_at=self.effect + lasts if lasts else None,
            at_once=episode.at_once,
            grounds="Sign-ins from two continents within an hour." if episode.at_once else "",
        )
        if episode.then is not Then.DRAFT:
            self.at(self.told - timedelta(hours=2), self.propose)

    def propose(self) -> None:
        self._fresh()
        changes.propose(change=self.change, proposed_by=self.officer, at=clock.now())
        if self.episode.then is Then.SENT_BACK:
            self.at(self.told - timedelta(hours=1), self.send_back)
        elif self.episode.then is not Then.PROPOSED:
            self.at(self.told - timedelta(seconds=2), self.approve)

    def send_back(self) -> None:
        changes.reject(
            proposal=self._proposal(),
            rejected_by=self.supervisor,
            reason="Two of the accounts answered us; check them again first.",
        )

    def approve(self) -> None:
        changes.approve(proposal=self._proposal(), approved_by=self.supervisor, at=clock.now())
        if self.episode.then is Then.BEING_ANNOUNCED:
            # Written, not sent: the real workers find it.
            self.at(self.told, lambda: progress.write_messages())
            return
        self._look_from(self.told)
        if self.episode.then is Then.WITHDRAWN:
            self.at(self._later(self.told), self.withdraw)
            return
        if not self.episode.at_once:
            self._look_from(self.effect)
        if self.episode.then is Then.LIFTED:
            self.at(self._later(self.effect), self.lift)

    def withdraw(self) -> None:
        self._fresh()
        announced.withdraw(
            change=self.change,
            withdrawn_by=self.officer,
            reason="The organization put things right.",
            at=clock.now(),
        )
        self._look_from(clock.now())

    def lift(self) -> None:
        self._fresh()
        announced.lift(
            change=self.change,
            lifted_by=self.officer,
            reason="The cause is gone.",
            at=clock.now(),
        )
        self._look_from(clock.now())

    def _accounts(self) -> list[Account]:
        cast = list(self.story.cast.get(self.episode.cast, []))
        named = [account.pk for accounts in self.story.cast.values() for account in accounts]
        crowd = list(Account.objects.exclude(pk__in=named).order_by("pk"))
        return cast + self.story.random.sample(crowd, k=min(self.episode.accounts, len(crowd)))

    def _look_from(self, moment: datetime) -> None:
        for pause in LOOKS:
            self.at(moment + pause, look)

    def _later(self, moment: datetime) -> datetime:
        return moment + timedelta(days=self.episode.after)

    def _fresh(self) -> None:
        self.change = ServiceChange.objects.get(pk=self.change.pk)

    def _proposal(self) -> Proposal:
        self._fresh()
        proposal = self.change.proposal
        if proposal is None:
            raise LookupError(f"{self.change} was never proposed.")
        return proposal


def _at_work(timeline: Timeline, ago: float, *, hour: int) -> datetime:
    """So many days ago, at that hour of the office; close to the present, exactly then,
    but at a whole minute."""
    if abs(ago) > 1.5:
        return timeline.ago(ago, hour=hour)
    moment = timeline.end - timedelta(days=ago)
    return moment.replace(second=0, microsecond=0) + timedelta(minutes=ago < 0)


def look() -> None:
    """What the workers do when everything is woken once."""
    progress.write_messages()
    progress.take_effect_all(at=clock.now())
    progress.write_messages()
    for channel in (Channel.EMAIL, Channel.SMS):
        delivering.deliver_all(channel, at_most=A_WHILE)
    progress.conclude_all()
