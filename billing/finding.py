"""How journals, charges and requests are found by what somebody types, each by an index."""

from typing import Any

from django.db.models import Q, QuerySet

from accounts.finding import accounts_found
from accounts.models import Account
from billing.exceptions import NotAnAmount
from billing.models import Charge, Entry, Journal, Kind, Ledger, PostingRequest
from billing.money import micro_of
from common.search import looks_like_identifier, narrowed

# The only accounts whose amounts people look for: charges have no amount of their own that
# anybody would know. As in the index `billing_entry_by_amount`.
SOUGHT = (Ledger.BANK, Ledger.PROVIDERS, Ledger.UNMATCHED, Ledger.PROMOTION, Ledger.BAD_DEBT)
LARGEST_KEY = 2**63


def journals_found(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    """Those of `rows`, journals: by key or its beginning, number, amount in yuan, request
    (`mrq_…`), or an account's identifier, name, or member's phone or e-mail."""
    text = text.strip()
    if text.startswith("mrq_"):
        return rows.filter(request__public_id=text)
    if looks_like_identifier(text) and text.startswith("acc_"):
        return rows.filter(account__in=_accounts(text))
    ways = [Q(key__startswith=text), Q(key=f"charge:{text}")]
    if text.isascii() and text.isdigit() and int(text) < LARGEST_KEY:
        ways.append(Q(pk=int(text)))
    amount = amount_in(text)
    if amount is not None:
        of_amount = Entry.objects.filter(account__in=SOUGHT, amount__in=[amount, -amount])
        ways.append(Q(pk__in=of_amount.values("journal")))
    else:
        ways.append(Q(account__in=_accounts(text)))
    return _narrowed(rows, Journal, ways)


def charges_found(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    """Those of `rows`, charges: by key or its beginning, or by account."""
    text = text.strip()
    if looks_like_identifier(text) and text.startswith("acc_"):
        return rows.filter(wallet__in=_accounts(text))
    return _narrowed(rows, Charge, [Q(key__startswith=text), Q(wallet__in=_accounts(text))])


def requests_found(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    """Those of `rows`, requests for postings: by identifier, case or account."""
    text = text.strip()
    if text.startswith("mrq_"):
        return rows.filter(public_id=text)
    ways = [Q(account__in=_accounts(text)), Q(case_reference=text)]
    return _narrowed(rows, PostingRequest, ways)


def amount_in(text: str) -> int | None:
    """The micro-yuan that `text` writes as yuan, such as `1,280.50`; None if it does not."""
    plain = text.replace(",", "").replace("¥", "").replace(" ", "")
    if not plain.isascii() or not plain.replace(".", "", 1).isdigit():
        return None
    try:
        return micro_of(plain)
    except NotAnAmount:
        return None


def _accounts(text: str) -> list[int]:
    found = accounts_found(Account.objects.all(), text)
    return list(found.values_list("pk", flat=True)[:1_000])


def _narrowed(rows: QuerySet[Any], model: Any, ways: list[Q]) -> QuerySet[Any]:
    either = Q()
    for way in ways:
        either |= way
    keys = [model._base_manager.filter(way).values_list("pk", flat=True) for way in ways]
    return narrowed(rows, keys, otherwise=either)


def held_by(account_id: int) -> QuerySet[Journal]:
    """Holds of an account that have not been released, the newest first."""
    holds = Journal.objects.filter(account=account_id, kind=Kind.HOLD, reversed_by__isnull=True)
    return holds.order_by("-pk").prefetch_related("entries")[:50]
