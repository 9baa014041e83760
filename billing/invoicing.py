"""Invoices (fapiao) issued elsewhere, noted here: what was invoiced is not refunded."""

from datetime import date, datetime

from django.conf import settings
from django.db.models import Sum
from django.utils.translation import gettext as _

from accounts.exceptions import NotAllowed
from accounts.models import Account, User
from billing.exceptions import NotAnAmount, NotInvoiced
from billing.ledger import lock, posting
from billing.models import Invoice
from common.clock import local_day


@posting
def record_invoice(
    *,
    account: Account,
    number: str,
    amount: int,
    issued_on: date,
    recorded_by: User,
    at: datetime,
) -> Invoice:
    """Notes an invoice over `amount` micro-yuan; a red letter, which takes one back, is
    negative. Raises `NotInvoiced` for a number known already, a day to come, and a red letter
    over more than has been invoiced."""
    if not (recorded_by.is_staff and recorded_by.has_perm("billing.add_invoice")):
        raise NotAllowed(_("Your group may not do this. Ask a supervisor."))
    if not amount:
        raise NotAnAmount(_("The amount cannot be nothing. A red letter is negative."))
    number = number.strip()
    # In turn with refunds of the same account, which look at what has been invoiced.
    lock([account.pk])
    if not number or Invoice.objects.filter(number=number).exists():
        raise NotInvoiced(_("An invoice of that number is there already."))
    if issued_on > local_day(at, settings.TIME_ZONE):
        raise NotInvoiced(_("It is dated in the future."))
    invoiced = Invoice.objects.filter(account=account).aggregate(sum=Sum("amount"))["sum"] or 0
    if invoiced + amount < 0:
        raise NotInvoiced(_("A red letter takes back at most what has been invoiced."))
    return Invoice.record(
        account=account,
        number=number,
        amount=amount,
        issued_on=issued_on,
        recorded_by=recorded_by,
    )
