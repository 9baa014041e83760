"""A charge alone goes through the triggers as a row, several as a set: to the same end."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection

from billing import charging
from billing.models import Charge, CreditLot, Entry, Occasion, Wallet
from common.clock import now
from tests.billing.making import granted, line, make_account, paid_in, set_floor, yuan

pytestmark = pytest.mark.django_db(transaction=True)

# Micro-yuan: lines that come to nothing, draw on one lot or several, and go down to the floor.
EXACT = ["0.4", "0.4", "1500000", "1.25", "2600000", "5900000", "0.1", "4999998"]


@pytest.fixture
def twins():
    """Two accounts with the same money: two gifts, one that expires, and two payments."""
    accounts = [make_account(), make_account()]
    for account in accounts:
        granted(account, 2, expires_at=now() + timedelta(days=3))
        granted(account, 1)
        paid_in(account, 3)
        paid_in(account, 4)
        set_floor(account, -5)
    return accounts


def lines_of(account):
    return [
        replace(line(account, 0), exact=Decimal(exact), key=f"{account.pk}:{n}")
        for n, exact in enumerate(EXACT)
    ]


def standing(account):
    lots = list(CreditLot.objects.filter(wallet=account.pk).order_by("pk"))
    place = {lot.pk: number for number, lot in enumerate(lots)} | {None: -1}
    charges = Charge.objects.filter(wallet=account.pk).order_by("key")
    wallet = Wallet.objects.filter(pk=account.pk)
    return {
        "wallet": wallet.values("paid", "granted", "rated").get(),
        "lots": [lot.remaining for lot in lots],
        "charges": [(one.key.partition(":")[2], one.exact, one.posted) for one in charges],
        "entries": [
            sorted(
                (entry.account_id, place[entry.lot_id], entry.amount)
                for entry in Entry.objects.filter(journal=one.journal_id)
            )
            for one in charges
            if one.journal_id
        ],
        "told": list(Occasion.objects.filter(account=account).values_list("kind", flat=True)),
        "withheld": account.conditions.filter(cleared_at=None).count(),
    }


def test_one_by_one_and_all_at_once(twins):
    alone, together = twins
    verdicts = [charging.charge([each])[0].verdict for each in lines_of(alone)]
    at_once = [outcome.verdict for outcome in charging.charge(lines_of(together))]
    assert verdicts == at_once
    assert standing(alone) == standing(together)
    # Every way was gone: lines of nothing, of several lots, on credit, to the end of it.
    assert standing(alone)["wallet"] == {
        "paid": yuan(-5),
        "granted": 0,
        "rated": sum(map(Decimal, EXACT)),
    }
    assert standing(alone)["withheld"] == 1


def test_no_function_writes_a_journal_without_its_charge():
    """Within the owner's functions the trigger of journals does not run."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname, prosrc FROM pg_proc WHERE prosecdef AND prosrc ~* %s",
            [r"insert\s+into\s+billing_journal\y"],
        )
        writers = dict(cursor.fetchall())
    assert set(writers) == {"billing_charge", "billing_charge_one"}
    for body in writers.values():
        assert body.count("INSERT INTO billing_journal") == 1
        assert body.count("INSERT INTO billing_charge") == 1
