"""Banners: what needs attention by when, the most urgent first."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.models import Membership
from accounts.pages.banners import banners
from common.clock import now
from tests.accounts.making import make_person
from tests.notices.making import make_announced, make_customer, make_organization

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]


@pytest.fixture
def person():
    return make_customer(language="en")


def test_the_most_urgent_comes_first_with_its_zone_clause_and_what_to_do(person, client):
    li, account = person
    company = make_organization(li, name="Harbour Ltd", time_zone="Europe/Berlin")
    make_announced(account, in_days=30)
    make_announced(company, in_days=10, service=None)
    found = banners([account, company], li, now())
    assert [one.account for one in found] == [company, account]
    assert [one.clause for one in found] == ["1.3", "1.3"]
    client.force_login(li)
    page = client.get("/").content.decode()
    assert page.index("Europe/Berlin") < page.index("Asia/Shanghai")
    assert found[0].url in page
    assert "Read the notice" in page


def test_who_was_not_told_is_led_to_whoever_was(person):
    li, _account = person
    company = make_organization(make_person(), name="Harbour Ltd")
    Membership.objects.create(user=li, account=company, role="viewer")
    make_announced(company)
    [banner] = banners([company], li, now())
    assert banner.url == reverse("account", args=[company.public_id])
    assert banner.deadline > now() + timedelta(days=1)


def test_without_anything_ahead_there_is_no_banner(person, client):
    li, account = person
    assert banners([account], li, now()) == []
    client.force_login(li)
    assert b"What needs your attention" not in client.get("/", follow=True).content
