"""Every address of the back office, tried by everybody who must not get in."""

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from accounts import second_factor
from tests.accounts.making import make_person
from tests.desk.signing_in import sign_in, staff


def admin_addresses():
    """One address per pattern below /admin/, with made-up arguments."""
    resolver = next(
        one for one in get_resolver().url_patterns if getattr(one, "app_name", "") == "admin"
    )
    return sorted(set(_walk(resolver, "/admin/")))


def _walk(resolver, prefix):
    for one in resolver.url_patterns:
        route = _filled(str(one.pattern))
        if isinstance(one, URLPattern):
            yield prefix + route
        else:
            yield from _walk(one, prefix + route)


def _filled(route):
    if route.startswith("^"):  # the index of one app
        return "accounts/" if "app_label" in route else ""
    for piece in ("<path:object_id>", "<path:content_type_id>", "<str:name>"):
        route = route.replace(piece, "1")
    return route.replace("(?P<url>.*)$", "nowhere")


ADDRESSES = admin_addresses()


def test_there_is_something_to_try():
    assert len(ADDRESSES) > 60
    assert "/admin/accounts/user/1/change/" in ADDRESSES
    assert "/admin/search/" in ADDRESSES


def kept_out(client, to, status=302):
    """Every address answers with `status`, and leads to `to` if it leads anywhere."""
    inside = []
    for address in ADDRESSES:
        for answer in (client.get(address), client.post(address)):
            location = answer.headers.get("Location", "")
            if answer.status_code != status or not location.startswith(to):
                inside.append((address, answer.status_code, location))
    return inside


@pytest.mark.django_db
def test_anonymous_people_are_sent_to_the_one_sign_in_page():
    assert kept_out(Client(), reverse("account_login")) == []


@pytest.mark.django_db
def test_they_come_back_to_where_they_wanted():
    answer = Client().get("/admin/accounts/user/?q=1")
    assert (
        answer.headers["Location"] == "/accounts/login/?next=%2Fadmin%2Faccounts%2Fuser%2F%3Fq%3D1"
    )


@pytest.mark.django_db
def test_customers_are_refused():
    customer = make_person()
    second_factor.set_up(user=customer)
    assert kept_out(sign_in(customer, "password", "mfa"), "", status=403) == []


@pytest.mark.django_db
@pytest.mark.parametrize("superuser", [False, True])
def test_staff_without_a_factor_must_set_one_up(superuser):
    person = make_person(is_staff=True, is_superuser=superuser)
    assert kept_out(sign_in(person, "password"), reverse("mfa_activate_totp")) == []


@pytest.mark.django_db
def test_a_recovery_code_alone_is_no_factor():
    person, client = staff("supervisor")
    person.authenticator_set.filter(type="totp").delete()
    assert client.get("/admin/").headers["Location"].startswith(reverse("mfa_activate_totp"))


@pytest.mark.django_db
@pytest.mark.parametrize("superuser", [False, True])
def test_a_password_alone_is_not_enough(superuser):
    person, _client = staff("supervisor", is_superuser=superuser)
    assert kept_out(sign_in(person, "password"), reverse("mfa_reauthenticate")) == []


@pytest.mark.django_db
def test_a_session_that_nothing_vouches_for_ends():
    person, _client = staff("supervisor")
    client = Client()
    client.force_login(person)
    assert client.get("/admin/").headers["Location"].startswith(reverse("account_login"))
    assert "_auth_user_id" not in client.session


@pytest.mark.django_db
def test_somebody_off_boarded_is_out_at_once():
    person, client = staff("supervisor")
    assert client.get("/admin/").status_code == 200
    type(person).objects.filter(pk=person.pk).update(is_staff=False)
    assert client.get("/admin/").status_code == 403
    type(person).objects.filter(pk=person.pk).update(is_staff=True, is_active=False)
    assert client.get("/admin/").headers["Location"].startswith(reverse("account_login"))


@pytest.mark.django_db
@pytest.mark.parametrize(("idle", "absolute"), [(60, 10_000), (10_000, 60)])
def test_a_session_ends_idle_and_at_the_latest_after_hours(settings, idle, absolute):
    settings.STAFF_SESSION_IDLE_SECONDS = idle
    settings.STAFF_SESSION_ABSOLUTE_SECONDS = absolute
    _person, client = staff("support", ago=59)
    assert client.get("/admin/").status_code == 200
    _person, client = staff("support", ago=61)
    assert client.get("/admin/").headers["Location"].startswith(reverse("account_login"))
    assert "_auth_user_id" not in client.session


@pytest.mark.django_db
def test_using_the_desk_keeps_a_session_from_idling_out(settings):
    settings.STAFF_SESSION_IDLE_SECONDS = 100
    _person, client = staff("support", ago=99)
    assert client.get("/admin/").status_code == 200
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] -= 50
    session.save()
    assert client.get("/admin/").status_code == 200


@pytest.mark.django_db
def test_the_admins_own_forms_lead_to_the_pages_everybody_uses():
    _person, client = staff("support")
    assert client.get("/admin/login/").headers["Location"] == "/admin/"
    assert client.get("/admin/password_change/").headers["Location"] == reverse(
        "account_change_password"
    )
    assert client.get("/admin/logout/").headers["Location"] == reverse("account_logout")
