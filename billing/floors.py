"""How far below nothing an account may go: its floor, asked for by one person, set by another.

Below its lots an account owes what it uses, down to the floor; that is credit the platform
gives, so it is decided like anything else that moves money. Nobody else's verb sets one, and
the app role cannot (`billing/migrations/0020_floors.py`).
"""

from dataclasses import dataclass

from django.db import connection
from django.utils.translation import gettext as _

from accounts.exceptions import NotAllowed, ReasonMissing
from accounts.models import Account, User
from billing.decisions import demand
from billing.exceptions import FloorMoved, NotAFloor, NotEnough
from billing.ledger import lock, posting
from billing.models import (
    FloorChange,
    FloorChangeApproval,
    FloorChangeRejection,
    Wallet,
)
from billing.models.floors import LOWEST
from billing.money import shown


@dataclass(frozen=True)
class Outlook:
    """An account before and after a floor is set, in micro-yuan. `owed`: what it owes now."""

    floor_before: int
    floor_after: int
    spendable_before: int
    spendable_after: int
    owed: int


def outlook(*, account: Account, floor: int) -> Outlook:
    """What setting the floor would come to now. Raises what `request_floor` raises."""
    wallet = Wallet.objects.filter(pk=account.pk).first() or Wallet(account=account)
    _refuse(wallet, floor)
    spendable = _spendable(account)
    return Outlook(
        floor_before=wallet.floor,
        floor_after=floor,
        spendable_before=spendable,
        spendable_after=spendable + wallet.floor - floor,
        owed=max(0, -wallet.paid),
    )


def _spendable(account: Account) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT billing_spendable(%s)", [account.pk])
        (found,) = cursor.fetchone()
    return int(found or 0)


def _refuse(wallet: Wallet, floor: int) -> None:
    if floor > 0:
        raise NotAFloor(_("A floor is at most nothing: what is paid in can all be used."))
    if floor < LOWEST:
        raise NotAFloor(_("A floor is not below ¥%s.") % shown(LOWEST))
    if floor == wallet.floor:
        raise NotAFloor(_("That is the floor already."))
    if floor > wallet.paid:
        raise NotEnough(
            _("The account owes ¥%s: the floor cannot be above that before it is settled.")
            % shown(-wallet.paid)
        )


@posting
def request_floor(
    *, account: Account, floor: int, reason: str, requested_by: User, case_reference: str = ""
) -> FloorChange:
    """Asks that `account` may go down to `floor` micro-yuan, at most nothing.

    Raises `NotAllowed`, `ReasonMissing`, `NotAFloor` and, for a floor above what the account
    owes, `NotEnough`.
    """
    demand(requested_by, "request")
    if not reason.strip():
        raise ReasonMissing(_("Write down the reason."))
    _refuse(lock([account.pk])[account.pk], floor)
    change = FloorChange.record(
        account=account,
        floor=floor,
        reason=reason.strip(),
        case_reference=case_reference.strip(),
        requested_by=requested_by,
    )
    change.refresh_from_db()  # its hash and the floor it was are the database's
    return change


@posting
def approve_floor(*, change: FloorChange, approved_by: User) -> FloorChangeApproval:
    """Agrees to exactly that change; the floor is set with it.

    Raises `NotAllowed`, `NotEnough` for what is owed by now, and `FloorMoved` when the floor
    was set to something else meanwhile.
    """
    demand(approved_by, "approve")
    refuse_own(change, approved_by)
    wallet = lock([change.account_id])[change.account_id]
    _still_open(change)
    if wallet.floor != change.was:
        raise FloorMoved(_("The floor was set to something else since. Ask for it anew."))
    _refuse(wallet, change.floor)
    return FloorChangeApproval.record(change=change, approved_by=approved_by, digest=change.digest)


@posting
def reject_floor(*, change: FloorChange, rejected_by: User, reason: str) -> FloorChangeRejection:
    """Turns a change down, or takes one's own back."""
    if rejected_by.pk != change.requested_by_id:
        demand(rejected_by, "approve")
    _still_open(change)
    if not reason.strip():
        raise ReasonMissing(_("Write down the reason."))
    return FloorChangeRejection.record(
        change=change, rejected_by=rejected_by, reason=reason.strip()
    )


def refuse_own(change: FloorChange, person: User) -> None:
    """Raises `NotAllowed` when it is `person` who asked for it."""
    if person.pk == change.requested_by_id:
        raise NotAllowed(_("Nobody approves what they requested themselves."))


def _still_open(change: FloorChange) -> None:
    if FloorChangeApproval.objects.filter(change=change).exists():
        raise NotAllowed(_("This request has been approved and carried out."))
    if FloorChangeRejection.objects.filter(change=change).exists():
        raise NotAllowed(_("This request was turned down."))
