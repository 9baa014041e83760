"""How people and accounts are found by what somebody types.

A whole identifier, phone number or e-mail address is looked up as such; only when it is
nobody's, parts are looked for. All of it goes by indexes, also among a million: what
spans two tables is found in each by itself and then put together, see
`common.search.narrowed`.
"""

import re
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Lower
from django.db.models.lookups import Exact

from accounts import identities
from accounts.exceptions import NotAPhoneNumber
from accounts.models import Account, KeptIdentity, Membership, User
from accounts.phone_numbers import parse_phone
from common.search import looks_like_identifier, narrowed

E_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
# Digits as people write them, at least as many as an index can look for.
PART_OF_PHONE = re.compile(r"(?=(?:\D*\d){3})[+\d\s()./-]+")


def phone_in(text: str) -> str | None:
    """The E.164 number that `text` writes, None if it is not one."""
    try:
        return parse_phone(text)
    except NotAPhoneNumber:
        return None


def people_by(text: str) -> Q:
    """Which people `text` finds: by identifier, phone, e-mail or parts of the name."""
    text = text.strip()
    return _whole(text) or _parts_of_contact(text) | _words("name", text)


def people_by_contact(text: str) -> Q:
    """As `people_by`, leaving out their names."""
    text = text.strip()
    return _whole(text) or _parts_of_contact(text)


def _whole(text: str) -> Q | None:
    """Whose identifier, phone or e-mail address this is, None for nobody's."""
    if looks_like_identifier(text):
        return Q(public_id=text)
    if phone := phone_in(text):
        theirs: Any = Q(phone=phone)
        # Who had the number before whoever has it now.
        before = KeptIdentity.objects.filter(phone_mark=identities.mark(phone))
        theirs |= Q(pk__in=list(before.values_list("pk", flat=True)[:1000]))
    elif E_MAIL.fullmatch(text):
        theirs = Exact(Lower(F("contact_email")), Lower(Value(text)))
    else:
        return None
    # Addresses may be shared, by a department for one.
    found = list(User.objects.filter(theirs).values_list("pk", flat=True)[:1000])
    return Q(pk__in=found) if found else None


def _parts_of_contact(text: str) -> Q:
    found = _words("contact_email", text)
    if PART_OF_PHONE.fullmatch(text):
        # Without what stands for “abroad” or “not here”: kept numbers begin with their country.
        found |= Q(phone__matches=re.sub(r"\D", "", text).lstrip("0"))
    return found


def _words(column: str, text: str) -> Q:
    """All words of `text` are in `column`."""
    found = Q()
    for word in text.split():
        found &= Q(**{f"{column}__matches": word})
    return found


def people_found(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    """Those of `rows`, people, that `text` finds."""
    found = people_by(text)
    return narrowed(
        rows, [User.objects.filter(found).values_list("pk", flat=True)], otherwise=found
    )


def accounts_found(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    """Those of `rows`, accounts: by name or identifier, or a member's phone or e-mail."""
    text = text.strip()
    if looks_like_identifier(text):
        return rows.filter(public_id=text)
    own = _words("name", text)
    members = Membership.objects.filter(user__in=User.objects.filter(people_by_contact(text)))
    return narrowed(
        rows,
        [
            Account.objects.filter(own).values_list("pk", flat=True),
            members.values_list("account_id", flat=True),
        ],
        otherwise=own | Q(Exists(members.filter(account=OuterRef("pk")))),
    )


def records_found(rows: QuerySet[Any], text: str, *, columns: Sequence[str] = ()) -> QuerySet[Any]:
    """Those of `rows`, records of accounts: of an account as in `accounts_found`, or with
    exactly `text` in one of `columns`, each of which has an index."""
    text = text.strip()
    theirs = Q(account__in=accounts_found(Account.objects.all(), text))
    own = Q()
    for column in columns:
        try:
            value = rows.model._meta.get_field(column).to_python(text)
        except ValidationError:
            continue  # nothing that this column could hold, such as a name for a UUID
        own |= Q(**{column: value})
    records = rows.model._base_manager
    ways = [records.filter(found) for found in (theirs, own) if found]
    return narrowed(
        rows, [way.values_list("pk", flat=True) for way in ways], otherwise=theirs | own
    )
