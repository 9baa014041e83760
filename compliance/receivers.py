"""What compliance does on news from the apps below."""

from typing import Any

from django.dispatch import receiver

from accounts.models import AgreementVersion
from accounts.signals import agreement_imported, agreement_published
from compliance import policies


@receiver([agreement_imported, agreement_published])
def terms_are_there(sender: object, version: AgreementVersion, **_news: Any) -> None:
    """Policies stand on clauses of every version of the terms, before anybody is judged."""
    policies.bind_version(version)
