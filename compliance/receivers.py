"""What compliance does on news from the apps below."""

from datetime import datetime
from typing import Any

from django.dispatch import receiver

from accounts.models import Account, AgreementVersion, User
from accounts.naming import Demands
from accounts.signals import (
    agreement_imported,
    agreement_published,
    name_chosen,
    name_doubted,
    name_is_chosen,
)
from compliance import effects, names, policies
from notices.models import ServiceChange
from notices.signals import change_began


@receiver([agreement_imported, agreement_published])
def terms_are_there(sender: object, version: AgreementVersion, **_news: Any) -> None:
    """Policies stand on clauses of every version of the terms, before anybody is judged."""
    policies.bind_version(version)


@receiver(change_began)
def a_change_began(sender: object, change: ServiceChange, at: datetime, **_news: Any) -> None:
    """What carries out a decision is felt from here on: its case says so."""
    effects.begun(change, at=at)


@receiver(name_is_chosen)
def somebody_chooses_a_name(sender: object, account: Account | None, **_news: Any) -> Demands:
    """While a deadline runs, only a name without doubts will do (1.2.5)."""
    return names.demands_on(account)


@receiver(name_chosen)
def a_name_was_chosen(
    sender: object, account: Account | None, by: User, at: datetime, **_news: Any
) -> None:
    """A deadline is met once the names that cannot stay are gone."""
    names.meet(account=account, by=by, at=at)


@receiver(name_doubted)
def a_doubtful_name_was_chosen(
    sender: object,
    account: Account | None,
    person: User | None,
    name: str,
    hits: Any,
    by: User,
    at: datetime,
    **_news: Any,
) -> None:
    """Somebody has to look at it."""
    names.doubt(account=account, person=person, name=name, hits=hits, by=by, at=at)
