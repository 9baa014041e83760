"""The inbox: what was told, when it was read, and how it was sent."""

import pytest
from django.urls import reverse

from notices import inbox
from notices.models import Announcement, Notice, Reading
from tests.notices.making import make_announced, make_customer, make_organization, plan, propose


@pytest.fixture
def told(db):
    person, account = make_customer(language="en")
    make_announced(account)
    return Notice.objects.get(recipient=person)


def test_opening_a_message_is_reading_it_once(told, client):
    client.force_login(told.recipient)
    address = reverse("notice", args=[told.public_id])
    assert b'class="count"' in client.get("/inbox/").content
    client.get(address)
    client.get(address)
    assert Reading.objects.count() == 1
    assert b'class="count"' not in client.get("/inbox/").content


def test_prefetching_is_not_reading(told, client):
    client.force_login(told.recipient)
    address = reverse("notice", args=[told.public_id])
    client.get(address, headers={"Sec-Purpose": "prefetch"})
    client.head(address)
    assert not Reading.objects.exists()


def test_the_page_shows_the_text_as_sent_and_the_proof(told, client):
    client.force_login(told.recipient)
    page = client.get(reverse("notice", args=[told.public_id])).content.decode()
    assert told.body.subject in page
    assert told.body_id in page
    assert "li***@example.com" in page
    assert "lihua@example.com" not in page
    assert told.recipient.phone not in page
    for delivery in told.deliveries.all():
        assert str(delivery.attempts.get().pk) in page


def test_the_ways_are_those_of_clause_1_3(told):
    ways = inbox.ways_told(told)
    assert [way.settled for way in ways] == [True] * 4
    assert ways[0].reference == Announcement.objects.get().public_id
    assert {way.address for way in ways} == {"", "li***@example.com", told.recipient.masked_phone}
    assert all(way.handed_over_at for way in ways)


def test_somebody_elses_message_looks_like_none(told, client):
    other, _account = make_customer(contact_email="other@example.com")
    client.force_login(other)
    theirs = client.get(reverse("notice", args=[told.public_id]))
    none = client.get(reverse("notice", args=["ntc_00000000000000000000"]))
    assert theirs.status_code == none.status_code == 404
    assert not inbox.read(notice=told, reader=other)
    assert not Reading.objects.exists()


def test_the_count_in_the_frame_is_asked_for_alone(told, client):
    assert client.get("/inbox/unread/").status_code == 204
    client.force_login(told.recipient)
    assert b">1<" in client.get("/inbox/unread/").content
    inbox.read(notice=told, reader=told.recipient)
    assert client.get("/inbox/unread/").content.strip() == b""


def test_all_at_once_and_the_filter(told, client):
    client.force_login(told.recipient)
    assert told.body.subject in client.get("/inbox/?unread=on").content.decode()
    assert client.get("/inbox/read/").status_code == 405
    client.post("/inbox/read/")
    assert Reading.objects.filter(notice=told).exists()
    assert told.body.subject not in client.get("/inbox/?unread=on").content.decode()
    assert inbox.read_all(reader=told.recipient) == 0


@pytest.mark.parametrize(
    "page", ["0", "-1", "x", "999999999999999999999", "\x00", "9" * 17 + "-1-1"]
)
def test_odd_places_do_no_harm(told, client, page):
    client.force_login(told.recipient)
    assert client.get("/inbox/", {"after": page}).status_code == 200


def test_announcements_are_public_in_both_languages(told, client):
    announcement = Announcement.objects.get()
    for language, body in (("en", announcement.body_en), ("zh-hans", announcement.body_zh_hans)):
        headers = {"Accept-Language": language}
        assert body.subject in client.get("/announcements/", headers=headers).content.decode()
        page = client.get(reverse("announcement", args=[announcement.public_id]), headers=headers)
        assert body.sha256 in page.content.decode()


def test_an_announcement_names_no_account(told, client):
    announcement = Announcement.objects.get()
    page = client.get(reverse("announcement", args=[announcement.public_id])).content.decode()
    account = told.accounts.get()
    assert account.public_id not in page
    assert client.get("/announcements/ann_00000000000000000000/").status_code == 404


def test_what_is_only_proposed_is_nowhere(db, client):
    person, account = make_customer(language="en")
    propose(plan(account, make_organization(person)))
    client.force_login(person)
    assert b"Nothing has been sent" in client.get("/inbox/").content
    assert b"There is none yet" in client.get("/announcements/").content
