"""Letters to single persons: written once, sent by their ways, read, and kept."""

import html
import re
from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.urls import reverse
from django.utils.timezone import get_current_timezone_name
from django.utils.translation import get_language

from common.clock import now
from common.exceptions import CannotDecrypt, EvidenceIsFinal, NotRegistered
from common.messaging import Provider, Submission, Verdict
from notices import inbox, letter_sending, letters, suppressions, sweeps, tasks
from notices.letter_kinds import LetterKind, clause_of, label_of, letter_kinds
from notices.letters import Words
from notices.models import Letter, LetterDelivery, LetterReading
from tests.accounts.making import make_person
from tests.notices.making import make_customer, make_organization
from tests.notices.routing.test_suppressions import make_desk
from tests.plumbing.receiving import use_provider
from tests.plumbing.together import refusals, together

pytestmark = pytest.mark.django_db

KIND = LetterKind(name="tests.question", label="question", clause="1.5")
BY_EMAIL = LetterKind(name="tests.thanks", label="thanks", channels=("email",))


@pytest.fixture(autouse=True)
def kinds(monkeypatch):
    """Two kinds of letters, for these tests only."""
    known = dict(letter_kinds._members)
    monkeypatch.setattr(letter_kinds, "_members", known)
    for kind in (KIND, BY_EMAIL):
        letter_kinds.register(kind)


def words(person):
    return Words(
        subject=f"To {person.name}", body=f"{get_language()} {get_current_timezone_name()}", sms="S"
    )


def write(*people, kind=KIND.name, key="case 7", account=None, say=words):
    return letters.write(
        recipients=people, kind=kind, key=key, account=account, words=say, at=now()
    )


def send_all():
    return letter_sending.send_all(at_most=timedelta(minutes=1))


def states():
    return sorted(LetterDelivery.objects.values_list("channel", "state", "tries"))


def test_each_person_has_one_in_their_language_by_all_their_ways(mailbox, phone_messages):
    li, account = make_customer(
        name="Li", language="en", time_zone="Europe/Berlin", contact_email="li@example.com"
    )
    wang = make_person(name="王芳", language="zh-hans", contact_email="w@example.com")
    written = write(li, wang, account=account)
    assert [(one.recipient, one.language) for one in written] == [(li, "en"), (wang, "zh-hans")]
    assert written[0].body == "en Europe/Berlin"
    assert written[1].body == "zh-hans Asia/Shanghai"

    assert send_all() == (3, False)
    assert mailbox.to("li@example.com") == [("To Li", "en Europe/Berlin")]
    # Nobody knows whether that address is hers.
    assert mailbox.to("w@example.com") == []
    assert phone_messages(li.phone) == phone_messages(wang.phone) == ["S"]
    assert states() == [("email", "accepted", 1)] + [("sms", "accepted", 1)] * 2


def test_writing_again_adds_nothing(mailbox, phone_messages):
    li, account = make_customer()
    first = write(li, account=account)
    send_all()
    other = make_person()
    again = write(li, other, account=account)
    assert again[0] == first[0]
    assert [one.recipient for one in again] == [li, other]
    # Of another key, or another kind, it is another letter.
    write(li, key="case 8")
    write(li, kind=BY_EMAIL.name)
    assert Letter.objects.filter(recipient=li).count() == 3
    send_all()
    assert len(mailbox.messages) == 3
    assert len(phone_messages(li.phone)) == 2


@pytest.mark.django_db(transaction=True)
def test_eight_at_once_write_one():
    li, account = make_customer()
    came_to = together(*[lambda: write(li, account=account)] * 8)
    assert refusals(came_to) == []
    assert {letter.pk for one in came_to for letter in one} == {Letter.objects.get().pk}
    assert LetterDelivery.objects.count() == 2


def test_an_unknown_kind_is_refused():
    with pytest.raises(NotRegistered):
        write(make_person(), kind="tests.unheard_of")


def mailing(*people, kind=KIND.name, key="case 7"):
    return letters.Mailing(recipients=people, kind=kind, key=key, account=None, words=words)


def test_many_are_written_at_once_and_each_once():
    li, wang = make_person(name="Li"), make_person(name="Wang")
    write(li)
    written = letters.write_all(
        [mailing(li, wang), mailing(li, key="case 8"), mailing(wang, wang, kind=BY_EMAIL.name)],
        at=now(),
    )
    assert [(one.recipient, one.kind, one.key) for one in written] == [
        (li, KIND.name, "case 7"),
        (wang, KIND.name, "case 7"),
        (li, KIND.name, "case 8"),
        (wang, BY_EMAIL.name, "case 7"),
    ]
    # By its kind's ways only.
    assert set(LetterDelivery.objects.values_list("letter__kind", "channel")) == {
        (KIND.name, "sms")
    }
    # Another's letter of the same kind and key is not given back.
    assert [one.recipient for one in letters.write_all([mailing(wang)], at=now())] == [wang]
    assert letters.write_all([], at=now()) == []


def test_with_an_unknown_kind_among_them_none_is_written():
    with pytest.raises(NotRegistered):
        letters.write_all(
            [mailing(make_person()), mailing(make_person(), kind="tests.unheard_of")], at=now()
        )
    assert not Letter.objects.exists()


def test_what_is_too_long_is_cut_and_a_subject_is_one_line():
    [letter] = write(
        make_person(), say=lambda person: Words(subject="a\r\nb " * 80, body="x", sms="s" * 300)
    )
    assert len(letter.subject) <= 200
    assert "\n" not in letter.subject
    assert len(letter.sms) == 200


def test_an_address_alone_is_kept_encrypted(mailbox, phone_messages):
    def say(address):
        return letters.write_to_address(
            email=address,
            language="zh-hans",
            kind=KIND.name,
            key="R-1",
            words=Words(subject="结果", body="已处理", sms="短信"),
            at=now(),
        )

    letter = say("reporter@example.com")
    assert say(" Reporter@EXAMPLE.com") == letter
    assert say("another@example.com") != letter
    assert (letter.recipient, letter.account, letter.masked) == (None, None, "re***@example.com")
    send_all()
    assert mailbox.to("reporter@example.com") == [("结果", "已处理")]
    kept = [str(row) for model in (Letter, LetterDelivery) for row in model.objects.values()]
    assert "reporter@" not in "".join(kept)
    delivery = letter.deliveries.get()
    assert letters.address_of(delivery) == "reporter@example.com"
    # It decrypts for its own letter only.
    delivery.letter = Letter.objects.exclude(pk=letter.pk).get()
    with pytest.raises(CannotDecrypt):
        letters.address_of(delivery)
    assert letters.ways_told(letter)[0].address == "re***@example.com"


def suppress(channel, address):
    return suppressions.suppress(
        channel=channel, address=address, suppressed_by=make_desk(), reason="It came back"
    )


def test_a_suppressed_address_gets_none_and_the_other_ways_stay(mailbox, phone_messages):
    li, account = make_customer(contact_email="li@example.com")
    wang, _account = make_customer(contact_email="wang@example.com")
    suppress("email", "li@example.com")
    suppress("sms", wang.phone)
    write(li, wang, account=account)
    assert send_all() == (4, False)
    assert mailbox.to("li@example.com") == []
    assert phone_messages(wang.phone) == []
    assert len(mailbox.to("wang@example.com")) == len(phone_messages(li.phone)) == 1
    refused = LetterDelivery.objects.filter(state="failed")
    assert {one.answer["error"] for one in refused} == {"suppressed"}
    assert letters.of(li).count() == letters.of(wang).count() == 1


def test_a_suppressed_address_gets_letters_again_once_lifted_or_verified(mailbox):
    li, _account = make_customer(contact_email="li@example.com")
    lifted = suppress("email", "li@example.com")
    write(li, key="before")
    send_all()
    suppressions.lift(suppression=lifted, lifted_by=make_desk(), reason="A mistake")
    write(li, key="lifted")
    send_all()
    assert len(mailbox.to("li@example.com")) == 1
    suppress("email", "li@example.com")
    li.contact_email_verified_at = now()
    li.save()
    write(li, key="verified")
    send_all()
    assert len(mailbox.to("li@example.com")) == 2


def test_without_its_key_an_address_is_tried_again_later(mailbox, settings, clock):
    li, _account = make_customer(contact_email="li@example.com")
    write(li, kind=BY_EMAIL.name)
    keys = settings.FIELD_ENCRYPTION_KEYS
    settings.FIELD_ENCRYPTION_KEYS = {"other": b"0" * 32}
    send_all()
    assert states() == [("email", "retrying", 1)]
    settings.FIELD_ENCRYPTION_KEYS = keys
    clock.advance(minutes=1)
    send_all()
    assert states() == [("email", "accepted", 2)]


class Answering(Provider):
    """A provider that answers as told."""

    provider = "answering"
    verdict = Verdict.ACCEPTED

    def send(self, batch):
        # The row says so before anything leaves.
        references = [one.reference for one in batch]
        sending = LetterDelivery.objects.filter(reference__in=references, state="sending")
        assert sending.count() == len(batch)
        return [Submission(reference=one, verdict=self.verdict) for one in references]


@pytest.mark.parametrize(
    ("verdict", "state"),
    [
        (Verdict.ACCEPTED, "accepted"),
        (Verdict.REJECTED_FOR_GOOD, "failed"),
        (Verdict.REJECTED_FOR_NOW, "retrying"),
        (Verdict.AMBIGUOUS, "unknown"),
    ],
)
def test_what_a_provider_answers_decides_what_comes_next(settings, verdict, state):
    use_provider(settings, "sms", type("One", (Answering,), {"verdict": verdict}))
    write(make_person())
    assert send_all() == (1, False)
    delivery = LetterDelivery.objects.get()
    assert (delivery.state, delivery.tries, delivery.lease_until) == (state, 1, None)
    assert (delivery.settled_at is None) == (state == "retrying")
    assert send_all() == (0, False)


def test_refused_for_now_again_and_again_it_fails_in_the_end(settings, clock):
    use_provider(settings, "sms", type("One", (Answering,), {"verdict": Verdict.REJECTED_FOR_NOW}))
    write(make_person())
    tries = 0
    while LetterDelivery.objects.get().state != "failed":
        tries += letter_sending.send_due(at=now())
        clock.advance(hours=9)
    assert LetterDelivery.objects.get().tries == tries == 9


def test_a_worker_that_vanished_leaves_unknown_and_what_it_says_later_does_not_count(
    settings, clock
):
    write(make_person())

    class Late(Answering):
        def send(self, batch):
            answers = super().send(batch)
            clock.advance(minutes=6)
            assert letter_sending.give_up_abandoned(at=now()) == 1
            return answers

    use_provider(settings, "sms", Late)
    send_all()
    assert states() == [("sms", "unknown", 1)]
    assert letter_sending.give_up_abandoned(at=now()) == 0


def test_the_jobs_send_and_the_sweeper_finds_what_was_not_woken(mailbox, monkeypatch, clock):
    woken = []
    monkeypatch.setattr(tasks, "wake", woken.append)
    monkeypatch.setattr(sweeps, "wake", woken.append)
    li, _account = make_customer(contact_email="li@example.com")
    write(li, kind=BY_EMAIL.name)
    tasks.sweep()
    assert letters.SEND in woken
    assert tasks.send_letters() == 1
    assert len(mailbox.to("li@example.com")) == 1
    woken.clear()
    clock.advance(minutes=1)
    assert tasks.sweep()["leases"] == 0
    assert letters.SEND not in woken


def test_nothing_of_a_letter_changes():
    [letter] = write(make_person())
    letter.subject = "Another"
    with pytest.raises(EvidenceIsFinal):
        letter.save()
    for act in (
        lambda: Letter.objects.all()._chain()._raw_delete("default"),
        lambda: LetterDelivery.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


def test_the_database_knows_a_letter_goes_to_a_person_or_to_an_address():
    for fields in ({}, {"recipient": make_person(), "masked": "a***@b", "address_mark": "x"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Letter.record(kind=KIND.name, key="k", language="en", subject="s", body="b", **fields)


# -- In the inbox -------------------------------------------------------------------


@pytest.fixture
def told(client, mailbox, phone_messages):
    li, account = make_customer(language="en", name="Li", contact_email="li.hua@example.com")
    [letter] = write(
        li, account=account, say=lambda p: Words(subject="A <b>question", body="See it", sms="S")
    )
    send_all()
    client.force_login(li)
    return letter


def test_it_is_in_the_inbox_and_counted_until_it_is_opened(told, client):
    address = reverse("letter", args=[told.public_id])
    page = client.get("/inbox/").content.decode()
    assert "A &lt;b&gt;question" in page
    assert address in page
    assert 'class="count"' in page
    client.get(address, headers={"Sec-Purpose": "prefetch"})
    client.head(address)
    assert not LetterReading.objects.exists()

    client.get(address)
    client.get(address)
    assert LetterReading.objects.count() == 1
    page = client.get("/inbox/").content.decode()
    assert address in page
    assert 'class="count"' not in page
    assert address not in client.get("/inbox/?unread=on").content.decode()


def test_the_page_shows_the_text_as_sent_and_how(told, client):
    page = client.get(reverse("letter", args=[told.public_id])).content.decode()
    assert "See it" in page
    assert "li***@example.com" in page
    assert "li.hua@example.com" not in page
    assert told.recipient.masked_phone in page
    assert told.recipient.phone not in page
    assert "clause 1.5" in page
    for delivery in told.deliveries.all():
        assert str(delivery.reference) in page
    assert [way.settled for way in letters.ways_told(told)] == [True] * 3


def test_all_are_read_at_once_and_have_a_page(told, client):
    for number in range(22):
        write(told.recipient, key=f"more {number}")
    assert inbox.unread(told.recipient) == 23
    first = client.get("/inbox/").content.decode()
    assert told.public_id not in first
    older = html.unescape(re.search(r'rel="next" href="([^"]*)"', first)[1])
    assert told.public_id in client.get(f"/inbox/{older}").content.decode()
    client.post(reverse("inbox_read_all"))
    client.post(reverse("inbox_read_all"))
    assert inbox.unread(told.recipient) == 0
    assert LetterReading.objects.count() == 23


def test_somebody_elses_looks_like_none(told, client):
    other, _account = make_customer(contact_email="other@example.com")
    client.force_login(other)
    address = reverse("letter", args=[told.public_id])
    assert client.get(address).status_code == 404
    assert client.get(reverse("letter", args=["ltr_" + "0" * 20])).status_code == 404
    for page in ("/inbox/",):
        assert told.public_id not in client.get(page).content.decode()
    assert letters.read(letter=told, reader=other) is False
    client.logout()
    assert client.get(address).status_code == 302


def test_somebody_who_left_keeps_the_letter_without_a_link(told, client):
    company = make_organization(name="Company")
    [letter] = write(told.recipient, key="another", account=company)
    page = client.get(reverse("letter", args=[letter.public_id])).content.decode()
    assert "Company" in page
    assert reverse("account", args=[company.public_id]) not in page


def test_what_a_kind_is_called_outlives_its_app(monkeypatch):
    [letter] = write(make_person())
    assert (str(label_of(letter)), clause_of(letter)) == ("question", "1.5")
    monkeypatch.delitem(letter_kinds._members, KIND.name)
    assert (label_of(letter), clause_of(letter)) == (KIND.name, "")
