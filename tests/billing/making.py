"""Accounts with money, for tests."""

from decimal import Decimal
from itertools import count

from django.contrib.auth.models import Permission

from billing import charging, decisions, floors, money_in
from billing.charging import Line
from billing.models import Ledger
from common.clock import now
from tests.accounts.making import make_person
from tests.notices.making import make_customer

numbers = count(1)


def yuan(amount):
    """Micro-yuan of so many yuan."""
    return round(Decimal(str(amount)) * 1_000_000)


def make_account(**fields):
    return make_customer(**fields)[1]


def make_requester(*verbs):
    """A member of staff who may do that with requests for postings."""
    person = make_person(is_staff=True)
    for verb in verbs or ("request",):
        person.user_permissions.add(Permission.objects.get(codename=f"{verb}_postingrequest"))
    return person


def make_approver():
    return make_requester("approve")


def paid_in(account, amount, **fields):
    return money_in.top_up(
        account=account,
        amount=yuan(amount),
        **{"source": Ledger.BANK, "key": f"test:{next(numbers)}", **fields},
    )


def granted(account, amount, **fields):
    request = decisions.request_grant(
        account=account,
        amount=yuan(amount),
        requested_by=make_requester(),
        **{"expires_at": None, "reason": "Welcome", **fields},
    )
    return decisions.approve(request=request, approved_by=make_approver(), at=now())


def set_floor(account, amount):
    """To so many yuan, at most nothing; asked for by one person and approved by another."""
    change = floors.request_floor(
        account=account,
        floor=yuan(amount),
        reason="Pays by invoice",
        requested_by=make_requester(),
    )
    return floors.approve_floor(change=change, approved_by=make_approver())


def line(account, amount, **fields):
    return Line(
        account=account.pk,
        exact=Decimal(str(amount)) * 1_000_000,
        **{"key": f"line:{next(numbers)}", "used_at": now(), **fields},
    )


def spend(account, amount, **fields):
    return charging.charge([line(account, amount, **fields)])[0]
