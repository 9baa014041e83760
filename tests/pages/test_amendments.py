"""A new version on the customer's pages: read ahead, accepted, objected to, taken back."""

import uuid

import pytest
from django.urls import reverse

from accounts import amendments, consent
from accounts.models import (
    Acceptance,
    Account,
    AgreementVersion,
    Membership,
    Objection,
    ServiceUse,
)
from common import clock
from tests.accounts.conftest import ungated  # noqa: F401 -- fixture
from tests.accounts.making import (
    make_account,
    make_key,
    make_model,
    make_person,
    make_service,
    restrict,
)


@pytest.fixture
def account(ungated, terms, person):  # noqa: F811 -- the fixture
    account = Account.objects.create(kind="personal", holder=person, name="Li Hua")
    Membership.objects.create(user=person, account=account, role="owner")
    consent.accept(
        user=person,
        account=account,
        text=terms.text_in("en"),
        method=Acceptance.Method.PAGE,
        ip_address=None,
        user_agent="",
        at=clock.now(),
    )
    return account


@pytest.fixture
def new(account, terms):
    from accounts import agreements

    for language in ("zh-hans", "en"):
        source = f"{terms.text_in(language).source}\n".encode()
        agreements.import_text(slug="terms", source=source, number=2, language=language)
    version = AgreementVersion.objects.get(number=2)
    amendments.offer(change=uuid.uuid4(), version_id=version.pk)
    return version


@pytest.fixture
def visit(ungated, client, person):  # noqa: F811
    client.force_login(person)

    def visit(address, data=None):
        response = client.get(address) if data is None else client.post(address, data, follow=True)
        assert response.status_code == 200
        return " ".join(response.content.decode().split())

    return visit


def address(name, account, number=2):
    return reverse(name, args=[account.public_id, "terms", number])


def home(account):
    return reverse("account", args=[account.public_id])


def bring_into_force(version, account):
    amendments.bring_into_force(
        change=version.offerings.get().change,
        version_id=version.pk,
        opened={account.pk: clock.now()},
    )


def test_the_account_page_says_which_version_is_in_force_and_which_is_ahead(visit, account, new):
    found = visit(home(account))

    assert "version 1, in force since" in found
    assert "version 2: read, accept or object" in found
    assert address("answer_version", account) in found


def test_the_account_page_says_what_made_a_version_bind(visit, account, new):
    assert "accepted" in visit(home(account))
    bring_into_force(new, account)
    assert "by notice; not used since" in visit(home(account))
    service, used_at = make_service(), clock.now()
    ServiceUse.objects.create(
        account=account, service=service, first_used_at=used_at, last_used_at=used_at
    )
    amendments.record_continued_use(at=clock.now())
    page = visit(home(account))
    assert f"accepted by going on to use {service}" in page
    assert "not used since" not in page


def test_an_announced_version_is_read_without_signing_in(client, new):
    page = client.get("/agreements/terms/2/", headers={"Accept-Language": "en"}).content.decode()

    assert "not in force yet" in page
    assert b"not in force yet" not in client.get("/agreements/terms/").content


def test_the_owner_accepts_ahead(visit, account, new):
    page = visit(address("answer_version", account))
    assert new.text_in("en").sha256 in page

    data = {"text": new.text_in("en").pk, "agreed": "on"}
    found = visit(address("answer_version", account), data)

    assert "Version 2 is accepted" in found
    assert "version 2: accepted ahead" in found
    assert "version 1, in force since" in found
    bring_into_force(new, account)
    assert "version 2, in force since" in visit(home(account))


def test_the_owner_objects_knowing_what_follows_and_takes_it_back(visit, account, new):
    make_service()
    assert "From that date on all services of the account stop" in visit(
        address("object_to_version", account)
    )
    unread = visit(address("object_to_version", account), {"reason": "Too dear"})
    assert "What follows" in unread
    assert not Objection.objects.exists()

    found = visit(address("object_to_version", account), {"reason": "Too dear", "understood": "on"})
    assert "Your objection is recorded" in found
    assert "version 2: objected" in found
    assert (Objection.objects.get().reason, Objection.objects.get().ip_address) == (
        "Too dear",
        "127.0.0.1",
    )

    bring_into_force(new, account)
    withheld = visit(home(account))
    assert "Access is withheld since" in withheld
    assert "Close the account…" in withheld
    assert 'href="/leave/"' in withheld
    assert account.public_id in withheld

    page = visit(address("answer_version", account))
    assert "Accepting it takes the objection back" in page
    found = visit(
        address("answer_version", account), {"text": new.text_in("en").pk, "agreed": "on"}
    )
    assert "version 2, in force since" in found
    assert "withheld" not in found


def test_a_refusal_is_shown(visit, account, new):
    bring_into_force(new, account)

    found = visit(address("object_to_version", account), {"understood": "on"})

    assert "is in force for the account already" in found


def test_members_who_are_no_owner_only_read(visit, client, account, new):
    developer = make_person(language="en")
    account.memberships.create(user=developer, role="developer")
    client.force_login(developer)

    for name in ("answer_version", "object_to_version"):
        found = visit(address(name, account))
        assert "Only an owner of this account can accept or object" in found
        assert "<button>" not in found.partition("<main")[2]


@pytest.mark.parametrize("name", ["answer_version", "object_to_version"])
def test_other_accounts_and_versions_are_not_there(client, account, new, person, name):
    client.force_login(person)

    assert client.get(address(name, make_account())).status_code == 404
    assert client.get(address(name, account, 1)).status_code == 404
    client.logout()
    assert client.get(address(name, account)).headers["Location"].startswith("/accounts/login/")


def test_limits_are_said_in_words(visit, account, clock):
    make_service()
    restrict(
        account, measure="limit", limits={"tokens_per_day": 1_000_000, "requests_per_minute": 60}
    )
    clock.advance(seconds=1)

    found = visit(home(account))

    assert "Image generation: limited since" in found
    assert "at most 60 requests per minute, at most 1,000,000 tokens per day" in found
    assert ">limited<" in found


@pytest.mark.parametrize(
    ("measure", "words"),
    [
        ("terminate", "Image generation: ended on"),
        ("disable", "The account is disabled since"),
    ],
)
def test_what_does_not_come_back_says_so(visit, account, clock, measure, words):
    make_service()
    restrict(account, measure=measure)
    clock.advance(seconds=1)

    assert words in visit(home(account))


def test_restrictions_of_single_models_and_keys_are_shown_apart(visit, account, clock):
    service = make_service()
    restrict(account, model=make_model(service))
    key = make_key(account)
    restrict(account, api_key=key)
    clock.advance(seconds=1)

    found = visit(home(account))

    assert "<strong>painter-2</strong>: suspended" in found
    assert f"<strong>all services · {key}</strong>: suspended" in found
    assert ">works<" in found
