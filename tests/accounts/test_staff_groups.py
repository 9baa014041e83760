"""Groups are what the code says, whatever somebody did to the database."""

import pytest
from django.contrib.auth.models import Group, Permission

from accounts import staff_groups
from accounts.staff_groups import STAFF_GROUPS, StaffGroup
from common.exceptions import NotRegistered

pytestmark = pytest.mark.django_db


def may(group):
    rows = Group.objects.get(name=group).permissions.select_related("content_type")
    return {f"{row.content_type.app_label}.{row.codename}" for row in rows}


def test_every_group_is_there_after_migrating():
    assert set(Group.objects.values_list("name", flat=True)) == {one.name for one in STAFF_GROUPS}


def test_auditors_see_everything_and_change_nothing():
    looking = (".view_", ".read_", ".export_")
    assert all(any(verb in permission for verb in looking) for permission in may("auditor"))
    assert {"accounts.view_user", "accounts.view_permit", "admin.view_logentry"} <= may("auditor")


def test_whoever_proposes_does_not_approve():
    for group in STAFF_GROUPS:
        both = {"notices.propose_servicechange", "notices.approve_servicechange"} & may(group.name)
        assert len(both) < 2


def test_only_supervisors_invite_and_off_board():
    for permission in ("accounts.invite_staff", "accounts.offboard_staff"):
        assert [one.name for one in STAFF_GROUPS if permission in may(one.name)] == ["supervisor"]


def test_what_is_not_in_code_is_taken_out():
    extra = Permission.objects.get(codename="offboard_staff")
    Group.objects.get(name="support").permissions.add(extra)
    Group.objects.create(name="friends").permissions.add(extra)
    staff_groups.sync()
    assert "accounts.offboard_staff" not in may("support")
    assert not Group.objects.filter(name="friends").exists()


def test_a_misspelt_permission_is_refused(monkeypatch):
    group = StaffGroup(name="support", label="Support", may=("accounts.fly",))
    monkeypatch.setattr(staff_groups, "STAFF_GROUPS", (group,))
    with pytest.raises(NotRegistered, match=r"accounts\.fly"):
        staff_groups.sync()


def test_an_app_that_is_not_there_is_passed_over(monkeypatch):
    group = StaffGroup(name="support", label="Support", may=("shipping.send",), sees=("shipping",))
    monkeypatch.setattr(staff_groups, "STAFF_GROUPS", (group,))
    staff_groups.sync()
    assert may("support") == set()
