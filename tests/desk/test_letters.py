"""Letters to single persons at the desk: the list, one of them, a person's history."""

import pytest
from django.urls import reverse

from common.clock import now
from compliance.letter_texts import ASKED, THANKED
from notices import letter_sending, letters
from notices.letters import Words
from tests.accounts.making import make_person
from tests.notices.making import make_customer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mailbox", "phone_messages")]

LIST = reverse("admin:notices_letter_changelist")


def write(*people, kind=ASKED, key="inq_00000000000000000007", account=None):
    return letters.write(
        recipients=people,
        kind=kind,
        key=key,
        account=account,
        words=lambda person: Words(subject=f"Dear {person.name}", body="a < b", sms="short"),
        at=now(),
    )


@pytest.fixture
def told():
    li, account = make_customer(name="Li Hua", contact_email="li.hua@example.com")
    [letter] = write(li, account=account)
    write(make_person(name="Wang Fang"), key="inq_00000000000000000008")
    letter_sending.send_due(at=now())
    return letter


def test_a_letter_is_found_by_whom_it_went_to_and_by_every_reference(desk, told):
    client = desk("support")
    page = client.get(LIST).content.decode()
    assert "Dear Li Hua" in page
    assert "Dear Wang Fang" in page
    assert "question to a customer" in page
    wanted = [
        told.public_id,
        told.key,
        told.account.public_id,
        told.recipient.public_id,
        told.recipient.phone,
        "li.hua@example.com",
        "Li Hua",
        str(told.deliveries.first().reference),
    ]
    for text in wanted:
        page = client.get(LIST, {"q": text}).content.decode()
        assert "Dear Li Hua" in page, text
        assert "Dear Wang Fang" not in page, text


def test_the_page_of_one_says_all_that_is_known_and_changes_nothing(desk, told):
    letters.read(letter=told, reader=told.recipient)
    address = reverse("admin:notices_letter_change", args=[told.pk])
    client = desk("auditor")
    page = client.get(address).content.decode()
    assert "a &lt; b" in page
    assert "li***@example.com" in page
    assert "li.hua@" not in page
    assert told.recipient.phone not in page
    assert "accepted" in page
    for delivery in told.deliveries.all():
        assert str(delivery.reference) in page
        assert delivery.address not in page
    superuser = desk(is_superuser=True)
    assert superuser.post(address, {"subject": "Another"}).status_code == 403
    assert superuser.post(address.replace("change", "delete")).status_code == 403


def test_one_to_an_address_alone_shows_it_masked(desk):
    letter = letters.write_to_address(
        email="reporter@example.com",
        language="en",
        kind=THANKED,
        key="R-1",
        words=Words(subject="Thanks", body="We have it"),
        at=now(),
    )
    client = desk("support")
    for address in (LIST, reverse("admin:notices_letter_change", args=[letter.pk])):
        page = client.get(address).content.decode()
        assert "re***@example.com" in page
        assert "reporter@" not in page


def test_a_persons_history_has_their_letters(desk, told):
    client = desk("support")
    address = reverse("admin:notices_notice_person", args=[told.recipient.public_id])
    page = client.get(address).content.decode()
    assert "Dear Li Hua" in page
    assert "Dear Wang Fang" not in page
    assert "a &lt; b" in page
    assert "not read" in page
    assert str(told.deliveries.first().reference) in page
    for number in range(20):
        write(told.recipient, key=f"more {number}")
    assert f"?q={told.recipient.public_id}" in client.get(address).content.decode()


def test_the_one_search_box_finds_it(desk, told):
    client = desk("support")
    wanted = reverse("admin:notices_letter_change", args=[told.pk])
    for text in (told.public_id, told.key):
        # The only record that an identifier finds is opened at once.
        assert client.get(reverse("admin:search"), {"q": text})["Location"] == wanted, text
    reference = str(told.deliveries.first().reference)
    assert wanted in client.get(reverse("admin:search"), {"q": reference}).content.decode()


def test_a_long_list_costs_the_same(desk, told, django_assert_max_num_queries):
    for number in range(60):
        write(told.recipient, key=f"more {number}", account=told.account)
    client = desk("support")
    client.get(LIST)
    with django_assert_max_num_queries(20):
        page = client.get(LIST)
    assert "after-" in page.content.decode()


def test_who_sees_no_notices_sees_no_letters(desk, told):
    assert desk("billing").get(LIST).status_code == 403
