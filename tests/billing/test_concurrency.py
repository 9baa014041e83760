"""Many at once: what is true of money afterwards, counted in the database."""

import itertools
import json
import random
import signal
import subprocess
import sys
import threading
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import Sum
from django.utils.timezone import localdate

from billing import charging, decisions, money_in, refunds
from billing.charging import Verdict
from billing.exceptions import KeyTaken, NotEnough, NotRefundable, PeriodIsClosed
from billing.models import (
    Charge,
    CreditLot,
    Entry,
    Invoice,
    Journal,
    Ledger,
    PeriodClose,
    PeriodCloseProposal,
    Wallet,
)
from common.clock import now
from tests.accounts.making import make_clause, make_person
from tests.billing.making import (
    granted,
    line,
    make_account,
    make_approver,
    make_requester,
    paid_in,
    yuan,
)
from tests.plumbing.product import ROOT, environment
from tests.plumbing.together import refusals, together

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 64


@transaction.atomic
def books_are_right():
    """Journals balance, wallets and lots are the sums of their entries, and nothing else. As
    of one moment: what processes sent before they were killed may still be under way."""
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute(
            "SELECT journal_id FROM billing_entry GROUP BY 1 HAVING sum(amount) <> 0"
            " UNION ALL SELECT id FROM billing_journal journal WHERE legs <> ("
            "  SELECT count(*) FROM billing_entry WHERE journal_id = journal.id)"
        )
        assert cursor.fetchall() == []
    for wallet in Wallet.objects.all():
        has = dict(
            Entry.objects.filter(wallet=wallet)
            .values_list("account")
            .annotate(Sum("amount"))
            .order_by()
        )
        assert has.get(Ledger.PAID, 0) == wallet.paid
        assert has.get(Ledger.GRANTED, 0) == wallet.granted
    for lot in CreditLot.objects.all():
        own = Ledger.PAID if lot.nature == "paid" else Ledger.GRANTED
        moved = Entry.objects.filter(lot=lot, account=own).aggregate(sum=Sum("amount"))["sum"]
        assert (moved or 0) == lot.remaining


def spend_all(lines):
    """Each line in a call of its own, by as many threads as there are."""
    waiting = iter(lines)
    turn = threading.Lock()

    def take():
        verdicts = []
        while True:
            with turn:
                mine = next(waiting, None)
            if mine is None:
                return verdicts
            verdicts += [outcome.verdict for outcome in charging.charge([mine])]

    return list(itertools.chain(*together(*[take] * THREADS, seconds=120)))


def test_64_threads_spend_200_yuan_of_100():
    account = make_account()
    paid_in(account, 100)
    verdicts = spend_all([line(account, 1) for _ in range(200)])
    assert verdicts.count(Verdict.ACCEPTED) == 100
    assert verdicts.count(Verdict.NOT_ENOUGH) == 100
    assert Charge.objects.count() == Journal.objects.filter(kind="charge").count() == 100
    assert Wallet.objects.get().balance == 0
    books_are_right()


def test_processes_killed_in_mid_commit_spend_no_yuan_twice_and_lose_none(test_database):
    account = make_account()
    paid_in(account, 100)
    lines = [line(account, 1) for _ in range(200)]
    dying = []
    for number in range(4):
        told = {
            "database": test_database.as_django_settings(),
            "account": account.pk,
            "keys": [one.key for one in lines[number * 50 : number * 50 + 50]],
            "used_at": lines[0].used_at.isoformat(),
            "threads": THREADS // 4,
            "dies_after": 5 + 4 * number,
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.plumbing.spender"],
            cwd=ROOT,
            env=environment(DJANGO_SETTINGS_MODULE="apiqik_backoffice.settings.testing"),
            stdin=subprocess.PIPE,
            text=True,
        )
        process.stdin.write(json.dumps(told))
        process.stdin.close()
        dying.append(process)
    for process in dying:
        assert process.wait(timeout=100) == -signal.SIGKILL
    died_with = Charge.objects.count()
    assert 5 + 9 + 13 + 17 <= died_with <= 100
    books_are_right()

    # Nobody knows what became of the last ones: all are sent again.
    moment = lines[0].used_at
    verdicts = spend_all([line(account, 1, key=one.key, used_at=moment) for one in lines])
    assert Charge.objects.count() == Journal.objects.filter(kind="charge").count() == 100
    assert verdicts.count(Verdict.KNOWN) + verdicts.count(Verdict.ACCEPTED) == 100
    assert verdicts.count(Verdict.KNOWN) >= died_with
    assert Wallet.objects.get().balance == 0
    books_are_right()


def test_batches_over_the_same_wallets_in_any_order_meet_no_error():
    # Half of them have no wallet before: it is made by whoever is first.
    accounts = [make_account() for _ in range(12)]
    for account in accounts[:6]:
        paid_in(account, 1000)

    def charge_and_top_up(seed):
        dice = random.Random(seed)
        accepted = []
        for turn in range(6):
            some = dice.sample(accounts, 8)
            lines = [line(account, "0.5", key=f"{seed}:{turn}:{account.pk}") for account in some]
            outcomes = charging.charge(lines)
            accepted += [o for o in outcomes if o.verdict is Verdict.ACCEPTED]
            paid_in(dice.choice(accounts), 1, key=f"top-up:{seed}:{turn}")
        return len(accepted)

    came_to = together(
        *[lambda seed=seed: charge_and_top_up(seed) for seed in range(16)], seconds=120
    )
    assert refusals(came_to) == []
    assert Charge.objects.count() == sum(came_to)
    assert sum(w.balance for w in Wallet.objects.all()) == yuan(6000 + 96) - yuan("0.5") * sum(
        came_to
    )
    books_are_right()


def test_one_key_from_32_threads_is_one_journal():
    account = make_account()
    journals = together(*[lambda: paid_in(account, 10, key="order-1").pk] * 32)
    assert len(set(journals)) == Journal.objects.count() == 1
    one = line(account, 1)
    outcomes = together(*[lambda: charging.charge([one])[0]] * 32)
    assert len({outcome.charge for outcome in outcomes}) == 1
    assert sorted(outcome.verdict for outcome in outcomes).count(Verdict.ACCEPTED) == 1
    assert Wallet.objects.get().balance == yuan(9)


def test_one_key_for_different_things_at_once_is_one_of_them():
    accounts = [make_account() for _ in range(16)]
    came_to = together(
        *[lambda account=account: paid_in(account, 10, key="order-1") for account in accounts]
    )
    assert len(refusals(came_to)) == 15
    assert all(isinstance(one, KeyTaken) for one in refusals(came_to))
    for account in accounts:
        paid_in(account, 10)
    outcomes = together(
        *[
            lambda account=account: charging.charge([line(account, 1, key="line-1")])[0].verdict
            for account in accounts
        ]
    )
    assert outcomes.count(Verdict.ACCEPTED) == 1
    assert outcomes.count(Verdict.KEY_TAKEN) == 15
    books_are_right()


@pytest.fixture
def consent(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    account = make_account()
    paid_in(account, 10)
    return refunds.record_consent(
        account=account,
        document=b"%PDF-1.7 signed",
        signatory="General counsel",
        signed_on=localdate(now()),
        clause=make_clause("6"),
        cap=yuan(5),
        expires_at=now() + timedelta(days=30),
        recorded_by=make_requester(),
        at=now(),
    )


def asked_refund(consent, amount):
    return decisions.request_refund(
        account=consent.account,
        amount=yuan(amount),
        reason="Agreed",
        consent=consent,
        requested_by=make_requester(),
    )


def test_two_refunds_at_once_stay_below_the_cap(consent):
    requests = [asked_refund(consent, 3), asked_refund(consent, 3)]
    boss = make_approver()
    came_to = together(
        *[
            lambda request=request: decisions.approve(request=request, approved_by=boss, at=now())
            for request in requests
        ]
    )
    assert [type(one) for one in refusals(came_to)] == [NotRefundable]
    assert Wallet.objects.get().balance == yuan(7)


def test_two_people_approve_one_refund_at_once(consent):
    request = asked_refund(consent, 3)
    bosses = [make_approver() for _ in range(4)]
    came_to = together(
        *[
            lambda boss=boss: decisions.approve(request=request, approved_by=boss, at=now())
            for boss in bosses
        ]
    )
    assert len(refusals(came_to)) == 3
    assert Journal.objects.filter(kind="refund").count() == 1


def test_an_invoice_and_a_refund_at_once(consent):
    request = asked_refund(consent, 4)
    boss = make_approver()
    with transaction.atomic():
        Invoice.record(
            number="1",
            account=consent.account,
            amount=yuan(9),
            issued_on=localdate(now()),
            recorded_by=boss,
        )
        came_to = []
        refunding = threading.Thread(
            target=lambda: came_to.extend(
                together(lambda: decisions.approve(request=request, approved_by=boss, at=now()))
            )
        )
        refunding.start()
        # It waits for the invoice, which is not committed yet.
        somebody_waits_for_me()
    refunding.join(timeout=30)
    assert [type(one) for one in came_to] == [NotRefundable]


def somebody_waits_for_me():
    """Returns when another connection waits for a lock that this one holds."""
    for _ in range(10_000):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks"
                " WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
            )
            if cursor.fetchone()[0]:
                return
    raise AssertionError("nobody waits")


def test_expiry_races_consumption_for_the_same_credit(clock):
    account = make_account()
    granted(account, 100, expires_at=now() + timedelta(days=1))
    clock.advance(days=1, seconds=-1)
    lot = CreditLot.objects.get()

    def use():
        accepted = 0
        while charging.charge([line(account, "0.25")])[0].verdict is Verdict.ACCEPTED:
            accepted += 1
        return accepted

    def lapse():
        while True:
            try:
                return money_in.expire(lot=CreditLot.objects.get(pk=lot.pk), at=now())
            except NotEnough:
                continue

    *accepted, _one, _two = together(*[use] * 6, lapse, lapse, seconds=60)
    expired = Entry.objects.filter(account=Ledger.EXPIRED).aggregate(sum=Sum("amount"))["sum"] or 0
    assert expired + yuan("0.25") * sum(accepted) == yuan(100)
    assert Journal.objects.filter(kind="expiry").count() <= 1
    assert Wallet.objects.get().balance == 0
    books_are_right()


def test_a_period_closes_against_postings_in_flight():
    account, boss = make_account(), make_person(is_staff=True)
    through = now() - timedelta(hours=1)
    before = through - timedelta(days=1)
    proposal = PeriodCloseProposal.record(
        through=through, trial_balance={}, proposed_by=make_person(is_staff=True)
    )
    booked = threading.Semaphore(0)

    def post():
        posted = 0
        while True:
            try:
                paid_in(account, 1, effective_at=before)
            except PeriodIsClosed:
                return posted
            posted += 1
            booked.release()

    def close():
        for _ in range(20):
            booked.acquire()
        with transaction.atomic():
            PeriodClose.record(
                proposal=proposal, through=through, trial_balance={}, approved_by=boss
            )
            return Journal.objects.filter(effective_at__lt=through).count()

    *posted, counted = together(*[post] * 8, close, seconds=60)
    # What was there when the period closed is what is there for ever.
    assert counted == sum(posted) == Journal.objects.filter(effective_at__lt=through).count()


@transaction.atomic
def paid_in_by_an_older_view(account):
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    paid_in(account, 1)


def test_an_older_view_of_the_books_posts_nothing():
    """It could not see that a period was closed since it began."""
    account = make_account()
    with pytest.raises(DatabaseError, match="read what is committed"):
        paid_in_by_an_older_view(account)
    assert not Journal.objects.exists()
