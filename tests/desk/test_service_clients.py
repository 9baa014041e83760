"""Staff rotate, bound and end what other systems call the API with, each with a reason."""

import re
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from accounts.models import ClientToken, ServiceClient, TokenUse
from accounts.token_uses import Tally
from common import clock
from tests.accounts.making import make_person
from tests.desk.test_severe_acts import do

pytestmark = pytest.mark.django_db
ACTS = "/admin/accounts/serviceclient/acts"
BOUNDS = {"scopes": ["access:read"], "allowed_addresses": "", "requests_per_minute": "600"}


@pytest.fixture
def gateway():
    return ServiceClient.issue(
        name="gateway",
        scopes=["access:read"],
        created_by=make_person(),
        requests_per_minute=600,
    )[0]


def logged(record):
    return LogEntry.objects.filter(object_id=str(record.pk)).latest("pk").change_message


def test_a_rotation_shows_the_new_token_once_and_says_in_the_log_which(desk, gateway):
    client = desk("supervisor")
    page = do(client, f"{ACTS}/rotate/?pks={gateway.pk}", overlap="24").content.decode()

    secret = re.search(r">(aps_\w+)</textarea>", page)[1]
    old, new = gateway.tokens.order_by("pk")
    assert secret.startswith(new.prefix)
    assert old.expires_at <= clock.now() + timedelta(hours=24)
    assert str(new) in logged(gateway)
    assert secret not in logged(gateway)
    page = client.get(reverse("admin:accounts_serviceclient_change", args=[gateway.pk]))
    assert secret not in page.content.decode()
    assert page.content.decode().count(f"{old.prefix}…") >= 1


def test_a_third_token_is_refused_in_words(desk, gateway):
    client = desk("supervisor")
    do(client, f"{ACTS}/rotate/?pks={gateway.pk}", overlap="24")
    page = do(client, f"{ACTS}/rotate/?pks={gateway.pk}", overlap="24")
    assert page.status_code == 302
    assert "Two tokens of this system work already" in client.get(page["Location"]).content.decode()
    assert gateway.tokens.count() == 2


def test_bounds_are_logged_as_they_were_and_as_they_are(desk, gateway):
    wanted = {**BOUNDS, "allowed_addresses": "203.0.113.9\n2001:db8::1/48, 203.0.113.9"}
    do(desk("supervisor"), f"{ACTS}/bounds/?pks={gateway.pk}", **wanted)

    gateway.refresh_from_db()
    assert gateway.allowed_addresses == ["203.0.113.9/32", "2001:db8::/48"]
    said = logged(gateway)
    assert "from anywhere; 600 requests a minute → " in said
    assert "203.0.113.9/32" in said


@pytest.mark.parametrize(
    "wrong",
    [
        {"allowed_addresses": "gateway.example"},
        {"allowed_addresses": "\n".join(f"10.0.0.{n}" for n in range(101))},
        {"allowed_addresses": "1.2.3.4\x00"},
        {"requests_per_minute": "0"},
        {"requests_per_minute": "10000001"},
        {"requests_per_minute": ""},
        {"scopes": []},
        {"scopes": ["everything"]},
    ],
)
def test_bounds_that_make_no_sense_come_back_with_what_was_typed(desk, gateway, wrong):
    page = do(desk("supervisor"), f"{ACTS}/bounds/?pks={gateway.pk}", **{**BOUNDS, **wrong})
    assert page.status_code == 200
    assert "errorlist" in page.content.decode()
    assert "Leaked on a forum" in page.content.decode()
    gateway.refresh_from_db()
    assert gateway.requests_per_minute == 600


def test_one_of_two_tokens_is_ended(desk, gateway):
    client = desk("supervisor")
    do(client, f"{ACTS}/rotate/?pks={gateway.pk}", overlap="24")
    old, new = gateway.tokens.order_by("pk")
    address = f"/admin/accounts/clienttoken/acts/end/?pks={old.pk}"
    assert f"{new.prefix}… goes on" in client.get(address).content.decode()
    do(client, address)
    assert list(ClientToken.objects.live(clock.now())) == [new]


def test_what_a_client_asked_is_found_from_its_page(desk, gateway):
    tally, at = Tally(), clock.now()
    tally.note(
        token=gateway.tokens.get().pk,
        operation="GET /api/v1/access",
        address="203.0.113.9",
        outcome=TokenUse.Outcome.LET_IN,
        at=at,
    )
    tally.write()
    client = desk("auditor")
    page = client.get(reverse("admin:accounts_serviceclient_change", args=[gateway.pk]))
    link = re.search(r'href="(/admin/accounts/tokenuse/\?[^"]+)"', page.content.decode())[1]
    listed = client.get(link.replace("&amp;", "&")).content.decode()
    assert "GET /api/v1/access" in listed
    assert "203.0.113.9" in listed


@pytest.mark.parametrize("group", ["support", "compliance", "auditor"])
def test_only_supervisors_touch_tokens(desk, gateway, group):
    client = desk(group)
    for address in (f"{ACTS}/rotate/", f"{ACTS}/bounds/", "/admin/accounts/clienttoken/acts/end/"):
        assert client.get(f"{address}?pks={gateway.pk}").status_code == 403


def test_of_a_revoked_system_no_token_works_and_none_can_be_ended(desk, gateway):
    client = desk("supervisor")
    token = gateway.tokens.get()
    page = f"/admin/accounts/clienttoken/{token.pk}/change/"
    listing = "/admin/accounts/serviceclient/"
    assert "End this token…" in client.get(page).content.decode()
    assert f"{token.prefix}…" in client.get(listing).content.decode()

    done = do(client, f"{ACTS}/revoke/?pks={gateway.pk}")
    # Its name is not written with a capital letter, though a sentence begins with it.
    said = client.get(done["Location"]).content.decode()
    assert "gateway is revoked, with every token it has." in said
    assert "End this token…" not in client.get(page).content.decode()
    assert f"{token.prefix}…" not in client.get(listing).content.decode()
