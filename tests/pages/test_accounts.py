"""The customer's account pages: how each service stands, and whose account it is."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts import consent
from accounts.models import Acceptance, Account, Membership
from common import clock
from tests.accounts.making import make_account, make_service
from tests.notices.making import approve, give_role, make_announced, plan, propose, run_jobs


@pytest.fixture
def organization(person):
    account = Account.objects.create(kind="organization", name="Harbour Ltd")
    Membership.objects.create(user=person, account=account, role="owner")
    return account


@pytest.fixture
def page(client, person):
    client.force_login(person)

    def page(address):
        response = client.get(address)
        assert response.status_code == 200, response.status_code
        return " ".join(response.content.decode().split())

    return page


def of(account):
    return reverse("account", args=[account.public_id])


def test_a_person_with_one_account_sees_it_at_once(client, person, organization):
    client.force_login(person)
    assert client.get("/").headers["Location"] == of(organization)


def test_a_person_with_several_sees_them_all(page, person, organization):
    second = Account.objects.create(kind="personal", holder=person, name="Li Hua")
    Membership.objects.create(user=person, account=second, role="owner")
    make_service()
    found = page("/")
    assert "Harbour Ltd" in found
    assert found.count("works") == 2


def test_a_person_with_none_is_told_so(page):
    assert "You belong to no account" in page("/")


def test_another_tenants_account_looks_like_none(client, person, organization):
    client.force_login(person)
    client.raise_request_exception = False
    theirs = client.get(of(make_account()))
    none = client.get(reverse("account", args=["acc_00000000000000000000"]))
    assert theirs.status_code == none.status_code == 404

    def without_what_differs(response):
        body = response.content.decode()
        for token in ("csrfmiddlewaretoken", 'name="next"'):
            body = "\n".join(line for line in body.splitlines() if token not in line)
        return body

    assert without_what_differs(theirs) == without_what_differs(none)
    for name in ("agree",):
        address = reverse(name, args=[Account.objects.exclude(pk=organization.pk)[0].public_id])
        assert client.get(address).status_code == 404


def test_visitors_are_asked_to_sign_in(client, organization):
    for address in ("/", of(organization), "/settings/", "/inbox/"):
        assert client.get(address).headers["Location"].startswith("/accounts/login/")


def test_a_planned_suspension_says_when_why_and_how_one_was_told(page, person, organization):
    change = make_announced(organization)
    found = page(of(organization))
    assert "Image generation will be suspended on" in found
    assert "Repeated violations" in found
    assert "#1.3" in found
    assert "138****5678" in found
    assert "13812345678" not in found
    assert "stops" in found
    assert change.grounds == ""


def test_nothing_is_shown_before_people_are_told(page, organization):
    change = plan(organization)
    propose(change)
    approve(change)
    found = page(of(organization))
    assert "suspended" not in found
    assert "works" in found


def test_a_suspension_shows_since_until_clause_and_reference(page, organization):
    make_service("text-generation", name_en="Text generation")
    change = plan(
        organization,
        at_once=True,
        grounds="secret grounds",
        effective_at=clock.now(),
        ends_at=clock.now() + timedelta(days=30),
    )
    propose(change)
    approve(change)
    run_jobs()
    restriction = organization.restrictions.get()
    found = page(of(organization))
    assert "Image generation: suspended since" in found
    assert str(restriction.pk) in found
    assert "Repeated violations" in found
    assert "secret grounds" not in found
    assert found.count(">works<") == 1


def test_the_owner_agrees_and_the_account_opens(client, terms, person, organization):
    make_service()
    consent.require(account=organization, since=clock.now())
    client.force_login(person)
    assert b"waits for you" in client.get(of(organization)).content
    address = reverse("agree", args=[organization.public_id])
    shown = client.get(address).content.decode()
    text = terms.text_in("en")
    assert text.sha256 in shown
    assert "A card is yours alone." in shown

    # Neither without the box nor, for an organization, without authority (1.2.2).
    for form in ({"text": text.pk}, {"text": text.pk, "agreed": "on"}):
        client.post(address, form)
        assert not Acceptance.objects.exists()
    client.post(
        address,
        {"text": text.pk, "agreed": "on", "authorised": "on"},
        headers={"User-Agent": "Firefox"},
    )
    acceptance = Acceptance.objects.get()
    assert acceptance.text_sha256 == text.sha256
    assert (acceptance.user_agent, acceptance.ip_address) == ("Firefox", "127.0.0.1")
    assert b"works" in client.get(of(organization)).content


def test_a_viewer_reads_the_terms_but_cannot_agree(client, terms, person, organization):
    give_role(person, "viewer")
    consent.require(account=organization, since=clock.now())
    client.force_login(person)
    address = reverse("agree", args=[organization.public_id])
    assert b"Only an owner" in client.get(address).content
    text = terms.text_in("en")
    client.post(address, {"text": text.pk, "agreed": "on", "authorised": "on"})
    assert not Acceptance.objects.exists()


def test_an_open_page_follows_what_happens(client, person, organization):
    service = make_service()
    address = reverse("account_services", args=[organization.public_id])
    assert client.get(address).status_code == 204
    client.force_login(person)
    assert b"works" in client.get(address).content
    change = plan(
        organization, service=service, at_once=True, grounds="x", effective_at=clock.now()
    )
    propose(change)
    approve(change)
    run_jobs()
    answer = client.get(address).content
    assert b"suspended" in answer
    assert b"<html" not in answer
    theirs = reverse("account_services", args=[make_account().public_id])
    assert client.get(theirs).status_code == 404


def test_every_answer_carries_the_strict_policy(client, person, organization):
    client.force_login(person)
    for address in (of(organization), "/settings/", "/inbox/", "/nowhere/"):
        response = client.get(address)
        assert "default-src 'self'" in response.headers["Content-Security-Policy"]
        body = response.content.decode()
        assert "<script>" not in body
        assert " style=" not in body
