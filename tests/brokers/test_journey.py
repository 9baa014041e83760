"""Announce, send, take effect: each step woken by the broker alone, for sweepers are off."""

import pytest

from accounts import access
from apiqik_backoffice.embedded.processes import wait_until
from common.clock import now
from notices.models import ServiceChange
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

pytestmark = [
    pytest.mark.processes,
    pytest.mark.django_db(transaction=True),
]

State = ServiceChange.State


def reached(change, state):
    return ServiceChange.objects.filter(pk=change.pk, state=state).exists()


def allowed(account, change):
    decision = access.decide_for_account(
        public_id=account.public_id, service=change.service.slug, at=now()
    )
    return decision.allowed


def test_a_change_is_carried_out_without_any_sweep(crew, clock, mailbox):
    person, _own = make_customer(name="李华", language="en")
    company = make_organization(person)
    officer, supervisor = make_officer(), make_supervisor()
    later = plan(company, service=make_service("image-generation"), planned_by=officer)
    at_once = plan(
        company,
        service=make_service("speech"),
        planned_by=officer,
        at_once=True,
        grounds="In other hands",
        in_days=0,
    )
    for change in (later, at_once):
        propose(change, by=officer)
    crew.worker()
    crew.beat(without="notices.sweep,notices.take_effect")
    crew.wait_for_worker()

    for change in (later, at_once):
        approve(change, by=supervisor)
    assert wait_until(lambda: reached(later, State.ANNOUNCED), seconds=30), crew.last_words()
    assert wait_until(lambda: reached(at_once, State.COMPLETE), seconds=30), crew.last_words()
    assert wait_until(lambda: len(mailbox.messages) == len(crew.sms()) == 2, seconds=30)
    letters = [text for _subject, text in mailbox.to("lihua@example.com")]
    assert sorted("is now suspended" in text for text in letters) == [False, True]
    assert {line["to"] for line in crew.sms()} == {person.phone}
    assert reached(later, State.ANNOUNCED)
    assert (allowed(company, later), allowed(company, at_once)) == (True, False)

    # The day has come: now the clock alone has something to say, so its entry is on.
    crew.stop("beat")
    clock.advance(days=5, minutes=1)
    crew.beat(without="notices.sweep")
    assert wait_until(lambda: reached(later, State.COMPLETE), seconds=30), crew.last_words()
    assert wait_until(lambda: len(mailbox.messages) == len(crew.sms()) == 3, seconds=30), (
        crew.last_words()
    )
    assert not allowed(company, later)
    done = crew.tasks_run()
    assert {"notices.announce", "notices.send_email", "notices.take_effect"} <= done
    assert "notices.sweep" not in done
