"""One look at an account, from the entries up, beside the same account in plain Python."""

import json
from decimal import Decimal

from django.db import connection

from billing import refunds
from tests.billing import reference


def the_same(account, book):
    """The ledger has for `account` what the reference has in `book`."""
    with connection.cursor() as cursor:
        cursor.execute(EVERYTHING, {"account": account.pk})
        names = [column.name for column in cursor.description]
        found = dict(zip(names, cursor.fetchone(), strict=True))
    assert found["unbalanced"] == 0
    wallet_and_lots_are_as_in(book, found)
    lots_are_the_wallet(found)
    usage_is_rounded_from_its_sum(book, found)
    codes = {leg.code for journal in book.journals for leg in journal.legs}
    assert json.loads(found["ledger"]) == {str(c): book.balance(c) for c in codes}
    assert refunds.refundable(account).most == book.refundable()


def wallet_and_lots_are_as_in(book, found):
    assert found["paid"] == book.paid
    assert found["granted"] == book.balance(reference.GRANTED)
    assert found["held_paid"] == book.balance(reference.HELD_PAID)
    assert found["held_granted"] == book.balance(reference.HELD_GRANTED)
    assert json.loads(found["lots"]) == [
        [lot.nature, lot.amount, lot.remaining, lot.expires_at is not None] for lot in book.lots
    ]


def lots_are_the_wallet(found):
    """What is not in a lot was owed, or settles what was owed."""
    left = {"paid": 0, "granted": 0}
    for nature, _amount, remaining, _expires in json.loads(found["lots"]):
        left[nature] += remaining
    assert left["paid"] + found["loose"] == found["paid"]
    assert found["loose"] <= 0, "paid money is in no lot"
    assert left["granted"] == found["granted"]


def usage_is_rounded_from_its_sum(book, found):
    assert found["exact"] == book.rated
    assert abs(found["posted"] - book.rated) <= Decimal("0.5")


EVERYTHING = """
WITH entry AS (
    SELECT e.*, j.legs FROM billing_entry e JOIN billing_journal j ON j.id = e.journal_id
    WHERE j.account_id = %(account)s
), ledger AS (
    SELECT account_id AS code, sum(amount)::bigint AS amount FROM entry GROUP BY 1
), unbalanced AS (
    SELECT FROM entry GROUP BY journal_id, legs HAVING sum(amount) <> 0 OR count(*) <> legs
), lot AS (
    SELECT * FROM billing_creditlot WHERE wallet_id = %(account)s
)
SELECT wallet.paid, wallet.granted, wallet.held_paid, wallet.held_granted,
    (SELECT json_object_agg(code, amount) FROM ledger)::text AS ledger,
    (SELECT count(*) FROM unbalanced) AS unbalanced,
    (SELECT json_agg(json_build_array(nature, amount, remaining, expires_at IS NOT NULL)
        ORDER BY id) FROM lot)::text AS lots,
    coalesce((
        SELECT sum(amount) FROM entry WHERE account_id = 2010 AND lot_id IS NULL), 0) AS loose,
    coalesce(sum(charge.exact), 0) AS exact, coalesce(sum(charge.posted), 0) AS posted
FROM billing_wallet wallet LEFT JOIN billing_charge charge ON charge.wallet_id = wallet.account_id
WHERE wallet.account_id = %(account)s GROUP BY wallet.account_id
"""
