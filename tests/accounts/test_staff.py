"""Staff come by invitation and leave with nothing."""

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import Group, Permission
from django.core import mail
from django.core.exceptions import ValidationError

from accounts import second_factor, service_clients, staff
from accounts.exceptions import InvitationIsVoid, NotAllowed
from accounts.models import Membership, Offboarding, ServiceClient, StaffInvitation, User
from accounts.signals import staff_offboarded
from common import clock as database_clock
from tests.accounts.making import make_account, make_person
from tests.pages.outbox import link_in_last_mail

PASSWORD = "correct horse battery"


@pytest.fixture
def boss(db):
    return make_person(is_staff=True, is_superuser=True, name="Boss")


@pytest.fixture
def invite(boss, django_capture_on_commit_callbacks):
    def invite(email="anna@example.com", groups=()):
        with django_capture_on_commit_callbacks(execute=True):
            staff.invite(
                email=email, name="Anna", groups=groups, invited_by=boss, at=database_clock.now()
            )
        return link_in_last_mail(r"/staff/invitation/([^/]+)/")

    return invite


def opened(token):
    return staff.open_invitation(token=token, at=database_clock.now())


def accept(token, phone="13912345678", password=PASSWORD):
    return staff.accept_invitation(
        invitation=opened(token), phone=phone, password=password, at=database_clock.now()
    )


def offboard(user, by, reason="Left the company."):
    return staff.offboard(user=user, offboarded_by=by, reason=reason)


def test_an_invitation_makes_a_member_of_staff_in_its_groups(invite):
    group = Group.objects.create(name="billing of the test")
    person = accept(invite(groups=[group]))
    assert (person.is_staff, person.is_superuser) == (True, False)
    assert list(person.groups.all()) == [group]
    assert person.reachable_email == "anna@example.com"
    assert person.phone_verified_at is None
    assert not second_factor.has_one(person)


def test_only_the_digest_of_the_link_is_kept(invite):
    token = invite()
    assert token not in str(StaffInvitation.objects.values_list("digest", "email", "name"))
    assert "邀请" in mail.outbox[0].body
    assert "invites you" in mail.outbox[0].body


def test_a_link_works_once(invite):
    token = invite()
    found = opened(token)
    accept(token)
    with pytest.raises(InvitationIsVoid):
        opened(token)
    with pytest.raises(InvitationIsVoid):  # a second browser, open since before
        staff.accept_invitation(
            invitation=found, phone="13912345679", password=PASSWORD, at=database_clock.now()
        )


def test_a_link_lasts_72_hours(invite, clock):
    token = invite()
    clock.advance(hours=71, minutes=59)
    assert opened(token)
    clock.advance(minutes=2)
    with pytest.raises(InvitationIsVoid):
        opened(token)


def test_inviting_again_withdraws_the_first_link(invite):
    first, second = invite(), invite("Anna@example.com")
    with pytest.raises(InvitationIsVoid):
        opened(first)
    assert opened(second)


def test_a_taken_number_and_a_weak_password_are_refused(invite):
    token = invite()
    User.objects.create_user("13912345678")
    with pytest.raises(NotAllowed):
        accept(token)
    with pytest.raises(ValidationError):
        accept(token, phone="13912345679", password="1234567890")
    assert opened(token)


def test_customers_invite_nobody(db):
    with pytest.raises(NotAllowed):
        staff.invite(
            email="a@example.com",
            name="A",
            groups=[],
            invited_by=make_person(),
            at=database_clock.now(),
        )


def test_offboarding_takes_everything_and_says_what(boss, invite):
    person = make_person(is_staff=True)
    person.groups.add(Group.objects.create(name="billing of the test"))
    person.user_permissions.add(Permission.objects.first())
    second_factor.set_up(user=person)
    client, _token = ServiceClient.issue(name="gateway", scopes=["access:read"], created_by=person)
    # What a leaver has seen of it has ended: others rotated it.
    rotated, _token = ServiceClient.issue(name="other", scopes=[], created_by=person)
    service_clients.rotate(
        client=rotated,
        by=boss,
        overlap=timedelta(0),
        expires_at=None,
        at=database_clock.now(),
    )
    staff.invite(
        email="b@example.com", name="B", groups=[], invited_by=person, at=database_clock.now()
    )
    evidence = offboard(person, boss)

    person = User.objects.get(pk=person.pk)
    assert (person.is_staff, person.is_superuser, person.is_active) == (False, False, False)
    assert not person.groups.exists()
    assert not person.user_permissions.exists()
    assert not second_factor.has_one(person)
    assert not StaffInvitation.objects.open(database_clock.now()).exists()
    assert evidence.taken["groups"] == ["billing of the test"]
    assert evidence.taken["second_factors"] == ["recovery_codes", "totp"]
    assert len(evidence.taken["invitations"]) == 1
    assert evidence.taken["service_clients_left_running"] == [client.public_id]
    assert Offboarding.objects.get() == evidence


def test_a_signed_in_browser_is_out_at_the_next_click(boss, client):
    person = make_person(is_staff=True)
    client.force_login(person)
    assert client.get("/settings/").status_code == 200
    evidence = offboard(person, boss)
    assert evidence.taken["sessions"] == 1
    assert client.get("/settings/").status_code == 302
    assert not UserSession.objects.filter(user=person).exists()


def test_who_is_a_customer_too_stays_one(boss, client):
    person = make_person(is_staff=True)
    Membership.objects.create(user=person, account=make_account(kind="organization"), role="viewer")
    evidence = offboard(person, boss)
    person.refresh_from_db()
    assert (person.is_active, person.is_staff, evidence.taken["sign_in"]) == (True, False, False)


def test_nobody_offboards_themselves(boss):
    make_person(is_superuser=True, is_staff=True)
    with pytest.raises(NotAllowed):
        offboard(boss, boss)


def test_the_last_superuser_stays(boss):
    supervisor = make_person(is_staff=True)
    with pytest.raises(NotAllowed, match="last superuser"):
        offboard(boss, supervisor)
    make_person(is_superuser=True, is_staff=True)
    assert offboard(boss, supervisor).taken["superuser"]


@pytest.mark.parametrize("reason", ["", "   "])
def test_a_reason_is_owed(boss, reason):
    with pytest.raises(NotAllowed):
        offboard(make_person(is_staff=True), boss, reason)


def test_customers_are_not_offboarded(boss):
    with pytest.raises(NotAllowed, match="not a member of staff"):
        offboard(make_person(), boss)


def test_apps_above_add_what_they_took(boss):
    def take_claims(sender, user, offboarded_by, at, **kwargs):
        return {"claims": ["case-7"]}

    staff_offboarded.connect(take_claims)
    try:
        evidence = offboard(make_person(is_staff=True), boss)
    finally:
        staff_offboarded.disconnect(take_claims)
    assert evidence.taken["claims"] == ["case-7"]
