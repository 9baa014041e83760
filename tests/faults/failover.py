"""Providers that are full or slow: traffic shifts, nothing is lost, nothing goes twice.

Real gateways on loopback sockets, the product's own claim, provider and outcome. A slice of
it is in `make test` (`tests/notices/routing/test_failover.py`).
"""

from collections import Counter

from notices import delivering
from notices.models import Delivery, ProviderHealth
from tests.notices.routing.making import make_waiting


def tenths(name="first"):
    return ProviderHealth.objects.get(pk=name).tenths


def send_all(clock, *, rounds, seconds=12):
    """Sends what is due, again and again, with time passing in between."""
    for _round in range(rounds):
        while delivering.deliver_batch("sms", at=clock.now()):
            pass
        clock.advance(seconds=seconds)


def arrived(*gateways):
    """How often each number was taken, by all of them together."""
    return Counter(message["to"] for gateway in gateways for message in gateway.taken)


def full_provider(clock, first, second, *, people):
    """`first` answers 429 to all, then is well again; what the figures are judged by."""
    first.mood = 429
    make_waiting(people=people)
    send_all(clock, rounds=1)
    clock.advance(seconds=40)
    send_all(clock, rounds=4)
    lost_at_first, asked_while_full = tenths(), first.asked
    open_then = Delivery.objects.filter(channel="sms").exclude(state="accepted").count()
    first.mood = 200
    for _minute in range(11):
        make_waiting(people=2)
        send_all(clock, rounds=1, seconds=61)
    return {
        "lost": open_then,
        "twice": sum(1 for count in arrived(first, second).values() if count > 1),
        "tenths_while_full": lost_at_first,
        "asked_while_full": asked_while_full,
        "tenths_afterwards": tenths(),
        "taken_by_second": len(second.taken),
        "taken_by_first": len(first.taken),
    }


def slow_provider(clock, first, second, *, people, batches):
    """`first` takes messages and does not answer in time. These are in doubt and stay; what
    was not handed over goes to `second`."""
    first.mood = "slow"
    make_waiting(people=people)
    for _batch in range(batches):
        delivering.deliver_batch("sms", at=clock.now())
        clock.advance(seconds=45)
    while delivering.deliver_batch("sms", at=clock.now()):
        pass
    clock.advance(seconds=45)
    send_all(clock, rounds=4, seconds=45)
    doubtful = Delivery.objects.filter(channel="sms", state="unknown")
    moved = doubtful.filter(attempts__provider="second").count()
    return {
        "doubtful": doubtful.count(),
        "doubtful_moved": moved,
        "accepted": Delivery.objects.filter(channel="sms", state="accepted").count(),
        "twice": sum(1 for count in arrived(first, second).values() if count > 1),
        "tenths": tenths(),
        "taken_by_first": len(first.taken),
        "taken_by_second": len(second.taken),
    }
