"""A forgotten password, page by page: phone, second proof, new password (clause 1.2.4)."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from accounts import second_factor, tasks
from accounts.models import OneTimeCode, PasswordReset, ResetAttempt, User
from common import clock
from notices.models import Letter, LetterDelivery
from tests.accounts.test_second_factor import code_of
from tests.pages.conftest import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]

NEW = "seven purple giraffes"
BEGIN, CODE, PROOF, FINISH = (
    reverse(name)
    for name in (
        "password_forgotten",
        "password_forgotten_code",
        "password_forgotten_proof",
        "password_forgotten_new",
    )
)
AT_ONCE = {"number_pause": (100, timedelta(minutes=1)), "number_hour": (100, timedelta(hours=1))}


@pytest.fixture(autouse=True)
def no_pause(settings):
    """The limits of text messages have tests of their own."""
    settings.SMS_LIMITS = {**settings.SMS_LIMITS, **AT_ONCE}
    settings.LANGUAGE_CODE = "en"


@pytest.fixture
def reachable(person):
    """Has a confirmed contact e-mail."""
    User.objects.filter(pk=person.pk).update(
        contact_email="li@example.com", contact_email_verified_at=clock.now()
    )
    person.refresh_from_db()
    return person


def begin(client, phone="13812345678"):
    answer = client.post(BEGIN, {"phone": phone})
    tasks.send_codes()
    return answer


def code_in(texts):
    return texts[-1].params["code"]


def prove_phone(client, texts):
    begin(client)
    answer = client.post(CODE, {"code": code_in(texts)})
    assert answer.headers["Location"] == PROOF


def code_in_mail():
    (found,) = re.findall(r"\b\d{6}\b", str(mail.outbox[-1].body))
    return found


def prove_by_email(client):
    client.post(PROOF, {"act": "send"})
    tasks.send_codes()
    client.post(PROOF, {"act": "email", "code": code_in_mail()})


def errors_of(page):
    return re.sub(r"\s+", " ", page.content.decode())


def test_phone_and_e_mail_lead_to_a_new_password(client, reachable, texts, sign_in):
    other = Client()
    other.post("/accounts/login/", {"login": "13812345678", "password": PASSWORD})
    assert "_auth_user_id" in other.session
    other.get("/settings/")

    prove_phone(client, texts)
    page = client.get(PROOF)
    assert "l***@example.com" in page.content.decode()
    assert "li@example.com" not in page.content.decode()
    prove_by_email(client)
    assert mail.outbox[-1].to == ["li@example.com"]
    answer = client.post(FINISH, {"password": NEW, "again": NEW})
    assert answer.headers["Location"] == reverse("account_login")

    assert "_auth_user_id" not in client.session
    assert other.get("/settings/").status_code == 302
    assert sign_in().status_code == 200
    assert sign_in(password=NEW).headers["Location"] == "/"
    done = PasswordReset.objects.get()
    assert (done.user, done.second_proof, done.ip_address) == (reachable, "email", "127.0.0.1")
    letter = Letter.objects.get(kind="notices.password_reset")
    assert letter.recipient == reachable
    ways = LetterDelivery.objects.filter(letter=letter).values_list("channel", flat=True)
    assert sorted(ways) == ["email", "sms"]


@pytest.mark.parametrize("which", ["authenticator", "recovery_code"])
def test_a_second_factor_is_a_second_proof(client, person, texts, which, sign_in):
    new = second_factor.set_up(user=person)
    code = code_of(new.secret) if which == "authenticator" else new.recovery_codes[0]
    prove_phone(client, texts)
    assert client.post(PROOF, {"act": "factor", "code": "000000"}).status_code == 200
    assert client.post(PROOF, {"act": "factor", "code": code}).headers["Location"] == PROOF
    assert client.get(PROOF).headers["Location"] == FINISH
    client.post(FINISH, {"password": NEW, "again": NEW})
    assert PasswordReset.objects.get().second_proof == which
    # Whoever reset the password still shows the second factor to get in.
    assert sign_in(password=NEW).headers["Location"] == reverse("mfa_authenticate")


def test_a_code_of_the_app_used_for_a_reset_signs_nobody_in(client, person, texts, sign_in):
    code = code_of(second_factor.set_up(user=person).secret)
    prove_phone(client, texts)
    client.post(PROOF, {"act": "factor", "code": code})
    sign_in()
    assert client.post(reverse("mfa_authenticate"), {"code": code}).status_code == 200
    assert "_auth_user_id" not in client.session


def test_a_phone_alone_resets_nothing(client, person, texts):
    prove_phone(client, texts)
    page = client.get(PROOF)
    assert reverse("lost_phone") in page.content.decode()
    assert "neither a confirmed contact e-mail" in page.content.decode()
    for act in ("send", "recovery"):
        client.post(PROOF, {"act": act})
    tasks.send_codes()
    assert mail.outbox == []
    answer = client.post(FINISH, {"password": NEW, "again": NEW})
    assert answer.headers["Location"] == PROOF
    person.refresh_from_db()
    assert person.check_password(PASSWORD)


def test_an_unconfirmed_e_mail_is_no_second_proof(client, person, texts):
    User.objects.filter(pk=person.pk).update(contact_email="li@example.com")
    prove_phone(client, texts)
    client.post(PROOF, {"act": "send"})
    tasks.send_codes()
    assert mail.outbox == []


def test_known_and_unknown_numbers_are_answered_alike(client, person, texts):
    answers = []
    for phone in ("13812345678", "13912345678"):
        browser = Client()
        first = begin(browser, phone)
        pages = [browser.get(CODE), *(browser.post(CODE, {"code": "12"}) for _try in range(6))]
        answers.append(
            [
                (first.status_code, first.headers["Location"]),
                *((page.status_code, without_tokens(page)) for page in pages),
            ]
        )
    assert answers[0] == answers[1]
    assert [message.address for message in texts] == ["+8613812345678"]


def without_tokens(page):
    return re.sub(r'value="[A-Za-z0-9]{64}"', "", page.content.decode())


def test_somebody_who_may_not_sign_in_is_as_unknown(client, person, texts):
    User.objects.filter(pk=person.pk).update(is_active=False)
    begin(client)
    assert texts == []
    assert ResetAttempt.objects.get().user is None


def test_five_wrong_codes_end_it(client, reachable, texts):
    begin(client)
    right = code_in(texts)
    wrong = "000000" if right != "000000" else "111111"
    pages = [client.post(CODE, {"code": wrong}) for _try in range(5)]
    assert "You can try 4 more times." in errors_of(pages[0])
    assert "You can try once more." in errors_of(pages[3])
    assert "mistyped too often" in errors_of(pages[4])
    assert "mistyped too often" in errors_of(client.post(CODE, {"code": right}))


def test_five_wrong_codes_from_the_e_mail_end_that_way(client, reachable, texts):
    prove_phone(client, texts)
    client.post(PROOF, {"act": "send"})
    tasks.send_codes()
    right = code_in_mail()
    wrong = "000000" if right != "000000" else "111111"
    for _try in range(5):
        client.post(PROOF, {"act": "email", "code": wrong})
    client.post(PROOF, {"act": "email", "code": right})
    assert client.get(FINISH).headers["Location"] == PROOF
    client.post(PROOF, {"act": "send"})
    tasks.send_codes()
    assert len(mail.outbox) == 1


def test_five_wrong_codes_of_the_app_end_that_way(client, person, texts):
    new = second_factor.set_up(user=person)
    prove_phone(client, texts)
    for _try in range(5):
        client.post(PROOF, {"act": "factor", "code": "000000"})
    client.post(PROOF, {"act": "factor", "code": code_of(new.secret)})
    assert client.get(FINISH).headers["Location"] == PROOF


def test_a_code_is_valid_for_ten_minutes(client, reachable, texts):
    begin(client)
    OneTimeCode.objects.update(expires_at=clock.now())
    page = client.post(CODE, {"code": code_in(texts)})
    assert "older than 10 minutes" in errors_of(page)


def test_a_code_asked_for_too_long_ago_is_not_sent(person, texts):
    browser = Client()
    browser.post(BEGIN, {"phone": "13812345678"})
    OneTimeCode.objects.update(expires_at=clock.now())
    assert tasks.send_codes() == 0
    assert texts == []


def test_a_code_of_another_attempt_is_worth_nothing(client, reachable, texts):
    begin(client)
    first = code_in(texts)
    begin(client)
    if code_in(texts) != first:
        assert client.post(CODE, {"code": first}).status_code == 200
    other = Client()
    begin(other)
    assert client.get(PROOF).headers["Location"] == BEGIN  # no step may be left out


def test_steps_cannot_be_left_out(client, reachable, texts):
    assert client.get(PROOF).headers["Location"] == BEGIN
    begin(client)
    for page in (PROOF, FINISH):
        for answer in (client.get(page), client.post(page, {"password": NEW, "again": NEW})):
            assert answer.status_code == 302
            assert answer.headers["Location"] != reverse("account_login")
    reachable.refresh_from_db()
    assert reachable.check_password(PASSWORD)


def test_one_attempt_is_one_password(client, reachable, texts):
    prove_phone(client, texts)
    prove_by_email(client)
    kept = client.session["password_reset"]
    client.post(FINISH, {"password": NEW, "again": NEW})
    thief = Client()
    session = thief.session
    session["password_reset"] = kept
    session.save()
    answer = thief.post(FINISH, {"password": "another long one", "again": "another long one"})
    assert answer.headers["Location"] == BEGIN
    assert PasswordReset.objects.count() == 1


def test_a_weak_password_is_told_and_the_attempt_goes_on(client, reachable, texts):
    prove_phone(client, texts)
    prove_by_email(client)
    assert "too short" in errors_of(client.post(FINISH, {"password": "short", "again": "short"}))
    assert "differ" in errors_of(client.post(FINISH, {"password": NEW, "again": "other"}))
    assert client.post(FINISH, {"password": NEW, "again": NEW}).status_code == 302


def test_an_e_mail_changed_meanwhile_proves_nothing(client, reachable, texts):
    prove_phone(client, texts)
    client.post(PROOF, {"act": "send"})
    tasks.send_codes()
    User.objects.filter(pk=reachable.pk).update(contact_email="new@example.com")
    answer = client.post(PROOF, {"act": "email", "code": code_in_mail()})
    assert answer.headers["Location"] == BEGIN


def test_codes_are_kept_hashed_and_addresses_not_at_all(client, reachable, texts):
    client.post(BEGIN, {"phone": "13812345678"})
    (waiting,) = OneTimeCode.objects.values()
    assert "13812345678" not in str(waiting)
    tasks.send_codes()
    (sent,) = OneTimeCode.objects.values()
    assert sent["address"] == ""
    assert code_in(texts) not in str({**sent, "id": 0, "asked_at": 0, "expires_at": 0})


def test_a_provider_that_fails_loses_one_code_and_no_other(client, person, texts, monkeypatch):
    def refuse(*_what, **_more):
        raise OSError("away")

    client.post(BEGIN, {"phone": "13812345678"})
    with monkeypatch.context() as away:
        away.setattr("common.messaging.texts.send_text", refuse)
        assert tasks.send_codes() == 0
    begin(client)
    assert len(texts) == 1


def test_too_many_messages_are_429_with_when_to_come_back(client, person, texts, settings):
    settings.SMS_LIMITS = {**settings.SMS_LIMITS, "number_pause": (1, timedelta(minutes=1))}
    answers = [begin(client, phone) for phone in ("13812345678", "13812345678")]
    unknown = [begin(client, phone) for phone in ("13912345678", "13912345678")]
    for pair in (answers, unknown):
        assert [answer.status_code for answer in pair] == [302, 429]
        assert 0 < int(pair[1].headers["Retry-After"]) <= 60


@pytest.mark.parametrize("typed", ["%00", "%ED%A0%80", "1" * 100_000, "%EF%BC%91", "%3Cscript%3E"])
def test_strange_input_is_an_error_of_the_form(client, person, texts, typed):
    form = "application/x-www-form-urlencoded"
    assert client.post(BEGIN, f"phone={typed}", content_type=form).status_code == 200
    begin(client)
    assert client.post(CODE, f"code={typed}", content_type=form).status_code == 200


def test_nobody_resets_by_the_phone_alone_with_raw_sql(person):
    for proof in ("", "phone"):
        with (
            pytest.raises(IntegrityError, match="second_proof"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(
                "INSERT INTO accounts_passwordreset (user_id, attempt, second_proof)"
                " VALUES (%s, 'rst_1', %s)",
                [person.pk, proof],
            )


def test_codes_are_forgotten_after_a_day(client, person, texts):
    begin(client)
    OneTimeCode.objects.update(asked_at=clock.now() - timedelta(days=1, minutes=1))
    tasks.look_after_recoveries()
    assert not OneTimeCode.objects.exists()
    assert not ResetAttempt.objects.exists()
