"""Ten megabytes of NULs at every door, and markup in every name."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import ServiceClient
from common.clock import now
from notices.models import Announcement, Notice
from tests.desk.signing_in import sign_in, staff
from tests.notices.making import (
    make_announced,
    make_customer,
    make_officer,
    make_organization,
    plan,
)

pytestmark = pytest.mark.django_db
HUGE = b"\x00" * 10_000_000
MARKUP = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&"


@pytest.mark.parametrize(
    "content_type", ["application/x-www-form-urlencoded", "application/json", "text/plain"]
)
@pytest.mark.parametrize(
    "address",
    [
        "/accounts/login/",
        "/language/",
        "/admin/",
        "/admin/login/",
        "/api/v1/access",
        "/inbox/",
        "/report/",
        "/report/x/",
        "/reports/new/",
        "/api/v1/reports",
    ],
)
def test_a_body_of_ten_megabytes_is_refused(address, content_type):
    browser = Client(raise_request_exception=False)
    answer = browser.post(address, HUGE, content_type=content_type)
    # A form sent as something else is an empty form, which is shown again.
    lowest = 200 if content_type == "text/plain" else 300
    assert lowest <= answer.status_code < 500, answer.status_code


def test_a_form_of_ten_megabytes_is_refused_at_the_desk():
    _officer, browser = staff("compliance")
    browser.raise_request_exception = False
    field = {"reason_en": "\x00" * 10_000_000}
    answer = browser.post("/admin/notices/servicechange/add/", field)
    assert answer.status_code == 400


def test_a_token_of_ten_megabytes_is_refused(client):
    ServiceClient.issue(name="gateway", scopes=["access:read"], created_by=make_officer())
    answer = client.get(
        "/api/v1/access", headers={"Authorization": "Bearer aps_" + "x" * 10_000_000}
    )
    assert answer.status_code == 401


def assert_harmless(answer):
    assert answer.status_code == 200, answer.status_code
    assert "<script>alert" not in answer.text
    assert "<img src=x" not in answer.text
    return answer


@pytest.fixture
def marked():
    """A world in which everybody and everything is called by markup."""
    person, own = make_customer(name=MARKUP, contact_email="marked@example.com")
    company = make_organization(person, name=MARKUP)
    change = make_announced(
        own,
        company,
        title_zh_hans=MARKUP,
        title_en=MARKUP,
        reason_zh_hans=MARKUP,
        reason_en=MARKUP,
    )
    plan(company, service=change.service, title_en=MARKUP, reason_en=MARKUP)
    return person, company, change


def test_names_are_text_on_the_desk(marked):
    person, company, change = marked
    _supervisor, browser = staff("supervisor", name=MARKUP)
    notice = Notice.objects.first()
    for address in (
        "/admin/",
        "/admin/search/?q=script",
        "/admin/accounts/user/",
        f"/admin/accounts/user/{person.pk}/change/",
        "/admin/accounts/account/",
        f"/admin/accounts/account/{company.pk}/change/",
        f"/admin/accounts/account/{company.pk}/history/",
        "/admin/notices/servicechange/",
        f"/admin/notices/servicechange/{change.pk}/change/",
        f"/admin/notices/servicechange/{change.pk}/history/",
        reverse("admin:notices_servicechange_withdraw") + f"?pks={change.pk}",
        f"/admin/notices/notice/{notice.pk}/change/",
        f"/admin/notices/announcement/{Announcement.objects.first().pk}/change/",
    ):
        assert_harmless(browser.get(address, follow=True))


def test_names_are_text_on_the_customer_s_pages(marked):
    person, company, _change = marked
    person.phone_verified_at = now()
    person.save()
    browser = sign_in(person, "password")
    notice = Notice.objects.of(person).first()
    announcement = Announcement.objects.first()
    for address in (
        "/",
        f"/account/{company.public_id}/",
        "/inbox/",
        f"/inbox/{notice.public_id}/",
        "/announcements/",
        f"/announcements/{announcement.public_id}/",
        "/settings/",
    ):
        assert_harmless(browser.get(address, follow=True))
