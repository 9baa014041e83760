"""What a change leaves alone: other keys, models, regions, and members' own accounts."""

import pytest

from accounts.models import ApiKey
from common.clock import now
from notices import announced
from notices.exceptions import NotReady
from tests.accounts.making import make_key, make_model, make_region, make_service
from tests.notices.making import (
    make_customer,
    make_officer,
    make_organization,
    plan,
    propose,
)
from tests.stories.telling import decided, fresh, told, work

pytestmark = pytest.mark.django_db


@pytest.fixture
def company():
    ann, _own = make_customer(name="Ann", contact_email="ann@example.com", language="en")
    bob, _his = make_customer(name="Bob", contact_email="bob@example.com", language="en")
    company = make_organization(ann, name="Example Ltd")
    company.memberships.create(user=bob, role="developer")
    return company


def in_effect(clock, change):
    work()
    clock.set(change.effective_at)
    work()
    return fresh(change)


def test_an_organizations_keys_are_denied_later_ones_too_and_members_own_work(
    clock, mailbox, phone_messages, gateway, company
):
    ann = company.memberships.get(role="owner").user
    bob = company.memberships.get(role="developer").user
    service, other = make_service(), make_service("text-generation")
    theirs = [
        ApiKey.issue(account=company, created_by=person, name="k")[0] for person in (ann, bob)
    ]
    own = [make_key(person.personal_account) for person in (ann, bob)]

    change = in_effect(clock, decided(company, service=None))

    later, _secret = ApiKey.issue(account=company, created_by=bob, name="later")
    for key in (*theirs, later):
        for asked in (service, other):
            answer = gateway(key, asked)
            assert (answer["decision"], answer["code"]) == ("deny", "restricted")
    for key in own:
        assert gateway(key, service)["decision"] == "allow"
    # Owners and administrators are told; a developer is not.
    assert len(told(ann, "in_effect")) == 1
    assert told(bob, "in_effect") == []
    assert change.state == "complete"

    announced.lift(change=change, lifted_by=make_officer(), reason="Put right", at=now())
    assert gateway(later, other)["decision"] == "allow"


def test_a_usage_limit_is_answered_to_the_gateway(clock, mailbox, gateway, company):
    service = make_service()
    key = make_key(company.memberships.get(role="owner").user.personal_account)
    limited, _secret = ApiKey.issue(
        account=company, created_by=company.memberships.first().user, name="k"
    )
    limits = {"requests_per_minute": 60, "concurrent_requests": 2}
    change = in_effect(clock, decided(company, kind="usage_limit", service=service, limits=limits))
    answer = gateway(limited, service)
    assert (answer["decision"], answer["limits"]) == ("limit", limits)
    assert gateway(key, service)["decision"] == "allow"
    [_ahead, (subject, letter)] = mailbox.to("ann@example.com")
    assert "limited" in subject
    assert "60" in letter

    announced.lift(change=change, lifted_by=make_officer(), reason="Enough", at=now())
    assert gateway(limited, service)["decision"] == "allow"


def test_a_suspension_of_one_key_leaves_the_others(clock, mailbox, gateway, company):
    service = make_service()
    ann = company.memberships.get(role="owner").user
    leaked, _secret = ApiKey.issue(account=company, created_by=ann, name="leaked")
    kept, _secret = ApiKey.issue(account=company, created_by=ann, name="kept")
    change = in_effect(clock, decided(company, service=None, api_keys=[leaked]))
    assert gateway(leaked, service)["decision"] == "deny"
    assert gateway(kept, service)["decision"] == "allow"
    assert "1 API key" in mailbox.to("ann@example.com")[0][1]

    announced.lift(change=change, lifted_by=make_officer(), reason="Renewed", at=now())
    assert gateway(leaked, service)["decision"] == "allow"


@pytest.mark.usefixtures("in_english")
def test_a_key_of_somebody_else_is_refused_before_it_is_proposed(company):
    _eve, account = make_customer()
    with pytest.raises(NotReady, match="not chosen"):
        propose(plan(company, api_keys=[make_key(account)]))


def test_a_model_and_a_region_are_what_they_have_in_common(clock, mailbox, gateway, company):
    service = make_service()
    painter, drawer = make_model(service), make_model(service, slug="drawer-1")
    south, north = make_region(), make_region("cn-north")
    key, _secret = ApiKey.issue(
        account=company, created_by=company.memberships.first().user, name="k"
    )
    in_effect(clock, decided(company, service=service, model=painter, region=south))

    def decision(model, region):
        return gateway(key, service, model=model, region=region)["decision"]

    assert decision(painter, south) == "deny"
    assert decision(painter, north) == "allow"
    assert decision(drawer, south) == "allow"
    # Asked about the service as a whole, one part of it does not speak for the rest.
    assert gateway(key, service)["decision"] == "allow"
