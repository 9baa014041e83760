"""Money that moves by somebody's decision: requested by one person, approved by another.

The approval posts the journal in the same transaction, so there is no approved request
that has not been carried out.
"""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.exceptions import NotAllowed, ReasonMissing
from accounts.models import Account, User
from billing.corrections import legs_of_correction
from billing.exceptions import (
    NotAnAmount,
    NotEnough,
    NotRefundable,
    NotReversible,
    SettledOrWaiting,
)
from billing.ledger import Leg, Posting, lock, posting, taken_from, write
from billing.models import (
    BankReceipt,
    CreditLot,
    Journal,
    Kind,
    Ledger,
    MoneyReturn,
    PostingApproval,
    PostingRejection,
    PostingRequest,
    QuarantinedPayment,
    RefundConsent,
    RefundPolicy,
    Settlement,
    Unsettled,
)
from billing.money_in import positive

REVERSIBLE = (Kind.TOP_UP, Kind.GRANT, Kind.CHARGE, Kind.EXPIRY, Kind.WRITE_OFF, Kind.REFUND)


def demand(person: User, verb: str) -> None:
    """Raises `NotAllowed` unless `person` is staff who may `request` or `approve`."""
    if not (person.is_staff and person.has_perm(f"billing.{verb}_postingrequest")):
        raise NotAllowed(_("Your group may not do this. Ask a supervisor."))


def _request(*, requested_by: User, reason: str, **fields: Any) -> PostingRequest:
    demand(requested_by, "request")
    if not reason.strip():
        raise ReasonMissing(_("Write down the reason."))
    request = PostingRequest.record(requested_by=requested_by, reason=reason.strip(), **fields)
    request.refresh_from_db()  # its hash is the database's
    return request


@posting
def request_grant(
    *,
    account: Account,
    amount: int,
    expires_at: datetime | None,
    reason: str,
    requested_by: User,
    priority: int = 50,
    case_reference: str = "",
) -> PostingRequest:
    """Asks for credit as a present; it is spent before paid money and may expire."""
    return _request(
        kind=Kind.GRANT,
        account=account,
        amount=positive(amount),
        expires_at=expires_at,
        priority=priority,
        reason=reason,
        case_reference=case_reference,
        requested_by=requested_by,
    )


@posting
def request_correction(
    *, journal: Journal, reason: str, case_reference: str, requested_by: User
) -> PostingRequest:
    """Asks for a journal to be undone by its mirror image (`billing.corrections`). What is
    right instead is posted anew. Raises `NotReversible`."""
    if journal.kind not in REVERSIBLE:
        raise NotReversible(
            _("Journals of this kind are not corrected: %s.") % journal.get_kind_display()
        )
    if hasattr(journal, "reversed_by"):
        raise NotReversible(_("This has been corrected already."))
    if not case_reference.strip():
        raise ReasonMissing(_("Name the case this is corrected for."))
    return _request(
        kind=Kind.CORRECTION,
        account=journal.account,
        amount=sum(entry.amount for entry in journal.entries.all() if entry.amount > 0),
        reverses=journal,
        reason=reason,
        case_reference=case_reference.strip(),
        requested_by=requested_by,
    )


@posting
def request_write_off(
    *, account: Account, amount: int, reason: str, requested_by: User, case_reference: str = ""
) -> PostingRequest:
    """Asks to forgive what an account owes, or a part of it."""
    wallet = lock([account.pk])[account.pk]
    if positive(amount) > -wallet.paid:
        raise NotEnough(_("The account does not owe as much."))
    return _request(
        kind=Kind.WRITE_OFF,
        account=account,
        amount=amount,
        reason=reason,
        case_reference=case_reference,
        requested_by=requested_by,
    )


@posting
def request_refund(
    *,
    account: Account,
    amount: int,
    reason: str,
    requested_by: User,
    consent: RefundConsent | None = None,
    policy: RefundPolicy | None = None,
    payout: str = "",
    case_reference: str = "",
) -> PostingRequest:
    """Asks to pay fees back on one basis, a written consent or a policy (clause 6)."""
    if (consent is None) == (policy is None):
        raise NotRefundable(
            _("Name the written consent, or the policy, that allows it: exactly one (clause 6).")
        )
    return _request(
        kind=Kind.REFUND,
        account=account,
        amount=positive(amount),
        consent=consent,
        policy=policy,
        payout=payout,
        reason=reason,
        case_reference=case_reference,
        requested_by=requested_by,
    )


@posting
def request_return(
    *,
    receipt: BankReceipt | None = None,
    quarantined: QuarantinedPayment | None = None,
    reason: str,
    requested_by: User,
    payout: str = "",
) -> PostingRequest:
    """Asks for money that was received and not matched to be sent back, all of it, where it
    came from. Exactly one of the two is named. Raises `SettledOrWaiting`."""
    source = receipt or quarantined
    assert source is not None  # the caller's to see to
    if source.amount is None:
        raise NotAnAmount(_("Nothing was booked of it, so nothing can be returned from here."))
    noun = "receipt" if receipt else "quarantined"
    if not Unsettled.objects.filter(**{noun: source, "match": None, "request": None}).exists():
        raise SettledOrWaiting(
            _("This money was credited or returned already, or a proposal about it waits.")
        )
    request = _request(
        kind=Kind.RETURN,
        amount=source.amount,
        reason=reason,
        payout=payout[:200],
        case_reference=f"{noun}:{source.pk}",
        requested_by=requested_by,
    )
    MoneyReturn.record(request=request, **{noun: source})
    return request


@posting
def reject(*, request: PostingRequest, rejected_by: User, reason: str) -> PostingRejection:
    """Turns a request down, or takes one's own back."""
    if rejected_by.pk != request.requested_by_id:
        demand(rejected_by, "approve")
    _still_open(request)
    if not reason.strip():
        raise ReasonMissing(_("Write down the reason."))
    return PostingRejection.record(request=request, rejected_by=rejected_by, reason=reason.strip())


@posting
def approve(*, request: PostingRequest, approved_by: User, at: datetime) -> Journal:
    """Agrees to exactly what was requested, and posts it."""
    demand(approved_by, "approve")
    refuse_own(request, approved_by)
    if request.account_id:
        lock([request.account_id])
    _still_open(request)
    PostingApproval.record(request=request, approved_by=approved_by, digest=request.digest)
    why = Posting(
        kind=Kind(request.kind),
        key=f"request:{request.public_id}",
        asked={"request": request.pk},
        account=request.account,
        actor=approved_by,
        request=request,
        reverses=request.reverses,
        effective_at=at,
        memo=request.case_reference,
    )
    journal = write(why, _LEGS[Kind(request.kind)](request))
    if request.kind == Kind.RETURN:
        _settle(request)
    return journal


def refuse_own(request: PostingRequest, person: User) -> None:
    """Raises `NotAllowed` when it is `person` who asked for it."""
    if person.pk == request.requested_by_id:
        raise NotAllowed(_("Nobody approves what they requested themselves."))


def legs_to_be(request: PostingRequest) -> list[Leg]:
    """What approving it would write now. Writes nothing: the lot that granted credit or a
    correction fills is made with its journal. Raises `NotEnough` and `NotReversible`."""
    if request.kind == Kind.GRANT:
        return _granted_legs(request, lot=None)
    if request.kind == Kind.CORRECTION:
        return _correction(request, posting=False)
    return _LEGS[Kind(request.kind)](request)


def _still_open(request: PostingRequest) -> None:
    if PostingApproval.objects.filter(request=request).exists():
        raise NotAllowed(_("This request has been approved and carried out."))
    if PostingRejection.objects.filter(request=request).exists():
        raise NotAllowed(_("This request was turned down."))


def _grant(request: PostingRequest) -> list[Leg]:
    lot = CreditLot.objects.create(
        wallet_id=request.account_id,
        nature=CreditLot.Nature.GRANTED,
        amount=request.amount,
        expires_at=request.expires_at,
        priority=request.priority,
    )
    return _granted_legs(request, lot=lot.pk)


def _granted_legs(request: PostingRequest, *, lot: int | None) -> list[Leg]:
    return [
        Leg(Ledger.PROMOTION, -request.amount),
        Leg(Ledger.GRANTED, request.amount, request.account_id, lot),
    ]


def _correction(request: PostingRequest, *, posting: bool = True) -> list[Leg]:
    assert request.reverses is not None  # by a constraint of the table
    return legs_of_correction(request.reverses, posting=posting)


def _write_off(request: PostingRequest) -> list[Leg]:
    return [
        Leg(Ledger.BAD_DEBT, -request.amount),
        Leg(Ledger.PAID, request.amount, request.account_id),
    ]


def _refund(request: PostingRequest) -> list[Leg]:
    lots = CreditLot.objects.left().filter(wallet=request.account_id, nature="paid")
    # The latest first: what was paid in last is what a policy of some days is about.
    taken = taken_from(lots.order_by("-pk"), request.amount)
    legs = [Leg(Ledger.PAID, -part, request.account_id, lot.pk) for lot, part in taken]
    return [*legs, Leg(Ledger.BANK, request.amount)]


def _returned(request: PostingRequest) -> list[Leg]:
    sent = MoneyReturn.objects.filter(request=request).first()
    # What came by a payment provider goes back by it.
    out_of = Ledger.PROVIDERS if sent and sent.quarantined_id else Ledger.BANK
    return [Leg(Ledger.UNMATCHED, -request.amount), Leg(out_of, request.amount)]


def _settle(request: PostingRequest) -> None:
    """Money sent back is settled; the database refuses it for what was settled before."""
    sent = MoneyReturn.objects.filter(request=request).first()
    if sent is not None:
        Settlement.record(
            receipt_id=sent.receipt_id, quarantined_id=sent.quarantined_id, request=request
        )


_LEGS = {
    Kind.GRANT: _grant,
    Kind.CORRECTION: _correction,
    Kind.WRITE_OFF: _write_off,
    Kind.REFUND: _refund,
    Kind.RETURN: _returned,
}
