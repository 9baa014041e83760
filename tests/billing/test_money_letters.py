"""Letters about money: in the inbox, with how they were sent, and at the desk."""

import pytest
from django.urls import reverse

from billing import telling
from common.clock import now
from notices import inbox, letter_sending, letters
from notices.models import Letter, LetterReading
from tests.billing.making import paid_in, spend
from tests.desk.signing_in import staff
from tests.notices.making import make_customer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mailbox", "phone_messages")]

LIST = reverse("admin:notices_letter_changelist")


@pytest.fixture
def told(client):
    person, account = make_customer(language="en", contact_email="li.hua@example.com")
    paid_in(account, 20)
    spend(account, 15)
    telling.write_letters(at=now())
    letter_sending.send_due(at=now())
    client.force_login(person)
    return Letter.objects.get()


def test_it_is_in_the_inbox_and_counted_until_it_is_opened(told, client):
    address = reverse("letter", args=[told.public_id])
    page = client.get("/inbox/")
    assert "Low balance: 李华" in page.content.decode()
    assert address.encode() in page.content
    assert b'class="count"' in page.content
    # It is the only one, and nothing says that there is none.
    assert b"Nothing has been sent to you yet." not in page.content
    client.get(address, headers={"Sec-Purpose": "prefetch"})
    client.head(address)
    assert not LetterReading.objects.exists()

    client.get(address)
    client.get(address)
    assert LetterReading.objects.count() == 1
    page = client.get("/inbox/")
    assert address.encode() in page.content
    assert b'class="count"' not in page.content
    unread = client.get("/inbox/?unread=on").content
    assert address.encode() not in unread
    assert b"You have read everything." in unread


def test_the_page_shows_the_text_as_sent_and_how(told, client):
    page = client.get(reverse("letter", args=[told.public_id])).content.decode()
    assert "Balance: CNY 5.00" in page
    assert reverse("account", args=[told.account.public_id]) in page
    assert "li***@example.com" in page
    assert "li.hua@example.com" not in page
    assert told.recipient.masked_phone in page
    assert told.recipient.phone not in page
    for delivery in told.deliveries.all():
        assert str(delivery.reference) in page
    assert [way.settled for way in letters.ways_told(told)] == [True] * 3


def test_all_are_read_at_once(told, client):
    assert inbox.unread(told.recipient) == 1
    client.post(reverse("inbox_read_all"))
    assert inbox.unread(told.recipient) == 0
    client.post(reverse("inbox_read_all"))
    assert LetterReading.objects.count() == 1


def test_it_is_among_all_letters(told, client):
    assert told.subject in client.get(reverse("inbox")).content.decode()


def test_somebody_elses_letter_looks_like_none(told, client):
    other, _account = make_customer(contact_email="other@example.com")
    client.force_login(other)
    address = reverse("letter", args=[told.public_id])
    assert client.get(address).status_code == 404
    assert client.get(reverse("letter", args=["ltr_" + "0" * 20])).status_code == 404
    for page in ("/inbox/",):
        assert told.subject not in client.get(page).content.decode()
    assert letters.read(letter=told, reader=other) is False


def test_nobody_reads_them_without_signing_in(told, client):
    client.logout()
    assert client.get(reverse("letter", args=[told.public_id])).status_code == 302


def seen_at(told):
    """Where at the desk the letter may turn up, and its own page."""
    person = reverse("admin:notices_notice_person", args=[told.recipient.public_id])
    search = reverse("admin:search") + f"?q={told.deliveries.first().reference}"
    return [LIST, f"{LIST}?q={told.account.public_id}", person, search]


def test_staff_who_see_money_see_them(told):
    browser = staff("auditor")[1]
    for address in seen_at(told):
        assert told.subject in browser.get(address).text, address
    page = browser.get(reverse("admin:notices_letter_change", args=[told.pk])).text
    assert "CNY 5.00" in page
    assert told.key in page
    assert "low balance" in page


def test_staff_who_do_not_see_money_do_not_see_them(told):
    for group in ("support", "compliance"):
        browser = staff(group)[1]
        for address in seen_at(told):
            page = browser.get(address)
            assert page.status_code == 200, address
            assert told.subject not in page.text, address
        page = browser.get(reverse("admin:notices_letter_change", args=[told.pk]))
        assert "CNY 5.00" not in page.text
        assert page.status_code in {302, 404}
