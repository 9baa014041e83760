"""One callback fifty times at once, and other things providers do in the same moment."""

import threading

import pytest
from django.db import connection, connections
from django.test import Client

from billing.models import Journal, PaymentOrder, QuarantinedPayment, Wallet
from billing.payments import polling
from billing.payments.loopback import Mischief
from common.clock import now
from tests.billing.making import yuan
from tests.billing.paying import loopback, order_of, post

pytestmark = pytest.mark.django_db(transaction=True)

TIMES = 50


@pytest.fixture(autouse=True)
def books(settings, tmp_path):
    written = settings.PAYMENT_PROVIDERS["loopback"]
    settings.PAYMENT_PROVIDERS = {"loopback": written | {"options": {"folder": str(tmp_path)}}}


def together(acts):
    """What each answered; all of them are let go at once."""
    barrier = threading.Barrier(len(acts))
    answers = [None] * len(acts)

    def run(place, act):
        try:
            connection.ensure_connection()
            barrier.wait(timeout=60)
            answers[place] = act()
        except BaseException as error:
            answers[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
        assert not thread.is_alive(), "they wait for each other"
    return answers


def test_one_callback_fifty_times_at_once_is_one_credit():
    order = order_of()
    (callback,) = loopback().pay(order.public_id, at=now())
    answers = together([lambda: post(Client(), callback).status_code] * TIMES)
    assert answers == [200] * TIMES
    assert Wallet.objects.get(pk=order.account_id).paid == yuan(100)
    assert Journal.objects.count() == 1
    assert PaymentOrder.objects.get().state == "paid"


def test_callbacks_of_every_kind_and_queries_at_once_are_one_credit():
    order = order_of()
    told = loopback().pay(order.public_id, at=now(), mischief=Mischief.REORDERED)
    acts = [lambda one=one: post(Client(), one).status_code for one in told * 4]
    acts += [lambda: polling.ask_about(order=order, at=now()).state] * 4
    answers = together(acts)
    assert not [one for one in answers if isinstance(one, BaseException)], answers
    assert PaymentOrder.objects.get().state == "paid"
    assert Wallet.objects.get(pk=order.account_id).paid == yuan(100)


def test_a_wrong_amount_told_of_at_once_is_quarantined_once():
    order = order_of()
    (callback,) = loopback().pay(order.public_id, at=now(), mischief=Mischief.UNKNOWN_ORDER)
    answers = together([lambda: post(Client(), callback).status_code] * 16)
    assert answers == [200] * 16
    assert QuarantinedPayment.objects.count() == 1
    assert Journal.objects.count() == 1


def test_a_race_lost_within_an_inner_verb_is_run_again_by_the_outer_one():
    from billing import money_in
    from billing.ledger import posting
    from billing.models import Ledger

    tries = []

    @posting
    def inner():
        money_in.receive(amount=yuan(1), into=Ledger.BANK, key="inner")
        if len(tries) == 1:  # somebody else wrote the same key a moment before
            with connection.cursor() as cursor:
                cursor.execute("DO $$ BEGIN RAISE EXCEPTION 'lost' USING ERRCODE = '40001'; END $$")

    @posting
    def outer():
        tries.append(1)
        inner()

    outer()
    assert len(tries) == 2
    assert Journal.objects.count() == 1
