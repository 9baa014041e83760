"""Messages about money in the inbox: counted, opened, with how they were sent."""

import pytest
from django.urls import reverse

from billing import messages, telling
from billing.models import MoneyMessage, MoneyReading
from common.clock import now
from tests.billing.making import paid_in, spend
from tests.notices.making import make_customer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mailbox", "phone_messages")]


@pytest.fixture
def told(client):
    person, account = make_customer(language="en", contact_email="li.hua@example.com")
    paid_in(account, 20)
    spend(account, 15)
    telling.write_messages(at=now())
    telling.send_due(at=now())
    client.force_login(person)
    return MoneyMessage.objects.get()


def test_it_is_in_the_inbox_and_counted_until_it_is_opened(told, client):
    address = reverse("money_message", args=[told.public_id])
    page = client.get("/inbox/")
    assert "Low balance: 李华" in page.content.decode()
    assert address.encode() in page.content
    assert b'class="count"' in page.content
    client.get(address, headers={"Sec-Purpose": "prefetch"})
    client.head(address)
    assert not MoneyReading.objects.exists()

    client.get(address)
    client.get(address)
    assert MoneyReading.objects.count() == 1
    page = client.get("/inbox/")
    assert address.encode() in page.content
    assert b'class="count"' not in page.content
    assert address.encode() not in client.get("/inbox/?unread").content


def test_the_page_shows_the_text_as_sent_and_how(told, client):
    page = client.get(reverse("money_message", args=[told.public_id])).content.decode()
    assert "Balance: CNY 5.00" in page
    assert "li***@example.com" in page
    assert "li.hua@example.com" not in page
    assert told.recipient.masked_phone in page
    assert told.recipient.phone not in page
    for delivery in told.deliveries.all():
        assert str(delivery.reference) in page
    assert [way.settled for way in messages.ways_told(told)] == [True] * 3


def test_all_are_read_at_once(told, client):
    client.post(reverse("inbox_read_all"))
    assert messages.unread(told.recipient) == 0
    client.post(reverse("inbox_read_all"))
    assert MoneyReading.objects.count() == 1


def test_all_of_them_have_a_page(told, client):
    page = client.get(reverse("money_messages"))
    assert told.subject in page.content.decode()


def test_somebody_elses_message_looks_like_none(told, client):
    other, _account = make_customer(contact_email="other@example.com")
    client.force_login(other)
    address = reverse("money_message", args=[told.public_id])
    assert client.get(address).status_code == 404
    assert client.get(reverse("money_message", args=["mmg_" + "0" * 20])).status_code == 404
    assert told.subject not in client.get(reverse("money_messages")).content.decode()
    assert "About your money" not in client.get("/inbox/").content.decode()
    assert messages.read(message=told, reader=other) is False


def test_nobody_reads_them_without_signing_in(told, client):
    client.logout()
    assert client.get(reverse("money_message", args=[told.public_id])).status_code == 302
