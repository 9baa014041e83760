"""Correcting a charge whose debt was settled since: what was paid is in a lot again."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from billing import decisions, forecasts, refunds
from billing.exceptions import NotRefundable, NotReversible
from billing.ledger import Leg, Posting, write
from billing.models import (
    Charge,
    CreditLot,
    Journal,
    Kind,
    Ledger,
    PostingApproval,
    PostingRequest,
    Wallet,
)
from billing.money_in import mirrored
from common.clock import now
from tests.accounts.making import make_clause
from tests.billing.admin.acting import act_address, confirm
from tests.billing.making import (
    make_account,
    make_approver,
    make_requester,
    paid_in,
    set_floor,
    spend,
    yuan,
)
from tests.desk.signing_in import staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]


@pytest.fixture
def account():
    """Paid 1, used 10.60, owes 9.60."""
    account = make_account(name="李华")
    paid_in(account, 1)
    set_floor(account, -20)
    spend(account, "10.6")
    return account


def charged(account):
    return Charge.objects.filter(wallet=account.pk).latest("pk").journal


def asked(journal):
    return decisions.request_correction(
        journal=journal, reason="Rated twice", case_reference="C-1", requested_by=make_requester()
    )


def corrected(journal):
    return decisions.approve(request=asked(journal), approved_by=make_approver(), at=now())


def left_in_lots(account):
    lots = CreditLot.objects.filter(wallet=account.pk).order_by("pk")
    return [lot.remaining / 1_000_000 for lot in lots]


def test_what_was_paid_is_spendable_and_refundable(account):
    paid_in(account, 12)
    corrected(charged(account))
    assert left_in_lots(account) == [1, 2.4, 9.6]
    assert refunds.refundable(account).most == yuan(13) == Wallet.objects.get().paid


def test_what_is_owed_still_is_settled_first(account):
    paid_in(account, 6)
    corrected(charged(account))
    assert left_in_lots(account) == [1, 6]
    assert refunds.refundable(account).most == yuan(7)


def test_while_nothing_was_paid_it_is_the_mirror_image_alone(account):
    corrected(charged(account))
    assert left_in_lots(account) == [1]
    assert not CreditLot.objects.filter(corrected__isnull=False).exists()


def test_of_two_debts_the_one_that_stands_is_settled(account):
    first = charged(account)
    spend(account, 5)
    paid_in(account, 12)
    corrected(first)
    assert left_in_lots(account) == [1, 7]
    assert Wallet.objects.get().paid == yuan(8)


def test_what_was_forgiven_is_not_given_back(account):
    write_off = decisions.request_write_off(
        account=account, amount=yuan(5), reason="Gone", requested_by=make_requester()
    )
    forgiven = decisions.approve(request=write_off, approved_by=make_approver(), at=now())
    paid_in(account, 6)
    request = asked(charged(account))
    with pytest.raises(NotReversible, match="written off"):
        forecasts.forecast(request, at=now())
    with pytest.raises(NotReversible, match="written off"):
        decisions.approve(request=request, approved_by=make_approver(), at=now())
    corrected(forgiven)
    decisions.approve(request=request, approved_by=make_approver(), at=now())
    assert Wallet.objects.get().paid == yuan(7)
    assert refunds.refundable(account).most == yuan(7)


def test_a_write_off_of_another_debt_is_in_nobodys_way(account):
    write_off = decisions.request_write_off(
        account=account, amount=yuan("9.6"), reason="Gone", requested_by=make_requester()
    )
    decisions.approve(request=write_off, approved_by=make_approver(), at=now())
    spend(account, 3)
    paid_in(account, 4)
    corrected(charged(account))
    assert left_in_lots(account) == [0, 1, 3]


def test_it_is_no_younger_than_the_charge(account, clock):
    """A policy for what was paid in within some days does not find it."""
    paid_in(account, 12)
    charge = charged(account)
    clock.advance(days=100)
    corrected(charge)
    lot = CreditLot.objects.get(corrected=charge)
    assert lot.opened_at == charge.recorded_at
    policy = refunds.propose_policy(
        name="seven-days",
        text_zh_hans="七天内",
        text_en="Within seven days",
        most=yuan(1000),
        days=7,
        in_force_from=now(),
        in_force_until=None,
        clause=make_clause("6"),
        proposed_by=make_requester(),
    )
    refunds.approve_policy(policy=policy, approved_by=make_approver())
    request = decisions.request_refund(
        account=account, amount=yuan(1), policy=policy, reason="x", requested_by=make_requester()
    )
    with pytest.raises(NotRefundable):
        decisions.approve(request=request, approved_by=make_approver(), at=now())


def test_the_page_shows_it_before_it_is_asked_for(account):
    paid_in(account, 12)
    browser = staff("billing")[1]
    url = act_address(Journal, "correct", charged(account))
    shown = browser.get(url).text
    assert "¥\u00a09.60" in shown
    assert "¥\u00a013.00" in shown
    assert not CreditLot.objects.filter(corrected__isnull=False).exists()
    confirm(browser, url, case_reference="C-1", reason="Rated twice")
    assert PostingRequest.objects.filter(kind="correction").exists()


# -- the same, written around the verb ---------------------------------------------------------


def written(request, legs):
    """What `decisions.approve` does, with those legs."""
    why = Posting(
        kind=Kind.CORRECTION,
        key=f"raw:{request.pk}",
        asked={},
        account=request.account,
        request=request,
        reverses=request.reverses,
    )
    PostingApproval.record(request=request, approved_by=make_approver(), digest=request.digest)
    return write(why, legs)


def in_lot(amount, account, *, corrected, size=None):
    lot = CreditLot.objects.create(
        wallet_id=account.pk, nature="paid", amount=yuan(size or amount), corrected=corrected
    )
    return leg(amount, account, lot.pk)


def leg(amount, account, lot=None):
    return Leg(Ledger.PAID, yuan(amount), account.pk, lot)


def wrong_ways(account, charge):
    """Instead of 3.60 that settle and 6 in a lot of the charge's."""
    older = spend(account, "0.5") and charged(account)
    return {
        "paid money in no lot": lambda: [leg("9.6", account)],
        "in a lot while it is owed": lambda: [in_lot("9.6", account, corrected=charge)],
        "in a lot of another charge": lambda: [
            leg("4.1", account),
            in_lot("5.5", account, corrected=older),
        ],
        "in a lot of no charge": lambda: [
            leg("4.1", account),
            in_lot("5.5", account, corrected=None),
        ],
        "in a part of a lot": lambda: [
            leg("4.1", account),
            in_lot("5.5", account, corrected=charge, size=9),
        ],
        "less than was taken": lambda: [leg("4.1", account)],
        "more than was taken": lambda: [
            leg("4.1", account),
            in_lot("5.6", account, corrected=charge),
        ],
        "in two parts that come to it": lambda: [
            leg("3", account),
            leg("1.1", account),
            in_lot("5.5", account, corrected=charge),
        ],
    }


def refused(request, kept, legs):
    try:
        with transaction.atomic():
            written(request, [*kept, *legs()])
    except DatabaseError:
        return True
    return False


def test_the_database_refuses_any_other_way(account):
    charge = charged(account)
    paid_in(account, 6)
    for way, legs in wrong_ways(account, charge).items():
        request = asked(charge)
        kept = [one for one in mirrored(charge) if one.lot or one.account != Ledger.PAID]
        assert refused(request, kept, legs), way
    request = asked(charge)
    right = [leg("4.1", account), in_lot("5.5", account, corrected=charge)]
    written(request, [*kept, *right])


def test_the_database_gives_back_nothing_that_was_forgiven(account):
    charge = charged(account)
    write_off = decisions.request_write_off(
        account=account, amount=yuan("9.6"), reason="Gone", requested_by=make_requester()
    )
    decisions.approve(request=write_off, approved_by=make_approver(), at=now())
    kept = [one for one in mirrored(charge) if one.lot or one.account != Ledger.PAID]
    request = asked(charge)
    with pytest.raises(DatabaseError, match="written off"), transaction.atomic():
        written(request, [*kept, in_lot("9.6", account, corrected=charge)])


@pytest.mark.parametrize(
    "values",
    [
        "'paid', (SELECT min(id) FROM billing_journal WHERE kind = 'top_up')",
        "'granted', (SELECT max(id) FROM billing_journal WHERE kind = 'charge')",
    ],
)
def test_no_lot_is_given_back_of_anything_else(account, values):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO billing_creditlot (wallet_id, amount, nature, corrected_id)"
            f" VALUES (%s, 1, {values})",
            [account.pk],
        )


def test_a_given_back_lot_says_when_it_was_paid_in(account):
    paid_in(account, 12)
    charge = charged(account)
    before = charge.recorded_at
    CreditLot.objects.create(
        wallet_id=account.pk,
        nature="paid",
        amount=1,
        corrected=charge,
        opened_at=now() + timedelta(days=1),
    )
    assert CreditLot.objects.get(corrected=charge).opened_at == before
