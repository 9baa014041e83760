"""What compliance does on news from the apps below."""

from datetime import datetime
from typing import Any

from django.dispatch import receiver

from accounts.models import AgreementVersion
from accounts.signals import agreement_imported, agreement_published
from compliance import effects, policies
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
