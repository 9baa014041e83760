"""Two at once, each on a connection of their own: one is done, the other is told.

Every pair is let go together several times; none may end in anything but a sentence, and
the rows have to be those of one of the two orders.
"""

from pathlib import Path

import pytest
from django.test import Client

from accounts import agreements, consent, staff
from accounts.models import (
    Acceptance,
    Condition,
    Lifting,
    Membership,
    Permit,
    Restriction,
    StaffInvitation,
    User,
)
from common import clock as house_clock
from notices import announced, changes, delivering, gate, progress
from notices.models import Approval, Attempt, Delivery, Expansion, Notice, Proposal, ServiceChange
from tests.accounts.making import make_person
from tests.notices.making import (
    approve,
    make_announced,
    make_customer,
    make_officer,
    make_supervisor,
    plan,
    propose,
)
from tests.plumbing.together import refusals, together

DATA = Path(__file__).resolve().parents[1] / "data"
pytestmark = pytest.mark.django_db(transaction=True)


def fresh(change):
    return ServiceChange.objects.get(pk=change.pk)


@pytest.fixture
def account():
    return make_customer()[1]


def test_two_supervisors_approve(account):
    change = plan(account)
    proposal = propose(change)
    people = [make_supervisor() for _turn in range(4)]
    came_to = together(
        *[
            lambda p=p: changes.approve(
                proposal=Proposal.objects.get(pk=proposal.pk), approved_by=p, at=house_clock.now()
            )
            for p in people
        ]
    )
    assert len(refusals(came_to)) == 3
    assert Approval.objects.count() == 1
    assert fresh(change).state == "approved"


def test_approve_and_revise(account):
    change = plan(account)
    proposal = propose(change)
    boss = make_supervisor()
    together(
        lambda: changes.approve(proposal=proposal, approved_by=boss, at=house_clock.now()),
        lambda: changes.revise(change=fresh(change)),
    )
    assert fresh(change).state == "draft"


def test_approve_and_withdraw(account):
    change = plan(account)
    proposal = propose(change)
    boss, other = make_supervisor(), make_supervisor()
    together(
        lambda: changes.approve(proposal=proposal, approved_by=boss, at=house_clock.now()),
        lambda: announced.withdraw(
            change=fresh(change), withdrawn_by=other, reason="no", at=house_clock.now()
        ),
    )
    assert fresh(change).state == "withdrawn"


def due(account, clock):
    change = make_announced(account)
    clock.set(gate.earliest_effect(change, account))
    return change


def test_withdraw_and_take_effect(account, clock):
    change = due(account, clock)
    boss = make_supervisor()
    came_to = together(
        lambda: announced.withdraw(
            change=fresh(change), withdrawn_by=boss, reason="no", at=house_clock.now()
        ),
        lambda: progress.take_effect_all(at=house_clock.now()),
    )
    withdrawn = not refusals(came_to)
    assert fresh(change).state == ("withdrawn" if withdrawn else "complete")
    assert Restriction.objects.count() == (0 if withdrawn else 1)


def test_lift_and_take_effect(account, clock):
    change = due(account, clock)
    progress.take_effect_all(at=house_clock.now())
    boss = make_supervisor()
    together(
        lambda: announced.lift(
            change=fresh(change), lifted_by=boss, reason="x", at=house_clock.now()
        ),
        lambda: announced.lift(
            change=fresh(change), lifted_by=boss, reason="y", at=house_clock.now()
        ),
        lambda: progress.take_effect_all(at=house_clock.now()),
    )
    assert fresh(change).state == "lifted"
    assert Lifting.objects.count() == 1
    assert Permit.objects.count() == 1


def test_four_workers_announce(account):
    change = plan(account)
    propose(change)
    approve(change)
    together(*[lambda: progress.write_messages()] * 4)
    assert Expansion.objects.filter(phase="announced").count() == 1
    assert Notice.objects.count() == 1


def test_four_workers_take_effect(account, clock):
    due(account, clock)
    together(*[lambda: progress.take_effect_all(at=house_clock.now())] * 4)
    assert (Permit.objects.count(), Restriction.objects.count()) == (1, 1)
    assert Expansion.objects.filter(phase="in_effect").count() == 1


def test_four_workers_claim():
    accounts = [make_customer(contact_email=f"{n}@example.com")[1] for n in range(30)]
    change = plan(*accounts)
    propose(change)
    approve(change)
    progress.write_messages()
    together(
        *[lambda: delivering.claim("email", at=house_clock.now())] * 4,
        lambda: delivering.give_up_abandoned(at=house_clock.now()),
    )
    while delivering.claim("email", at=house_clock.now()).due:
        pass
    assert Attempt.objects.count() == Delivery.objects.filter(channel="email").count() == 30


def test_settling_and_giving_up_and_calling_off():
    accounts = [make_customer(contact_email=f"{n}@example.com")[1] for n in range(30)]
    change = plan(*accounts)
    propose(change)
    approve(change)
    progress.write_messages()
    batch = delivering.claim("email", at=house_clock.now())
    answers = delivering.send_claimed(batch)
    late = house_clock.now() + 2 * delivering.LEASE
    boss = make_supervisor()
    together(
        lambda: delivering.settle(batch, answers, at=house_clock.now()),
        lambda: delivering.give_up_abandoned(at=late),
        lambda: announced.withdraw(
            change=fresh(change), withdrawn_by=boss, reason="no", at=house_clock.now()
        ),
        lambda: delivering.claim("sms", at=house_clock.now()),
    )
    assert fresh(change).state == "withdrawn"
    assert not Delivery.objects.filter(state="sending", channel="email").exists()


def test_choose_accounts_and_propose(account):
    change = plan(account)
    other = make_customer(contact_email="b@example.com")[1]
    officer = make_officer()
    together(
        lambda: changes.choose_accounts(change=fresh(change), accounts=[account, other]),
        lambda: changes.propose(change=fresh(change), proposed_by=officer, at=house_clock.now()),
    )
    assert fresh(change).state == "proposed"
    assert fresh(change).proposal.digest == changes.digest(fresh(change))


def test_two_people_save_one_draft(account):
    change = plan(account)
    first, second = fresh(change), fresh(change)
    came_to = together(
        lambda: first.claim_edition(first.edition), lambda: second.claim_edition(second.edition)
    )
    assert len(refusals(came_to)) == 1


def test_announcing_while_people_come_and_go(account):
    change = plan(account)
    propose(change)
    approve(change)
    newcomer, demoted = make_person(), make_person()
    account.memberships.create(user=demoted, role="admin")
    together(
        lambda: progress.write_messages(),
        lambda: Membership.objects.create(user=newcomer, account=account, role="admin"),
        lambda: Membership.objects.filter(user=demoted).update(role="viewer"),
        lambda: User.objects.filter(pk=newcomer.pk).update(language="en"),
    )
    expansion = Expansion.objects.get(phase="announced")
    assert Notice.objects.count() == expansion.completion.people


def test_two_invitations_and_one_phone():
    inviter = make_officer()
    tokens = iter(["one" * 10, "two" * 10])
    for address in ("a@example.com", "b@example.com"):
        token = next(tokens)
        StaffInvitation.objects.create(
            email=address,
            name="New",
            digest=staff.digest(token),
            invited_by=inviter,
            expires_at=house_clock.now() + staff.INVITATION_LASTS,
        )
    answers = {"phone": "13700000001", "password": "correct horse 9", "again": "correct horse 9"}
    pages = together(
        lambda: Client().post(f"/staff/invitation/{'one' * 10}/", answers).status_code,
        lambda: Client().post(f"/staff/invitation/{'two' * 10}/", answers).status_code,
    )
    assert sorted(pages) == [200, 302]
    assert User.objects.filter(phone="+8613700000001").count() == 1


def test_agreeing_twice_at_once():
    person, account = make_customer()
    for language in ("zh-hans", "en"):
        agreements.import_text(
            slug="terms",
            source=(DATA / f"agreement-{language}.txt").read_bytes(),
            number=1,
            language=language,
            publish=True,
        )
    text = consent.current_terms().text_in("zh-hans")
    Condition.objects.create(
        account=account, source=consent.CONSENT_DUE.name, since=house_clock.now()
    )
    address = f"/account/{account.public_id}/agree/"

    def agree():
        browser = Client()
        browser.force_login(person)
        return browser.post(address, {"text": text.pk, "agreed": "on"}).status_code

    assert together(agree, agree, agree) == [302, 302, 302]
    assert Acceptance.objects.filter(account=account).count() == 1
