"""Notice by the day (clause 1.3): each kind its lead, Shanghai's midnight to the second."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from accounts.models import Permit, VersionInForce
from common.clock import now
from notices import delivering, gate, tasks
from notices.models import Outcome
from tests.accounts.making import make_key
from tests.notices.making import make_customer
from tests.stories.telling import contents_of, decided, fresh, work

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")
LEADS = {
    "usage_limit": 3,
    "suspension": 3,
    "service_change": 7,
    "amendment": 7,
    "termination": 30,
    "permanent_disabling": 30,
}


def midnight(day, *, days):
    """00:00 in Shanghai, so many days after the day of `day`."""
    return datetime.combine(
        day.astimezone(SHANGHAI).date() + timedelta(days=days), datetime.min.time(), SHANGHAI
    )


@pytest.mark.parametrize("kind", LEADS)
def test_each_kind_waits_its_days_and_not_a_second_less(clock, mailbox, phone_messages, kind):
    clock.set(datetime(2027, 3, 10, 15, 0, tzinfo=SHANGHAI))
    ann, account = make_customer(contact_email="ann@example.com", language="en")
    planned = midnight(now(), days=LEADS[kind] + 1)
    change = decided(account, effective_at=planned, **contents_of(kind))
    work()
    assert len(mailbox.to("ann@example.com")) == 1
    assert len(phone_messages(ann.phone)) == 1
    assert gate.earliest_effect(change, account) == planned

    clock.set(planned - timedelta(seconds=1))
    assert tasks.take_effect() == 0
    assert not Permit.objects.exists()

    clock.set(planned)
    work()
    permit = Permit.objects.get(change=change.uuid, account=account)
    assert permit.not_before == planned
    assert fresh(change).state == "complete"
    assert VersionInForce.objects.filter(account=account).exists() == (kind == "amendment")
    assert len(mailbox.to("ann@example.com")) == 2


@pytest.mark.parametrize(
    ("accepted_at", "days"),
    [
        (datetime(2027, 3, 10, 23, 59, 59, tzinfo=SHANGHAI), 4),
        (datetime(2027, 3, 11, 0, 0, 1, tzinfo=SHANGHAI), 5),
    ],
)
def test_a_second_before_midnight_is_a_day_earlier(
    clock, phone_messages, gateway, accepted_at, days
):
    clock.set(datetime(2027, 3, 10, 20, 0, tzinfo=SHANGHAI))
    first = midnight(now(), days=4)
    li, account = make_customer(contact_email_verified_at=None)
    change = decided(account, effective_at=first)
    key = make_key(account)
    tasks.announce()
    batch = delivering.claim("sms", at=now())
    answers = delivering.send_claimed(batch)
    # The provider's yes is written down at this very second.
    clock.set(accepted_at)
    delivering.settle(batch, answers, at=now())

    opens_at = midnight(first, days=days - 4)
    assert Outcome.objects.get().recorded_at - accepted_at < timedelta(seconds=1)
    assert len(phone_messages(li.phone)) == 1
    assert gate.earliest_effect(change, account) == opens_at

    clock.set(opens_at - timedelta(seconds=1))
    tasks.take_effect()
    assert gateway(key, change.service)["decision"] == "allow"
    clock.set(opens_at)
    tasks.take_effect()
    assert gateway(key, change.service)["decision"] == "deny"
    assert Permit.objects.get().not_before == opens_at
