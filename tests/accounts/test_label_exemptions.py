"""Leave to go without the explicit label (3.6.2): asked for, promised, granted, ended."""

from datetime import timedelta

import pytest

from accounts.access import Explicit, decide, decide_for_key, state_of
from common import clock
from tests.accounts.exempting import (
    ask,
    exempt,
    grant,
    revoke,
)
from tests.accounts.making import make_account, make_key, make_service

pytestmark = pytest.mark.django_db
MOMENT = timedelta(microseconds=1)


@pytest.fixture
def account():
    return make_account()


@pytest.fixture
def service():
    return make_service()


def explicit(account, service, at=None):
    decision = decide(account=account, service=service, at=at or clock.now())
    assert decision.labels.implicit is True
    return decision.labels.explicit


# --- what access says -----------------------------------------------------------------------


def test_the_label_is_required_unless_an_exemption_stands(account, service):
    assert explicit(account, service) is Explicit.REQUIRED
    application = ask(account)
    assert explicit(account, service) is Explicit.REQUIRED
    grant(application)

    assert explicit(account, service) is Explicit.EXEMPT
    assert explicit(account, None) is Explicit.EXEMPT
    assert explicit(make_account(), service) is Explicit.REQUIRED


def test_an_exemption_of_one_service_leaves_the_others_and_the_whole_as_they_were(account, service):
    speech = make_service("speech")
    exempt(account, service)

    assert explicit(account, service) is Explicit.EXEMPT
    assert explicit(account, speech) is Explicit.REQUIRED
    assert explicit(account, None) is Explicit.REQUIRED


def test_it_is_asked_about_by_a_key_and_a_model_too(account, service):
    key = make_key(account)
    exempt(account, service)

    found = decide_for_key(digest=key.digest, service=service.slug, at=clock.now())
    assert found.labels.explicit is Explicit.EXEMPT
    unknown = decide_for_key(digest="0" * 64, service=service.slug, at=clock.now())
    assert unknown.labels.explicit is Explicit.REQUIRED


def test_it_holds_through_its_last_day_and_not_a_moment_longer(account, service):
    [granted] = exempt(account, days=3)
    granted.refresh_from_db()

    local = granted.ends_at.astimezone(clock.ZoneInfo(account.time_zone))
    assert (local.date() - timedelta(days=1), local.hour, local.minute) == (granted.last_day, 0, 0)
    assert explicit(account, service, granted.ends_at - MOMENT) is Explicit.EXEMPT
    assert explicit(account, service, granted.ends_at) is Explicit.REQUIRED
    assert explicit(account, service, granted.recorded_at - MOMENT) is Explicit.REQUIRED


def test_revoked_it_ends_at_once_and_the_time_before_stays_as_it_was(account, service):
    [granted] = exempt(account)
    before = clock.now()
    end = revoke(granted)
    end.refresh_from_db()

    assert explicit(account, service) is Explicit.REQUIRED
    assert explicit(account, service, end.recorded_at - MOMENT) is Explicit.EXEMPT
    assert before <= end.recorded_at


def test_the_services_of_an_account_are_told_with_their_labels(account, service):
    make_service("speech", position=1)
    exempt(account, service)

    labels = [one.decision.labels.explicit for one in state_of(account=account, at=clock.now())]
    assert labels == [Explicit.EXEMPT, Explicit.REQUIRED]


def test_it_takes_no_further_query(account, service, django_assert_num_queries):
    exempt(account)
    at = clock.now()
    with django_assert_num_queries(1):
        decide(account=account, service=service, at=at)
