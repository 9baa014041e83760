"""People are told once when a balance falls below the threshold, and of expiring credit."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from accounts.exceptions import NotAllowed
from accounts.models import Membership
from billing import alerts, money_in, tasks, telling
from billing.exceptions import NotAnAmount
from billing.models import BalanceAlert, Occasion, Wallet
from billing.money import shown
from common.clock import now
from common.messaging import Submission, Verdict
from common.messaging.django_backend import DjangoBackend
from notices import letter_sending
from notices.models import Letter, LetterDelivery
from notices.tasks import send_letters
from tests.accounts.making import make_person
from tests.billing.making import granted, make_account, paid_in, spend, yuan
from tests.notices.making import make_customer, make_organization
from tests.plumbing.receiving import use_provider

pytestmark = pytest.mark.django_db


def tell():
    telling.write_letters(at=now())
    while letter_sending.send_due(at=now()):
        pass


def told(account):
    return list(Occasion.objects.filter(account=account).values_list("kind", "amount", "threshold"))


def test_a_balance_below_the_threshold_is_told_once_by_all_ways(mailbox, phone_messages):
    person, account = make_customer(language="en", contact_email="li@example.com")
    paid_in(account, 100)
    spend(account, 90)
    assert told(account) == []

    spend(account, "0.5")
    spend(account, 1)
    tell()
    tell()

    assert told(account) == [("low_balance", yuan("9.5"), yuan(10))]
    letter = Letter.objects.get()
    assert (letter.recipient, letter.subject) == (person, "Low balance: 李华")
    assert "CNY 10.00" in letter.body
    assert "Balance: CNY 9.50" in letter.body
    assert mailbox.to("li@example.com") == [(letter.subject, letter.body)]
    assert phone_messages(person.phone) == [letter.sms]
    assert "CNY 9.50" in letter.sms
    assert set(LetterDelivery.objects.values_list("channel", "state", "tries")) == {
        ("email", "accepted", 1),
        ("sms", "accepted", 1),
    }


def test_it_is_told_again_after_the_balance_rose(mailbox, phone_messages):
    account = make_account()
    paid_in(account, 20)
    spend(account, 15)
    paid_in(account, 2)
    spend(account, 1)
    assert len(told(account)) == 1
    paid_in(account, 5)
    spend(account, 2)
    assert [amount for _kind, amount, _threshold in told(account)] == [yuan(5), yuan(9)]
    tell()
    assert Letter.objects.count() == 2


def test_chinese_is_told_in_chinese(mailbox, phone_messages):
    person, account = make_customer(language="zh-hans", time_zone="Asia/Shanghai")
    paid_in(account, 2000)
    alerts.set_threshold(account=account, amount=yuan("1234.5"), by=person)
    spend(account, 1000)
    tell()
    letter = Letter.objects.get()
    assert letter.subject == "余额提醒：李华"
    assert "¥1,234.50" in letter.body
    assert "¥1,000.00" in letter.sms


def test_an_account_that_never_had_as_much_is_not_told():
    account = make_account()
    paid_in(account, 5)
    spend(account, 4)
    assert told(account) == []


def test_those_who_look_after_the_money_are_told(mailbox, phone_messages):
    people = {role: make_person(name=role) for role in Membership.Role.values}
    account = make_organization(people["owner"])
    for role, person in people.items():
        if role != "owner":
            Membership.objects.create(user=person, account=account, role=role)
    gone = make_person(is_active=False)
    Membership.objects.create(user=gone, account=account, role="admin")
    paid_in(account, 20)
    spend(account, 15)
    tell()

    assert {one.recipient.name for one in Letter.objects.all()} == {
        "owner",
        "admin",
        "billing",
    }
    # None of them verified an address.
    assert set(LetterDelivery.objects.values_list("channel", flat=True)) == {"sms"}


def test_the_threshold_can_be_chosen_and_is_kept(mailbox):
    person, account = make_customer()
    assert alerts.threshold_of(account) == yuan(10)
    paid_in(account, 100)

    alerts.set_threshold(account=account, amount=yuan(50), by=person)
    assert alerts.threshold_of(account) == yuan(50)
    spend(account, 60)
    assert told(account) == [("low_balance", yuan(40), yuan(50))]
    alerts.set_threshold(account=account, amount=None, by=person)
    assert alerts.threshold_of(account) is None
    paid_in(account, 100)
    spend(account, 139)

    assert len(told(account)) == 1
    assert list(BalanceAlert.objects.order_by("pk").values_list("threshold", "set_by")) == [
        (yuan(50), person.pk),
        (None, person.pk),
    ]


def test_a_threshold_above_the_balance_is_told_at_once():
    person, account = make_customer()
    paid_in(account, 100)
    alerts.set_threshold(account=account, amount=yuan(200), by=person)
    assert told(account) == [("low_balance", yuan(100), yuan(200))]
    alerts.set_threshold(account=account, amount=yuan(300), by=person)
    assert len(told(account)) == 1


def test_a_threshold_may_come_before_the_first_money():
    person, account = make_customer()
    alerts.set_threshold(account=account, amount=yuan(30), by=person)
    paid_in(account, 40)
    spend(account, 20)
    assert Wallet.objects.get().alert_below == yuan(30)
    assert [amount for _kind, amount, _threshold in told(account)][-1] == yuan(20)


@pytest.mark.parametrize("role", ["developer", "viewer", None])
def test_others_do_not_choose_it(role):
    _person, account = make_customer()
    other = make_person()
    if role:
        Membership.objects.create(user=other, account=account, role=role)
    with pytest.raises(NotAllowed):
        alerts.set_threshold(account=account, amount=yuan(1), by=other)


@pytest.mark.parametrize("amount", [0, -1, 10**19])
def test_a_threshold_is_an_amount(amount):
    person, account = make_customer()
    with pytest.raises(NotAnAmount):
        alerts.set_threshold(account=account, amount=amount, by=person)


def test_credit_about_to_expire_is_told_once(mailbox, phone_messages, clock):
    person, account = make_customer(language="en", time_zone="Europe/Berlin")
    expires_at = now() + timedelta(days=30)
    granted(account, 5, expires_at=expires_at)
    granted(account, 50)
    spend(account, 2)
    clock.advance(days=22)
    assert alerts.note_expiring(at=now()) == 0
    clock.advance(days=2)
    assert alerts.note_expiring(at=now()) == 1
    assert alerts.note_expiring(at=now()) == 0
    tell()

    letter = Letter.objects.get()
    assert letter.subject == "Granted credit expires soon: 李华"
    assert "Left: CNY 3.00" in letter.body
    assert mailbox.to(person.contact_email) == [(letter.subject, letter.body)]


def test_what_is_spent_or_expired_is_not_told(clock):
    account = make_account()
    granted(account, 5, expires_at=now() + timedelta(days=3))
    spend(account, 5)
    granted(account, 5, expires_at=now() + timedelta(days=3))
    clock.advance(days=4)
    assert alerts.note_expiring(at=now()) == 0


def test_an_address_that_refuses_is_tried_again_or_given_up(mailbox, phone_messages, clock):
    account = make_account()
    mailbox.refuse["lihua@example.com"] = "451 later"
    paid_in(account, 20)
    spend(account, 15)
    tell()
    email = LetterDelivery.objects.get(channel="email")
    assert (email.state, email.tries, email.settled_at) == ("retrying", 1, None)

    mailbox.refuse["lihua@example.com"] = "550 nobody"
    clock.advance(seconds=60)
    tell()
    email.refresh_from_db()
    assert (email.state, email.tries) == ("failed", 2)
    assert email.answer["code"] == 550


def test_what_a_worker_left_behind_is_not_sent_twice(settings, phone_messages, mailbox, clock):
    class Late(DjangoBackend):
        """Takes longer than it may, and then says that it worked."""

        def send(self, batch):
            clock.advance(minutes=6)
            assert letter_sending.give_up_abandoned(at=now()) == 1
            return [Submission(reference=batch[0].reference, verdict=Verdict.ACCEPTED)]

    use_provider(settings, "email", Late)
    paid_in(account := make_account(), 20)
    spend(account, 15)
    tell()
    use_provider(settings, "email", DjangoBackend)
    clock.advance(hours=9)
    tell()
    assert mailbox.messages == []
    assert LetterDelivery.objects.get(channel="email").state == "unknown"


def test_nobody_is_noted_as_told_whose_letter_was_not_written(monkeypatch):
    paid_in(account := make_account(), 20)
    spend(account, 15)

    def refused(occasion, person):
        raise RuntimeError

    with monkeypatch.context() as broken:
        broken.setattr(telling, "words_for", refused)
        with pytest.raises(RuntimeError):
            telling.write_letters(at=now())
    assert not Letter.objects.exists()
    assert Occasion.objects.get().told_at is None
    telling.write_letters(at=now())
    assert Occasion.objects.get().told_at is not None
    assert Letter.objects.count() == 1


def test_an_occasion_told_of_anew_gives_no_second_letter():
    """As after a restore of one table: the letter itself says that it was written."""
    paid_in(account := make_account(), 20)
    spend(account, 15)
    telling.write_letters(at=now())
    Occasion.objects.update(told_at=None)
    telling.write_letters(at=now())
    assert Letter.objects.count() == 1


def test_many_occasions_are_told_in_as_many_statements_as_one():
    def statements(accounts):
        for account in accounts:
            paid_in(account, 20)
            spend(account, 15)
        # The members of each account are asked for one by one.
        with CaptureQueriesContext(connection) as captured:
            telling.write_letters(at=now())
        return len(captured) - len(accounts)

    assert statements([make_account() for _n in range(5)]) == statements([make_account()])


def test_an_account_nobody_looks_after_holds_up_nobody(mailbox, phone_messages):
    account, other = make_organization(), make_account()
    for one in (account, other):
        paid_in(one, 20)
        spend(one, 15)
    tell()
    assert Letter.objects.count() == 1
    assert not Occasion.objects.filter(told_at=None).exists()


def test_the_jobs_find_what_there_is_to_do(mailbox, phone_messages, clock):
    account = make_account()
    granted(account, 50, expires_at=now() + timedelta(days=3))
    spend(account, 45)
    assert tasks.expire_credit() == {"expired": 0, "expiring": 1}
    assert (tasks.tell(), send_letters()) == (2, 4)
    assert (tasks.tell(), send_letters()) == (0, 0)
    clock.advance(days=4)
    assert tasks.expire_credit() == {"expired": 1, "expiring": 0}
    assert Wallet.objects.get().balance == 0
    assert money_in.expire_due(at=now()) == 0


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_amounts_are_grouped_by_thousands(language):
    with override(language):
        assert shown(yuan("12345678.9")) == "12,345,678.90"
