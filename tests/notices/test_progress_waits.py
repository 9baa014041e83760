"""A change that another job is at work on holds up nobody else."""

import pytest
from django.db import connection

from apiqik_backoffice.database_roles import APP
from common.clock import now
from notices import progress
from notices.models import ServiceChange
from tests.accounts.making import make_service
from tests.notices.making import approve, make_customer, plan, propose


def approved_at_once(slug):
    _person, account = make_customer(contact_email=f"{slug}@example.com")
    change = plan(account, service=make_service(slug), at_once=True, grounds="x", in_days=0)
    propose(change)
    approve(change)
    return change


@pytest.mark.django_db(transaction=True)
def test_others_take_effect_while_one_is_locked(test_database, monkeypatch):
    monkeypatch.setattr("common.wakeups.current_app.send_task", lambda *_, **__: None)
    busy, free = approved_at_once("speech"), approved_at_once("video")
    with test_database.connect(APP) as other, other.transaction():
        other.execute("SELECT 1 FROM notices_servicechange WHERE id = %s FOR UPDATE", [busy.pk])
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '200ms'")
        assert progress.take_effect_all(at=now()) == 1
    states = dict(ServiceChange.objects.values_list("pk", "state"))
    assert (states[busy.pk], states[free.pk]) == ("approved", "complete")
    assert progress.take_effect_all(at=now()) == 1
