"""Names that people choose for themselves and for accounts (clause 1.2.5).

Whoever writes a name asks `choose` first, then writes it, then calls `chosen`: at sign-up
(`begin`), in the settings, on the page of an account, at the desk. A name that must not be
taken raises `NameRefused`; one that is doubtful is taken, and `name_doubted` is sent for
somebody to look at it. Members of staff have names as their work needs.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import activity, roles
from accounts.exceptions import NameRefused, NotAllowed
from accounts.models import Account, Activity, User
from accounts.name_screening import Outcome, Verdict, screen
from accounts.roles import May
from accounts.signals import name_chosen, name_doubted, name_is_chosen
from common.look_alikes import fold


@dataclass(frozen=True, kw_only=True)
class Demands:
    """What is asked of an account's next name, by an app above: that it raise no doubt, and
    that it be none of `barred`, names as they compare."""

    must_pass: bool = False
    barred: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A name that may be written: of a person, or else of an account."""

    account: Account | None
    person: User | None
    name: str
    verdict: Verdict


def choose(
    *, name: str, at: datetime, account: Account | None = None, person: User | None = None
) -> Choice:
    """Looks at a name before it is written, inside the transaction that will write it and
    before that locks anything. Raises `NameRefused` with a sentence for whoever chose it."""
    about = account or account_of(person)
    answers: list[tuple[Any, Any]] = name_is_chosen.send(sender=Choice, account=about)
    demands = [answer for _receiver, answer in answers if isinstance(answer, Demands)]
    verdict = Verdict() if person is not None and person.is_staff else screen(name, at=at)
    if verdict.outcome == Outcome.REFUSED:
        raise NameRefused(str(verdict.sentence))
    if any(fold(name).whole in one.barred for one in demands):
        raise NameRefused(_("We have decided that this name cannot stay. Please choose another."))
    if verdict.outcome == Outcome.DOUBTFUL and any(one.must_pass for one in demands):
        raise NameRefused(
            _(
                "This name sounds like that of an authority or of our staff too. Please choose "
                "one that raises no doubt."
            )
        )
    return Choice(account=account, person=person, name=name, verdict=verdict)


def chosen(choice: Choice, *, by: User, at: datetime) -> None:
    """Tells the apps above of a name that was just written, in the same transaction."""
    about = choice.account or account_of(choice.person)
    news = {"account": about, "person": choice.person, "by": by, "at": at}
    name_chosen.send(sender=Choice, **news)
    if choice.verdict.outcome == Outcome.DOUBTFUL:
        name_doubted.send(sender=Choice, name=choice.name, hits=choice.verdict.hits, **news)


def account_of(person: User | None) -> Account | None:
    """The account that answers for a person's name: their own, None without one."""
    if person is None:
        return None
    return Account.objects.filter(holder=person).first()


@transaction.atomic
def begin(*, person: User, account: Account | None, at: datetime) -> Verdict:
    """For sign-up: call it in the transaction that made `person` and `account`. Answers what
    the graver of the two names came to. Raises `NameRefused`: then neither may stay."""
    made = [choose(name=person.name, person=person, at=at)]
    if account is not None and fold(account.name) != fold(person.name):
        made.append(choose(name=account.name, account=account, at=at))
    for choice in made:
        chosen(choice, by=person, at=at)
    return next((one.verdict for one in made if one.verdict.hits), made[0].verdict)


@transaction.atomic
def rename_account(*, account: Account, name: str, edition: int, by: User, at: datetime) -> Verdict:
    """An owner or administrator gives an account another name. Answers what it came to.

    `edition` is the one that the person was shown. Raises `NotAllowed`, `NameRefused`, and
    `EditedMeanwhile` when the record has moved on.
    """
    if not roles.person_may(user=by, account=account, act=May.RENAME):
        raise NotAllowed(_("Owners and administrators of the account may rename it."))
    name = name.strip()
    if name == account.name:
        return Verdict()
    choice = choose(name=name, account=account, at=at)
    account.claim_edition(edition)
    was, account.name = account.name, name
    account.save(update_fields=["name"])
    activity.note(Activity.Kind.RENAMED, account=account, by=by, name=name, was=was)
    chosen(choice, by=by, at=at)
    return choice.verdict
