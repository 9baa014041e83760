"""An organization, from its opening to its handing over (1.2.2, 1.2.6, 1.2.7, 2.2.2, 14.1)."""

import re
from datetime import timedelta

import pytest
from django.core import mail

from accounts import (
    activity,
    api_keys,
    invitations,
    members,
    organizations,
    sign_up,
    transfers,
)
from accounts.exceptions import LastOwner, NotAllowed
from accounts.models import ApiKey, AuthorityDeclaration
from common.clock import now
from notices.models import Letter
from tests.accounts.making import make_person, make_service
from tests.desk.signing_in import staff
from tests.stories.telling import make_version, work

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]


@pytest.fixture
def li():
    return make_person(name="Li", language="en", phone_verified_at=now())


@pytest.fixture
def wang():
    return make_person(
        name="Wang",
        language="en",
        phone_verified_at=now(),
        contact_email="wang@example.com",
        contact_email_verified_at=now(),
    )


@pytest.fixture
def lab(li):
    make_version(1, published=True)
    return organizations.open_organization(
        by=li,
        name="Star River Data",
        code="91110108551385082Q",
        capacity=AuthorityDeclaration.Capacity.REPRESENTATIVE,
        position="",
        texts=[one.text_in("en") for one in sign_up.documents(at=now())],
        ip_address="203.0.113.9",
        user_agent="Firefox",
        at=now(),
    ).account


def invite(lab, by, role):
    invitations.invite(
        account=lab,
        by=by,
        channel="email",
        address="wang@example.com",
        role=role,
        language="en",
        ip_address=None,
        at=now(),
    )
    return re.search(r"/invitation/([\w-]+)/", mail.outbox[-1].body)[1]


def happened(lab):
    page = activity.page_of(lab, activity.Wanted())
    return [line.kind for line in reversed(page.lines)]


def test_a_company_changes_hands(lab, li, wang, gateway):
    service = make_service()
    invitations.accept(token=invite(lab, li, "admin"), by=wang, at=now())
    key, _secret = api_keys.create(
        account=lab, by=wang, name="server", services=[service], expires_at=None, at=now()
    )
    assert gateway(key, service)["decision"] == "allow"
    with pytest.raises(LastOwner):
        members.leave(member=lab.memberships.get(user=li), at=now())

    transfer = transfers.ask_for_ownership(
        account=lab, by=li, new_owner=wang, remains_as="", reason="The company was sold", at=now()
    )
    transfers.answer(transfer=transfer, by=wang, agreed=True, at=now())
    first, second = staff("compliance")[0], staff("supervisor")[0]
    transfers.propose(transfer=transfer, by=first, reason="Contract", clause="1.2.6", at=now())
    with pytest.raises(NotAllowed):
        transfers.consent(transfer=transfer, by=first, reason="Contract", at=now())
    transfers.consent(transfer=transfer, by=second, reason="Register seen", at=now())

    assert [one.user for one in lab.memberships.filter(role="owner")] == [wang]
    assert not lab.memberships.filter(user=li).exists()
    assert gateway(key, service)["decision"] == "allow"  # keys are the account's
    work()
    done = Letter.objects.filter(kind="accounts.transfer_done")
    assert {one.recipient for one in done} == {li, wang}
    assert happened(lab) == [
        "account.opened",
        "agreements.accepted",
        "members.invited",
        "members.joined",
        "keys.created",
        "transfers.asked",
        "transfers.step",
        "transfers.step",
        "transfers.owner_changed",
    ]


def test_somebody_leaves_and_their_keys_are_rotated(lab, li, wang, gateway):
    service = make_service()
    invitations.accept(token=invite(lab, li, "developer"), by=wang, at=now())
    old, _secret = api_keys.create(
        account=lab, by=wang, name="server", services=[], expires_at=None, at=now()
    )
    member = lab.memberships.get(user=wang)
    assert members.remove(member=member, by=li, reason="Left the company", at=now()) == 1
    assert list(members.made_by_former_members(lab, at=now())) == [old]
    new, _secret = api_keys.rotate(
        api_key=old, by=li, overlap=timedelta(0), expires_at=None, at=now()
    )
    assert gateway(old, service)["code"] == "key_expired"
    assert gateway(new, service)["decision"] == "allow"
    assert not members.made_by_former_members(lab, at=now()).exists()
    assert ApiKey.objects.usable(now()).get() == new
