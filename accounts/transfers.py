"""Ownership and API keys go to somebody else with the platform's recorded consent only.

Clauses 1.2.6, 2.2.2 and 14.1. An owner asks and says why; the other side agrees; a member of
staff proposes the consent and another one gives it, and in that transaction it happens. The
database refuses it any other way.

An owner beside the one there is takes over control as much as one in their place: both are
transfers, told apart by what whoever asks becomes.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import activity, roles
from accounts.exceptions import NotAllowed, NotPossibleNow, ReasonMissing
from accounts.models import (
    Account,
    Activity,
    ApiKey,
    Membership,
    Restriction,
    Transfer,
    TransferStep,
    User,
)
from accounts.news import News, owners_of, tell
from accounts.roles import May
from accounts.signals import api_key_goes_elsewhere

Kind = Transfer.Kind
Step = TransferStep.Kind
Role = Membership.Role
MAY_PROPOSE = "accounts.propose_transfer"
MAY_CONSENT = "accounts.consent_transfer"
CLAUSES = {Kind.OWNERSHIP: "1.2.6", Kind.KEY: "2.2.2"}
ASSIGNMENT = "14.1"


@transaction.atomic
def ask_for_ownership(
    *,
    account: Account,
    by: User,
    new_owner: User,
    remains_as: str,
    reason: str,
    at: datetime,
) -> Transfer:
    """An owner asks that a member become owner. `remains_as`: the role that `by` has afterwards,
    empty to leave. Raises `NotAllowed`, `ReasonMissing`, `NotPossibleNow`."""
    account = _locked(account)
    roles.demand(user=by, account=account, act=May.TRANSFER)
    if account.kind != Account.Kind.ORGANIZATION:
        raise NotAllowed(_("A personal account belongs to its holder and is not handed over."))
    place = account.memberships.filter(user=new_owner).first()
    if place is None:
        raise NotPossibleNow(_("Invite the new owner into the organization first."))
    if place.role == Role.OWNER:
        raise NotPossibleNow(_("This member is an owner already."))
    if remains_as and remains_as not in Role.values:
        raise NotAllowed(_("There is no such role."))
    waiting = Transfer.objects.open().filter(account=account, kind=Kind.OWNERSHIP)
    return _asked(
        waiting_already=waiting.exists(),
        kind=Kind.OWNERSHIP,
        account=account,
        new_owner=new_owner,
        remains_as=remains_as,
        reason=reason,
        by=by,
        at=at,
    )


@transaction.atomic
def ask_for_key(
    *, api_key: ApiKey, to_account: Account | None, by: User, reason: str, at: datetime
) -> Transfer:
    """An owner asks that a key go to another account; None: of an identifier nobody has, which
    is answered like one that will not do. Raises `NotAllowed`, `ReasonMissing`,
    `NotPossibleNow`."""
    account = _locked(api_key.account)
    roles.demand(user=by, account=account, act=May.TRANSFER)
    if to_account is None or to_account.pk == account.pk:
        raise NotPossibleNow(_("A key can go to no account of that identifier. Check it."))
    if not ApiKey.objects.usable(at).filter(pk=api_key.pk, account=account).exists():
        raise NotPossibleNow(_("This key works no more; create a new one where it is needed."))
    waiting = Transfer.objects.open().filter(api_key=api_key)
    return _asked(
        waiting_already=waiting.exists(),
        kind=Kind.KEY,
        account=account,
        api_key=api_key,
        to_account=to_account,
        reason=reason,
        by=by,
        at=at,
    )


@transaction.atomic
def answer(*, transfer: Transfer, by: User, agreed: bool, at: datetime) -> TransferStep:
    """The new owner, or an owner of the account that gets the key, agrees or declines."""
    _locked(transfer.account)
    if not is_other_side(transfer, by):
        raise NotAllowed(_("Only those to whom something is handed over can answer."))
    return _step(transfer, Step.AGREED if agreed else Step.DECLINED, by=by, at=at)


@transaction.atomic
def withdraw(*, transfer: Transfer, by: User, at: datetime) -> TransferStep:
    """An owner of the account takes it back."""
    roles.demand(user=by, account=_locked(transfer.account), act=May.TRANSFER)
    return _step(transfer, Step.WITHDRAWN, by=by, at=at)


@transaction.atomic
def propose(
    *, transfer: Transfer, by: User, reason: str, clause: str, at: datetime
) -> TransferStep:
    """A member of staff proposes to consent. Raises `NotAllowed`, `ReasonMissing`,
    `NotPossibleNow` before the other side has agreed."""
    _demand_staff(transfer, by, MAY_PROPOSE)
    _locked(transfer.account)
    _demand_agreed(transfer)
    return _step(transfer, Step.PROPOSED, by=by, at=at, reason=reason, clause=clause)


@transaction.atomic
def refuse(*, transfer: Transfer, by: User, reason: str, at: datetime) -> TransferStep:
    """A member of staff refuses the platform's consent. Nothing changes."""
    _demand_staff(transfer, by, MAY_PROPOSE)
    _locked(transfer.account)
    clause = CLAUSES[Kind(transfer.kind)]
    return _step(transfer, Step.REFUSED, by=by, at=at, reason=reason, clause=clause)


@transaction.atomic
def consent(*, transfer: Transfer, by: User, reason: str, at: datetime) -> TransferStep:
    """Another member of staff consents, and it happens. Raises `NotAllowed`, `ReasonMissing`,
    and `NotPossibleNow` when something has changed since that stands in its way."""
    _demand_staff(transfer, by, MAY_CONSENT)
    _locked(transfer.account)
    proposed = transfer.steps.filter(kind=Step.PROPOSED).first()
    if proposed is None:
        raise NotPossibleNow(_("Somebody has to propose this consent first."))
    refuse_own(proposed, by)
    if not transfer.account.memberships.filter(user=transfer.asked_by, role=Role.OWNER).exists():
        raise NotPossibleNow(_("Whoever asked is no owner any more. Refuse it."))
    step = _step(
        transfer, Step.CONSENTED, by=by, at=at, reason=reason, clause=proposed.clause_number
    )
    if transfer.kind == Kind.OWNERSHIP:
        _hand_over_ownership(transfer)
    else:
        _hand_over_key(transfer, at=at)
    return step


def refuse_own(proposed: TransferStep, person: User) -> None:
    """Raises `NotAllowed` when it is `person` who proposed the consent."""
    if proposed.by_id == person.pk:
        raise NotAllowed(_("Nobody approves what they proposed themselves."))


def is_other_side(transfer: Transfer, person: User) -> bool:
    """Whether `person` is who it is handed over to, or owns the account that gets the key."""
    if transfer.kind == Kind.OWNERSHIP:
        return transfer.new_owner_id == person.pk
    return roles.person_may(user=person, account=_receiving(transfer), act=May.TRANSFER)


def _receiving(transfer: Transfer) -> Account:
    assert transfer.to_account is not None  # of a key, by a constraint
    return transfer.to_account


def _asked(*, waiting_already: bool, by: User, reason: str, at: datetime, **of: object) -> Transfer:
    if not reason.strip():
        raise ReasonMissing(_("Say why it is handed over."))
    if waiting_already:
        raise NotPossibleNow(_("A request is under way already. Take it back to ask anew."))
    transfer = Transfer.record(asked_by=by, reason=reason.strip(), **of)
    activity.note(
        Activity.Kind.TRANSFER_ASKED,
        account=transfer.account,
        by=by,
        about=transfer.new_owner,
        api_key=transfer.api_key,
        to=transfer.to_account.public_id if transfer.to_account else "",
        reason=transfer.reason,
        reference=transfer.public_id,
    )
    _tell(transfer, News.TRANSFER_ASKED, at=at)
    return transfer


def _step(
    transfer: Transfer, kind: Step, *, by: User, at: datetime, reason: str = "", clause: str = ""
) -> TransferStep:
    staff = kind in (Step.PROPOSED, Step.CONSENTED, Step.REFUSED)
    if staff and not reason.strip():
        raise ReasonMissing(_("Write down the reason."))
    if not Transfer.objects.open().filter(pk=transfer.pk).exists():
        raise NotPossibleNow(_("This request has ended already."))
    if transfer.steps.filter(kind=kind).exists():
        raise NotPossibleNow(_("This was done already."))
    step = TransferStep.record(
        transfer=transfer, kind=kind, by=by, reason=reason.strip(), clause_number=clause
    )
    # What staff weigh among themselves is not the customer's to read; what came of it is.
    if kind != Step.PROPOSED:
        activity.note(
            Activity.Kind.TRANSFER_STEP,
            account=transfer.account,
            by=None if staff else by,
            about=transfer.new_owner,
            api_key=transfer.api_key,
            step=kind.value,
            reference=transfer.public_id,
        )
    if kind in TransferStep.ENDS:
        done = kind == Step.CONSENTED
        _tell(transfer, News.TRANSFER_DONE if done else News.TRANSFER_ENDED, at=at)
    return step


def _tell(transfer: Transfer, kind: News, *, at: datetime) -> None:
    """Both sides. The people of the account that gets a key are told of their own account."""
    here = {one.pk: one for one in owners_of(transfer.account)}
    if transfer.new_owner is not None:
        here[transfer.new_owner.pk] = transfer.new_owner
    sides = [(transfer.account, list(here.values()))]
    if transfer.to_account is not None:
        sides.append((transfer.to_account, owners_of(transfer.to_account)))
    what = str(transfer.new_owner or transfer.api_key)
    for account, people in sides:
        tell(
            kind=kind,
            account=account,
            people=people,
            key=f"{transfer.public_id}:{account.public_id}",
            page="transfers",
            facts={"what": what, "reference": transfer.public_id},
            at=at,
        )


def _hand_over_ownership(transfer: Transfer) -> None:
    account, becomes = transfer.account, transfer.new_owner
    new = account.memberships.filter(user=becomes).first()
    if new is None:
        raise NotPossibleNow(_("The new owner does not belong to the account any more."))
    new.role = Role.OWNER
    new.save(update_fields=["role"])
    old = account.memberships.get(user=transfer.asked_by)
    if not transfer.remains_as:
        old.delete()
    elif transfer.remains_as != Role.OWNER:
        old.role = transfer.remains_as
        old.save(update_fields=["role"])
    activity.note(
        Activity.Kind.OWNER_CHANGED,
        account=account,
        by=transfer.asked_by,
        about=becomes,
        role=transfer.remains_as,
        reference=transfer.public_id,
    )


def _hand_over_key(transfer: Transfer, *, at: datetime) -> None:
    key: ApiKey | None = (
        ApiKey.objects.usable(at)
        .select_for_update()
        .filter(pk=transfer.api_key_id, account=transfer.account)
        .first()
    )
    if key is None:
        raise NotPossibleNow(_("The key works no more. Refuse the request."))
    if Restriction.objects.begun_or_planned(at).filter(api_key=key).exists():
        raise NotPossibleNow(_("The key is under a restriction, which would be escaped."))
    api_key_goes_elsewhere.send(sender=ApiKey, api_key=key)
    to = _receiving(transfer)
    key.account = to
    key.save(update_fields=["account"])
    for kind, account, other in (
        (Activity.Kind.KEY_GIVEN, transfer.account, to),
        (Activity.Kind.KEY_RECEIVED, to, transfer.account),
    ):
        activity.note(
            kind,
            account=account,
            by=transfer.asked_by if account == transfer.account else None,
            api_key=key,
            to=other.public_id,
            reference=transfer.public_id,
        )


def _demand_staff(transfer: Transfer, person: User, permission: str) -> None:
    if not (person.is_staff and person.has_perm(permission)):
        raise NotAllowed(_("You may not decide about transfers."))
    sides = [transfer.account_id, *filter(None, [transfer.to_account_id])]
    if Membership.objects.filter(user=person, account__in=sides).exists():
        raise NotAllowed(_("You belong to one of the accounts: a colleague has to decide."))


def _demand_agreed(transfer: Transfer) -> None:
    if not transfer.steps.filter(kind=Step.AGREED).exists():
        raise NotPossibleNow(_("The other side has not agreed yet."))


def _locked(account: Account) -> Account:
    """Of those who change who controls an account one goes after the other."""
    found: Account = Account.objects.select_for_update().get(pk=account.pk)
    return found
