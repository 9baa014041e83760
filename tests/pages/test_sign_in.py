"""Signing in with phone, password and second factor."""

import re

import pytest
from django.core.cache import cache
from django.urls import reverse

from accounts import second_factor
from accounts.models import User
from tests.accounts.test_second_factor import code_of
from tests.pages.conftest import PASSWORD


@pytest.mark.parametrize("written", ["13812345678", "138 1234 5678", "+86 138-1234-5678"])
def test_a_phone_is_understood_as_people_write_it(person, sign_in, written):
    response = sign_in(written)
    assert (response.status_code, response.headers["Location"]) == (302, "/")


def test_wrong_password_and_unknown_number_are_answered_alike(person, sign_in):
    wrong = sign_in(password="wrong horse")
    unknown = sign_in("13912345678", "wrong horse")
    assert wrong.status_code == unknown.status_code == 200
    said = [
        re.findall(r'<div role="alert">.*?</div>', r.content.decode(), re.S)
        for r in (wrong, unknown)
    ]
    assert said[0] == said[1] != []


def test_a_number_nobody_could_have_is_named(client, db):
    response = client.post(
        "/accounts/login/", {"login": "12345", "password": "x"}, headers={"Accept-Language": "en"}
    )
    assert "is not a phone number" in response.content.decode()


def test_five_wrong_passwords_lock_the_number(person, sign_in):
    for _attempt in range(5):
        sign_in(password="wrong horse")
    locked = sign_in()
    assert (locked.status_code, locked.headers["Retry-After"]) == (429, "300")
    assert "请在 5 分钟后重试" in locked.content.decode()
    assert "_auth_user_id" not in locked.client.session


def test_too_many_attempts_from_one_address_get_429_in_words(person, sign_in):
    for _attempt in range(30):
        response = sign_in(password="wrong horse")
    response = sign_in()
    assert response.status_code == 429
    assert 0 < int(response.headers["Retry-After"]) <= 60
    assert "尝试次数过多" in response.content.decode()
    assert "请在 1 分钟后重试" in response.content.decode()


def test_somebody_who_may_not_sign_in_is_told_so(person, sign_in):
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert sign_in().headers["Location"] == reverse("account_inactive")


def test_an_unverified_phone_is_verified_by_a_code(person, sign_in, client, texts):
    User.objects.filter(pk=person.pk).update(phone_verified_at=None)
    assert sign_in().headers["Location"] == reverse("account_verify_phone")
    assert "_auth_user_id" not in client.session
    (message,) = texts
    code = message.params["code"]
    assert (message.address, len(code), code in message.body) == ("+8613812345678", 6, True)
    page = client.get(reverse("account_verify_phone")).content.decode()
    assert "138****5678" in page
    assert "13812345678" not in page

    assert client.post(reverse("account_verify_phone"), {"code": code}).headers["Location"] == "/"
    person.refresh_from_db()
    assert person.phone_verified_at is not None


def test_signing_in_twice_within_30_seconds_of_a_code_is_429_not_500(
    person, sign_in, client, texts
):
    User.objects.filter(pk=person.pk).update(phone_verified_at=None)
    sign_in()
    client.post(reverse("account_logout"))
    response = sign_in()
    assert response.status_code == 429
    assert len(texts) == 1


def test_three_wrong_codes_end_the_attempt(person, sign_in, client, texts):
    User.objects.filter(pk=person.pk).update(phone_verified_at=None)
    sign_in()
    right = texts[0].params["code"]
    wrong = "000000" if right != "000000" else "111111"
    for _attempt in range(3):
        client.post(reverse("account_verify_phone"), {"code": wrong})
    client.post(reverse("account_verify_phone"), {"code": right})
    assert "_auth_user_id" not in client.session


def test_the_second_factor_is_asked_for_and_each_code_works_once(person, sign_in, client):
    new = second_factor.set_up(user=person)
    code = code_of(new.secret)
    assert sign_in().headers["Location"] == reverse("mfa_authenticate")
    assert "_auth_user_id" not in client.session
    assert client.post(reverse("mfa_authenticate"), {"code": code}).headers["Location"] == "/"
    assert client.session["_auth_user_id"] == str(person.pk)

    client.post(reverse("account_logout"))
    # allauth forgets a used code after 30 seconds, while it stays valid for 90.
    cache.delete(f"allauth.mfa.totp.used?user={person.pk}&code={code}")
    sign_in()
    again = client.post(reverse("mfa_authenticate"), {"code": code})
    assert again.status_code == 200
    assert "_auth_user_id" not in client.session


def test_a_recovery_code_stands_in_once(person, sign_in, client):
    new = second_factor.set_up(user=person)
    for expected in (302, 200):
        sign_in()
        answer = client.post(reverse("mfa_authenticate"), {"code": new.recovery_codes[0]})
        assert answer.status_code == expected
        client.post(reverse("account_logout"))


def test_staff_go_to_the_back_office(person, sign_in):
    User.objects.filter(pk=person.pk).update(is_staff=True)
    assert sign_in().headers["Location"] == reverse("admin:index")


@pytest.mark.django_db(transaction=True)  # the session learns of it on commit
def test_setting_up_the_second_factor_opens_the_back_office_at_once(person, sign_in, client):
    User.objects.filter(pk=person.pk).update(is_staff=True)
    sign_in()
    assert client.get(reverse("admin:index")).status_code == 302
    activate = reverse("mfa_activate_totp")
    confirm = client.get(activate).headers["Location"]
    client.post(confirm, {"password": PASSWORD})
    secret = client.get(activate).context["form"].secret
    assert client.post(activate, {"code": code_of(secret)}).headers["Location"] == reverse(
        "mfa_view_recovery_codes"
    )
    assert client.get(reverse("admin:index")).status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "/accounts/email/",
        "/accounts/confirm-email/",
        "/accounts/password/reset/",
        "/accounts/password/reset/key/1-abc/",
        "/accounts/phone/change/",
        "/accounts/login/code/",
    ],
)
def test_doors_we_did_not_open_are_closed(client, person, address):
    client.force_login(person)
    assert client.get(address).status_code == 404
    assert client.post(address).status_code == 404


def test_forgotten_passwords_are_explained(client, db):
    assert client.get(reverse("password_help")).status_code == 200
