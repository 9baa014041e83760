"""Asking our staff for help with a lost phone, and stopping what somebody else asked for."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts import recoveries, tasks
from accounts.models import PhoneRecovery, RecoveryDraft, RecoveryStop, User
from common.clock import now
from notices.models import Letter, LetterDelivery
from tests.accounts.making import make_person
from tests.accounts.recovering import NEW_PHONE, approved, asked, make_holder, proposed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]

ASK, CONFIRM = reverse("lost_phone"), reverse("lost_phone_code")
MANY = {
    "number_pause": (100, timedelta(minutes=1)),
    "number_hour": (100, timedelta(hours=1)),
    "number_day": (100, timedelta(days=1)),
}


@pytest.fixture(autouse=True)
def surroundings(settings):
    settings.LANGUAGE_CODE = "en"
    settings.SMS_LIMITS = {**settings.SMS_LIMITS, **MANY}


def filled(who, **fields):
    return {
        "who": who,
        "new_phone": "139 1111 2222",
        "reason": "My phone fell into the sea near Sanya.",
        **fields,
    }


def hand_in(client, texts, who, **fields):
    client.post(ASK, filled(who, **fields))
    tasks.send_codes()
    return client.post(CONFIRM, {"code": texts[-1].params["code"]})


@pytest.mark.parametrize("by", ["phone", "usr", "acc"])
def test_somebody_asks_by_phone_or_identifier(client, texts, by):
    from tests.notices.making import make_customer

    person, account = make_customer()
    who = {"phone": person.phone, "usr": person.public_id, "acc": account.public_id}[by]
    page = hand_in(client, texts, who, drops_factor="on")
    recovery = PhoneRecovery.objects.get()
    assert recovery.public_id in page.content.decode()
    assert (recovery.user, recovery.new_phone, recovery.drops_factor) == (person, NEW_PHONE, True)
    assert texts[-1].address == NEW_PHONE
    assert recovery.ip_address == "127.0.0.1"


def test_known_and_unknown_are_answered_alike(texts):
    known, seen = make_holder(), []
    for who in (known.phone, "13955556666", known.public_id, "usr_00000000000000000000"):
        browser = Client()
        answer = browser.post(ASK, filled(who))
        page = browser.get(CONFIRM)
        tasks.send_codes()
        done = browser.post(CONFIRM, {"code": texts[-1].params["code"]})
        said = re.sub(r"rec_[0-9a-z]{20}|[A-Za-z0-9]{64}", "", done.content.decode())
        seen.append((answer.status_code, answer.headers["Location"], page.status_code, said))
    assert len(set(seen)) == 1
    assert [one.user for one in PhoneRecovery.objects.all()] == [known, known]
    assert len(texts) == 4


def test_without_the_code_staff_hear_nothing(client, texts):
    person = make_holder()
    client.post(ASK, filled(person.phone))
    tasks.send_codes()
    right = texts[-1].params["code"]
    wrong = "000000" if right != "000000" else "111111"
    for _try in range(5):
        assert client.post(CONFIRM, {"code": wrong}).status_code == 200
    client.post(CONFIRM, {"code": right})
    assert not PhoneRecovery.objects.exists()


def test_one_request_is_handed_in_once(client, texts):
    hand_in(client, texts, make_holder().phone)
    assert client.get(CONFIRM).headers["Location"] == ASK
    assert client.post(CONFIRM, {"code": texts[-1].params["code"]}).headers["Location"] == ASK


def test_the_new_phone_is_not_readable_before_it_is_confirmed(client, texts):
    client.post(ASK, filled("13955556666"))
    assert "13911112222" not in str(list(RecoveryDraft.objects.values()))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"who": "x"}, "is not a phone number"),
        ({"who": "\x00"}, "Null characters"),
        ({"new_phone": "12"}, "is not a phone number"),
        ({"reason": "short"}, "at least 10"),
        ({"reason": "long " * 500}, "at most 2000"),
        ({"reason": "with NUL \x00 inside"}, "Null characters"),
    ],
)
def test_what_cannot_be_taken_is_told(client, fields, said):
    page = client.post(ASK, {**filled("13955556666"), **fields})
    assert page.status_code == 200
    assert said in page.content.decode()
    assert not RecoveryDraft.objects.exists()


def link_of(recovery):
    return reverse("stop_recovery", args=[recovery.public_id, recoveries.mark_of(recovery)])


def test_every_address_is_told_with_a_link_to_stop_it(client, settings):
    person = make_holder(language="en")
    recovery = approved(asked(person))
    letter = Letter.objects.get(kind="notices.phone_recovery")
    link = settings.SITE_URL + link_of(recovery)
    assert letter.recipient == person
    assert link in letter.body
    assert link in letter.sms
    assert len(letter.sms) < 200
    assert "139****2222" in letter.body
    ways = LetterDelivery.objects.filter(letter=letter)
    assert {way.masked for way in ways} == {"l***@example.com", person.masked_phone}

    page = client.get(link_of(recovery))
    assert "stop it here" in page.content.decode()
    assert not RecoveryStop.objects.exists()  # scanners of mail follow links too
    stopped = client.post(link_of(recovery))
    assert "It is stopped" in stopped.content.decode()
    assert RecoveryStop.objects.get().by == "link"
    again = client.post(link_of(recovery))
    assert again.status_code == 410
    assert "over already" in again.content.decode()
    assert Letter.objects.filter(kind="notices.recovery_stopped", recipient=person).exists()


def test_a_wrong_link_and_an_unknown_number_are_answered_alike(client):
    recovery = approved(asked(make_holder()))
    wrong = link_of(recovery).replace(recoveries.mark_of(recovery), "0" * 20)
    unknown = wrong.replace(recovery.public_id, "rec_00000000000000000000")
    pages = [client.post(address) for address in (wrong, unknown)]
    assert [page.status_code for page in pages] == [404, 404]
    bodies = {re.sub(r"[A-Za-z0-9]{64}|rec_\w{20}", "", page.content.decode()) for page in pages}
    assert len(bodies) == 1
    assert not RecoveryStop.objects.exists()


def test_a_link_outlives_a_new_secret_key(client, settings):
    recovery = approved(asked(make_holder()))
    link = link_of(recovery)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "n" * 60
    assert client.post(link).status_code == 200


def test_whoever_is_signed_in_stops_their_own_and_nobody_elses(client):
    person = make_holder()
    recovery = approved(asked(person))
    stranger = make_person(language="en")
    client.force_login(stranger)
    assert "change of your phone" not in client.get("/settings/").content.decode()
    client.post(reverse("stop_own_recovery"))
    assert not RecoveryStop.objects.exists()
    person.language = "en"
    person.save()
    client.force_login(person)
    assert "Somebody asked for a change of your phone" in client.get("/settings/").content.decode()
    client.post(reverse("stop_own_recovery"))
    stop = RecoveryStop.objects.get()
    assert (stop.recovery, stop.by, stop.person) == (recovery, "signed_in", person)


def test_nobody_is_told_of_what_was_only_proposed(client):
    recovery = proposed(asked(make_holder()))
    assert not Letter.objects.exists()
    recoveries.stop_by_link(recovery=recovery, ip_address=None, at=now())
    assert not Letter.objects.exists()


def test_both_phones_are_told_when_it_is_carried_out(clock):
    person = make_holder()
    old = person.masked_phone
    approved(asked(person))
    clock.advance(days=8)
    tasks.look_after_recoveries()
    told = LetterDelivery.objects.filter(channel="sms").values_list("letter__kind", "masked")
    assert ("notices.phone_changing", old) in told
    assert ("notices.phone_changed", "139****2222") in told
    assert User.objects.get(pk=person.pk).phone == NEW_PHONE
