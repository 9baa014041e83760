"""What of an account's cases is in the way of closing it (clause 8.1)."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.leaving_checks import LeavingCheck, Obstacle, leaving_checks
from accounts.models import Account, User
from compliance import matters
from compliance.models import Case


def register() -> None:
    """Called once, when the app is ready."""
    leaving_checks.register(LeavingCheck("cases", gettext_lazy("No matter is open"), open_cases))


def open_cases(
    accounts: Sequence[Account], person: User | None, at: datetime
) -> Iterable[Obstacle]:
    """What the customer knows of is named; of the rest is said only that there is something."""
    known = False
    for account in accounts:
        counts = matters.counts(account, at=at)
        if counts.to_answer or counts.disputes:
            known = True
            yield Obstacle(
                _("A question to you or a dispute of %(name)s is not over.") % {"name": account},
                reverse("matters", args=[account.public_id]),
                _("Matters"),
            )
    concerned = Q(account__in=accounts) | Q(opponent__in=accounts)
    if person is not None:
        concerned |= Q(person=person)
    if not known and Case.objects.open().filter(concerned).exists():
        yield Obstacle(
            _("Something of this is still being looked at by us. We tell you when it is over.")
        )
