"""A customer's leave to look at content of their use, for one case and a time (3.6.1).

The service does not store such content, and nobody of the staff looks at any without the
customer's recorded leave. It ends at its moment or when it is taken back, and from then on
nobody opens what was kept under it. The database keeps that too (migration 0030).
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.exceptions import NotAllowed
from accounts.models import Account, Membership, User
from accounts.roles import ROLES, May
from compliance.exceptions import NotPossible, WrongStep
from compliance.models import Case, InteractionGrant, InteractionGrantEnd

CLAUSE = "3.6.1"
MOST_DAYS = 30


def in_force(at: datetime) -> QuerySet[InteractionGrant]:
    """Leaves that hold at `at`."""
    found: QuerySet[InteractionGrant] = InteractionGrant.objects.filter(end=None, ends_at__gt=at)
    return found


def is_in_force(grant: InteractionGrant, *, at: datetime) -> bool:
    """Whether the leave holds at `at`, asked anew each time."""
    return in_force(at).filter(pk=grant.pk).exists()


def cases_to_choose_from(account: Account) -> QuerySet[Case]:
    """Open cases that the account knows of, since it was asked something in them."""
    found: QuerySet[Case] = (
        Case.objects.open().filter(inquiries__account=account).distinct().order_by("-pk")
    )
    return found


@transaction.atomic
def give(
    *,
    case: Case,
    account: Account,
    by: User,
    scope: str,
    days: int,
    at: datetime,
    ip_address: str | None,
) -> InteractionGrant:
    """An owner or administrator allows it for so many days, at most 30."""
    _demand_member(account, by)
    if not 1 <= days <= MOST_DAYS:
        raise NotPossible(_("Between 1 and %(most)d days.") % {"most": MOST_DAYS})
    if not cases_to_choose_from(account).filter(pk=case.pk).exists():
        raise NotPossible(_("We have asked you nothing in this matter, or it is closed."))
    if not scope.strip():
        raise NotPossible(_("Write down what may be looked at."))
    return InteractionGrant.record(
        case=case,
        account=account,
        given_by=by,
        scope=scope.strip(),
        ends_at=at + timedelta(days=days),
        ip_address=ip_address,
    )


@transaction.atomic
def take_back(*, grant: InteractionGrant, by: User, at: datetime) -> InteractionGrantEnd:
    """Ends a leave at once; any owner or administrator of the account may."""
    _demand_member(grant.account, by)
    # A leave is final and cannot be locked: of two who take it back one waits at the case.
    Case.objects.select_for_update().get(pk=grant.case_id)
    if not is_in_force(grant, at=at):
        raise WrongStep(_("This leave has ended already."))
    return InteractionGrantEnd.record(grant=grant, ended_by=by)


def _demand_member(account: Account, person: User) -> None:
    if not Membership.objects.filter(
        account=account, user=person, role__in=ROLES[May.ANSWER]
    ).exists():
        raise NotAllowed(_("Owners and administrators of the account decide about this."))
