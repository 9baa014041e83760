"""From the e-mailed link to the back office."""

import pytest
from django.urls import reverse

from accounts import staff
from accounts.models import User
from common import clock
from tests.accounts.making import make_person
from tests.accounts.test_second_factor import code_of
from tests.pages.conftest import PASSWORD
from tests.pages.outbox import link_in_last_mail


@pytest.fixture
def link(db, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        staff.invite(
            email="anna@example.com",
            name="Anna",
            groups=[],
            invited_by=make_person(is_staff=True, name="Boss"),
            at=clock.now(),
        )
    return link_in_last_mail(r"http://testserver(\S+)")


def form(**changed):
    return {"phone": "13912345678", "password": PASSWORD, "again": PASSWORD, **changed}


@pytest.mark.django_db(transaction=True)  # the session learns of the second factor on commit
def test_the_whole_way(client, link, texts):
    assert b"Anna" in client.get(link).content
    assert client.post(link, form()).headers["Location"] == reverse("account_verify_phone")
    assert client.get(reverse("admin:index")).status_code == 302
    code = texts[0].params["code"]
    activate = client.post(reverse("account_verify_phone"), {"code": code}).headers["Location"]
    assert activate == reverse("mfa_activate_totp")
    assert client.get(reverse("admin:index")).status_code == 302  # no door around it
    secret = client.get(activate).context["form"].secret
    client.post(activate, {"code": code_of(secret)})
    assert client.get(reverse("admin:index")).status_code == 200
    client.post(reverse("account_logout"))
    assert client.get(link).status_code == 410


@pytest.mark.parametrize(
    "wrong",
    [
        {"again": "other horse battery"},
        {"password": "1234567890", "again": "1234567890"},
        {"phone": "1"},
    ],
)
def test_what_is_wrong_is_said_and_the_link_stays_good(client, link, wrong):
    answer = client.post(link, form(**wrong))
    assert answer.status_code == 200
    assert b"errorlist" in answer.content
    assert not User.objects.filter(phone="+8613912345678").exists()
    assert client.get(link).status_code == 200


def test_a_made_up_link_is_void(client, db):
    assert client.get(reverse("staff_invitation", args=["x" * 43])).status_code == 410


def test_somebody_signed_in_is_asked_to_sign_out_first(client, link, person):
    client.force_login(person)
    assert client.post(link, form()).status_code == 403
    assert not User.objects.filter(phone="+8613912345678").exists()
