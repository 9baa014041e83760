"""A suspension of one service: planned, approved, told, in effect, lifted (clause 1.3)."""

from datetime import datetime, timedelta

import pytest
from django.utils.translation import override

from accounts import access
from accounts.models import ApiKey, ServiceClient
from common.clock import now
from notices import announced, changes, gate, tasks
from notices.exceptions import NotReady, SecondPersonNeeded, StaleProposal, WrongState
from notices.models import Announcement, Delivery, Notice, Outcome, ServiceChange
from tests.accounts.making import make_service
from tests.notices.making import (
    approve,
    make_customer,
    make_officer,
    make_organization,
    make_supervisor,
    plan,
    propose,
)
from tests.plumbing.receiving import use_texts

pytestmark = pytest.mark.django_db


def work():
    """Wakes every job once, as beat does."""
    tasks.announce()
    tasks.take_effect()
    tasks.announce()
    tasks.send_email()
    tasks.send_sms()


def decision(key, service):
    return access.decide(account=key.account, api_key=key, service=service, at=now())


@pytest.fixture
def gateway(client):
    """Asks over HTTP, as the platform's gateway does."""
    _client, token = ServiceClient.issue(
        name="gateway", scopes=["access:read"], created_by=make_officer()
    )

    def ask(key, service):
        answer = client.get(
            "/api/v1/access",
            {"key_digest": key.digest, "service": service.slug},
            headers={"Authorization": f"Bearer {token}"},
        )
        assert answer.status_code == 200
        return answer.json()

    return ask


def test_from_plan_to_lifting(clock, mailbox, phone_messages, gateway):
    officer, supervisor = make_officer(), make_supervisor()
    li, _own = make_customer(name="李华", contact_email="li@example.com")
    ann, own = make_customer(name="Ann", contact_email="ann@example.com", language="en")
    company = make_organization(li, ann, name="示例科技有限公司")
    images, texts = make_service("image-generation"), make_service("text-generation")
    key, _secret = ApiKey.issue(account=company, created_by=li, name="production")
    personal, _secret = ApiKey.issue(account=own, created_by=ann, name="mine")

    change = plan(company, planned_by=officer, service=images, in_days=5)
    proposal = propose(change, by=officer)
    with pytest.raises(SecondPersonNeeded):
        changes.approve(proposal=proposal, approved_by=make_both(officer), at=now())
    work()
    assert mailbox.messages == []

    approve(change, by=supervisor)
    work()
    [(subject, letter)] = mailbox.to("li@example.com")
    assert "图像生成" in subject
    assert "多次违规" in letter
    assert "1.3" in letter
    assert company.public_id in letter
    [(subject, letter)] = mailbox.to("ann@example.com")
    assert subject.startswith("Image generation will be suspended on")
    assert "Repeated violations" in letter
    [text] = phone_messages(li.phone)
    assert text.startswith("【apiqik】图像生成将于")
    [text] = phone_messages(ann.phone)
    assert "Image generation will be suspended" in text
    assert Announcement.objects.count() == 1
    assert Notice.objects.of(li).unread().count() == 1
    change.refresh_from_db()
    assert change.state == "announced"

    opens_at = gate.earliest_effect(change, company)
    assert opens_at == change.effective_at
    clock.set(opens_at - timedelta(seconds=1))
    work()
    assert gateway(key, images)["decision"] == "allow"
    clock.set(opens_at)
    work()
    denied = gateway(key, images)
    assert (denied["decision"], denied["clause"]) == ("deny", "1.3")
    assert denied["reason"] == {"zh-Hans": "多次违规", "en": "Repeated violations"}
    assert datetime.fromisoformat(denied["since"]) >= opens_at
    assert denied["until"] is None
    assert denied["reference"] == str(company.restrictions.get().pk)
    assert not decision(key, images).allowed
    assert decision(key, texts).allowed
    assert decision(personal, images).allowed
    change.refresh_from_db()
    assert change.state == "complete"
    later_key, _secret = ApiKey.issue(account=company, created_by=li, name="made afterwards")
    assert not decision(later_key, images).allowed
    assert mailbox.to("ann@example.com")[-1][0] == "Image generation is now suspended"

    announced.lift(change=change, lifted_by=officer, reason="Put right", at=now())
    work()
    assert gateway(key, images)["decision"] == "allow"
    assert mailbox.to("ann@example.com")[-1][0] == "Image generation is available again"
    assert phone_messages(li.phone)[-1].startswith("【apiqik】图像生成已恢复")
    assert len(mailbox.messages) == 6
    assert Outcome.objects.filter(verdict="accepted").count() == 12


def make_both(officer):
    """The same officer, now also allowed to approve: the rule holds all the same."""
    officer.is_superuser = True
    officer.save()
    return type(officer).objects.get(pk=officer.pk)


def test_nobody_reached_nothing_happens(clock, mailbox, phone_messages, settings):
    use_texts(settings, "file:///proc/no-such-folder")
    li, _own = make_customer(contact_email="gone@example.com")
    mailbox.refuse["gone@example.com"] = "550 no such user"
    company = make_organization(li)
    change = plan(company)
    propose(change)
    approve(change)
    work()
    failed = Delivery.objects.get(channel="email")
    assert failed.state == "failed"
    assert failed.attempts.get().outcome.answer["code"] == 550
    assert Delivery.objects.get(channel="sms").state == "retrying"
    clock.advance(days=30)
    tasks.take_effect()
    change.refresh_from_db()
    assert change.state == "announcing"
    assert gate.earliest_effect(change, company) is None


def test_one_unreachable_account_holds_up_nobody(clock, mailbox, phone_messages):
    _li, own = make_customer(contact_email="li@example.com")
    orphan = make_organization(name="Nobody's")
    change = plan(own, orphan)
    propose(change)
    approve(change)
    work()
    clock.advance(days=6)
    work()
    change.refresh_from_db()
    assert change.state == "taking_effect"
    assert not access.decide(account=own, service=change.service, at=now()).allowed
    assert access.decide(account=orphan, service=change.service, at=now()).allowed


def test_a_person_in_nine_organizations_is_told_once(mailbox, phone_messages):
    li, own = make_customer(contact_email="li@example.com")
    organizations = [make_organization(li, name=f"公司{number}") for number in range(9)]
    change = plan(own, *organizations)
    propose(change)
    approve(change)
    work()
    [(_subject, letter)] = mailbox.to("li@example.com")
    for organization in [own, *organizations]:
        assert organization.public_id in letter
    assert len(phone_messages(li.phone)) == 1


def test_withdrawn_half_way_those_told_are_told_so(clock, mailbox, phone_messages):
    li, own = make_customer(contact_email="li@example.com", language="en")
    change = plan(own)
    propose(change)
    approve(change)
    tasks.announce()
    tasks.send_email()
    announced.withdraw(change=change, withdrawn_by=make_officer(), reason="Mistake", at=now())
    work()
    assert [subject for subject, _text in mailbox.to("li@example.com")] == [
        mailbox.to("li@example.com")[0][0],
        "The suspension of Image generation has been called off",
    ]
    # The SMS that had not left yet never does.
    assert len(phone_messages(li.phone)) == 1
    clock.advance(days=30)
    work()
    assert access.decide(account=own, service=change.service, at=now()).allowed


def test_a_planned_moment_that_cannot_be_kept_is_refused(clock):
    _li, own = make_customer()
    change = plan(own, in_days=2)
    with override("en"), pytest.raises(NotReady, match="may feel it"):
        propose(change)
    change = plan(own, in_days=5, service=change.service)
    propose(change)
    clock.advance(days=3)
    with pytest.raises(NotReady):
        approve(change)


def test_an_edited_proposal_is_stale(mailbox):
    _li, own = make_customer()
    change = plan(own)
    first = propose(change)
    changes.revise(change=change)
    propose(change)
    with pytest.raises(StaleProposal):
        changes.approve(proposal=first, approved_by=make_supervisor(), at=now())


def test_two_approvals_at_once_yield_one(mailbox):
    _li, own = make_customer()
    change = plan(own)
    propose(change)
    approve(change)
    with pytest.raises(WrongState):
        approve(change)


def test_at_once_takes_effect_on_approval_and_tells_with_it(mailbox, phone_messages):
    _li, own = make_customer(contact_email="li@example.com", language="en")
    change = plan(own, at_once=True, grounds="Account in other hands", in_days=0)
    propose(change)
    assert access.decide(account=own, service=change.service, at=now()).allowed
    approve(change)
    work()
    assert not access.decide(account=own, service=change.service, at=now()).allowed
    assert [subject for subject, _text in mailbox.to("li@example.com")] == [
        "Image generation is now suspended"
    ]
    assert ServiceChange.objects.get().state == "complete"


def test_jobs_run_twice_do_nothing_twice(clock, mailbox, phone_messages):
    li, own = make_customer(contact_email="li@example.com")
    change = plan(own)
    propose(change)
    approve(change)
    for _turn in range(3):
        work()
    clock.advance(days=6)
    for _turn in range(3):
        work()
    assert len(mailbox.messages) == 2
    assert len(phone_messages(li.phone)) == 2
    assert own.restrictions.count() == 1


def test_a_term_that_ran_out_takes_nobody_along(clock, mailbox, phone_messages):
    """One account is told so late that the suspension would be over: it is left alone, the
    change is closed, and the others had theirs from beginning to end."""
    _li, own = make_customer(contact_email="li@example.com")
    orphan = make_organization(name="Nobody's")
    change = plan(own, orphan, ends_at=now() + timedelta(days=7))
    propose(change)
    approve(change)
    work()
    clock.advance(days=6)
    work()
    assert not access.decide(account=own, service=change.service, at=now()).allowed
    clock.advance(days=2)
    work()
    change.refresh_from_db()
    assert change.state == "complete"
    assert access.decide(account=own, service=change.service, at=now()).allowed
    assert not orphan.restrictions.exists()


def test_a_term_that_ran_out_before_anybody_was_told_leaves_the_rest_alone(clock):
    _li, own = make_customer()
    orphan = make_organization(name="Nobody's")
    change = plan(orphan, ends_at=now() + timedelta(days=7))
    propose(change)
    approve(change)
    other = plan(own, service=change.service)
    propose(other)
    approve(other)
    work()
    clock.advance(days=9)
    work()
    assert not access.decide(account=own, service=change.service, at=now()).allowed
    assert not ServiceChange.objects.due(now()).filter(pk=change.pk).exists()
