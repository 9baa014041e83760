"""Staff are told of gates at risk: those who may act, once, and again when it gets worse."""

import pytest
from django.contrib.auth.models import Permission

from accounts import staff_alarms
from common.clock import now
from notices import alarms, announced, tasks
from notices.models import Alarm
from tests.notices.making import make_announced, make_officer, make_organization, make_staff

pytestmark = pytest.mark.django_db


def make_watcher(**fields):
    person = make_staff(**{"contact_email_verified_at": now(), **fields})
    person.groups.get().permissions.add(Permission.objects.get(codename="act_on_gateatrisk"))
    return person


def test_staff_are_told_once_and_again_when_it_gets_worse(clock, mailbox):
    watcher = make_watcher(name="W", contact_email="watch@example.com", language="en")
    make_watcher(name="X", contact_email="left@example.com", is_active=False)
    make_watcher(name="Y", contact_email="new@example.com", contact_email_verified_at=None)
    make_staff("propose", name="Z", contact_email="z@example.com", contact_email_verified_at=now())
    assert staff_alarms.people_to_tell(alarms.PERMISSION) == [watcher]
    first, second = make_organization(name="Nobody's"), make_organization(name="Neither's")
    change = make_announced(first, second, title_en="Suspend\nimages")
    announced.leave_out(
        change=change, accounts=[second], left_out_by=make_officer(), reason="Later"
    )
    for _again in range(3):
        tasks.reckon()
        clock.advance(minutes=1)
    [message] = mailbox.messages
    assert message["To"] == "watch@example.com"
    assert "1 account of" in message["Subject"]
    assert f"change__id__exact={change.pk}" in message.get_content()
    alarm = Alarm.objects.get()
    assert (alarm.accounts, alarm.told) == (1, 1)
    assert "1 " in alarm.what_happened

    clock.advance(days=1, minutes=1)
    tasks.reckon()
    assert len(mailbox.messages) == 2


def test_a_mail_server_that_is_away_loses_no_alarm(mailbox, settings):
    make_watcher(contact_email="watch@example.com")
    make_announced(make_organization(name="Nobody's"))
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    tasks.reckon()
    assert not Alarm.objects.exists()
    settings.EMAIL_PORT = port
    assert alarms.raise_all(at=now()) == 1
    assert len(mailbox.messages) == 1


def test_more_accounts_at_risk_are_told_of_before_the_day_is_over(clock, mailbox):
    make_watcher(contact_email="watch@example.com", language="en")
    first = make_organization(name="Nobody's")
    change = make_announced(first)
    tasks.reckon()
    assert alarms.due(at=now()) == []
    change.at_risk.create(account=make_organization(name="Neither's"), cause="nobody", since=now())
    assert alarms.due(at=now()) == [(change, 2)]
    assert alarms.raise_all(at=now()) == 1
    assert "2 accounts of" in mailbox.messages[-1]["Subject"]
