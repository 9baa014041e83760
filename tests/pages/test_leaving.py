"""The pages from which people leave and close an organization."""

import re

import pytest
from django.core import mail
from django.urls import reverse

from accounts import leaving
from accounts.models import Account, Closing, Membership
from common.clock import now
from notices import letter_sending
from notices.models import Letter
from tests.accounts.making import make_account, make_person
from tests.notices.making import make_organization
from tests.pages.conftest import PASSWORD


@pytest.fixture
def account(person):
    person.contact_email, person.contact_email_verified_at = "lihua@example.com", now()
    person.save()
    account = Account.objects.create(kind="personal", holder=person, name="Li Hua")
    Membership.objects.create(user=person, account=account, role="owner")
    return account


@pytest.fixture
def signed_in(client, account, sign_in, terms, texts):
    sign_in()
    return client


def prove(client, going_to):
    answer = client.get(going_to)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/accounts/reauthenticate/")
    answer = client.post(answer.headers["Location"], {"password": PASSWORD, "next": going_to})
    assert answer.headers["Location"] == going_to


def words_of(answer):
    """A page but for the token that differs each time it is asked for."""
    return re.sub(r'csrfmiddlewaretoken" value="[^"]*"', "", answer.content.decode())


def test_the_page_says_what_ends_what_is_kept_and_what_binds(signed_in, person):
    make_organization(person, make_person(), name="Star Data")
    page = " ".join(signed_in.get("/leave/").content.decode().split())
    assert "15 whole days" in page
    assert "Star Data" in page
    assert "It lapses" in page or "Nothing lapses" in page
    assert "E-Commerce Law" in page
    assert "The agreement does not end with the account" in page
    assert "/agreements/terms/1/#1.3" in page
    assert "Go on…" in page


def test_who_has_just_signed_in_is_asked_once_more(signed_in, person):
    prove(signed_in, "/leave/ask/")
    assert b"Leave apiqik" in signed_in.get("/leave/ask/").content
    assert not Closing.objects.exists()
    assert signed_in.post("/leave/ask/", {}).status_code == 200
    assert not Closing.objects.exists()
    answer = signed_in.post("/leave/ask/", {"understood": "on", "reason": "done"}, follow=True)
    closing = Closing.objects.get()
    assert closing.reason == "done"
    assert closing.ip_address
    assert closing.public_id in answer.content.decode()


def test_without_the_proof_nothing_is_recorded(signed_in):
    assert signed_in.post("/leave/ask/", {"understood": "on"}).status_code == 302
    assert not Closing.objects.exists()


def test_every_address_is_written_to_and_one_click_takes_it_back(signed_in, person, texts):
    prove(signed_in, "/leave/ask/")
    signed_in.post("/leave/ask/", {"understood": "on"})
    letter_sending.send_due(at=now())
    assert [one.to for one in mail.outbox] == [["lihua@example.com"]]
    assert texts[-1].address == person.phone
    assert "will be closed on" in mail.outbox[-1].subject
    assert re.search(r"Will be closed on .*20\d\d", signed_in.get("/leave/").content.decode())
    assert b"Taken back" in signed_in.post("/leave/back/", follow=True).content
    assert leaving.open_closing_of(person) is None
    assert b"nothing to take back" in signed_in.post("/leave/back/", follow=True).content
    kinds = Letter.objects.filter(recipient=person).order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["notices.closing_asked", "notices.closing_back"]


def test_what_is_in_the_way_is_listed_with_its_link(signed_in, person):
    organization = make_organization(person, name="Star Data")
    page = signed_in.get("/leave/").content.decode()
    assert "last owner of Star Data" in page
    assert reverse("close_account", args=[organization.public_id]) in page
    assert "Go on…" not in page
    prove(signed_in, "/leave/ask/")
    answer = signed_in.post("/leave/ask/", {"understood": "on"})
    assert b"last owner" in answer.content
    assert not Closing.objects.exists()


@pytest.mark.parametrize("name", ["close_account", "close_account_ask", "close_account_back"])
def test_only_owners_of_an_organization_find_its_page(signed_in, person, account, name):
    theirs = make_organization(make_person())
    mine = make_organization(person, role="admin")
    none = "acc_00000000000000000000"
    signed_in.raise_request_exception = False
    send = signed_in.post if name == "close_account_back" else signed_in.get
    missing = send(reverse(name, args=[none]))
    assert missing.status_code == 404
    for other in (theirs, mine, account, make_account()):
        answer = send(reverse(name, args=[other.public_id]))
        assert answer.status_code == 404
        found, absent = (words_of(one).replace(other.public_id, none) for one in (answer, missing))
        assert found == absent


def test_an_owner_closes_an_organization_and_takes_it_back(signed_in, person):
    organization = make_organization(person, name="Star Data")
    about, asking, back = (
        reverse(name, args=[organization.public_id])
        for name in ("close_account", "close_account_ask", "close_account_back")
    )
    assert b"1 membership ends" in signed_in.get(about).content
    prove(signed_in, asking)
    answer = signed_in.post(asking, {"understood": "on"}, follow=True)
    assert b"Will be closed on" in answer.content
    assert Letter.objects.get(recipient=person).account == organization
    assert b"Taken back" in signed_in.post(back, follow=True).content


@pytest.mark.parametrize(
    "reason", ["\x00", "a\ud800", "x" * 2001, "行" * 2001], ids=["nul", "surrogate", "long", "zh"]
)
def test_strange_reasons_are_answered_in_words(signed_in, reason):
    prove(signed_in, "/leave/ask/")
    given = {"understood": "on", "reason": reason}
    if "\ud800" in reason:
        body = b"understood=on&reason=a%ED%A0%80"
        form = "application/x-www-form-urlencoded"
        answer = signed_in.post("/leave/ask/", body, content_type=form)
        assert answer.status_code in (200, 302, 400)
        return
    assert signed_in.post("/leave/ask/", given).status_code == 200
    assert not Closing.objects.exists()


def test_visitors_are_asked_to_sign_in(client, db):
    for address in ("/leave/", "/leave/ask/"):
        assert client.get(address).headers["Location"].startswith("/accounts/login/")
