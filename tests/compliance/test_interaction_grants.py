"""The customer's leave to look at content of their use (3.6.1), on their own pages."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.urls import reverse
from django.utils.html import escape

from accounts.models import Membership
from apiqik_backoffice.embedded.processes import wait_until
from common.clock import now
from common.exceptions import BackOfficeError, HappenedMeanwhile
from compliance import cases, evidence, inquiries, interaction_grants
from compliance.exceptions import WrongStep
from compliance.models import EvidenceView, InteractionGrant, InteractionGrantEnd
from tests.accounts.making import make_account, make_person
from tests.compliance.making import add_evidence, asked_account, give_leave, make_staff_of
from tests.desk.signing_in import staff
from tests.notices.making import make_organization
from tests.plumbing.together import refusals, together

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("in_english")]


@pytest.fixture
def asked(client):
    owner, account, case, inquiry = asked_account(person=make_person(name="Li", language="en"))
    client.force_login(owner)
    return owner, account, case, inquiry


def page_for(account):
    return reverse("interaction-grants", args=[account.public_id])


def end_of(account, grant):
    return reverse("interaction-grant-end", args=[account.public_id, grant.public_id])


def give(client, account, matter, **answers):
    said = {"case": matter.pk, "scope": "Requests of one key", "days": "3", "understood": "on"}
    return client.post(page_for(account), {**said, **answers}, follow=True)


# -- giving --------------------------------------------------------------------------------


def test_leave_is_given_with_what_for_until_when_and_from_where(client, asked):
    owner, account, case, inquiry = asked
    page = client.get(f"{page_for(account)}?inquiry={inquiry.public_id}").text
    assert f'<option value="{case.pk}" selected>' in page
    page = give(client, account, case, scope="Requests of <b>one</b> key").text
    assert "We have your leave" in page
    assert "&lt;b&gt;one&lt;/b&gt;" in page
    grant = InteractionGrant.objects.get()
    assert (grant.case, grant.given_by, grant.ip_address) == (case, owner, "127.0.0.1")
    assert abs(grant.ends_at - now() - timedelta(days=3)) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ({"days": "0"}, "greater than or equal to 1"),
        ({"days": "31"}, "less than or equal to 30"),
        ({"scope": " "}, "required"),
        ({"understood": ""}, "required"),
        ({"scope": "a\0bcdef"}, "Null characters"),
        ({"case": "999999"}, "valid choice"),
        ({"case": "x"}, "valid choice"),
    ],
)
def test_what_is_missing_is_said_and_no_leave_is_given(client, asked, answers, sentence):
    _owner, account, case, _inquiry = asked
    assert sentence in give(client, account, case, **answers).text
    assert not InteractionGrant.objects.exists()


def test_a_matter_of_another_account_of_the_same_person_is_none_to_choose(client, asked):
    owner, _account, case, _inquiry = asked
    own = make_organization(owner, name="Northwind")
    assert "nothing to allow" in give(client, own, case).text
    assert not InteractionGrant.objects.exists()


def test_in_a_closed_matter_there_is_nothing_to_allow(client, asked):
    owner, account, case, inquiry = asked
    inquiries.answer(inquiry=inquiry, by=owner, text="Ours", at=now())
    cases.close(case=case, by=case.assignee, reason="Nothing to it", at=now())
    assert "nothing to allow" in client.get(page_for(account)).text
    assert "nothing to allow" in give(client, account, case).text
    assert not InteractionGrant.objects.exists()


# -- whose ---------------------------------------------------------------------------------


def test_another_tenant_is_404_and_another_role_is_refused(client, asked):
    owner, account, _case, _inquiry = asked
    stranger, other, elsewhere, _asked = asked_account()
    theirs = give_leave(stranger, other, elsewhere)
    assert client.get(page_for(other)).status_code == 404
    assert client.post(end_of(other, theirs)).status_code == 404
    # Under an account of one's own the other's leave is not there either.
    assert client.post(end_of(account, theirs)).status_code == 404
    unknown = end_of(account, theirs).replace(theirs.public_id, "igr_" + "0" * 20)
    assert client.post(unknown).status_code == 404
    viewed = make_organization(owner, role="viewer")
    assert client.get(page_for(viewed)).status_code == 403
    assert client.get(page_for(make_account())).status_code == 404
    client.logout()
    assert client.get(page_for(account)).status_code == 302
    assert not InteractionGrantEnd.objects.exists()


def test_any_owner_or_administrator_takes_back_and_by_a_button_only(client, asked):
    owner, account, case, _inquiry = asked
    grant = give_leave(owner, account, case)
    assert client.get(end_of(account, grant)).status_code == 405
    admin = make_person(name="Wang", language="en")
    Membership.objects.create(user=admin, account=account, role="admin")
    client.force_login(admin)
    page = client.post(end_of(account, grant), follow=True).text
    assert "nobody looks any more" in page
    assert "Wang" in page
    assert InteractionGrantEnd.objects.get().ended_by == admin
    assert "has ended already" in client.post(end_of(account, grant), follow=True).text


def test_whoever_left_the_account_neither_gives_nor_takes_back(client, asked):
    _owner, account, case, _inquiry = asked
    admin = make_person(language="en")
    account.memberships.create(user=admin, role="admin")
    grant = give_leave(admin, account, case)
    Membership.objects.filter(user=admin, account=account).delete()
    client.force_login(admin)
    assert client.post(end_of(account, grant)).status_code == 404
    # What they gave holds for the account until it ends or somebody else takes it back.
    assert interaction_grants.is_in_force(grant, at=now())


# -- for staff -----------------------------------------------------------------------------


def test_staff_see_leaves_and_give_none(asked):
    owner, account, case, _inquiry = asked
    grant = give_leave(owner, account, case)
    _user, browser = staff("compliance")
    assert "in force" in browser.get("/admin/compliance/interactiongrant/").text
    page = browser.get(f"/admin/compliance/interactiongrant/{grant.pk}/change/").text
    assert escape(grant.scope) in page
    listed = browser.get(f"/admin/compliance/case/{case.pk}/change/").text
    assert escape(grant.scope) in listed
    assert browser.get("/admin/compliance/interactiongrant/add/").status_code == 403
    assert staff("support")[1].get("/admin/compliance/interactiongrant/").status_code == 403


# -- at once -------------------------------------------------------------------------------


def test_taken_back_several_times_at_once_is_once(asked):
    owner, account, case, _inquiry = asked
    grant = give_leave(owner, account, case)

    def end():
        return interaction_grants.take_back(grant=grant, by=owner, at=now())

    came_to = together(*[end] * 4)
    assert {type(one) for one in refusals(came_to)} == {WrongStep}
    assert InteractionGrantEnd.objects.count() == 1


def test_a_look_in_the_moment_of_taking_back_waits_and_is_refused(asked, app_connection):
    owner, account, case, _inquiry = asked
    grant = give_leave(owner, account, case)
    added = add_evidence(case, sensitivity="interaction", interaction_grant=grant)
    viewer, came_to = make_staff_of("compliance"), []

    def look():
        try:
            came_to.append(evidence.open_(evidence=added, viewer=viewer, at=now(), ip_address=None))
        except BackOfficeError as refusal:
            came_to.append(refusal)
        finally:
            connections.close_all()

    looking = threading.Thread(target=look, daemon=True)
    with app_connection.transaction():
        app_connection.execute(
            "INSERT INTO compliance_interactiongrantend (grant_id, ended_by_id) VALUES (%s, %s)",
            [grant.pk, owner.pk],
        )
        looking.start()
        assert wait_until(somebody_waits, seconds=20), "the look did not wait"
    looking.join(timeout=20)
    assert isinstance(came_to[0], HappenedMeanwhile)
    assert not EvidenceView.objects.exists()


def somebody_waits():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks lock JOIN pg_database here ON here.oid = lock.database"
            " WHERE here.datname = current_database()"
            " AND lock.locktype = 'advisory' AND NOT lock.granted"
        )
        return cursor.fetchone()[0] > 0
