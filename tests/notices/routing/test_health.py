"""Traffic moves away from a provider that fails or is slow, and drifts back."""

from collections import Counter
from datetime import timedelta

import pytest
from django.utils.timezone import now as real_now

from common.clock import now
from notices.models import (
    Delivery,
    PostedReceipts,
    ProviderHealth,
    ProviderShift,
    Receipt,
    ReceiptMatch,
)
from notices.provider_health import MEASURED_EVERY, RECEIPT_WITHIN
from tests.notices.routing.making import attempted, make_waiting, providers_of, route

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting():
    make_waiting(people=20)
    route()  # from now on there is something to measure
    assert ProviderHealth.objects.get(pk="first").tenths == 10


def answer(*verdicts, provider="first"):
    """One attempt of another delivery for each verdict."""
    deliveries = Delivery.objects.filter(channel="sms").order_by("pk")
    return [
        attempted(delivery, provider, verdict)
        for delivery, verdict in zip(deliveries, verdicts, strict=False)
    ]


def health(provider="first"):
    return ProviderHealth.objects.get(pk=provider)


def look(clock, *, after=MEASURED_EVERY):
    clock.advance(seconds=after.total_seconds() + 1)
    return Counter(providers_of(route()))


def test_a_provider_that_fails_loses_all_traffic_and_gets_it_back_slowly(waiting, clock):
    answer(*["rejected_for_now"] * 12)
    assert look(clock) == {"second": 20}
    shift = ProviderShift.objects.get()
    assert (shift.before, shift.after, shift.cause) == (10, 0, "errors")
    assert (shift.answered, shift.failed) == (12, 12)
    assert look(clock) == {"second": 20}  # what was decided on is not decided on again
    for tenths in range(1, 11):
        shares = look(clock, after=timedelta(minutes=1))
        assert health().tenths == tenths
        assert shares["first"] == 2 * tenths
    assert health().cause == ""


def test_a_probe_that_fails_sends_it_back_to_nothing(waiting, clock):
    answer(*["rejected_for_now"] * 12)
    look(clock)
    look(clock, after=timedelta(minutes=1))
    assert health().tenths == 1
    answer(*["rejected_for_now"] * 10)
    look(clock)
    assert health().tenths == 0


def test_some_errors_take_half_of_the_traffic(waiting, clock):
    answer(*["accepted"] * 9, *["rejected_for_now"] * 3)
    assert look(clock)["first"] == 10
    assert health().tenths == 5


@pytest.mark.parametrize(
    "verdicts",
    [
        ["rejected_for_now"] * 9,  # too few to tell
        ["accepted"] * 18 + ["ambiguous"] * 2,
        ["rejected_for_good"] * 15,  # the addresses, not the provider
    ],
)
def test_what_moves_nothing(waiting, clock, verdicts):
    answer(*verdicts)
    look(clock)
    assert health().tenths == 10
    assert not ProviderShift.objects.exists()


def test_slow_answers_take_half_of_the_traffic(waiting, clock):
    attempts = [attempted(one, "first") for one in Delivery.objects.filter(channel="sms")[:12]]
    clock.advance(seconds=45)
    from notices.models import Outcome

    for attempt in attempts:
        Outcome.record(attempt=attempt, verdict="accepted")
    look(clock)
    assert (health().tenths, health().cause) == (5, "slow_answers")


def receipt_of(attempt, number):
    posted = PostedReceipts.record(
        provider="first", source="callback", body=b"[]", sha256=f"{number:064}"
    )
    receipt = Receipt.record(posted=posted, provider="first", key=str(number), state="delivered")
    ReceiptMatch.record(receipt=receipt, attempt=attempt)


def test_late_receipts_take_half_of_the_traffic(waiting, clock):
    attempts = answer(*["accepted"] * 20)
    for number, attempt in enumerate(attempts[:12]):
        receipt_of(attempt, number)
    clock.advance(seconds=RECEIPT_WITHIN.total_seconds() + 1)
    receipt_of(attempts[12], 12)
    look(clock)
    assert (health().awaited, health().late) == (20, 8)
    assert (health().tenths, health().cause) == (5, "slow_receipts")


def test_a_provider_that_sends_no_receipts_is_late_with_none(waiting, clock):
    answer(*["accepted"] * 20)
    look(clock, after=RECEIPT_WITHIN)
    assert health().tenths == 10


def test_with_one_provider_alone_everything_goes_on(waiting, clock, settings):
    answer(*["rejected_for_now"] * 12)
    look(clock)
    settings.MESSAGE_PROVIDERS = {
        name: one for name, one in settings.MESSAGE_PROVIDERS.items() if name != "second"
    }
    assert health().tenths == 0
    assert set(providers_of(route(at=now() + timedelta(seconds=1)))) == {"first"}


def test_the_moment_of_the_database_counts(clock):
    clock.advance(days=3)
    make_waiting()
    route()
    assert health().measured_at > real_now() + timedelta(days=2)
