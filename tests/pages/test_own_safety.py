"""Sessions end when the password changes, and people are told of what changed."""

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client
from django.urls import reverse

from accounts import second_factor
from accounts.models import User
from notices.models import Letter, LetterDelivery
from tests.accounts.test_second_factor import code_of
from tests.pages.conftest import PASSWORD

BETTER = "tulpe wagen sieben"


@pytest.fixture
def elsewhere(person):
    """Another browser of the same person."""
    browser = Client(HTTP_USER_AGENT="Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0")
    browser.post("/accounts/login/", {"login": "13812345678", "password": PASSWORD})
    browser.get(reverse("settings"))
    return browser


def change(client, new=BETTER, again=None):
    said = {"oldpassword": PASSWORD, "password1": new, "password2": again or new}
    return client.post(reverse("account_change_password"), said)


def test_a_changed_password_ends_every_other_session_and_is_told(
    person, sign_in, client, elsewhere
):
    sign_in()
    User.objects.filter(pk=person.pk).update(
        contact_email="li@example.com", contact_email_verified_at=person.phone_verified_at
    )
    client.get(reverse("settings"))
    assert elsewhere.get(reverse("settings")).status_code == 200
    assert change(client).status_code == 302
    assert client.get(reverse("settings")).status_code == 200
    assert elsewhere.get(reverse("settings")).status_code == 302
    client.get(reverse("usersessions_list"))
    assert UserSession.objects.filter(user=person).count() == 1

    letter = Letter.objects.get()
    assert (letter.kind, letter.recipient) == ("notices.password_changed", person)
    assert "every other device was signed out" in letter.body
    assert set(LetterDelivery.objects.values_list("channel", flat=True)) == {"email", "sms"}
    change(client, new="another quiet window")
    assert Letter.objects.count() == 1  # the old password was wrong by then


def test_a_weak_new_password_is_refused_and_changes_nothing(person, sign_in, client):
    sign_in()
    page = change(client, new="password1234").content.decode()
    assert "too easy to guess" in page
    person.refresh_from_db()
    assert person.check_password(PASSWORD)
    assert not Letter.objects.exists()
    assert "hx-post" in page


def test_one_session_is_ended_and_nobody_elses(person, sign_in, client, elsewhere):
    sign_in()
    client.get(reverse("settings"))
    stranger = User.objects.create_user("13912345678", PASSWORD, name="x")
    other = Client()
    other.force_login(stranger)
    other.get(reverse("settings"))
    theirs = UserSession.objects.get(user=stranger)
    own = UserSession.objects.filter(user=person).exclude(session_key=client.session.session_key)
    client.post(reverse("usersessions_end", args=[theirs.pk]))
    assert other.get(reverse("settings")).status_code == 200
    page = client.get(reverse("usersessions_list")).content.decode()
    assert reverse("usersessions_end", args=[own.get().pk]) in page
    client.post(reverse("usersessions_end", args=[own.get().pk]))
    assert elsewhere.get(reverse("settings")).status_code == 302
    here = UserSession.objects.get(session_key=client.session.session_key)
    client.post(reverse("usersessions_end", args=[here.pk]))
    assert client.get(reverse("settings")).status_code == 200
    assert client.get(reverse("usersessions_end", args=[here.pk])).status_code == 405


def kinds():
    return list(Letter.objects.order_by("pk").values_list("kind", flat=True))


@pytest.mark.django_db(transaction=True)  # the news comes on commit
def test_changes_of_the_second_factor_are_told(person, sign_in, client):
    sign_in()
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    activate = reverse("mfa_activate_totp")
    secret = client.get(activate).context["form"].secret
    client.post(activate, {"code": code_of(secret)})
    assert kinds() == ["notices.second_factor_on"]
    client.post(reverse("mfa_generate_recovery_codes"))
    assert kinds()[1:] == ["notices.recovery_codes_new"]
    assert second_factor.has_one(person)
    client.post(reverse("mfa_deactivate_totp"))
    assert kinds()[-1] == "notices.second_factor_off"
