"""What is announced stops a service on the pages only if the whole of it stops."""

import pytest

from accounts import upcoming
from accounts.upcoming import Upcoming, UpcomingSource
from common import clock
from tests.accounts.making import make_account, make_service


@pytest.mark.parametrize(
    ("announced", "stops"),
    [
        ({}, True),
        ({"kind": "termination"}, True),
        ({"kind": "usage_limit"}, False),
        ({"kind": "amendment"}, False),
        ({"kind": "service_change"}, False),
        ({"model_id": 1}, False),
        ({"region_id": 1}, False),
        ({"api_key_ids": (1,)}, False),
    ],
)
def test_only_what_stops_the_whole_of_a_service_counts(db, announced, stops):
    account, service, at = make_account(), make_service(), clock.now()
    one = Upcoming(account_id=account.pk, service_id=service.pk, begins_at=at, **announced)
    upcoming.sources.register(UpcomingSource("test", lambda _accounts, _at: [one]))
    try:
        found = upcoming.earliest([account], at=at)
    finally:
        del upcoming.sources._members["test"]

    assert found == ({(account.pk, service.pk): at} if stops else {})
