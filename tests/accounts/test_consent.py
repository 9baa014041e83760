"""An account opens once its owner has agreed (1.2.1), and the agreement is evidence."""

from pathlib import Path

import pytest

from accounts import access, agreements, consent
from accounts.exceptions import NotAllowed, NotTheCurrentText
from accounts.models import Acceptance, AgreementText, Condition, Membership
from common import clock
from tests.accounts.making import make_account, make_person, make_service

DATA = Path(__file__).resolve().parents[1] / "data"


@pytest.fixture
def terms(db):
    for language in ("zh-hans", "en"):
        agreements.import_text(
            slug="terms",
            source=(DATA / f"agreement-{language}.txt").read_bytes(),
            number=1,
            language=language,
            publish=True,
        )
    return consent.current_terms()


def accept(account, text, user=None):
    return consent.accept(
        user=user or account.memberships.get(role="owner").user,
        account=account,
        text=text,
        method=Acceptance.Method.PAGE,
        ip_address="192.0.2.7",
        user_agent="Mozilla/5.0 " + "x" * 400,
        at=clock.now(),
    )


def test_access_waits_for_consent_and_opens_with_it(terms):
    account, service = make_account(), make_service()
    assert consent.require(account=account, since=clock.now())
    denied = access.decide(account=account, service=service, at=clock.now())
    assert (denied.allowed, denied.clause) == (False, "1.2.1")
    assert "agree" in denied.reason_in("en")

    acceptance = accept(account, terms.text_in("en"))
    assert access.decide(account=account, service=service, at=clock.now()).allowed
    assert acceptance.text_sha256 == terms.text_in("en").sha256
    assert acceptance.ip_address == "192.0.2.7"
    assert len(acceptance.user_agent) == 300


def test_it_is_required_once_and_not_of_those_who_agreed(terms):
    account = make_account()
    assert consent.require(account=account, since=clock.now())
    assert not consent.require(account=account, since=clock.now())
    accept(account, terms.text_in("en"))
    assert not consent.require(account=account, since=clock.now())
    assert Condition.objects.filter(account=account, cleared_at=None).count() == 0


def test_two_clicks_are_one_acceptance(terms):
    account = make_account()
    first = accept(account, terms.text_in("en"))
    assert accept(account, terms.text_in("en")) == first
    assert Acceptance.objects.count() == 1


@pytest.mark.parametrize("role", ["admin", "billing", "developer", "viewer"])
def test_only_an_owner_binds_an_account(terms, role):
    account, person = make_account(kind="organization"), make_person()
    Membership.objects.create(user=person, account=account, role=role)
    consent.require(account=account, since=clock.now())
    with pytest.raises(NotAllowed):
        accept(account, terms.text_in("en"), user=person)
    assert consent.is_due(account)


def test_a_stranger_binds_nobody(terms):
    with pytest.raises(NotAllowed):
        accept(make_account(), terms.text_in("en"), user=make_person())


def test_a_text_overtaken_while_it_was_read_is_not_agreed_to(terms):
    account = make_account()
    read = terms.text_in("en")
    source = (DATA / "agreement-en.txt").read_bytes().replace(b"a coin a day", b"two coins a day")
    agreements.import_text(slug="terms", source=source, number=2, language="en", publish=True)
    with pytest.raises(NotTheCurrentText):
        accept(account, read)
    assert accept(account, AgreementText.objects.get(version__number=2))
