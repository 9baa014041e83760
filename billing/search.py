"""Looking up journals, requests, consents and invoices in the one search box."""

from typing import TYPE_CHECKING

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from billing.models import Charge, Invoice, Journal, PostingRequest, RefundConsent
from billing.money import shown
from common.search import Hit, SearchSource, search_sources

if TYPE_CHECKING:
    from common.work_queues import StaffUser


def _page(model: str, pk: int) -> str:
    return reverse(f"admin:billing_{model}_change", args=[pk])


def find_journals(text: str, user: "StaffUser", limit: int) -> list[Hit]:
    """By the whole of a key, a charge's included."""
    found = Journal.objects.filter(Q(key=text) | Q(key=f"charge:{text}"))
    return [
        Hit(
            title=str(one),
            detail=f"{one.account or ''} {one.key}".strip(),
            url=_page("journal", one.pk),
        )
        for one in found.select_related("account").order_by("-pk")[:limit]
    ]


def find_charges(text: str, user: "StaffUser", limit: int) -> list[Hit]:
    """By the whole of a key."""
    return [
        Hit(title=one.key, detail=f"{one.wallet} ¥{shown(one.posted)}", url=_page("charge", one.pk))
        for one in Charge.objects.filter(key=text).select_related("wallet__account")[:limit]
    ]


def find_requests(text: str, user: "StaffUser", limit: int) -> list[Hit]:
    """By identifier."""
    if not text.startswith("mrq_"):
        return []
    found = PostingRequest.objects.filter(public_id=text).select_related("account")
    return [
        Hit(
            title=str(one),
            detail=f"{one.account or ''} ¥{shown(one.amount)}".strip(),
            url=_page("postingrequest", one.pk),
        )
        for one in found[:limit]
    ]


def find_consents(text: str, user: "StaffUser", limit: int) -> list[Hit]:
    """By identifier."""
    if not text.startswith("rcn_"):
        return []
    found = RefundConsent.objects.filter(public_id=text).select_related("account")
    return [
        Hit(
            title=one.public_id,
            detail=f"{one.account} ¥{shown(one.cap)}",
            url=_page("refundconsent", one.pk),
        )
        for one in found[:limit]
    ]


def find_invoices(text: str, user: "StaffUser", limit: int) -> list[Hit]:
    """By number."""
    return [
        Hit(
            title=one.number,
            detail=f"{one.account} ¥{shown(one.amount)}",
            url=_page("invoice", one.pk),
        )
        for one in Invoice.objects.filter(number=text).select_related("account")[:limit]
    ]


SOURCES = (
    SearchSource(
        name="journals",
        label=_("Journals"),
        search=find_journals,
        permission="billing.view_journal",
    ),
    SearchSource(
        name="charges",
        label=_("Usage charges"),
        search=find_charges,
        permission="billing.view_charge",
    ),
    SearchSource(
        name="money_requests",
        label=_("Requests for postings"),
        search=find_requests,
        permission="billing.view_postingrequest",
    ),
    SearchSource(
        name="consents",
        label=_("Consents to refunds"),
        search=find_consents,
        permission="billing.view_refundconsent",
    ),
    SearchSource(
        name="invoices",
        label=_("Invoices"),
        search=find_invoices,
        permission="billing.view_invoice",
    ),
)


def register() -> None:
    """Called once, when the apps are ready."""
    for source in SOURCES:
        search_sources.register(source)
