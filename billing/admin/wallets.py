"""Wallets and credit lots. The page of a wallet is all of an account's money."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy

from accounts.admin.finding import FoundByAccount
from accounts.models import Account
from billing.admin.columns import NATURE_TONES, link, list_url, yuan
from billing.admin.floor_acts import SetFloor
from billing.admin.of_account import OfWalletFilter
from billing.admin.wallet_acts import ON_WALLET
from billing.admin.wallet_page import page_of
from billing.models import CreditLot, Entry, Wallet
from common.admin import EvidenceAdmin, Headline, mono, pill
from common.clock import now


@admin.register(Wallet)
class WalletAdmin(FoundByAccount, EvidenceAdmin):
    """An account that never had money has a page too: that is where it gets its first."""

    severe_acts = (*ON_WALLET, SetFloor())
    change_form_template = "admin/billing/wallet/change_form.html"
    list_display = ("account", "available", "paid_yuan", "granted_yuan", "held_yuan", "floor_yuan")
    list_display_links = ("account",)
    list_select_related = ("account",)
    list_reads = ("account__name", "paid", "granted", "held_paid", "held_granted", "floor")
    sortable_by = ()
    search_fields = ("account",)
    ordering = ("-pk",)
    fields = ()

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Wallet | None:
        return next(iter(self.records_named(request, [unquote(object_id)])), None)

    def records_named(self, request: HttpRequest, pks: Any) -> list[Any]:
        wanted = [int(pk) for pk in pks if pk.isascii() and pk.isdigit() and len(pk) < 19]
        found = {one.pk: one for one in Wallet.objects.filter(pk__in=wanted)}
        accounts = Account.objects.filter(pk__in=wanted).order_by("pk")
        for account in accounts:
            found.setdefault(account.pk, Wallet(account=account)).account = account
        return [found[account.pk] for account in accounts]

    @admin.display(description=gettext_lazy("available"))
    def available(self, wallet: Wallet) -> str:
        return yuan(wallet.balance)

    @admin.display(description=gettext_lazy("paid"))
    def paid_yuan(self, wallet: Wallet) -> str:
        return yuan(wallet.paid)

    @admin.display(description=gettext_lazy("granted"))
    def granted_yuan(self, wallet: Wallet) -> str:
        return yuan(wallet.granted)

    @admin.display(description=gettext_lazy("on hold"))
    def held_yuan(self, wallet: Wallet) -> str:
        return yuan(wallet.held)

    @admin.display(description=gettext_lazy("floor"))
    def floor_yuan(self, wallet: Wallet) -> str:
        return yuan(wallet.floor)

    def headline(self, obj: Any) -> Headline:
        account = obj.account
        facts = [link(account, mono(account.public_id)), account.time_zone]
        return Headline(pills=[(account.get_kind_display(), "info")], facts=facts)

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        if obj is not None:
            context |= page_of(obj, user=request.user, at=now())
        return super().render_change_form(request, context, add, change, form_url, obj)


@admin.register(CreditLot)
class CreditLotAdmin(EvidenceAdmin):
    list_display = ("number", "wallet", "nature_pill", "came_in", "left", "opened_at", "expires_at")
    list_display_links = ("number",)
    list_select_related = ("wallet__account",)
    list_filter = (OfWalletFilter,)
    sortable_by = ("number",)
    ordering = ("-pk",)
    fields = (
        "wallet",
        "nature",
        "came_in",
        "left",
        "priority",
        "opened_at",
        "expires_at",
        "given_back_of",
        "entries_link",
    )
    readonly_fields = fields

    @admin.display(description=gettext_lazy("number"), ordering="pk")
    def number(self, lot: CreditLot) -> str:
        return str(lot.pk)

    @admin.display(description=gettext_lazy("nature"))
    def nature_pill(self, lot: CreditLot) -> str:
        return pill(lot.get_nature_display(), NATURE_TONES[CreditLot.Nature(lot.nature)])

    @admin.display(description=gettext_lazy("came in"))
    def came_in(self, lot: CreditLot) -> str:
        return yuan(lot.amount)

    @admin.display(description=gettext_lazy("left"))
    def left(self, lot: CreditLot) -> str:
        return yuan(lot.remaining)

    @admin.display(description=gettext_lazy("given back of"))
    def given_back_of(self, lot: CreditLot) -> str:
        return link(lot.corrected) or "–"

    @admin.display(description=gettext_lazy("entries"))
    def entries_link(self, lot: CreditLot) -> str:
        address = list_url(Entry, f"wallet={lot.wallet_id}&lot={lot.pk}")
        return format_html('<a href="{}">{}</a>', address, gettext_lazy("Entries of this lot"))

    def headline(self, obj: Any) -> Headline:
        tone = NATURE_TONES[CreditLot.Nature(obj.nature)]
        return Headline(
            pills=[(obj.get_nature_display(), tone)], facts=[str(obj.wallet), yuan(obj.remaining)]
        )
