"""Gateways report which services accounts use."""

from datetime import UTC, timedelta

import pytest

from accounts.models import ServiceClient, ServiceUse
from common import clock
from tests.accounts.making import make_account, make_key, make_person, make_region, make_service

ADDRESS = "/api/v1/uses"


@pytest.fixture
def account(db):
    return make_account()


@pytest.fixture
def service(account):
    return make_service()


@pytest.fixture
def report(client, account):
    _client, token = ServiceClient.issue(
        name="gateway", scopes=[ServiceClient.Scope.USES_WRITE], created_by=make_person()
    )

    def report(*lines, body=None, token=token):
        return client.post(
            ADDRESS,
            {"uses": list(lines)} if body is None else body,
            content_type="application/json",
            headers={"Authorization": f"Bearer {token}", "Accept-Language": "en"},
        )

    return report


@pytest.fixture
def moment(account):
    return clock.now().astimezone(UTC) - timedelta(days=1)


def test_first_and_last_use_are_kept_whatever_comes_first(report, account, service, moment):
    later = moment + timedelta(hours=3)
    key = make_key(account)
    by_account = {"account": account.public_id, "service": service.slug}
    by_key = {"key_digest": key.digest, "service": service.slug}

    response = report(
        {**by_account, "used_at": later.isoformat()}, {**by_key, "used_at": moment.isoformat()}
    )

    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    assert response.json() == {"recorded": 2, "refused": 0, "verdicts": ["recorded"] * 2}
    use = ServiceUse.objects.get()
    assert (use.account, use.service, use.region) == (account, service, None)
    assert (use.first_used_at, use.last_used_at) == (moment, later)


def test_a_report_sent_again_changes_nothing_and_an_older_one_only_the_beginning(
    report, account, service, moment
):
    line = {"account": account.public_id, "service": service.slug}
    earlier = moment - timedelta(days=9)
    for used_at in (moment, moment, earlier):
        assert report({**line, "used_at": used_at.isoformat()}).json()["recorded"] == 1

    use = ServiceUse.objects.get()
    assert (use.first_used_at, use.last_used_at) == (earlier, moment)


def test_each_region_is_kept_apart(report, account, service, moment):
    region = make_region()
    line = {"account": account.public_id, "service": service.slug, "used_at": moment.isoformat()}

    report(line, {**line, "region": region.slug}, {**line, "region": None})

    assert set(ServiceUse.objects.values_list("region__slug", flat=True)) == {None, region.slug}


def test_lines_that_are_refused_do_not_hold_up_the_others(report, account, service, moment):
    good = {"account": account.public_id, "service": service.slug, "used_at": moment.isoformat()}
    without_account = {"service": service.slug, "used_at": moment.isoformat()}
    ahead = clock.now() + timedelta(hours=1)

    body = report(
        {**good, "account": "acc_x"},
        {**without_account, "key_digest": "0" * 64},
        {**good, "service": "time-travel"},
        {**good, "region": "the-moon"},
        {**good, "used_at": ahead.isoformat()},
        good,
    ).json()

    assert body["verdicts"] == [
        "account_unknown",
        "key_unknown",
        "service_unknown",
        "region_unknown",
        "in_the_future",
        "recorded",
    ]
    assert (body["recorded"], body["refused"]) == (1, 5)


@pytest.mark.parametrize(
    "mistake",
    [
        {"used_at": "2026-03-01T09:30:00"},
        {"used_at": "yesterday"},
        {"used_at": 1_700_000_000},
        {"used_at": None},
        {"service": None},
        {"service": "a b"},
        {"service": ["image-generation"]},
        {"region": "\x00"},
        {"account": None},
        {"account": "acc_\ud800"},
        {"key_digest": "0" * 64},
        {"key": "apq_secret"},
    ],
)
def test_a_malformed_line_is_said_to_be_one(report, account, service, moment, mistake):
    line = {"account": account.public_id, "service": service.slug, "used_at": moment.isoformat()}

    response = report({**line, **mistake}, line)

    assert response.json()["verdicts"] == ["malformed", "recorded"]


@pytest.mark.parametrize("line", ["text", None, 7, [], {}])
def test_what_is_no_line_at_all_is_malformed(report, line):
    assert report(line).json()["verdicts"] == ["malformed"]


def test_a_gateways_clock_may_be_a_little_ahead(report, account, service):
    ahead = clock.now() + timedelta(minutes=4)
    line = {"account": account.public_id, "service": service.slug, "used_at": ahead.isoformat()}

    assert report(line).json()["recorded"] == 1
    assert ServiceUse.objects.get().last_used_at <= clock.now()


@pytest.mark.parametrize(
    "body",
    [
        "[]",
        "{}",
        '{"uses": {}}',
        '{"uses": [], "more": 1}',
        "7",
        "not json",
        '{"uses": NaN}',
        "[" * 100_000,
        '{"uses": [' + ",".join(["1"] * 10_001) + "]}",
    ],
    ids=range(9),
)
def test_what_is_no_report_is_refused(report, body):
    response = report(body=body)

    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["code"] == "invalid"


def test_a_report_too_large_is_refused(report):
    response = report(body=" " * 5_000_000)

    assert response.status_code == 413
    assert response.json()["code"] == "too_large"


def test_an_empty_report_is_fine(report):
    assert report().json() == {"recorded": 0, "refused": 0, "verdicts": []}


def test_ten_thousand_lines_take_as_many_queries_as_one(
    report, account, service, moment, django_assert_max_num_queries
):
    line = {"account": account.public_id, "service": service.slug, "used_at": moment.isoformat()}

    line = {**line, "key_digest": make_key(account).digest, "region": make_region("r" * 40).slug}
    del line["account"]
    # The clock twice, the token, the report.
    with django_assert_max_num_queries(4):
        assert report(*[line] * 10_000).json()["recorded"] == 10_000


def test_the_scope_is_needed(report):
    _client, token = ServiceClient.issue(
        name="other", scopes=["access:read"], created_by=make_person()
    )

    assert report(token=token).status_code == 403
