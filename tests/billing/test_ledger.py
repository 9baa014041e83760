"""Worked examples: what each kind of journal does to an account's money."""

from datetime import timedelta

import pytest

from billing import charging, decisions, money_in
from billing.charging import Verdict
from billing.exceptions import KeyTaken, NotEnough
from billing.models import Charge, CreditLot, Entry, Journal, Ledger, Wallet
from common.clock import now
from tests.billing.making import (
    granted,
    line,
    make_account,
    make_approver,
    make_requester,
    paid_in,
    spend,
    yuan,
)

pytestmark = pytest.mark.django_db


def legs(journal):
    return {(e.account_id): e.amount for e in journal.entries.all()}


def wallet_of(account):
    return Wallet.objects.get(pk=account.pk)


def test_a_top_up_fills_a_paid_lot():
    account = make_account()
    journal = paid_in(account, 100)
    assert legs(journal) == {1010: -yuan(100), 2010: yuan(100)}
    lot = CreditLot.objects.get()
    assert (lot.nature, lot.amount, lot.remaining) == ("paid", yuan(100), yuan(100))
    assert wallet_of(account).balance == yuan(100)


def test_the_same_key_credits_once_and_never_anything_else():
    account = make_account()
    first = paid_in(account, 100, key="order-7")
    assert paid_in(account, 100, key="order-7") == first
    with pytest.raises(KeyTaken):
        paid_in(account, 101, key="order-7")
    assert wallet_of(account).balance == yuan(100)


def test_a_charge_is_taken_from_granted_credit_first_then_from_the_oldest_lot():
    account = make_account()
    paid_in(account, 10)
    paid_in(account, 10)
    granted(account, 3)
    outcome = spend(account, "14.24")
    assert outcome.verdict is Verdict.ACCEPTED
    journal = Charge.objects.get(pk=outcome.charge).journal
    # 11.24 of paid money contains 6% VAT: 11.24 * 6 / 106.
    tax = 636226
    assert [(e.account_id, e.amount) for e in journal.entries.order_by("account_id", "pk")] == [
        (2010, -yuan(10)),
        (2010, -yuan("1.24")),
        (2020, -yuan(3)),
        (2210, tax),
        (4010, yuan("11.24") - tax),
        (4020, yuan(3)),
    ]
    assert list(CreditLot.objects.order_by("pk").values_list("remaining", flat=True)) == [
        0,
        yuan("8.76"),
        0,
    ]


def test_what_does_not_fit_takes_nothing_and_what_fits_after_it_is_taken():
    account, other = make_account(), make_account()
    paid_in(account, 10)
    paid_in(other, 1)
    outcomes = charging.charge(
        [line(account, 6), line(account, 5), line(other, 1), line(account, 4), line(account, 1)]
    )
    assert [one.verdict for one in outcomes] == [
        "accepted",
        "not_enough",
        "accepted",
        "accepted",
        "not_enough",
    ]
    assert wallet_of(account).balance == 0


def test_lines_sent_again_are_known():
    account = make_account()
    paid_in(account, 10)
    one, two = line(account, 1), line(account, 2)
    first = charging.charge([one, two, one])
    assert [o.verdict for o in first] == ["accepted", "accepted", "known"]
    assert first[2].charge == first[0].charge
    again = charging.charge([two, one])
    assert [o.verdict for o in again] == ["known", "known"]
    assert again[1].charge == first[0].charge
    other = line(account, 5, key=one.key, used_at=one.used_at)
    assert charging.charge([other])[0].verdict is Verdict.KEY_TAKEN
    assert wallet_of(account).balance == yuan(7)


def test_a_part_of_a_micro_yuan_waits_for_the_rest():
    account = make_account()
    paid_in(account, 1)
    third = "0.000000333333333333"
    taken = [spend(account, third).taken for _ in range(4)]
    assert taken == [0, 1, 0, 0]
    assert Charge.objects.count() == 4
    assert Journal.objects.filter(kind="charge").count() == 1


def test_granted_credit_expires_and_paid_money_does_not(clock):
    account = make_account()
    paid_in(account, 10)
    granted(account, 5, expires_at=now() + timedelta(days=30))
    spend(account, 2)
    clock.advance(days=31)
    assert spend(account, 11).verdict is Verdict.NOT_ENOUGH
    assert money_in.expire_due(at=now()) == 1
    assert money_in.expire_due(at=now()) == 0
    wallet = wallet_of(account)
    assert (wallet.paid, wallet.granted) == (yuan(10), 0)
    assert Entry.objects.get(account=Ledger.EXPIRED).amount == yuan(3)


def test_a_hold_is_given_back_to_its_lots():
    account = make_account()
    paid_in(account, 10)
    granted(account, 5)
    held = money_in.hold(
        account=account, amount=yuan(8), key="hold-1", at=now(), actor=None, memo="Case 7"
    )
    wallet = wallet_of(account)
    assert (wallet.paid, wallet.granted, wallet.held) == (yuan(7), 0, yuan(8))
    assert spend(account, 8).verdict is Verdict.NOT_ENOUGH
    money_in.release(held=held, actor=None, memo="")
    money_in.release(held=held, actor=None, memo="")
    wallet = wallet_of(account)
    assert (wallet.paid, wallet.granted, wallet.held) == (yuan(10), yuan(5), 0)


def test_a_correction_mirrors_what_it_corrects():
    account = make_account()
    paid_in(account, 10)
    outcome = spend(account, 4)
    charged = Charge.objects.get(pk=outcome.charge).journal
    request = decisions.request_correction(
        journal=charged,
        reason="Rated twice",
        case_reference="CASE-1",
        requested_by=make_requester(),
    )
    journal = decisions.approve(request=request, approved_by=make_approver(), at=now())
    assert legs(journal) == {account: -amount for account, amount in legs(charged).items()}
    assert wallet_of(account).balance == yuan(10)


def test_a_top_up_that_was_spent_cannot_be_corrected():
    account = make_account()
    journal = paid_in(account, 10)
    spend(account, 4)
    request = decisions.request_correction(
        journal=journal, reason="Not ours", case_reference="CASE-2", requested_by=make_requester()
    )
    with pytest.raises(NotEnough):
        decisions.approve(request=request, approved_by=make_approver(), at=now())
