"""Staff are told when too much comes back, and before what is held misses its lead."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission

from common.clock import now
from notices import routing_alarms, suppressions
from notices.models import Delivery, ProviderLimit, ProviderUse, RoutingAlarm, Suppression
from tests.notices.making import make_staff
from tests.notices.routing.making import attempted, by, make_waiting, route

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def watcher(settings, two_providers):
    # The mail server of the alarms is what the settings say; the providers are others.
    person = make_staff(
        name="W",
        contact_email="watch@example.com",
        contact_email_verified_at=now(),
        language="en",
    )
    person.groups.get().permissions.add(Permission.objects.get(codename="add_killswitch"))
    return person


def come_back(number, *, provider="first"):
    make_waiting(people=number)
    for delivery in Delivery.objects.filter(channel="sms").order_by("-pk")[:number]:
        attempt = attempted(delivery, provider, "accepted")
        suppressions.note(
            attempt=attempt, source=Suppression.Source.HARD_BOUNCE, reason="no such number"
        )


def use(number, *, provider="first"):
    hour = now().replace(minute=0, second=0, microsecond=0)
    ProviderUse.objects.update_or_create(
        provider=provider, hour=hour, shard=0, defaults={"submitted": number}
    )


@pytest.mark.parametrize(
    ("sent", "levels"),
    [
        (100, []),  # too few to say anything
        (1001, []),
        (1000, ["warning"]),
        (501, ["warning"]),
        (500, ["critical"]),
    ],
)
def test_at_five_and_ten_percent(monkeypatch, sent, levels):
    monkeypatch.setattr(routing_alarms, "MINIMUM", 101)
    come_back(50)
    use(sent)
    assert [finding.level for finding in routing_alarms.coming_back(at=now())] == levels


def test_told_once_a_day_and_at_once_when_it_gets_worse(clock, mailbox):
    come_back(6)
    routing_alarms_minimum = routing_alarms.MINIMUM
    use(routing_alarms_minimum)  # 1.2%
    assert routing_alarms.raise_all(at=now()) == 0
    come_back(24)
    for _again in range(2):
        routing_alarms.raise_all(at=now())
        clock.advance(minutes=1)
    [message] = mailbox.messages
    assert message["To"] == "watch@example.com"
    assert "6.0%" in message["Subject"]
    assert "suppression" in message.get_content()
    come_back(30)
    assert routing_alarms.raise_all(at=now()) == 1
    assert "Critical" in mailbox.messages[-1]["Subject"]
    assert list(RoutingAlarm.objects.order_by("pk").values_list("level", flat=True)) == [
        "warning",
        "critical",
    ]
    assert routing_alarms.raise_all(at=now()) == 0


def test_what_is_held_past_its_lead_is_told_of(settings, clock, mailbox):
    settings.MESSAGE_PROVIDERS = {
        **settings.MESSAGE_PROVIDERS,
        **by(first="sms"),
    }
    ProviderLimit.objects.create(provider="first", per_day=1)
    ProviderLimit.objects.create(provider="second", per_day=1)
    change = make_waiting(people=4, in_days=4)
    route()
    assert Delivery.objects.filter(held_by="daily_cap").count() == 2
    assert routing_alarms.raise_all(at=now()) == 1
    [message] = mailbox.messages
    assert "2 messages about" in message["Subject"]
    assert f"change__id__exact={change.pk}" in message.get_content()
    assert routing_alarms.raise_all(at=now()) == 0
    clock.advance(days=1, minutes=1)
    assert routing_alarms.raise_all(at=now()) == 1


def test_what_is_held_with_time_enough_is_no_alarm():
    ProviderLimit.objects.create(provider="first", per_day=1)
    ProviderLimit.objects.create(provider="second", per_day=1)
    make_waiting(people=4, in_days=30)
    route()
    assert list(routing_alarms.held_past_lead(at=now())) == []
    late = now() + timedelta(days=26)
    assert [one.concerned for one in routing_alarms.held_past_lead(at=late)] == [2]


def test_a_mail_server_that_is_away_loses_no_alarm(settings, mailbox):
    ProviderLimit.objects.create(provider="first", per_day=1)
    ProviderLimit.objects.create(provider="second", per_day=1)
    make_waiting(people=4, in_days=4)
    route()
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    assert routing_alarms.raise_all(at=now()) == 0
    assert not RoutingAlarm.objects.exists()
    settings.EMAIL_PORT = port
    assert routing_alarms.raise_all(at=now()) == 1
