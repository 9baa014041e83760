"""Customers ask for fees back; staff prepare the refund or decline it (clause 6).

Asking moves no money. What staff prepare is an ordinary request for a refund, on a written
consent or a policy, which a second person approves or turns down; turned down, the
application waits for staff again.
"""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts import activity, amendments
from accounts.consent import TERMS
from accounts.exceptions import ReasonMissing
from accounts.models import Account, Activity, Clause, User
from billing import decisions, refunds
from billing.exceptions import ApplicationRefused, NotAnAmount, NotRefundable
from billing.ledger import lock, posting
from billing.models import (
    ApplicationState,
    RefundApplication,
    RefundApplicationAnswer,
    RefundConsent,
    RefundPolicy,
)
from billing.money import PER_FEN, shown
from billing.money_in import positive
from billing.roles import demand_handles_money

# Fees, and that they are not refundable.
FEES_CLAUSE = "6"


def clause_agreed(account: Account, at: datetime) -> Clause | None:
    """The clause on fees of the terms that bind the account; None while there are none."""
    binding = amendments.in_force(account=account, slug=TERMS, at=at)
    if binding is None:
        return None
    of_version = Clause.objects.filter(version=binding.version, number=FEES_CLAUSE)
    return of_version.select_related("version__document").first()


def open_application(account: Account) -> RefundApplication | None:
    """The one that is not over, if any."""
    found: RefundApplication | None = (
        RefundApplication.objects.open().filter(account=account).with_answers().first()
    )
    return found


@posting
def apply(
    *, account: Account, amount: int, reason: str, asked_by: User, at: datetime
) -> RefundApplication:
    """A member of the account asks for `amount` micro-yuan back.

    Raises `NotAllowed` for other roles, `NotAnAmount` for parts of a fen, `ReasonMissing`,
    `NotRefundable` for more than could be refunded now, and `ApplicationRefused` while
    another application is open.
    """
    demand_handles_money(asked_by, account)
    if positive(amount) % PER_FEN:
        raise NotAnAmount(_("There is nothing smaller than a fen: two decimals at most."))
    if not reason.strip():
        raise ReasonMissing(_("Say why you ask for it."))
    lock([account.pk])
    if open_application(account) is not None:
        raise ApplicationRefused(
            _("An application is open already. Wait for its answer, or take it back first.")
        )
    most = refunds.refundable(account).most
    if amount > most:
        raise NotRefundable(_("At most ¥%(most)s could be refunded now.") % {"most": shown(most)})
    application = RefundApplication.record(
        account=account,
        amount=amount,
        refundable=most,
        reason=reason.strip(),
        clause=clause_agreed(account, at),
        asked_by=asked_by,
    )
    activity.note(
        Activity.Kind.REFUND_ASKED,
        account=account,
        by=asked_by,
        amount=f"¥{shown(amount)}",
        reference=application.public_id,
    )
    return application


@posting
def withdraw(*, application: RefundApplication, withdrawn_by: User) -> RefundApplicationAnswer:
    """A member of the account takes it back, as long as no refund has been prepared."""
    demand_handles_money(withdrawn_by, application.account)
    _demand_waiting(application)
    return RefundApplicationAnswer.record(
        application=application,
        kind=RefundApplicationAnswer.Kind.WITHDRAWN,
        answered_by=withdrawn_by,
    )


@posting
def prepare(
    *,
    application: RefundApplication,
    amount: int,
    reason: str,
    prepared_by: User,
    consent: RefundConsent | None = None,
    policy: RefundPolicy | None = None,
    payout: str = "",
) -> RefundApplicationAnswer:
    """Staff ask for the refund on a basis, at most for what was applied for. It is paid once
    a second person approves it. Raises what `decisions.request_refund` raises."""
    decisions.demand(prepared_by, "request")
    _demand_waiting(application)
    if positive(amount) > application.amount:
        raise NotRefundable(_("The customer applied for less."))
    request = decisions.request_refund(
        account=application.account,
        amount=amount,
        reason=reason,
        requested_by=prepared_by,
        consent=consent,
        policy=policy,
        payout=payout,
        case_reference=application.public_id,
    )
    return RefundApplicationAnswer.record(
        application=application,
        kind=RefundApplicationAnswer.Kind.PREPARED,
        request=request,
        answered_by=prepared_by,
    )


@posting
def decline(
    *,
    application: RefundApplication,
    declined_by: User,
    reason_zh_hans: str = "",
    reason_en: str = "",
) -> RefundApplicationAnswer:
    """Staff say no, with a reason that the customer reads, in one language at least."""
    decisions.demand(declined_by, "request")
    _demand_waiting(application)
    if not (reason_zh_hans.strip() or reason_en.strip()):
        raise ReasonMissing(_("Write down the reason."))
    return RefundApplicationAnswer.record(
        application=application,
        kind=RefundApplicationAnswer.Kind.DECLINED,
        reason_zh_hans=reason_zh_hans.strip(),
        reason_en=reason_en.strip(),
        answered_by=declined_by,
    )


def _demand_waiting(application: RefundApplication) -> None:
    lock([application.account_id])
    current = RefundApplication.objects.with_answers().get(pk=application.pk)
    if current.state is ApplicationState.DECIDING:
        raise ApplicationRefused(
            _("A refund has been prepared for it and waits for the second person.")
        )
    if current.state is not ApplicationState.WAITING:
        raise ApplicationRefused(_("This application is over."))
