"""What the page of a wallet shows: all of an account's money at once."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import refunds
from billing.account_money import Day, days_of
from billing.account_parts import parts_of
from billing.admin.columns import KIND_TONES, NATURE_TONES, list_url, record_url, yuan
from billing.admin.floors import standing_of
from billing.admin.journals import journals_of, turnover
from billing.finding import held_by
from billing.models import (
    Charge,
    CreditLot,
    Entry,
    FloorChange,
    Invoice,
    Journal,
    Kind,
    PostingRequest,
    RefundConsent,
    Wallet,
)
from billing.money import shown
from common.admin.record_links import links_on
from common.plots import Plot, Series, Tone, line, progress_bar, stacked_bars

FEW = 10
# Room for sums of money beside a plot half as wide as the page, in percent.
AXIS = 14.0
BALANCE = Series(name="balance", label=gettext_lazy("balance"), tone=Tone.INFO)
SPENT = Series(name="spent", label=gettext_lazy("spent on usage"), tone=Tone.TEAL)


def page_of(wallet: Wallet, *, user: Any, at: datetime) -> dict[str, Any]:
    """Everything the template asks for; a few statements, each by an index."""
    account = wallet.account
    days = days_of(wallet, at=at)
    refundable = refunds.refundable(account)
    return {
        "figures": _figures(wallet),
        "balance_plot": _balance(days),
        "spend_plot": _spend(days),
        "days": len(days),
        "lots": _lots(wallet),
        "lots_url": list_url(CreditLot, f"wallet={wallet.pk}"),
        "journals": _journals(account.pk),
        "journals_url": journals_of(account.pk),
        "entries_url": list_url(Entry, f"wallet={wallet.pk}"),
        "charges_url": list_url(Charge, f"wallet={wallet.pk}"),
        "requests": _requests(wallet),
        "requests_url": list_url(PostingRequest, urlencode({"q": account.public_id})),
        "holds": [(hold, record_url(hold), yuan(turnover(hold))) for hold in held_by(account.pk)],
        "refundable": refundable,
        "refundable_most": yuan(refundable.most),
        "refundable_figures": [
            (_("Left of what was paid in"), yuan(refundable.unconsumed)),
            (_("Paid in and not invoiced"), yuan(refundable.not_invoiced)),
            (_("Invoiced"), yuan(refundable.invoiced)),
        ],
        "consents": list(RefundConsent.objects.filter(account=account).order_by("-pk")[:FEW]),
        "invoices": [
            (invoice, record_url(invoice), yuan(invoice.amount))
            for invoice in Invoice.objects.filter(account=account).order_by("-pk")[:FEW]
        ],
        "invoices_url": list_url(Invoice, urlencode({"q": account.public_id})),
        "floors": _floors(wallet),
        "floors_url": list_url(FloorChange, urlencode({"q": account.public_id})),
        "more_parts": parts_of(account, user),
        # Such as its statement; not the way back here.
        "account_links": [
            (label, url) for label, url in links_on(account, user) if url != record_url(wallet)
        ],
        "add_invoice_url": _add_invoice(account) if user.has_perm("billing.add_invoice") else "",
    }


def _add_invoice(account: Any) -> str:
    return f"{reverse('admin:billing_invoice_add')}?{urlencode({'account': account.public_id})}"


def _figures(wallet: Wallet) -> list[tuple[str, SafeString, str]]:
    return [
        (_("Available"), yuan(wallet.balance), _("paid and granted")),
        (_("Paid"), yuan(wallet.paid), _("owed") if wallet.paid < 0 else ""),
        (_("Granted"), yuan(wallet.granted), _("spent first")),
        (_("On hold"), yuan(wallet.held), ""),
        (_("Floor"), yuan(wallet.floor), _("how far below nothing it may go")),
    ]


def _balance(days: list[Day]) -> Plot:
    points = [(date_format(one.day, "MONTH_DAY_FORMAT"), one.balance) for one in days]
    title = _("Balance at the end of each day, in yuan")
    return line(title=title, series=BALANCE, points=points, write=shown, axis=AXIS)


def _spend(days: list[Day]) -> Plot:
    bars = [(date_format(one.day, "MONTH_DAY_FORMAT"), {"spent": one.spent}) for one in days]
    title = _("Spent on usage a day, in yuan")
    return stacked_bars(title=title, series=[SPENT], bars=bars, write=shown, axis=AXIS)


def _lots(wallet: Wallet) -> list[dict[str, Any]]:
    return [
        {
            "lot": lot,
            "url": record_url(lot),
            "nature": lot.get_nature_display(),
            "tone": NATURE_TONES[CreditLot.Nature(lot.nature)],
            "left": yuan(lot.remaining),
            "amount": yuan(lot.amount),
            "bar": progress_bar(
                [(Tone.GOOD, lot.remaining / lot.amount)],
                title=_("%(left)s of %(amount)s left")
                % {"left": shown(lot.remaining), "amount": shown(lot.amount)},
            ),
        }
        for lot in CreditLot.objects.left().filter(wallet=wallet.pk).in_order_of_use()[:50]
    ]


def _journals(account_id: int) -> list[tuple[Journal, str, str, SafeString]]:
    newest = Journal.objects.filter(account=account_id).order_by("-pk").prefetch_related("entries")
    return [
        (journal, record_url(journal), KIND_TONES[Kind(journal.kind)], yuan(turnover(journal)))
        for journal in newest[:FEW]
    ]


def _requests(wallet: Wallet) -> list[tuple[PostingRequest, str, str, SafeString]]:
    waiting = PostingRequest.objects.filter(account=wallet.account, open__isnull=False)
    return [
        (one, record_url(one), KIND_TONES[Kind(one.kind)], yuan(one.amount))
        for one in waiting.select_related("requested_by").order_by("-pk")[:FEW]
    ]


def _floors(wallet: Wallet) -> list[tuple[FloorChange, str, SafeString, tuple[str, str]]]:
    """The last changes of its floor, what waits included."""
    changes = FloorChange.objects.filter(account=wallet.account)
    related = changes.select_related("approval", "rejection").order_by("-pk")
    return [(one, record_url(one), yuan(one.floor), standing_of(one)) for one in related[:3]]
