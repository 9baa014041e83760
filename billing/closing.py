"""Closing the books of a month: proposed by one person, closed by another, for good.

The balance that is pinned is read under the lock of the close, which every posting shares
from before its moment of recording is stamped: postings under way are waited for, those that
follow wait, and see the close when they go on. Nothing is posted before it any more; what is
found out later counts from the first moment that is open (`billing.ledger.open_from`).
"""

from datetime import datetime, timedelta

from django.db import connection
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.exceptions import NotAllowed
from accounts.models import User
from billing.exceptions import NotAPeriod, PeriodIsClosed
from billing.ledger import open_from, posting
from billing.models import PeriodClose, PeriodCloseProposal
from billing.trial_balance import BOOKS, TrialBalance, trial_balance
from common.clock import now

# Shared by postings, see billing/migrations/0002_guards.py.
CLOSE_LOCK = 4_906_001


def demand(person: User, verb: str) -> None:
    """Raises `NotAllowed` unless `person` is staff who may `request` or `approve` a close."""
    if not (person.is_staff and person.has_perm(f"billing.{verb}_periodclose")):
        raise NotAllowed(_("Your group may not do this. Ask a supervisor."))


def month_begun(moment: datetime) -> datetime:
    """The first midnight of the month of `moment`, in Asia/Shanghai."""
    local = moment.astimezone(BOOKS)
    return local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def to_be_closed(*, at: datetime, most: int = 24) -> list[datetime]:
    """Through when the books could be closed now: beginnings of months that are over, the
    latest first."""
    closed = open_from()
    found: list[datetime] = []
    begun = month_begun(at)
    while len(found) < most and (closed is None or begun > closed):
        found.append(begun)
        begun = month_begun(begun - timedelta(days=1))
    return found


@posting
def propose_close(*, through: datetime, proposed_by: User) -> PeriodCloseProposal:
    """Asks to close everything effective before `through`, the first midnight of a month
    (Asia/Shanghai) that has begun; with the trial balance as it stands. Raises `NotAPeriod`,
    `PeriodIsClosed`, `NotAllowed`."""
    demand(proposed_by, "request")
    if through != month_begun(through):
        raise NotAPeriod(_("Books are closed by the month: choose the first day of one."))
    if through > now():
        raise NotAPeriod(_("That month is not over. Close it when it is."))
    _still_open(through)
    return PeriodCloseProposal.record(
        through=through,
        trial_balance=trial_balance(effective=through).by_code(),
        proposed_by=proposed_by,
    )


@posting
def approve_close(*, proposal: PeriodCloseProposal, approved_by: User) -> PeriodClose:
    """Closes the period with the trial balance of this moment, which late postings may have
    moved since the proposal; both stay on record. Waits for postings under way.

    Raises `NotAllowed` for the person who proposed it, `PeriodIsClosed`.
    """
    demand(approved_by, "approve")
    if approved_by.pk == proposal.proposed_by_id:
        raise NotAllowed(_("Nobody closes a period that they proposed to close."))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CLOSE_LOCK])
    _still_open(proposal.through)
    return PeriodClose.record(
        proposal=proposal,
        through=proposal.through,
        trial_balance=trial_balance(effective=proposal.through).by_code(),
        approved_by=approved_by,
    )


def moved_since(proposal: PeriodCloseProposal) -> dict[str, int]:
    """By how much late postings moved each ledger account since the proposal, in micro-yuan
    by its code; empty: not at all."""
    before: dict[str, int] = proposal.trial_balance
    current: TrialBalance = trial_balance(effective=proposal.through)
    after = current.by_code()
    moved = {code: after.get(code, 0) - before.get(code, 0) for code in {*before, *after}}
    return {code: amount for code, amount in sorted(moved.items()) if amount}


def _still_open(through: datetime) -> None:
    closed = open_from()
    if closed is not None and through <= closed:
        day = date_format(closed.astimezone(BOOKS), "DATE_FORMAT")
        raise PeriodIsClosed(_("Everything before %s is closed already.") % day)
