"""Certificates of deletion: the customer certifies that output was deleted (4.3(b)).

The signed paper is evidence of the case; the record says who signed it, when, for what.
"""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.exceptions import NotAllowed
from accounts.models import Account, Membership, User
from accounts.roles import ROLES, May
from compliance import evidence, trail
from compliance.exceptions import NotPossible
from compliance.models import Case, DeletionCertificate, Evidence
from compliance.trail import What

CLAUSE = "4.3(b)"
PAPERS = ("application/pdf", "image/png", "image/jpeg", "image/webp")


def cases_to_choose_from(account: Account) -> QuerySet[Case]:
    """Cases an account was told of: it was asked something, or a decision was approved."""
    found: QuerySet[Case] = (
        Case.objects.filter(
            Q(inquiries__account=account)
            | Q(decisions__account=account, decisions__approval__isnull=False)
        )
        .filter(Q(account=account) | Q(opponent=account))
        .distinct()
        .order_by("-pk")
    )
    return found


def submit(
    *,
    case: Case,
    account: Account,
    by: User,
    content: bytes,
    name: str,
    signatory: str,
    signed_on: date,
    what: str,
    at: datetime,
) -> DeletionCertificate:
    """An owner or administrator of the account hands in the signed paper."""
    if not Membership.objects.filter(account=account, user=by, role__in=ROLES[May.ANSWER]).exists():
        raise NotAllowed(_("Owners and administrators of the account certify for it."))
    if not cases_to_choose_from(account).filter(pk=case.pk).exists():
        raise NotPossible(_("We have told you of no such matter."))
    return _record(
        case=case, account=account, by=by, source=Evidence.Source.CUSTOMER, content=content,
        name=name, signatory=signatory, signed_on=signed_on, what=what, at=at,
    )  # fmt: skip


def record_paper(
    *,
    case: Case,
    account: Account,
    by: User,
    content: bytes,
    name: str,
    signatory: str,
    signed_on: date,
    what: str,
    at: datetime,
) -> DeletionCertificate:
    """Staff record one that came on paper, scanned."""
    if account.pk not in (case.account_id, case.opponent_id):
        raise NotPossible(_("This account has no part in the case."))
    return _record(
        case=case, account=account, by=by, source=Evidence.Source.STAFF, content=content,
        name=name, signatory=signatory, signed_on=signed_on, what=what, at=at,
    )  # fmt: skip


def _record(
    *,
    case: Case,
    account: Account,
    by: User,
    source: str,
    content: bytes,
    name: str,
    signatory: str,
    signed_on: date,
    what: str,
    at: datetime,
) -> DeletionCertificate:
    if not (signatory.strip() and what.strip()):
        raise NotPossible(_("Write down who signed, and what was deleted."))
    if signed_on > at.astimezone(ZoneInfo(account.time_zone)).date():
        raise NotPossible(_("It must have been signed already."))
    with transaction.atomic():
        paper = evidence.add(
            case=case, content=content, name=name, source=source, at=at, added_by=by
        )
        if paper.media_type not in PAPERS:
            raise NotPossible(_("Send the signed paper as PDF or as a picture of it."))
        certificate = DeletionCertificate.record(
            case=case,
            account=account,
            document=paper,
            signatory=signatory.strip(),
            signed_on=signed_on,
            what=what.strip(),
            submitted_by=by,
        )
        trail.record(case, What.CERTIFIED, actor=by, evidence=str(paper.uuid))
    return certificate
