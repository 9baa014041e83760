"""One list of notices and letters: order, pages, searching, read and unread, the proof."""

import hashlib
import html
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from common.clock import now
from notices import addresses, inbox, letters, mailbox
from notices.addresses import Standing
from notices.letters import Words
from notices.mailbox import Asked, Place
from notices.models import KeptUnread, Letter, LetterReading, Notice, Reading
from tests.notices.making import make_announced, make_customer

pytestmark = pytest.mark.django_db
LETTER = "notices.closing_asked"
EVERYTHING = Asked()


def write(person, key, subject="A letter", body="Some words"):
    words = Words(subject=subject, body=body)
    return letters.write(
        recipients=[person], kind=LETTER, key=key, account=None, words=lambda _p: words, at=now()
    )[0]


@pytest.fixture
def person():
    person, account = make_customer(language="en")
    write(person, "before")
    make_announced(account)
    write(person, "after", subject="砚台", body="关于余额的信件 100%")
    return person


def shown(person, asked=EVERYTHING, after=None, size=20):
    return mailbox.page_of(person, asked=asked, after=after, size=size)


def subjects(person, **asked):
    return [one.subject for one in shown(person, Asked(**asked)).messages]


def test_notices_and_letters_are_one_list_the_newest_first(person):
    messages = shown(person).messages
    assert [one.is_letter for one in messages] == [True, False, True]
    moments = [one.record.recorded_at for one in messages]
    assert moments == sorted(moments, reverse=True)
    assert messages[1].clause == "1.3"


def test_a_page_goes_on_after_any_place_whatever_the_moment(person):
    for number in range(7):
        write(person, f"same moment {number}")  # one transaction: but for the stamp, one moment
    whole = [one.place for one in shown(person).messages]
    for size in (1, 2, 3):
        found, after = [], None
        while True:
            page = shown(person, after=after, size=size)
            found += [one.place for one in page.messages]
            if page.following is None:
                break
            after = Place.read(str(page.following))
        assert found == whole
    for place in whole:
        assert [one.place for one in shown(person, after=place).messages] == [
            other for other in whole if other < place
        ]


def test_words_are_found_in_subject_and_text_and_taken_literally(person):
    assert subjects(person, words="砚台") == ["砚台"]
    assert subjects(person, words="余额 信件") == ["砚台"]
    assert subjects(person, words="100%") == ["砚台"]
    assert subjects(person, words="1_0") == []
    assert len(subjects(person, words="LETTER some")) == 1
    assert subjects(person, words="repeated violations") != []


def test_by_clause_kind_and_day(person):
    assert len(subjects(person, clause="1.3")) == 3
    assert len(subjects(person, clause="1")) == 3  # the whole article
    assert subjects(person, clause="2.2.5") == []
    assert len(subjects(person, kind=f"letter:{LETTER}")) == 2
    assert len(subjects(person, kind="change:suspension")) == 1
    assert subjects(person, kind="change:termination") == []
    at = now()
    assert len(subjects(person, since=at - timedelta(days=1), until=at + timedelta(days=1))) == 3
    assert subjects(person, since=at + timedelta(days=1)) == []
    assert subjects(person, until=at - timedelta(days=1)) == []


def test_nobody_elses_are_found(person):
    other, _account = make_customer(contact_email="other@example.com")
    assert subjects(other) == []
    assert subjects(other, words="A letter") == []


def test_a_message_read_is_marked_unread_and_read_again(person, client):
    client.force_login(person)
    notice, letter = Notice.objects.get(), Letter.objects.get(key="after")
    assert inbox.unread(person) == 3
    assert not mailbox.keep_unread(record=notice, reader=person)
    for record, name in ((notice, "notice"), (letter, "letter")):
        client.get(reverse(name, args=[record.public_id]))
    assert inbox.unread(person) == 1
    for record, name in ((notice, "notice_unread"), (letter, "letter_unread")):
        client.post(reverse(name, args=[record.public_id]))
        client.post(reverse(name, args=[record.public_id]))
    assert inbox.unread(person) == 3
    assert len(subjects(person, unread_only=True)) == 3
    assert (Reading.objects.count(), LetterReading.objects.count()) == (1, 1)
    client.post(reverse("notice_read", args=[notice.public_id]))
    client.post(reverse("letter_read", args=[letter.public_id]))
    assert inbox.unread(person) == 1
    client.post(reverse("letter_unread", args=[letter.public_id]))
    client.post(reverse("inbox_read_all"))
    assert inbox.unread(person) == 0
    assert not KeptUnread.objects.exists()


@pytest.mark.parametrize("of", ["notice", "letter"])
def test_the_text_to_download_has_the_hash_of_the_page(person, client, of):
    client.force_login(person)
    record = Notice.objects.get() if of == "notice" else Letter.objects.get(key="after")
    page = client.get(reverse(of, args=[record.public_id])).content.decode()
    answer = client.get(reverse(f"{of}_text", args=[record.public_id]))
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert hashlib.sha256(answer.content).hexdigest() in page
    if of == "notice":
        assert hashlib.sha256(answer.content).hexdigest() == record.body_id


NAMES = [
    "notice",
    "notice_text",
    "notice_read",
    "notice_unread",
    "letter",
    "letter_text",
    "letter_read",
    "letter_unread",
]


@pytest.mark.parametrize("name", NAMES)
def test_somebody_elses_message_is_as_if_there_were_none(person, client, name):
    other, _account = make_customer(contact_email="other@example.com")
    client.force_login(other)
    client.raise_request_exception = False
    record = (Notice if name.startswith("notice") else Letter).objects.first()
    none = record.public_id[:4] + "0" * 20
    send = client.post if name.endswith(("read", "unread")) else client.get
    answers = [send(reverse(name, args=[which])) for which in (record.public_id, none)]
    assert [one.status_code for one in answers] == [404, 404]
    bodies = [
        re.sub(r'value="[^"]*"', "", one.content.decode()).replace(record.public_id, none)
        for one in answers
    ]
    assert bodies[0] == bodies[1]


@pytest.mark.parametrize(
    "asked",
    [
        {"words": "\x00"},
        {"words": "x" * 101},
        {"clause": "1.3; DROP"},
        {"kind": "nothing"},
        {"since": "yesterday"},
        {"since": "0001-01-01"},
        {"until": "9999-12-31"},
    ],
)
def test_what_cannot_be_looked_for_is_said(person, client, asked):
    client.force_login(person)
    page = client.get("/inbox/", asked)
    assert page.status_code == 200
    assert 'class="errorlist' in page.content.decode()


def test_what_was_looked_for_is_kept_from_page_to_page(person, client):
    for number in range(25):
        write(person, f"more {number}", subject=f"Found & kept {number}")
    client.force_login(person)
    first = client.get("/inbox/", {"words": "Found &"}).content.decode()
    assert "Found &amp; kept 24" in first
    assert "砚台" not in first
    older = html.unescape(re.search(r'rel="next" href="([^"]*)"', first)[1])
    second = client.get(f"/inbox/{older}").content.decode()
    assert "Found &amp; kept 0" in second
    assert "砚台" not in second


def test_days_are_those_of_the_readers_zone(person, client):
    client.force_login(person)
    with timezone.override(person.time_zone):
        today = timezone.localdate(now()).isoformat()
    page = client.get("/inbox/", {"since": today, "until": today}).content.decode()
    assert "砚台" in page


def test_a_page_costs_as_many_statements_for_many_messages(person, client):
    client.force_login(person)

    def statements():
        with CaptureQueriesContext(
            connection,
        ) as asked:
            client.get("/inbox/")
        return len(asked)

    statements()
    few = statements()
    for number in range(18):
        write(person, f"more {number}")
    assert statements() == few


def test_addresses_say_whether_they_work(person, client):
    phone, email = addresses.addresses_of(person)
    assert (phone.standing, email.standing) == (Standing.WORKS, Standing.WORKS)
    assert email.shown == "li***@example.com"
    person.contact_email_verified_at = None
    person.save()
    assert addresses.addresses_of(person)[1].standing == Standing.UNVERIFIED
    person.contact_email = ""
    person.save()
    assert addresses.addresses_of(person)[1].standing == Standing.MISSING
    client.force_login(person)
    page = client.get(reverse("reaching")).content.decode()
    assert person.masked_phone in page
    assert person.phone not in page
    assert "What cannot be turned off, and why" in page


def test_an_address_that_a_message_came_back_from_is_shown_as_such(person):
    from notices import delivering

    notice = Notice.objects.get()
    attempt = notice.deliveries.get(channel="email").attempts.get()
    delivering.record_bounce(attempt=attempt, reason="no such mailbox", answer={}, reported_by=None)
    email = addresses.addresses_of(person)[1]
    assert email.standing == Standing.CAME_BACK
    assert email.at


def test_low_balances_are_the_one_kind_to_turn_off(person, client):
    client.force_login(person)
    page = client.get(reverse("reaching")).content.decode()
    account = person.personal_account
    optional = page[page.index('id="optional"') : page.index('id="mandatory"')]
    assert reverse("money_alert", args=[account.public_id]) in optional
