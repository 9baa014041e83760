"""Online payments: credited exactly once, whatever a provider does."""

import json
from datetime import timedelta

import pytest
from django.core.checks import run_checks
from django.db import DatabaseError, connection, transaction
from django.test import Client

from accounts.exceptions import NotAllowed
from billing import decisions, matching
from billing.exceptions import NotAnOrder
from billing.models import (
    Journal,
    PaymentEvent,
    PaymentEventOutcome,
    PaymentOrder,
    QuarantinedPayment,
    ReconciliationItem,
    Wallet,
)
from billing.payments import orders, polling, reconciliation
from billing.payments.loopback import Callback, Mischief
from common.clock import local_day, now
from tests.accounts.making import make_person
from tests.billing.making import make_account, make_approver, make_requester, yuan
from tests.billing.paying import CALLBACK, loopback, order_of, pay, post

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def books(settings, tmp_path):
    """The provider's own, new for each test."""
    written = settings.PAYMENT_PROVIDERS["loopback"]
    settings.PAYMENT_PROVIDERS = {"loopback": written | {"options": {"folder": str(tmp_path)}}}


def fresh(order):
    return PaymentOrder.objects.get(pk=order.pk)


def paid_of(order):
    wallet = Wallet.objects.filter(pk=order.account_id).first()
    return wallet.paid if wallet else 0


def verdicts():
    return list(PaymentEventOutcome.objects.order_by("pk").values_list("verdict", flat=True))


def totals():
    with connection.cursor() as cursor:
        cursor.execute("SELECT account_id, sum(amount) FROM billing_entry GROUP BY 1")
        return {account: int(amount) for account, amount in cursor.fetchall() if amount}


def test_an_order_is_paid_and_credited(client):
    order = order_of(amount="12.34")
    assert order.state == "pending"
    assert pay(client, order) == [200]
    order = fresh(order)
    assert (order.state, order.next_query_at) == ("paid", None)
    assert paid_of(order) == yuan("12.34")
    assert order.journal.key == f"order:{order.public_id}"
    assert totals() == {1020: -yuan("12.34"), 2010: yuan("12.34")}


@pytest.mark.parametrize("mischief", [Mischief.DUPLICATE, Mischief.REORDERED, Mischief.LATE])
def test_whatever_order_callbacks_come_in_the_account_is_credited_once(client, mischief):
    order = order_of()
    assert set(pay(client, order, mischief)) == {200}
    assert fresh(order).state == "paid"
    assert paid_of(order) == yuan(100)


def test_what_was_declined_fails_and_costs_nothing(client):
    order = order_of()
    assert pay(client, order, Mischief.DECLINED) == [200]
    assert fresh(order).state == "failed"
    assert paid_of(order) == 0


def test_a_forged_callback_is_kept_and_does_nothing(client):
    order = order_of()
    assert pay(client, order, Mischief.BAD_SIGNATURE) == [400]
    assert verdicts() == ["refused"]
    assert len(PaymentEvent.objects.get().sha256) == 64
    assert (fresh(order).state, paid_of(order)) == ("pending", 0)


def test_the_old_secret_is_good_for_a_while(client):
    order = order_of()
    payment = {
        "out_trade_no": order.public_id, "transaction_id": "T1", "state": "paid",
        "total": 10_000, "currency": "CNY", "success_time": now().isoformat(),
    }  # fmt: skip
    assert post(client, loopback().signed(payment, secret="the old secret")).status_code == 200
    assert paid_of(order) == yuan(100)


@pytest.mark.parametrize(
    ("mischief", "reason"),
    [
        (Mischief.WRONG_AMOUNT, "amount"),
        (Mischief.UNKNOWN_ORDER, "unknown_order"),
        (Mischief.WRONG_CURRENCY, "currency"),
        (Mischief.PAID_TWICE, "paid_twice"),
    ],
)
def test_money_that_does_not_fit_is_quarantined(client, mischief, reason):
    order = order_of()
    assert set(pay(client, order, mischief)) == {200}
    held = QuarantinedPayment.objects.get()
    assert held.reason == reason
    once = mischief is Mischief.PAID_TWICE
    assert paid_of(order) == (yuan(100) if once else 0)
    assert totals().get(2005, 0) == (held.amount or 0)
    # Told again, and asked: nothing new.
    polling.ask_about(order=fresh(order), at=now())
    assert QuarantinedPayment.objects.count() == 1


def test_two_people_credit_what_was_quarantined(client):
    order = order_of()
    pay(client, order, Mischief.WRONG_AMOUNT)
    held = QuarantinedPayment.objects.get()
    match = matching.propose(
        source=held, account=order.account, reason="As received", proposed_by=make_requester()
    )
    matching.approve(match=match, approved_by=make_approver())
    assert paid_of(order) == yuan("99.99")
    assert totals() == {1020: -yuan("99.99"), 2010: yuan("99.99")}
    assert list(QuarantinedPayment.objects.unsettled()) == []


def test_two_people_return_what_was_quarantined_by_its_provider(client):
    pay(client, order_of(), Mischief.UNKNOWN_ORDER)
    request = decisions.request_return(
        quarantined=QuarantinedPayment.objects.get(),
        reason="Unknown",
        requested_by=make_requester(),
    )
    decisions.approve(request=request, approved_by=make_approver(), at=now())
    assert totals() == {}


def test_another_currency_is_closed_by_two_people_and_never_booked(client):
    pay(client, order_of(), Mischief.WRONG_CURRENCY)
    held = QuarantinedPayment.objects.get()
    with pytest.raises(NotAllowed):
        matching.propose(
            source=held, account=make_account(), reason="x", proposed_by=make_requester()
        )
    match = matching.propose(
        source=held, account=None, reason="Returned there", proposed_by=make_requester()
    )
    assert matching.approve(match=match, approved_by=make_approver()) is None
    assert totals() == {}
    assert list(QuarantinedPayment.objects.unsettled()) == []


def test_a_lost_callback_is_made_up_for_by_asking(client):
    order = order_of()
    pay(client, order, Mischief.LOST)
    assert polling.due(at=now()) == []
    later = now() + timedelta(minutes=1)
    assert polling.ask_about_all(at=later) == 1
    assert (fresh(order).state, paid_of(order)) == ("paid", yuan(100))


def test_a_provider_that_is_away_is_asked_again_less_and_less_often(client):
    order = order_of()
    pay(client, order, Mischief.OUTAGE)
    at, waits = now(), []
    for _time in range(3):
        at += timedelta(minutes=10)
        order = polling.ask_about(order=fresh(order), at=at)
        waits.append(order.next_query_at - at)
    assert waits == sorted(waits)
    assert waits[0] < waits[-1]
    assert polling.ask_about(order=order, at=at).state == "paid"


def test_an_order_expires_and_is_credited_if_paid_for_after_all(client):
    order = order_of()
    order = polling.ask_about(order=order, at=order.expires_at)
    assert (order.state, order.next_query_at) == ("expired", None)
    assert pay(client, order) == [200]
    assert (fresh(order).state, paid_of(order)) == ("paid", yuan(100))


@pytest.mark.parametrize("amount", ["0.99", "50000.01", "-1", "1.001"])
def test_orders_are_of_1_to_50_000_yuan_in_whole_fen(amount):
    with pytest.raises(NotAnOrder):
        order_of(amount=amount)


def test_only_who_handles_an_accounts_money_orders():
    with pytest.raises(NotAllowed):
        orders.open_order(account=make_account(), amount=yuan(10), by=make_person(), at=now())


def test_nobody_opens_orders_without_end():
    account = make_account()
    for _n in range(orders.MOST_OPEN):
        order_of(account)
    with pytest.raises(NotAnOrder):
        order_of(account)


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("UPDATE billing_paymentorder SET state = 'failed'", "not failed any more"),
        ("UPDATE billing_paymentorder SET fen = fen + 1", "does not change"),
        ("UPDATE billing_paymentorder SET journal_id = NULL, state = 'refunded'", "once"),
        ("DELETE FROM billing_paymentorder", "permission denied"),
    ],
)
def test_raw_sql_cannot_take_an_order_back(client, statement, message):
    pay(client, order_of())
    with pytest.raises(DatabaseError, match=message), transaction.atomic():
        connection.cursor().execute(statement)


def test_raw_sql_cannot_call_an_order_paid():
    order_of()
    with pytest.raises(DatabaseError), transaction.atomic():
        connection.cursor().execute(
            "UPDATE billing_paymentorder SET state = 'paid', paid_at = now()"
        )


# -- the door that providers knock at ------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [b"", b"\x00", b"[]", b"null", b'{"event_id": 1}', b"[" * 60_000, "编".encode("gb18030")],
    ids=["nothing", "NUL", "list", "null", "too little", "deep", "no UTF-8"],
)
def test_signed_nonsense_is_refused_cleanly(client, body):
    signed = loopback().signed({"transaction_id": "x", "state": "x", "success_time": "x"})
    from billing.payments.loopback import _signed
    from billing.payments.signatures import hmac_sha256

    headers = {
        "x-loopback-timestamp": "x",
        "x-loopback-signature": hmac_sha256("the new secret", _signed("x", body)),
    }
    assert signed.headers.keys() == headers.keys()
    assert post(client, Callback(headers, body)).status_code == 400


@pytest.mark.parametrize(
    "changes",
    [{"event_id": "a\0b"}, {"event_id": "x" * 81}, {"event_id": ""}, {"total": -1},
     {"total": 10**16}, {"total": "100"}, {"total": True}, {"currency": "YUAN"},
     {"state": "happy"}, {"success_time": "2026-01-01"}, {"transaction_id": ""}, {"total": 0}],
    ids=str,
)  # fmt: skip
def test_signed_events_that_make_no_sense_are_refused_cleanly(client, changes):
    order = order_of()
    payment = {
        "event_id": "e1", "out_trade_no": order.public_id, "transaction_id": "T1", "state": "paid",
        "total": 10_000, "currency": "CNY", "success_time": now().isoformat(), **changes,
    }  # fmt: skip
    assert post(client, loopback().signed(payment)).status_code == 400
    assert paid_of(order) == 0


def test_ten_megabytes_are_refused_unread(client):
    answer = client.post(CALLBACK, b"x" * 10_000_000, content_type="application/json")
    assert answer.status_code == 413
    assert not PaymentEvent.objects.exists()


def test_only_posts_to_providers_there_are(client):
    assert client.get(CALLBACK).status_code == 405
    assert client.post("/payments/paypal/callback", b"{}", content_type="x/y").status_code == 404


def test_a_callback_needs_no_form_token_and_leaves_no_cookie(settings):
    browser = Client(enforce_csrf_checks=True)
    order = order_of()
    (callback,) = loopback().pay(order.public_id, at=now())
    answer = post(browser, callback)
    assert answer.status_code == 200
    assert not answer.cookies
    assert CALLBACK in settings.MACHINE_PATHS


def test_a_provider_without_money_is_refused_where_money_is_real(settings):
    settings.PAYMENT_TOYS_ALLOWED = False
    assert [one.id for one in run_checks() if one.id.startswith("billing.")] == ["billing.E002"]


def test_three_secrets_are_one_too_many(settings):
    written = settings.PAYMENT_PROVIDERS["loopback"] | {"secrets": ["a", "b", "c"]}
    settings.PAYMENT_PROVIDERS = {"loopback": written}
    assert [one.id for one in run_checks() if one.id.startswith("billing.")] == ["billing.E003"]


# -- the provider's statement ----------------------------------------------------------------


def compared():
    day = local_day(now(), "Asia/Shanghai")
    run = reconciliation.reconcile(provider=loopback(), day=day, at=now())
    return run, sorted(run.items.values_list("kind", "fen_here", "fen_there"))


def test_a_day_that_adds_up(client):
    order = order_of()
    pay(client, order)
    assert compared()[1] == []


def test_a_lost_payment_is_found_in_the_statement(client):
    order = order_of()
    pay(client, order, Mischief.LOST)
    assert compared()[1] == []
    assert paid_of(order) == yuan(100)


def test_differences_are_written_once_each(client, tmp_path):
    here, there, differs = order_of(), order_of(), order_of()
    for order in (here, there, differs):
        pay(client, order)
    (tmp_path / f"{here.public_id}.json").unlink()
    book = tmp_path / f"{differs.public_id}.json"
    book.write_text(book.read_text().replace('"total": 10000', '"total": 9000'))
    book = tmp_path / f"{there.public_id}.json"
    gone = f"pay_{'0' * 20}"
    (tmp_path / f"{gone}.json").write_text(book.read_text().replace(there.public_id, gone))
    assert compared()[1] == [
        ("differs", 10_000, 9_000),
        ("missing_here", None, 10_000),
        ("missing_there", 10_000, None),
    ]
    assert compared()[1] == []
    assert ReconciliationItem.objects.open().count() == 3


def test_a_difference_is_explained_and_leaves_the_queue(client, tmp_path):
    order = order_of()
    pay(client, order)
    (tmp_path / f"{order.public_id}.json").unlink()
    compared()
    item = ReconciliationItem.objects.get()
    reconciliation.explain(item=item, reason="Their outage", closed_by=make_requester())
    assert not ReconciliationItem.objects.open().exists()
    with pytest.raises(NotAllowed):
        reconciliation.explain(item=item, reason="Again", closed_by=make_requester())


def test_what_the_provider_refunded_by_itself_is_a_difference_and_moves_nothing(client):
    order = order_of()
    (paid,) = loopback().pay(order.public_id, at=now())
    post(client, paid)
    payment = json.loads(paid.body) | {"state": "refunded", "event_id": "R1"}
    assert post(client, loopback().signed(payment)).status_code == 200
    assert (fresh(order).state, paid_of(order)) == ("refunded", yuan(100))
    assert compared()[1] == [("refunded_there", 10_000, 0)]
    assert compared()[1] == []


def test_the_job_catches_up_on_days_nobody_compared():
    at = now()
    assert reconciliation.reconcile_due(at=at) == reconciliation.DAYS_BACK
    assert reconciliation.reconcile_due(at=at) == 0


def test_journals_of_payments_are_what_the_order_was(client):
    order = order_of()
    pay(client, order)
    assert Journal.objects.get(payment_order=order).account == order.account
