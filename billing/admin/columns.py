"""How money and what it hangs on look in lists and on pages."""

from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from billing.models import CreditLot, Kind
from billing.money import shown

KIND_TONES = {
    Kind.RECEIPT: "teal",
    Kind.RETURN: "warn",
    Kind.TOP_UP: "good",
    Kind.GRANT: "violet",
    Kind.CHARGE: "quiet",
    Kind.CORRECTION: "warn",
    Kind.HOLD: "info",
    Kind.RELEASE: "info",
    Kind.EXPIRY: "quiet",
    Kind.WRITE_OFF: "bad",
    Kind.REFUND: "bad",
}
NATURE_TONES = {CreditLot.Nature.PAID: "good", CreditLot.Nature.GRANTED: "violet"}


def yuan(micro: int | None) -> SafeString:
    """An amount of micro-yuan as `¥ 1,280.50`, to the right; a dash for None."""
    if micro is None:
        return format_html('<span class="num">{}</span>', "–")
    sign = "-" if micro < 0 else ""
    return format_html('<span class="num">{}¥\u00a0{}</span>', sign, shown(abs(micro)))


def side(amount: int, *, credit: bool) -> SafeString | str:
    """An entry's amount in the debit or the credit column; nothing in the other."""
    return yuan(abs(amount)) if (amount > 0) == credit else ""


def link(record: Any, text: str | None = None) -> SafeString | str:
    """A link to the admin's page of a record; nothing for none."""
    if record is None:
        return ""
    return format_html('<a href="{}">{}</a>', record_url(record), text or str(record))


def record_url(record: Any) -> str:
    """The address of a record's page."""
    opts = record._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[record.pk])


def list_url(model: Any, query: str) -> str:
    """The address of a model's list with a query."""
    opts = model._meta
    return f"{reverse(f'admin:{opts.app_label}_{opts.model_name}_changelist')}?{query}"
