"""Many at once: access follows the balance, a batch counts once, people are told once."""

import random
from functools import partial

import pytest
from django.db import connection

from accounts.models import Condition
from billing import alerts, charging, rated_lines, telling
from billing.models import Occasion, Wallet
from billing.rated_lines import RatedLine
from common.clock import now
from notices import letter_sending
from notices.models import Letter, LetterDelivery
from tests.billing.making import line, make_account, numbers, paid_in, spend, yuan
from tests.notices.making import make_customer
from tests.plumbing.together import together

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 16


def withheld(account):
    return Condition.objects.filter(
        account=account, source="balance_spent", cleared_at=None
    ).exists()


def test_access_is_withheld_exactly_while_nothing_is_left():
    account = make_account()
    paid_in(account, 3)
    lots = random.Random(6)
    acts = [
        partial(paid_in, account, 1) if lots.random() < 0.45 else partial(spend, account, 1)
        for _act in range(THREADS)
    ]
    for _round in range(6):
        together(*acts)
        balance = Wallet.objects.get(pk=account.pk).balance
        assert withheld(account) == (balance == 0)


def test_one_batch_sent_by_several_is_charged_once():
    accounts = [make_account() for _account in range(5)]
    for account in accounts:
        paid_in(account, 100)
    moment = now()
    lines = [
        RatedLine(
            key=f"use:{next(numbers)}",
            account=accounts[number % 5].public_id,
            exact=line(accounts[0], "0.1").exact,
            used_at=moment,
        )
        for number in range(1_500)
    ]
    backwards = list(reversed(lines))
    answers = together(
        *[
            partial(rated_lines.charge, lines=some, at=moment, client=None)
            for some in (lines, backwards, lines, backwards)
        ]
    )

    verdicts = [outcome.verdict for answer in answers for outcome in answer]
    assert (verdicts.count("accepted"), verdicts.count("known")) == (1_500, 4_500)
    assert {one.balance for one in Wallet.objects.all()} == {yuan(70)}


def test_of_one_fall_people_are_told_once(mailbox, phone_messages):
    person, account = make_customer()
    paid_in(account, 20)
    together(*[partial(charging.charge, [line(account, 1)]) for _line in range(THREADS)])

    def tell():
        telling.write_letters(at=now())
        letter_sending.send_due(at=now())

    together(*[tell] * 6)
    # Who came late to the claim of another left it alone.
    tell()
    assert Occasion.objects.count() == Letter.objects.count() == 1
    assert set(LetterDelivery.objects.values_list("state", "tries")) == {("accepted", 1)}
    assert len(mailbox.to(person.contact_email)) == len(phone_messages(person.phone)) == 1


def test_the_last_threshold_is_the_one_that_holds():
    person, account = make_customer()
    paid_in(account, 1)
    together(
        *[
            partial(alerts.set_threshold, account=account, amount=yuan(amount), by=person)
            for amount in range(1, 9)
        ]
    )
    assert Wallet.objects.get(pk=account.pk).alert_below == alerts.threshold_of(account)


def test_the_app_cannot_move_what_a_wallet_is_told_below(app_connection):
    account = make_account()
    paid_in(account, 20)
    with pytest.raises(Exception, match="permission denied"):
        app_connection.execute("UPDATE billing_wallet SET alert_below = 0")
    app_connection.rollback()
    with connection.cursor() as cursor:
        cursor.execute("SELECT alert_below FROM billing_wallet")
        assert cursor.fetchall() == [(yuan(10),)]
