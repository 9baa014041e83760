"""What has to be settled before an account is closed. Apps add theirs in `AppConfig.ready`:

leaving_checks.register(LeavingCheck("money", obstacles))
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Account, Closing, Membership, Transfer, User
from common.registries import Registry


@dataclass(frozen=True)
class Obstacle:
    """Something in the way: what it is, and where it is settled; `url` may be empty."""

    sentence: str
    url: str = ""
    link: str = ""


@dataclass(frozen=True)
class LeavingCheck:
    """One subject to look at. `label` says what is well when nothing is in the way.

    `look` is given the accounts that would be closed, the person who leaves (None: only an
    organization is closed) and the moment. One `of_people` is passed over without a person.
    """

    name: str
    label: str | Promise
    look: Callable[[Sequence[Account], User | None, datetime], Iterable[Obstacle]]
    of_people: bool = False


@dataclass(frozen=True)
class Looked:
    """What a check came to; nothing in the way when there are no obstacles."""

    label: str | Promise
    obstacles: Sequence[Obstacle]


leaving_checks: Registry[LeavingCheck] = Registry("check before leaving")


def look(*, accounts: Sequence[Account], person: User | None, at: datetime) -> list[Looked]:
    """What every check says, in order of registration."""
    return [
        Looked(check.label, list(check.look(accounts, person, at)))
        for check in leaving_checks
        if person is not None or not check.of_people
    ]


def obstacles(*, accounts: Sequence[Account], person: User | None, at: datetime) -> list[Obstacle]:
    """All that is in the way."""
    looked = look(accounts=accounts, person=person, at=at)
    return [obstacle for one in looked for obstacle in one.obstacles]


def staff(accounts: Sequence[Account], person: User | None, at: datetime) -> Iterable[Obstacle]:
    """Members of staff are off-boarded first: what they do here is not theirs alone."""
    if person is not None and person.is_staff:
        yield Obstacle(_("You are a member of staff. A supervisor off-boards you first."))


def last_owner(
    accounts: Sequence[Account], person: User | None, at: datetime
) -> Iterable[Obstacle]:
    """No organization is left without an owner."""
    if person is None:
        return
    owned = Account.objects.filter(
        kind=Account.Kind.ORGANIZATION,
        closed_at=None,
        memberships__user=person,
        memberships__role=Membership.Role.OWNER,
    ).order_by("name")
    for account in owned:
        others = account.memberships.filter(role=Membership.Role.OWNER, user__is_active=True)
        if others.exclude(user=person).exists():
            continue
        waits = Closing.objects.open().filter(account=account).exists()
        yield Obstacle(
            _("You are the last owner of %(name)s, which is about to be closed.")
            % {"name": account}
            if waits
            else _("You are the last owner of %(name)s: hand it over, or close it.")
            % {"name": account},
            reverse("close_account", args=[account.public_id]),
            _("Close the organization"),
        )


def transfers(accounts: Sequence[Account], person: User | None, at: datetime) -> Iterable[Obstacle]:
    """What is about to go to somebody else, or to come from them, is settled first."""
    concerned = Q(account__in=accounts) | Q(to_account__in=accounts)
    if person is not None:
        concerned |= Q(asked_by=person) | Q(new_owner=person)
    for transfer in Transfer.objects.open().filter(concerned).select_related("account"):
        yield Obstacle(
            _("%(what)s is about to change hands: %(reference)s. Take it back, or decline it.")
            % {"what": transfer.get_kind_display(), "reference": transfer.public_id},
            reverse("transfers", args=[transfer.account.public_id]),
            _("Transfers"),
        )


def register() -> None:
    """Called once, when the app is ready."""
    leaving_checks.register(
        LeavingCheck("staff", gettext_lazy("You are a customer"), staff, of_people=True)
    )
    leaving_checks.register(
        LeavingCheck("transfers", gettext_lazy("Nothing is about to change hands"), transfers)
    )
    leaving_checks.register(
        LeavingCheck(
            "last_owner",
            gettext_lazy("No organization is left without an owner"),
            last_owner,
            of_people=True,
        )
    )
