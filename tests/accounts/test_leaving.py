"""Leaving: asked for, thought over, taken back, held, carried out; what ends and what stays."""

from datetime import timedelta

import pytest

from accounts import access, identities, leaving, staff
from accounts.exceptions import NotAllowed, ReasonMissing
from accounts.models import (
    Account,
    ApiKey,
    Closing,
    Closure,
    Condition,
    KeptIdentity,
    Membership,
    User,
)
from common.clock import now
from tests.accounts.making import make_key, make_person, make_service
from tests.notices.making import make_customer, make_organization

pytestmark = pytest.mark.django_db


def leave(person, **more):
    said = {"reason": "", "ip_address": "192.0.2.1", "at": now()} | more
    return leaving.leave(person=person, **said)


def close_organization(account, by, **more):
    said = {"reason": "", "ip_address": None, "at": now()} | more
    return leaving.close_organization(account=account, by=by, **said)


def test_what_is_asked_for_cools_off_for_whole_days_of_the_account(settings):
    settings.COOLING_OFF_DAYS = 15
    person, account = make_customer()
    closing = leave(person, reason=" moving on ")
    assert closing.account == account
    assert closing.reason == "moving on"
    assert closing.ends_at == leaving.ends_at(asked_at=closing.recorded_at, zone="Asia/Shanghai")
    assert timedelta(days=15) < closing.ends_at - closing.recorded_at <= timedelta(days=16)
    assert leave(person) == closing
    assert account in Account.objects.of(person)


def test_whoever_asked_takes_it_back_and_may_ask_again():
    person, _account = make_customer()
    closing = leave(person)
    with pytest.raises(NotAllowed):
        leaving.take_back(closing=closing, by=make_person(), at=now())
    taken = leaving.take_back(closing=closing, by=person, at=now())
    assert leaving.take_back(closing=closing, by=person, at=now()) == taken
    assert leaving.open_closing_of(person) is None
    assert leave(person) != closing


def test_staff_and_last_owners_do_not_leave():
    member = make_person(is_staff=True)
    with pytest.raises(NotAllowed, match="off-boards"):
        leave(member)
    person, _account = make_customer()
    organization = make_organization(person)
    with pytest.raises(NotAllowed, match="last owner"):
        leave(person)
    Membership.objects.create(user=make_person(), account=organization, role="owner")
    assert leave(person)


def test_an_organization_is_closed_by_an_owner_alone():
    person, own = make_customer()
    organization = make_organization(person)
    viewer = make_person()
    Membership.objects.create(user=viewer, account=organization, role="admin")
    with pytest.raises(NotAllowed, match="owner"):
        close_organization(organization, viewer)
    with pytest.raises(NotAllowed, match="organization"):
        close_organization(own, person)
    closing = close_organization(organization, person)
    assert close_organization(organization, person) == closing
    other = make_person()
    Membership.objects.create(user=other, account=organization, role="owner")
    assert leaving.take_back(closing=closing, by=other, at=now())


def test_nothing_is_closed_before_its_time(clock):
    person, _account = make_customer()
    closing = leave(person)
    clock.set(closing.ends_at - timedelta(seconds=1))
    assert leaving.close_all_due(at=now()) == 0
    with pytest.raises(NotAllowed):
        leaving.close(closing=closing, at=now())
    clock.set(closing.ends_at)
    assert leaving.close_all_due(at=now()) == 1
    assert leaving.close_all_due(at=now()) == 0
    with pytest.raises(NotAllowed, match="final"):
        leaving.take_back(closing=closing, by=person, at=now())


@pytest.fixture
def closed(clock):
    """A person who left, with a key and a place in an organization; their phone and account."""
    person, account = make_customer(name="Li Hua")
    organization = make_organization(make_person(), person)
    key = make_key(account)
    phone = person.phone
    closing = leave(person)
    clock.set(closing.ends_at)
    assert leaving.close_all_due(at=now()) == 1
    return User.objects.get(pk=person.pk), account, organization, key, phone


def test_the_row_of_a_closed_person_says_nothing_of_them(closed):
    person, account, organization, key, _phone = closed
    assert (person.phone, person.name, person.contact_email) == (f"#{person.pk}", "", "")
    assert not person.is_active
    assert not person.has_usable_password()
    assert person.closed_at
    assert str(person) == person.public_id
    assert person.masked_phone == ""
    account.refresh_from_db()
    assert account.closed_at == person.closed_at
    assert account.name == ""
    organization.refresh_from_db()
    assert organization.closed_at is None
    assert not Membership.objects.filter(user=person).exists()
    assert ApiKey.objects.get(pk=key.pk).revoked_at
    assert Closure.objects.get().ended == {
        "keys": 1,
        "memberships": 2,
        "sessions": 0,
        "second_factors": 0,
        "connected_logins": 0,
        "invitations": 0,
    }


def test_who_they_were_is_kept_encrypted_until_its_day(closed, clock):
    person, _account, _organization, _key, phone = closed
    kept = KeptIdentity.objects.get(person=person)
    assert phone[1:].encode() not in bytes(kept.ciphertext)
    assert identities.read(kept) == identities.Identity(phone, "Li Hua", "lihua@example.com")
    assert KeptIdentity.objects.get(phone_mark=identities.mark(phone)) == kept
    assert identities.erase_due(at=now()) == 0
    clock.set(kept.kept_until)
    assert identities.erase_due(at=now()) == 1
    assert not KeptIdentity.objects.exists()


def test_their_number_signs_up_again_as_somebody_new(closed):
    person, _account, _organization, _key, phone = closed
    new = User.objects.create_user(phone, "correct horse battery", name="Li Hua")
    assert new.pk != person.pk
    assert not Account.objects.of(new).exists()
    assert User.objects.get_by_natural_key(phone) == new


def test_services_of_a_closed_account_are_withheld_for_good(closed):
    _person, account, *_rest = closed
    make_service()
    [state] = access.state_of(account=account, at=now())
    assert not state.allowed
    assert state.decision.clause == "1.3"
    assert "closed" in state.decision.reason_in("en")
    assert Condition.objects.get(account=account, source="closed").cleared_at is None


def test_an_organization_closed_ends_its_members_and_not_its_owner(clock):
    person, own = make_customer()
    organization = make_organization(person, make_person(), name="Star Data")
    make_key(own)
    closing = close_organization(organization, person)
    clock.set(closing.ends_at)
    assert leaving.close_all_due(at=now()) == 1
    organization.refresh_from_db()
    assert organization.closed_at
    assert organization.name == "Star Data"
    assert not organization.memberships.exists()
    person.refresh_from_db()
    assert person.is_active
    assert list(Account.objects.of(person)) == [own]
    assert ApiKey.objects.get().revoked_at is None


def test_what_comes_in_the_way_meanwhile_is_waited_for(clock):
    person, _account = make_customer()
    closing = leave(person)
    organization = make_organization(person)
    clock.set(closing.ends_at)
    assert leaving.close_all_due(at=now()) == 0
    assert leaving.obstacles_of(closing, at=now())
    Membership.objects.create(user=make_person(), account=organization, role="owner")
    assert leaving.close_all_due(at=now()) == 1


def test_a_hold_takes_one_member_of_staff_and_its_end_another(clock):
    person, _account = make_customer()
    closing = leave(person)
    one, other = make_person(is_staff=True), make_person(is_staff=True)
    with pytest.raises(ReasonMissing):
        leaving.place_hold(closing=closing, by=one, reason=" ")
    leaving.place_hold(closing=closing, by=one, reason="court order")
    with pytest.raises(NotAllowed, match="already"):
        leaving.place_hold(closing=closing, by=other, reason="again")
    clock.set(closing.ends_at)
    assert leaving.close_all_due(at=now()) == 0
    assert list(Closing.objects.held()) == [closing]
    with pytest.raises(NotAllowed, match="else"):
        leaving.release_hold(closing=closing, by=one, reason="over")
    leaving.release_hold(closing=closing, by=other, reason="over")
    assert leaving.close_all_due(at=now()) == 1


def test_a_hold_keeps_an_identity_from_being_erased(closed, clock):
    person, *_rest = closed
    closing = person.closings.get()
    leaving.place_hold(closing=closing, by=make_person(is_staff=True), reason="court order")
    clock.set(KeptIdentity.objects.get().kept_until)
    assert identities.erase_due(at=now()) == 0
    leaving.release_hold(closing=closing, by=make_person(is_staff=True), reason="over")
    assert identities.erase_due(at=now()) == 1


def test_a_member_of_staff_who_left_the_house_may_leave_as_a_customer():
    person, _account = make_customer(is_staff=True)
    boss = make_person(is_staff=True, is_superuser=True)
    staff.offboard(user=person, offboarded_by=boss, reason="moves away")
    person.refresh_from_db()
    assert leave(person)
