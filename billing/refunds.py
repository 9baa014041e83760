"""The bases of a refund (clause 6): a written consent to one account, or a policy.

What may be refunded at most is asked of the database, which also refuses anything beyond.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.db.models import Q, QuerySet, Sum
from django.utils.translation import gettext as _

from accounts.exceptions import NotAllowed
from accounts.models import Account, Clause, User
from billing.decisions import demand
from billing.exceptions import NotRefundable
from billing.ledger import posting
from billing.models import (
    CreditLot,
    Invoice,
    Journal,
    Kind,
    PostingRequest,
    RefundConsent,
    RefundPayout,
    RefundPolicy,
    RefundPolicyApproval,
    Wallet,
)
from billing.money_in import positive
from common.clock import local_day
from common.encryption import decrypt_bytes, encrypt_bytes
from common.public_ids import new_public_id

PURPOSE = "billing.refund_consent"
MOST_BYTES = 10 * 1024 * 1024
# What a signed paper arrives as, by its first bytes.
SIGNED_PAPERS = {b"%PDF-": "pdf", b"\x89PNG\r\n": "png", b"\xff\xd8\xff": "jpg"}


@posting
def record_consent(
    *,
    account: Account,
    document: bytes,
    signatory: str,
    signed_on: date,
    clause: Clause,
    cap: int,
    expires_at: datetime,
    recorded_by: User,
    at: datetime,
) -> RefundConsent:
    """Keeps a signed consent to refund `account` up to `cap` micro-yuan until `expires_at`.

    The document is a PDF, a PNG or a JPEG of at most 10 MB. It is stored encrypted; its
    SHA-256 is that of the bytes as signed. Raises `NotRefundable` for anything else.
    """
    demand(recorded_by, "request")
    if len(document) > MOST_BYTES:
        raise NotRefundable(_("Upload the signed paper as a PDF, PNG or JPEG of at most 10 MB."))
    kind_of_paper(document)
    if not signatory.strip():
        raise NotRefundable(_("Write down who signed."))
    if signed_on > local_day(at, settings.TIME_ZONE) or expires_at <= at:
        raise NotRefundable(_("It must have been signed already and not have expired."))
    public_id = new_public_id("rcn")
    name = default_storage.save(
        f"billing/consents/{public_id}",
        ContentFile(encrypt_bytes(document, purpose=f"{PURPOSE}:{public_id}")),
    )
    return RefundConsent.record(
        public_id=public_id,
        account=account,
        document=name,
        sha256=hashlib.sha256(document).hexdigest(),
        signatory=signatory.strip(),
        signed_on=signed_on,
        clause=clause,
        cap=positive(cap),
        expires_at=expires_at,
        recorded_by=recorded_by,
    )


@posting
def record_payout(
    *, request: PostingRequest, paid_on: date, reference: str, recorded_by: User, at: datetime
) -> RefundPayout:
    """Notes that a refund which was posted has been paid out, under the bank's or provider's
    `reference`. Whoever applied for it is told. Raises `NotRefundable`."""
    demand(recorded_by, "request")
    if not reference.strip():
        raise NotRefundable(_("Write down the reference of the payment."))
    # It may be tomorrow already where it was paid.
    if paid_on > local_day(at, settings.TIME_ZONE) + timedelta(days=1):
        raise NotRefundable(_("That day is still to come."))
    if not to_be_paid_out(request):
        raise NotRefundable(_("There is no refund to be paid out, or it has been noted already."))
    return RefundPayout.record(
        request=request, paid_on=paid_on, reference=reference.strip(), recorded_by=recorded_by
    )


def to_be_paid_out(request: PostingRequest) -> bool:
    """Whether it is a refund that was posted, stands, and was not noted as paid out."""
    refund = Journal.objects.filter(request=request, kind=Kind.REFUND, reversed_by=None)
    return refund.exists() and not RefundPayout.objects.filter(request=request).exists()


def kind_of_paper(document: bytes) -> str:
    """`pdf`, `png` or `jpg`, by its first bytes; `NotRefundable` for anything else."""
    for beginning, kind in SIGNED_PAPERS.items():
        if document.startswith(beginning):
            return kind
    raise NotRefundable(_("Upload the signed paper as a PDF, PNG or JPEG of at most 10 MB."))


def document_of(consent: RefundConsent) -> bytes:
    """The signed paper. Raises `NotRefundable` when its bytes are not those recorded."""
    with default_storage.open(consent.document) as kept:
        document = decrypt_bytes(kept.read(), purpose=f"{PURPOSE}:{consent.public_id}")
    if hashlib.sha256(document).hexdigest() != consent.sha256:
        raise NotRefundable(_("The stored document is not the one that was recorded."))
    return document


@posting
def propose_policy(
    *,
    name: str,
    text_zh_hans: str,
    text_en: str,
    most: int,
    days: int | None,
    in_force_from: datetime,
    in_force_until: datetime | None,
    clause: Clause,
    proposed_by: User,
) -> RefundPolicy:
    """The next version of the policy called `name`, the first if there is none. `most` is in
    micro-yuan. Nothing is refunded under it before somebody else approves it."""
    demand(proposed_by, "request")
    if not (text_zh_hans.strip() and text_en.strip()):
        raise NotRefundable(_("Write the policy in both languages."))
    if in_force_until is not None and in_force_until <= in_force_from:
        raise NotRefundable(_("It would be over before it begins."))
    newest = RefundPolicy.objects.filter(name=name).order_by("-version").first()
    return RefundPolicy.record(
        name=name,
        version=newest.version + 1 if newest else 1,
        text_zh_hans=text_zh_hans.strip(),
        text_en=text_en.strip(),
        most=positive(most),
        days=days,
        in_force_from=in_force_from,
        in_force_until=in_force_until,
        clause=clause,
        proposed_by=proposed_by,
    )


@posting
def approve_policy(*, policy: RefundPolicy, approved_by: User) -> RefundPolicyApproval:
    """Somebody else than its author agrees to a version of a policy."""
    demand(approved_by, "approve")
    refuse_own_policy(policy, approved_by)
    if RefundPolicyApproval.objects.filter(policy=policy).exists():
        raise NotAllowed(_("This version has been approved already."))
    return RefundPolicyApproval.record(policy=policy, approved_by=approved_by)


def refuse_own_policy(policy: RefundPolicy, person: User) -> None:
    """Raises `NotAllowed` when it is `person` who proposed it."""
    if person.pk == policy.proposed_by_id:
        raise NotAllowed(_("Nobody approves what they proposed themselves."))


def policies_in_force(at: datetime) -> QuerySet[RefundPolicy]:
    """The newest approved version of each policy, if it is in force at `at`."""
    begun = RefundPolicy.objects.filter(approval__isnull=False, in_force_from__lte=at)
    newest = begun.order_by("name", "-version").distinct("name").values("pk")
    ends = Q(in_force_until__isnull=True) | Q(in_force_until__gt=at)
    return RefundPolicy.objects.filter(ends, pk__in=newest)


@dataclass(frozen=True)
class Refundable:
    """What an account could be refunded, in micro-yuan, if there were a consent.

    `unconsumed` is what is left of paid lots less what the account owes, `not_invoiced` what
    was paid in, not paid out again and not invoiced; `most` the lesser of the two, never below
    nothing.
    """

    unconsumed: int
    invoiced: int
    not_invoiced: int

    @property
    def most(self) -> int:
        return max(0, min(self.unconsumed, self.not_invoiced))


def refundable(account: Account) -> Refundable:
    """What clause 6 would let the platform consent to refund now."""
    lots = CreditLot.objects.left().filter(wallet=account.pk, nature="paid")
    with connection.cursor() as cursor:
        cursor.execute("SELECT billing_not_invoiced(%s)", [account.pk])
        (not_invoiced,) = cursor.fetchone()
    left = lots.aggregate(sum=Sum("remaining"))["sum"] or 0
    # Lots and debt are side by side when a payment that settled a debt was corrected.
    balance = Wallet.objects.filter(pk=account.pk).values_list("paid", flat=True).first() or 0
    return Refundable(
        unconsumed=max(0, min(left, balance)),
        invoiced=Invoice.objects.filter(account=account).aggregate(sum=Sum("amount"))["sum"] or 0,
        not_invoiced=not_invoiced,
    )
