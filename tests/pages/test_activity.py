"""Where somebody is signed in: every session has its note, but not every page writes one."""

import time
from types import SimpleNamespace

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client

from accounts import staff
from accounts.pages import activity
from tests.desk.signing_in import sign_in
from tests.desk.signing_in import staff as make_staff

pytestmark = pytest.mark.django_db

PAGE = "/admin/records/"


@pytest.fixture
def host(monkeypatch):
    """The host's time, as the middleware reads it."""
    moment = SimpleNamespace(at=time.time())
    monkeypatch.setattr(activity, "time", SimpleNamespace(time=lambda: moment.at))
    return moment


def test_a_page_after_another_writes_nothing(host):
    _user, browser = make_staff("support")
    browser.get(PAGE)
    seen = UserSession.objects.get().last_seen_at
    host.at += 59
    browser.get(PAGE)
    assert UserSession.objects.get().last_seen_at == seen
    host.at += 2
    browser.get(PAGE)
    assert UserSession.objects.get().last_seen_at > seen


def test_another_browser_or_address_is_noted_at_once(host):
    _user, browser = make_staff("support")
    browser.get(PAGE, HTTP_USER_AGENT="first")
    browser.get(PAGE, HTTP_USER_AGENT="second")
    assert UserSession.objects.get().user_agent == "second"
    browser.get(PAGE, HTTP_USER_AGENT="second", REMOTE_ADDR="192.0.2.7")
    assert str(UserSession.objects.get().ip) == "192.0.2.7"


def test_a_session_that_goes_on_under_another_key_is_noted_at_once(host):
    _user, browser = make_staff("support")
    browser.get(PAGE)
    session = browser.session
    session.cycle_key()
    browser.cookies["sessionid"] = session.session_key
    browser.get(PAGE)
    assert UserSession.objects.filter(session_key=session.session_key).exists()


def test_ending_somebodys_sessions_leaves_none_out(host):
    user, browser = make_staff("support")
    second = sign_in(user, "password", "mfa", client=Client())
    for _turn in range(2):
        assert browser.get(PAGE).status_code == second.get(PAGE).status_code == 200
    staff.reset_second_factor(user=user)
    assert browser.get(PAGE).status_code == second.get(PAGE).status_code == 302
