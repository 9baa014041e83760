"""Somebody whose phone is gone gets back in; somebody who only says so does not (1.2.4, 1.2.6)."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts import recoveries, second_factor, tasks
from accounts.models import PasswordReset, PhoneChange, PhoneRecovery, User
from common.clock import now
from common.messaging.memory import Memory
from notices import letter_sending
from tests.accounts.recovering import checked, make_holder, supervisor, support
from tests.plumbing.receiving import use_texts

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]

PASSWORD, NEW = "correct horse battery", "seven purple giraffes"


@pytest.fixture
def texts(settings):
    use_texts(settings, "memory://")
    settings.LANGUAGE_CODE = "en"
    settings.SMS_LIMITS = {name: (100, timedelta(days=1)) for name in settings.SMS_LIMITS}
    Memory.outbox.clear()
    return Memory.outbox


@pytest.fixture
def li():
    person = make_holder(name="Li Hua", language="en")
    person.set_password(PASSWORD)
    person.save()
    second_factor.set_up(user=person)
    return person


def code(texts):
    tasks.send_codes()
    return texts[-1].params["code"]


def asks(browser, texts, who):
    """From the page to sign in to a request that staff have."""
    browser.post(
        reverse("lost_phone"),
        {
            "who": who,
            "new_phone": "13911112222",
            "drops_factor": "on",
            "reason": "My phone was stolen in the metro, with the app on it.",
        },
    )
    browser.post(reverse("lost_phone_code"), {"code": code(texts)})
    return PhoneRecovery.objects.get()


def two_of_us_agree(recovery):
    helper = support()
    checked(recovery, by=helper)
    recoveries.propose(recovery=recovery, drops_factor=True, reason="It is her.", by=helper)
    recoveries.decide(
        recovery=recovery, approved=True, reason="Convincing.", by=supervisor(), at=now()
    )
    letter_sending.send_all(at_most=timedelta(minutes=1))


def test_a_stolen_phone_a_new_number_and_a_new_password(li, texts, clock):
    old, browser = li.phone, Client()
    recovery = asks(browser, texts, old)
    two_of_us_agree(recovery)
    assert texts[-1].address == old
    assert mail.outbox[-1].to == ["li@example.com"]

    clock.advance(days=8)
    tasks.look_after_recoveries()
    letter_sending.send_all(at_most=timedelta(minutes=1))
    assert {message.address for message in texts} == {old, "+8613911112222"}
    li.refresh_from_db()
    assert li.phone == "+8613911112222"
    assert not second_factor.has_one(li)

    # The e-mail address is gone too: our check of who she is stands in for it, once.
    User.objects.filter(pk=li.pk).update(contact_email_verified_at=None)
    browser.post(reverse("password_forgotten"), {"phone": "13911112222"})
    browser.post(reverse("password_forgotten_code"), {"code": code(texts)})
    browser.post(reverse("password_forgotten_proof"), {"act": "recovery"})
    browser.post(reverse("password_forgotten_new"), {"password": NEW, "again": NEW})
    assert PasswordReset.objects.get().recovery == PhoneChange.objects.get()
    answer = browser.post(reverse("account_login"), {"login": "13911112222", "password": NEW})
    assert "_auth_user_id" in browser.session, answer.content

    again = Client()
    again.post(reverse("password_forgotten"), {"phone": "13911112222"})
    again.post(reverse("password_forgotten_code"), {"code": code(texts)})
    page = again.get(reverse("password_forgotten_proof")).content.decode()
    assert "by a phone alone nobody gets a new password" in page


def test_a_thief_convinces_us_and_the_holder_stops_it(li, texts, clock):
    thief, old = Client(), li.phone
    two_of_us_agree(asks(thief, texts, li.public_id))
    [link] = re.findall(r"http://testserver(\S+)", str(mail.outbox[-1].body))
    assert f"http://testserver{link}" in texts[-1].body
    assert Client().post(link).status_code == 200

    clock.advance(days=30)
    assert tasks.look_after_recoveries() == 0
    li.refresh_from_db()
    assert li.phone == old
    assert li.check_password(PASSWORD)
    assert second_factor.has_one(li)


def test_whoever_got_a_number_that_was_given_away_gets_nothing_else(li, texts):
    """The operator gave her old number to a stranger, who receives every code."""
    stranger = Client()
    stranger.post(reverse("password_forgotten"), {"phone": li.phone})
    stranger.post(reverse("password_forgotten_code"), {"code": code(texts)})
    for act in ("recovery", "factor"):
        stranger.post(reverse("password_forgotten_proof"), {"act": act, "code": "123456"})
    stranger.post(reverse("password_forgotten_proof"), {"act": "email", "code": "123456"})
    stranger.post(reverse("password_forgotten_new"), {"password": NEW, "again": NEW})
    li.refresh_from_db()
    assert li.check_password(PASSWORD)
