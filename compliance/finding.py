"""How cases are found by what somebody types."""

from typing import Any

from django.db.models import Q

from accounts.models import Account
from common.search import looks_like_identifier
from compliance.models import Report


def cases_found(rows: Any, text: str) -> Any:
    """Those of `rows` that `text` finds: by identifier, by a receipt number, by the account's
    identifier, or by words of the title."""
    text = text.strip()
    if not text:
        return rows
    if looks_like_identifier(text):
        accounts = Account.objects.filter(public_id=text).values("pk")
        return rows.filter(Q(public_id=text) | Q(account__in=accounts))
    if text.upper().startswith("R-"):
        named = Report.objects.filter(receipt=text.upper()).values("case")
        return rows.filter(pk__in=named)
    found = Q()
    for word in text.split():
        found &= Q(title__matches=word)
    return rows.filter(found)
