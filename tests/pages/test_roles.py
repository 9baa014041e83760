"""Every page of an account, opened as every role, does what the table of roles says."""

import pytest

from accounts.models import Membership
from accounts.roles import ROLES, May
from common.clock import now
from tests.accounts.making import make_person
from tests.notices.making import make_organization
from tests.pages.customer_addresses import NOTHING, TAKES, addresses, filled

pytestmark = pytest.mark.django_db
ADDRESSES = sorted(set(addresses()))


@pytest.fixture
def lab():
    return make_organization(make_person(), name="Lab")


def asked(client, address):
    """By GET, or by POST with nothing in it where that is all the page takes."""
    client.raise_request_exception = False
    answer = client.get(address)
    return client.post(address, {}) if answer.status_code == 405 else answer


def test_the_table_names_every_address():
    assert {name for name, _route in ADDRESSES} == set(TAKES)
    assert set(ROLES) == set(May)
    assert all(ROLES.values())


@pytest.mark.parametrize("role", Membership.Role.values)
def test_a_role_opens_what_it_may_and_nothing_else(client, lab, role):
    person = make_person(phone_verified_at=now())
    lab.memberships.create(user=person, role=role)
    client.force_login(person)
    for name, route in ADDRESSES:
        answer = asked(client, filled(route, lab.public_id))
        allowed = role in ROLES[TAKES[name]]
        # What else is named in an address is not there, so 404 is an answer as well.
        named = {400, 404} if "<" in route.replace("<public_id:public_id>", "") else set()
        # These say to nobody else that they are there.
        hidden = {404} if name == "account_name" or name.startswith("close_") else {403}
        fine = {200, 302} | named if allowed else hidden
        assert answer.status_code in fine, (name, role, answer.status_code)
        if allowed and answer.status_code == 302:
            assert "/accounts/login/" not in answer.headers["Location"]


def without_what_differs(answer):
    lines = answer.content.decode().splitlines()
    return [one for one in lines if "csrfmiddlewaretoken" not in one and 'name="next"' not in one]


@pytest.mark.parametrize(("name", "route"), ADDRESSES, ids=[route for _name, route in ADDRESSES])
def test_another_tenants_is_answered_as_what_is_not_there(client, lab, name, route):
    own = make_organization(person := make_person(), name="Own")
    assert own != lab
    client.force_login(person)
    theirs = asked(client, filled(route, lab.public_id))
    none = asked(client, filled(route, f"acc_{NOTHING}"))
    assert theirs.status_code == none.status_code == 404, name
    assert without_what_differs(theirs) == without_what_differs(none)
    client.logout()
    assert asked(client, filled(route, lab.public_id)).status_code in (204, 302)
