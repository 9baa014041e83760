"""The platform's rating charges usage over HTTP."""

from datetime import UTC, timedelta
from decimal import Decimal

import pytest

from accounts.models import ServiceClient
from billing.models import Charge, Wallet
from common import clock
from tests.accounts.making import make_key, make_model, make_person, make_region, make_service
from tests.billing.making import make_account, numbers, paid_in, yuan

ADDRESS = "/api/v1/charges"


@pytest.fixture
def account(db):
    account = make_account()
    paid_in(account, 10)
    return account


@pytest.fixture
def rating(account):
    """A service client that may charge, and its token."""
    return ServiceClient.issue(
        name="rating", scopes=[ServiceClient.Scope.CHARGES_WRITE], created_by=make_person()
    )


@pytest.fixture
def send(client, rating):
    def send(*lines, body=None, token=rating[1]):
        return client.post(
            ADDRESS,
            {"charges": list(lines)} if body is None else body,
            content_type="application/json",
            headers={"Authorization": f"Bearer {token}", "Accept-Language": "en"},
        )

    return send


@pytest.fixture
def line(account):
    moment = clock.now().astimezone(UTC) - timedelta(hours=1)

    def line(**fields):
        return {
            "key": f"use-{next(numbers)}",
            "account": account.public_id,
            "amount": "1",
            "used_at": moment.isoformat(),
            **fields,
        }

    return line


def verdicts(response):
    assert response.status_code == 200, response.content
    return [one["verdict"] for one in response.json()["lines"]]


def balance(account):
    return Wallet.objects.get(pk=account.pk).balance


def test_a_line_is_charged_to_its_account_key_model_and_region(send, line, account, rating):
    key, region = make_key(account), make_region()
    model = make_model(make_service())

    response = send(
        line(
            amount="0.000123456789012345",
            api_key=key.public_id,
            service=model.service.slug,
            model=model.slug,
            region=region.slug,
            quantities={"tokens_in": 812, "tokens_out": 96},
        )
    )

    assert response["Cache-Control"] == "no-store"
    assert response.json() == {
        "accepted": 1,
        "known": 0,
        "refused": 0,
        "posted": "0.000123",
        "lines": [{"verdict": "accepted", "posted": "0.000123", "field": None}],
    }
    charge = Charge.objects.get()
    assert charge.exact == Decimal("123.456789012345")
    assert (charge.api_key, charge.model, charge.region) == (key, model, region)
    assert (charge.service, charge.client) == (model.service, rating[0])
    assert charge.quantities == {"tokens_in": 812, "tokens_out": 96}
    assert balance(account) == yuan(10) - 123


def test_a_key_may_be_named_by_its_digest_and_a_model_without_its_service(send, line, account):
    key, model = make_key(account), make_model(make_service())

    assert verdicts(send(line(key_digest=key.digest, model=model.slug))) == ["accepted"]

    charge = Charge.objects.get()
    assert (charge.api_key, charge.service) == (key, model.service)


def test_a_batch_sent_again_charges_nothing(send, line, account):
    lines = [line(amount="1.5"), line(amount="0")]
    first, again = send(*lines), send(*reversed(lines))

    assert verdicts(first) == ["accepted", "accepted"]
    assert verdicts(again) == ["known", "known"]
    assert again.json()["lines"][1]["posted"] == "1.500000"
    assert (again.json()["known"], again.json()["posted"]) == (2, "0.000000")
    assert balance(account) == yuan("8.5")


def test_the_same_amount_written_another_way_is_the_same_line(send, line):
    one = line(amount="1.10")

    assert verdicts(send(one, {**one, "amount": "1.1", "region": None})) == ["accepted", "known"]


@pytest.mark.parametrize(
    "other",
    [
        {"amount": "2"},
        {"amount": "1.000000000000000001"},
        {"used_at": 26},
        {"quantities": {"tokens_in": 1}},
    ],
)
def test_a_key_is_never_taken_for_something_else(send, line, account, other):
    one = line()
    if "used_at" in other:
        moment = clock.now() - timedelta(hours=other["used_at"])
        other = {"used_at": moment.isoformat()}

    assert verdicts(send(one)) == ["accepted"]
    assert verdicts(send({**one, **other})) == ["key_taken"]
    assert send({**one, **other}).json()["lines"][0]["posted"] is None
    assert balance(account) == yuan(9)


def test_what_an_account_cannot_spend_is_refused_and_the_rest_is_taken(send, line, account):
    other = make_account()
    paid_in(other, 1)

    response = send(
        line(amount="6"),
        line(amount="5"),
        line(account=other.public_id, amount="1"),
        line(amount="4"),
    )

    assert verdicts(response) == ["accepted", "not_enough", "accepted", "accepted"]
    assert (response.json()["accepted"], response.json()["refused"]) == (3, 1)
    assert response.json()["posted"] == "11.000000"
    assert (balance(account), balance(other)) == (0, 0)


def test_an_account_that_never_paid_cannot_spend(send, line):
    assert verdicts(send(line(account=make_account().public_id))) == ["not_enough"]


def test_lines_that_are_refused_do_not_hold_up_the_others(send, line, account):
    stranger = make_key(make_account())
    model = make_model(make_service())
    other_service = make_service("embeddings")
    now = clock.now().astimezone(UTC)

    response = send(
        line(account="acc_x"),
        line(api_key=stranger.public_id),
        line(key_digest=stranger.digest),
        line(service="time-travel"),
        line(model="painter-9"),
        line(service=other_service.slug, model=model.slug),
        line(region="the-moon"),
        line(used_at=(now + timedelta(minutes=6)).isoformat()),
        line(used_at=(now - timedelta(days=401)).isoformat()),
        line(used_at=(now + timedelta(minutes=4)).isoformat()),
        line(used_at=(now - timedelta(days=399)).isoformat()),
    )

    assert verdicts(response) == [
        "account_unknown",
        "api_key_unknown",
        "api_key_unknown",
        "service_unknown",
        "model_unknown",
        "model_unknown",
        "region_unknown",
        "in_the_future",
        "too_old",
        "accepted",
        "accepted",
    ]
    assert balance(account) == yuan(8)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("key", ""),
        ("key", None),
        ("key", "k" * 161),
        ("key", "a key"),
        ("key", "\u0000"),
        ("account", None),
        ("account", "acc_\ud800"),
        ("account", 7),
        ("amount", None),
        ("amount", 1),
        ("amount", 0.1),
        ("amount", True),
        ("amount", "-1"),
        ("amount", "+1"),
        ("amount", "1e3"),
        ("amount", ".5"),
        ("amount", "1."),
        ("amount", "１"),
        ("amount", "NaN"),
        ("amount", "1,000"),
        ("amount", " 1"),
        ("amount", "1\n"),
        ("amount", "1" * 13),
        ("amount", "0.1234567890123456789"),
        ("used_at", None),
        ("used_at", "2026-03-01T09:30:00"),
        ("used_at", "yesterday"),
        ("used_at", 1_700_000_000),
        ("used_at", "0001-01-01T00:00:00+14:00"),
        ("api_key", "apq_secret"),
        ("key_digest", "0"),
        ("service", "a b"),
        ("model", ["painter-2"]),
        ("region", "\x00"),
        ("quantities", []),
        ("quantities", {"tokens_in": -1}),
        ("quantities", {"tokens_in": 1.5}),
        ("quantities", {"tokens_in": True}),
        ("quantities", {"tokens_in": "1"}),
        ("quantities", {"tokens_in": 10**15 + 1}),
        ("quantities", {"Tokens in": 1}),
        ("quantities", {f"q{number}": 1 for number in range(21)}),
        ("secret", "1"),
    ],
)
def test_a_malformed_line_is_named_with_its_field_and_the_others_are_charged(
    send, line, account, field, value
):
    response = send(line(**{field: value}), line())

    assert verdicts(response) == ["malformed", "accepted"]
    assert response.json()["lines"][0] == {"verdict": "malformed", "posted": None, "field": field}
    assert balance(account) == yuan(9)


def test_a_key_named_twice_over_is_malformed(send, line, account):
    key = make_key(account)
    response = send(line(api_key=key.public_id, key_digest=key.digest))

    assert response.json()["lines"][0]["field"] == "key_digest"


@pytest.mark.parametrize("given", ["text", None, 7, [], {}])
def test_what_is_no_line_at_all_is_malformed(send, given):
    assert verdicts(send(given)) == ["malformed"]


@pytest.mark.parametrize(
    "body",
    [
        "[]",
        "{}",
        '{"charges": {}}',
        '{"charges": [], "more": 1}',
        "7",
        "not json",
        '{"charges": NaN}',
        "[" * 100_000,
        '{"charges": [' + ",".join(["1"] * 10_001) + "]}",
        '{"charges": [' + "1" * 5_000 + "]}",
    ],
    ids=range(10),
)
def test_what_is_no_batch_is_refused(send, body):
    response = send(body=body)

    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["code"] == "invalid"


def test_a_batch_too_large_is_refused(send):
    response = send(body=" " * (8 * 1024 * 1024 + 1))

    assert response.status_code == 413
    assert response.json()["code"] == "too_large"


def test_an_empty_batch_is_fine(send):
    assert send().json() == {
        "accepted": 0,
        "known": 0,
        "refused": 0,
        "posted": "0.000000",
        "lines": [],
    }


def test_ten_thousand_lines_of_many_accounts(send, line, django_assert_max_num_queries):
    accounts = [make_account() for _ in range(7)]
    for account in accounts:
        paid_in(account, 1000)
    lines = [
        line(
            account=accounts[number % 7].public_id, amount="0.0000004", quantities={"tokens_in": 9}
        )
        for number in range(10_000)
    ]

    # The first request of a minute takes a share of its budget, the others spend it in memory.
    send(line(account=make_account().public_id))

    # The token, what the lines are about; per thousand lines a savepoint, the charges, its
    # release.
    with django_assert_max_num_queries(2 + 10 * 3):
        response = send(*lines)

    assert set(verdicts(response)) == {"accepted"}
    taken = [1_000_000_000 - balance(account) for account in accounts]
    # 1,428 or 1,429 times four tenths of a micro-yuan, rounded once.
    assert sorted(taken) == [571, 571, 571, 572, 572, 572, 572]


def test_the_scope_is_needed(send):
    _client, token = ServiceClient.issue(
        name="other", scopes=["access:read", "uses:write"], created_by=make_person()
    )

    assert send(token=token).status_code == 403
    assert send(token="aps_nobody").status_code == 401
    assert Charge.objects.count() == 0
