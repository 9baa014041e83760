"""Pages of API keys: shown once, rotated, revoked, handed over (2.2.2)."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils.timezone import localdate

from accounts import credentials
from accounts.models import ApiKey, Transfer
from common.clock import now
from tests.accounts.making import make_person, make_service
from tests.desk.signing_in import proved
from tests.notices.making import make_organization

SECRET = re.compile(r"apq_[0-9a-z]{8}_[0-9a-z]{38}")


@pytest.fixture
def lab(person):
    return make_organization(person, name="Lab")


@pytest.fixture
def browser(client, person):
    client.force_login(person)
    return client


def of(account, page=""):
    return f"/account/{account.public_id}/keys/{page}"


def word(page):
    return re.findall(r'name="once" value="([^"]+)"', page.text)[0]


def ends_in(key):
    return key.expires_at - now()


def created(browser, lab, **values):
    page = browser.get(of(lab, "new/"))
    asked = {"once": word(page), "name": "server", "expires": "90", **values}
    return asked, browser.post(of(lab, "new/"), asked)


def test_a_key_is_shown_once_and_kept_by_nobody(browser, lab):
    asked, shown = created(browser, lab)
    [secret] = set(SECRET.findall(shown.text))
    assert ApiKey.objects.get().digest == credentials.digest(secret)
    assert shown.headers["Cache-Control"].startswith("no-store, private")
    # Sent again, by a reload, the back button or a second click: no second key.
    again = browser.post(of(lab, "new/"), asked, follow=True)
    assert "was sent before" in again.text
    assert ApiKey.objects.count() == 1
    for page in (again, browser.get(of(lab))):
        assert secret not in page.text
        assert ApiKey.objects.get().prefix in page.text


def test_services_and_end(browser, lab):
    make_service("text-generation", name_en="Text generation")
    make_service("speech", name_en="Speech")
    day = localdate(now() + timedelta(days=3))
    created(browser, lab, services=["speech"], expires="day", expires_on=day.isoformat())
    key = ApiKey.objects.get()
    assert [one.slug for one in key.services.all()] == ["speech"]
    assert timedelta(days=3) < ends_in(key) <= timedelta(days=4, hours=12)
    assert "Speech" in browser.get(of(lab)).text
    created(browser, lab, expires="")
    assert ApiKey.objects.filter(expires_at=None).count() == 1


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"name": ""}, "required"),
        ({"name": "a\x00"}, "Null characters"),
        ({"name": "x" * 81}, "at most 80"),
        ({"expires": "7"}, "valid choice"),
        ({"expires": "day"}, "Choose the last day"),
        ({"expires": "day", "expires_on": "2020-01-01"}, "from today on"),
        ({"expires": "day", "expires_on": "9999-12-31"}, "from today on"),
        ({"services": ["x"]}, "valid choice"),
        ({"services": ["\x00"]}, "Null characters"),
        ({"once": ""}, "form is incomplete"),
    ],
)
def test_a_mistake_makes_no_key_and_can_be_mended(browser, lab, wrong, says):
    _asked, answer = created(browser, lab, **wrong)
    assert answer.status_code == 200
    assert says in answer.text
    assert not ApiKey.objects.exists()


def test_after_a_refusal_the_same_form_may_be_sent_again(browser, lab, settings):
    settings.API_KEYS_PER_ACCOUNT = 0
    asked, answer = created(browser, lab)
    assert "as many as it may" in answer.text
    settings.API_KEYS_PER_ACCOUNT = 5
    assert SECRET.search(browser.post(of(lab, "new/"), asked).text)


def test_rotating(browser, lab):
    created(browser, lab)
    old = ApiKey.objects.get()
    page = browser.get(of(lab, f"{old.public_id}/rotate/"))
    asked = {"once": word(page), "overlap": "7", "expires": ""}
    shown = browser.post(of(lab, f"{old.public_id}/rotate/"), asked)
    assert SECRET.search(shown.text)
    assert "no-store" in shown.headers["Cache-Control"]
    assert (
        "was sent before"
        in browser.post(of(lab, f"{old.public_id}/rotate/"), asked, follow=True).text
    )
    old.refresh_from_db()
    assert abs(ends_in(old) - timedelta(days=7)) < timedelta(minutes=1)
    for overlap in ("31", "-1", "x"):
        asked = {**asked, "once": f"other{overlap}", "overlap": overlap}
        answer = browser.post(of(lab, f"{old.public_id}/rotate/"), asked)
        assert "valid choice" in answer.text
    assert ApiKey.objects.count() == 2


def test_revoking_takes_a_reason_and_a_second_look(browser, lab):
    created(browser, lab)
    key = ApiKey.objects.get()
    page = of(lab, f"{key.public_id}/revoke/")
    assert "never works again" in browser.get(page).text
    assert "required" in browser.post(page, {}).text
    key.refresh_from_db()
    assert key.revoked_at is None
    assert "is revoked" in browser.post(page, {"reason": "seen"}, follow=True).text
    assert "works no more" in browser.post(page, {"reason": "again"}).text


def test_keys_of_other_accounts_are_not_there(browser, lab):
    theirs = make_organization(make_person(), name="Theirs")
    owner = theirs.memberships.get().user
    key, _secret = ApiKey.issue(account=theirs, created_by=owner, name="x")
    proved(lab.memberships.get().user, browser)
    for act in ("rotate", "revoke", "hand-over"):
        assert browser.get(of(lab, f"{key.public_id}/{act}/")).status_code == 404
        assert browser.post(of(lab, f"{key.public_id}/{act}/"), {}).status_code == 404


def test_who_has_no_password_gets_one_by_phone_and_a_second_proof(browser, lab):
    person = lab.memberships.get().user
    person.set_unusable_password()
    person.save()
    browser.force_login(person)
    created(browser, lab)
    page = of(lab, f"{ApiKey.objects.get().public_id}/hand-over/")
    answer = browser.get(page)
    assert answer.headers["Location"] == reverse("password_forgotten")
    assert "Set a password first" in browser.get(answer.headers["Location"]).text
    assert browser.post(page, {"reason": "x"}).status_code == 302
    assert not Transfer.objects.exists()


def test_handing_over_is_asked_for_and_the_other_side_answers(browser, client, lab):
    other = make_person(language="en")
    theirs = make_organization(other, name="Theirs")
    created(browser, lab)
    key = ApiKey.objects.get()
    page = of(lab, f"{key.public_id}/hand-over/")
    assert browser.get(page).headers["Location"].startswith(reverse("account_reauthenticate"))
    proved(lab.memberships.get().user, browser)
    for wrong in ("acc_00000000000000000000", lab.public_id, "x", "\u202e"):
        answer = browser.post(page, {"to_account": wrong, "reason": "sold"})
        assert "no account of that identifier" in answer.text
    browser.post(page, {"to_account": theirs.public_id, "reason": "sold"})
    transfer = Transfer.objects.get()
    client.force_login(other)
    one = f"/account/{theirs.public_id}/transfers/{transfer.public_id}/"
    assert "Nothing is agreed to yet" in client.post(one, {"act": "agree"}, follow=True).text
    assert not Transfer.objects.to_propose().exists()
    proved(other, client)
    assert "our staff decide" in client.post(one, {"act": "agree"}, follow=True).text
    key.refresh_from_db()
    assert key.account == lab
