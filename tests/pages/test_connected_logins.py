"""Logins elsewhere: connected with consent, used, disconnected (clause 1.2.3). The provider is
a real one on this machine."""

import json
import logging
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from allauth.socialaccount.models import SocialAccount
from django.contrib.sessions.models import Session
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from accounts import connected_logins, leaving, second_factor
from accounts.models import ConnectedLogin, ConnectionConsent, ConnectionConsentEnd, User
from common import clock as house_clock
from notices.models import Letter
from tests.accounts.making import make_person
from tests.accounts.test_second_factor import code_of
from tests.desk.signing_in import proved
from tests.plumbing.openid_provider import Provider, configure

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]

LIST = reverse("connected_logins")
CONNECT = reverse("connect_login", args=["acme"])
SIGN_IN = reverse("openid_connect_login", args=["acme"])
BACK = reverse("openid_connect_callback", args=["acme"])
AGREED = {"version": 1, "agreed": "on"}


@pytest.fixture(autouse=True)
def english(settings):
    settings.LANGUAGE_CODE = "en"


@pytest.fixture
def li(person, client):
    proved(person, client)
    return person


def followed(client, answer):
    """What our page says once the provider sent the browser back."""
    assert answer.status_code == 302, answer.content
    there = requests.get(answer.headers["Location"], allow_redirects=False, timeout=5)
    back = urlsplit(there.headers["Location"])
    assert back.path == BACK
    return client.get(f"{back.path}?{back.query}")


def connect(client):
    return followed(client, client.post(CONNECT, AGREED))


def come_back(client):
    return followed(client, client.post(SIGN_IN))


def said(client, answer):
    return client.get(answer.headers["Location"]).content.decode()


def everything_kept():
    """All rows that this could have been written to, sessions decoded, as one text."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        )
        tables = [name for (name,) in cursor.fetchall()]
        found = []
        for table in tables:
            if table.startswith(("accounts_", "socialaccount_", "account_", "django_", "mfa_")):
                cursor.execute(f'SELECT row_to_json(t)::text FROM "{table}" t')
                found += [row for (row,) in cursor.fetchall()]
    sessions = [json.dumps(one.get_decoded()) for one in Session.objects.all()]
    return "\n".join([*found, *sessions])


def test_it_is_connected_with_consent_and_used_to_sign_in(client, li, openid):
    page = client.get(CONNECT)
    assert "access and refresh tokens" in page.content.decode()
    answer = connect(client)
    assert "Connected. You can sign in by it" in said(client, answer)
    login = ConnectedLogin.objects.get()
    consent = ConnectionConsent.objects.get()
    assert (login.user, login.consent, login.issuer) == (li, consent, openid.address)
    assert (consent.version, consent.language, consent.scopes) == (1, "en", "openid")
    assert "Acme" in consent.text
    assert SocialAccount.objects.get().extra_data == {}

    browser = Client()
    assert come_back(browser).headers["Location"] == reverse("home")
    assert browser.session["_auth_user_id"] == str(li.pk)
    login.refresh_from_db()
    assert login.last_used_at is not None
    li.refresh_from_db()
    assert li.contact_email == ""


def test_pkce_state_and_nonce_go_along(client, li, openid):
    place = urlsplit(client.post(CONNECT, AGREED).headers["Location"])
    asked = parse_qs(place.query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["scope"] == ["openid"]
    assert asked["redirect_uri"] == [f"http://testserver{BACK}"]
    assert len(asked["nonce"][0]) > 40
    assert len(asked["state"][0]) >= 16


def test_without_consent_nothing_begins(client, li, openid):
    for answer in (client.get(CONNECT), client.post(CONNECT, {"version": 1})):
        assert answer.status_code == 200
    page = client.post(CONNECT, {"version": 2, "agreed": "on"})
    assert "Read it again" in page.content.decode()
    assert not openid.log


def test_connecting_takes_a_recent_proof(client, person, openid):
    client.force_login(person)
    assert client.get(CONNECT).headers["Location"].startswith(reverse("account_reauthenticate"))
    assert Client().get(CONNECT).headers["Location"].startswith(reverse("account_login"))


MISBEHAVIOURS = [
    "wrong nonce",
    "no nonce",
    "wrong audience",
    "expired",
    "alg none",
    "hs256",
    "unsigned key",
    "other issuer",
    "no id token",
    "no access token",
    "refuses",
    "down",
    "not json",
]


@pytest.mark.parametrize("mode", MISBEHAVIOURS)
def test_a_provider_that_misbehaves_connects_nothing(client, li, openid, mode):
    answer = client.post(CONNECT, AGREED)
    there = requests.get(answer.headers["Location"], allow_redirects=False, timeout=5)
    openid.misbehave = mode
    if mode == "refuses":
        there = requests.get(answer.headers["Location"], allow_redirects=False, timeout=5)
    back = client.get(there.headers["Location"])
    assert back.headers["Location"] == LIST
    assert "did not confirm who you are" in said(client, back)
    assert not SocialAccount.objects.exists()
    assert not ConnectionConsent.objects.exists()


@pytest.mark.parametrize("mode", MISBEHAVIOURS)
def test_a_provider_that_misbehaves_signs_nobody_in(client, li, openid, mode):
    connect(client)
    browser = Client()
    answer = browser.post(SIGN_IN)
    openid.misbehave = mode
    there = answer.headers["Location"]
    if mode in ("down", "not json"):
        openid.misbehave = ""
        back = requests.get(there, allow_redirects=False, timeout=5).headers["Location"]
        openid.misbehave = mode
    else:
        back = requests.get(there, allow_redirects=False, timeout=5).headers["Location"]
    assert browser.get(back).headers["Location"] == reverse("account_login")
    assert "_auth_user_id" not in browser.session


@pytest.mark.parametrize("mode", ["other discovery", "down", "not json", "huge"])
def test_a_provider_that_cannot_be_asked_is_told_in_words(client, li, openid, mode):
    openid.misbehave = mode
    answer = client.post(CONNECT, AGREED)
    assert answer.headers["Location"] == LIST
    assert "cannot be reached" in said(client, answer)


def test_a_state_of_another_session_or_used_before_is_refused(client, li, openid):
    answer = client.post(CONNECT, AGREED)
    there = requests.get(answer.headers["Location"], allow_redirects=False, timeout=5)
    back = there.headers["Location"]
    thief = Client()
    assert thief.get(back).headers["Location"] == reverse("account_login")
    assert client.get(back).headers["Location"] == LIST
    assert ConnectedLogin.objects.count() == 1
    assert "did not confirm" in said(client, client.get(back))
    assert client.get(BACK).status_code == 302
    assert client.get(BACK + "?state=x&code=%00").status_code == 302


def test_whoever_signed_in_meanwhile_gets_nothing(client, li, openid):
    answer = client.post(CONNECT, AGREED)
    there = requests.get(answer.headers["Location"], allow_redirects=False, timeout=5)
    session = client.session
    states = session["socialaccount_states"]
    proved(make_person(), client)
    session = client.session
    session["socialaccount_states"] = states
    session.save()
    client.get(there.headers["Location"])
    assert not ConnectedLogin.objects.exists()


def test_a_login_nobody_connected_opens_no_account(client, openid):
    User.objects.create_user(
        "13812345679",
        name="Li",
        contact_email=openid.email,
        contact_email_verified_at=house_clock.now(),
    )
    people = User.objects.count()
    answer = come_back(client)
    assert answer.headers["Location"] == reverse("account_login")
    assert "Nobody connected this login" in said(client, answer)
    assert User.objects.count() == people
    assert not SocialAccount.objects.exists()
    assert "_auth_user_id" not in client.session


def test_a_login_is_connected_with_one_person_only(client, li, openid):
    connect(client)
    browser = proved(make_person(language="en", phone_verified_at=house_clock.now()))
    assert "connected already" in said(browser, connect(browser))
    assert ConnectedLogin.objects.get().user == li
    openid.subject = "subject-2"
    assert "of this provider already" in said(client, connect(client))


def test_the_same_name_at_another_issuer_is_somebody_else(client, li, openid, settings):
    connect(client)
    other = Provider()
    try:
        configure(settings, other.entry())
        browser = Client()
        come_back(browser)
        assert "_auth_user_id" not in browser.session
    finally:
        other.close()


def test_the_second_factor_is_asked_for_and_no_token_waits_in_the_session(client, li, openid):
    new = second_factor.set_up(user=li)
    connect(client)
    browser = Client()
    assert come_back(browser).headers["Location"] == reverse("mfa_authenticate")
    assert "_auth_user_id" not in browser.session
    assert_no_token_is_kept(openid)
    browser.post(reverse("mfa_authenticate"), {"code": code_of(new.secret)})
    assert browser.session["_auth_user_id"] == str(li.pk)


@pytest.mark.django_db(transaction=True)  # the session learns of a proof on commit
def test_staff_do_not_get_to_the_desk_without_the_second_factor(client, li, openid):
    connect(client)
    User.objects.filter(pk=li.pk).update(is_staff=True)
    browser = Client()
    come_back(browser)
    answer = browser.get("/admin/")
    assert answer.headers["Location"].startswith(reverse("mfa_activate_totp"))
    second_factor.set_up(user=li)
    assert browser.get("/admin/").status_code == 302
    fresh = Client()
    assert come_back(fresh).headers["Location"] == reverse("mfa_authenticate")
    assert fresh.get("/admin/").headers["Location"].startswith(reverse("account_login"))


def test_somebody_who_may_not_sign_in_does_not(client, li, openid):
    connect(client)
    User.objects.filter(pk=li.pk).update(is_active=False)
    browser = Client()
    assert come_back(browser).headers["Location"] == reverse("account_inactive")
    assert "_auth_user_id" not in browser.session


def assert_no_token_is_kept(openid):
    kept = everything_kept()
    assert openid.issued
    for tokens in openid.issued:
        for name in ("access_token", "refresh_token", "id_token"):
            assert tokens[name] not in kept
    assert openid.email not in kept


def test_tokens_are_kept_encrypted_and_nowhere_in_plain_words(client, li, openid, caplog):
    caplog.set_level(logging.DEBUG)
    connect(client)
    come_back(Client())
    assert_no_token_is_kept(openid)
    login = ConnectedLogin.objects.get()
    assert login.access_token.startswith("testing:")
    assert login.refresh_token.startswith("testing:")
    for tokens in openid.issued:
        assert tokens["access_token"] not in caplog.text
        assert tokens["refresh_token"] not in caplog.text
    assert "Acme" in client.get(LIST).content.decode()
    assert "testing:" not in client.get(LIST).content.decode()


@pytest.mark.parametrize(
    ("sql", "error"),
    [
        ("UPDATE accounts_connectedlogin SET access_token = 'at.a-plain-token'", IntegrityError),
        ("UPDATE accounts_connectedlogin SET refresh_token = 'eyJhbGciOi.e30.c2'", IntegrityError),
        (
            "INSERT INTO socialaccount_socialtoken (account_id, token, token_secret)"
            " VALUES (1, 'a', 'b')",
            DatabaseError,
        ),
        ("UPDATE socialaccount_socialtoken SET token = 'a'", DatabaseError),
        ("DELETE FROM accounts_connectionconsent", DatabaseError),
        ("UPDATE accounts_connectionconsent SET text = ''", DatabaseError),
    ],
)
def test_the_database_takes_no_plain_token(client, li, openid, sql, error):
    connect(client)
    with pytest.raises(error), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_a_token_moved_to_another_row_is_worth_nothing(client, li, openid):
    connect(client)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE accounts_connectedlogin"
            " SET access_token = refresh_token, refresh_token = access_token"
        )
    login = ConnectedLogin.objects.get()
    answer = client.post(reverse("disconnect_login", args=[login.public_id]))
    assert "did not confirm" in said(client, answer)
    assert openid.revoked == []
    assert not ConnectedLogin.objects.exists()


def test_disconnecting_revokes_destroys_and_ends_the_consent(client, li, openid):
    connect(client)
    issued = openid.issued[-1]
    login = ConnectedLogin.objects.get()
    answer = client.post(reverse("disconnect_login", args=[login.public_id]))
    assert "Acme revoked the tokens" in said(client, answer)
    assert openid.revoked == [issued["refresh_token"], issued["access_token"]]
    assert not ConnectedLogin.objects.exists()
    assert not SocialAccount.objects.exists()
    end = ConnectionConsentEnd.objects.get()
    assert (end.why, end.revoked) == ("person", "yes")
    browser = Client()
    come_back(browser)
    assert "_auth_user_id" not in browser.session
    connect(client)
    assert ConnectionConsent.objects.count() == 2


@pytest.mark.parametrize(
    ("mode", "revoked"),
    [("refuses revocation", "failed"), ("no revocation", "not_offered"), ("down", "failed")],
)
def test_a_provider_that_revokes_nothing_keeps_nobody(client, li, openid, mode, revoked):
    connect(client)
    openid.misbehave = mode
    login = ConnectedLogin.objects.get()
    answer = client.post(reverse("disconnect_login", args=[login.public_id]))
    assert "did not confirm" in said(client, answer)
    assert not ConnectedLogin.objects.exists()
    assert ConnectionConsentEnd.objects.get().revoked == revoked


def test_another_persons_connection_is_as_one_that_is_not_there(client, li, openid):
    connect(client)
    login = ConnectedLogin.objects.get()
    stranger = Client()
    stranger.force_login(make_person())
    answers = [
        stranger.post(reverse("disconnect_login", args=[name]))
        for name in (login.public_id, "cln_00000000000000000000")
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert ConnectedLogin.objects.exists()


def test_unknown_providers_are_not_found(client, li, openid):
    for address in (CONNECT, SIGN_IN, BACK):
        there = address.replace("acme", "other")
        assert client.post(there).status_code in (404, 405)
    assert client.get(BACK.replace("acme", "openid_connect")).status_code == 404
    assert client.get(SIGN_IN).status_code == 405


def test_keys_are_rotated_while_it_may_be_stopped(client, li, openid, settings, monkeypatch):
    connect(client)
    settings.FIELD_ENCRYPTION_KEYS = {"new": b"n" * 32, **settings.FIELD_ENCRYPTION_KEYS}

    def killed(*_what, **_more):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr("accounts.connected_logins.encrypt", killed)
        with pytest.raises(KeyboardInterrupt):
            connected_logins.reencrypt()
    assert ConnectedLogin.objects.get().access_token.startswith("testing:")
    assert connected_logins.reencrypt() == 1
    assert connected_logins.reencrypt() == 0
    login = ConnectedLogin.objects.get()
    assert login.access_token.startswith("new:")
    assert login.refresh_token.startswith("new:")
    settings.FIELD_ENCRYPTION_KEYS = {"new": b"n" * 32}
    client.post(reverse("disconnect_login", args=[login.public_id]))
    assert len(openid.revoked) == 2


def test_the_page_to_sign_in_offers_what_is_configured(client, openid, settings):
    assert "Sign in by Acme" in client.get(reverse("account_login")).content.decode()
    policy = client.get(reverse("account_login")).headers["Content-Security-Policy"]
    assert f"form-action 'self' {openid.address}" in policy
    configure(settings)
    assert "Sign in by" not in client.get(reverse("account_login")).content.decode()


def letters_of(person):
    """Which kinds of letter the person was written, the newest last."""
    return list(
        Letter.objects.filter(recipient=person).order_by("pk").values_list("kind", "subject")
    )


def test_people_are_told_of_both(client, li, openid):
    connect(client)
    login = ConnectedLogin.objects.get()
    client.post(reverse("disconnect_login", args=[login.public_id]))
    assert [kind for kind, _subject in letters_of(li)] == [
        "notices.login_connected",
        "notices.login_disconnected",
    ]
    assert all("Acme" in subject for _kind, subject in letters_of(li))


def test_who_leaves_leaves_no_connection_behind(client, li, openid, clock):
    connect(client)
    closing = leaving.leave(person=li, reason="", ip_address=None, at=house_clock.now())
    clock.set(closing.ends_at)
    assert leaving.close_all_due(at=house_clock.now()) == 1
    assert not ConnectedLogin.objects.exists()
    assert not SocialAccount.objects.exists()
    assert ConnectionConsentEnd.objects.get().why == "left"
    assert "notices.login_disconnected" not in dict(letters_of(li))
