"""What the placeholders of texts stand for, in both languages."""

from datetime import UTC, datetime

import pytest

from accounts.models import Account
from notices.placeholders import (
    NAMED_ACCOUNTS,
    OWN,
    PLACEHOLDERS,
    and_more,
    common_values,
    format_moment,
    limits_of,
    list_of,
    own_values,
    scope_of,
    values,
)
from tests.accounts.making import make_key, make_model, make_region, make_service
from tests.notices.making import make_customer, plan

MOMENT = datetime(2026, 11, 29, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "zone", "words"),
    [
        ("zh-hans", "Asia/Shanghai", "2026年11月30日 00:00（Asia/Shanghai）"),
        ("en", "Asia/Shanghai", "30 November 2026, 00:00 (Asia/Shanghai)"),
        ("en", "Europe/Berlin", "29 November 2026, 17:00 (Europe/Berlin)"),
        ("en", "Pacific/Kiritimati", "30 November 2026, 06:00 (Pacific/Kiritimati)"),
    ],
)
def test_a_moment_is_told_where_the_reader_is(language, zone, words):
    assert format_moment(MOMENT, language=language, zone=zone) == words


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_rest_of_a_long_list_is_counted(language):
    accounts = [Account(name=f"A{n}", public_id=f"acc_{n}") for n in range(NAMED_ACCOUNTS + 3)]
    lines = list_of(accounts, language=language).split("\n")
    assert len(lines) == NAMED_ACCOUNTS + 1
    assert lines[0] == "- A0 (acc_0)"
    assert "3" in lines[-1]
    assert list_of(accounts[:NAMED_ACCOUNTS], language=language).count("\n") == NAMED_ACCOUNTS - 1
    assert and_more(language).count("%s") == 1


def test_an_account_without_a_name_is_its_identifier():
    assert list_of([Account(name="", public_id="acc_1")], language="en") == "- acc_1 (acc_1)"
    assert own_values(name="Ann", accounts=[], language="en") == {
        "name": "Ann",
        "accounts": "",
        "account_count": "0",
    }


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_placeholder_has_a_value(language):
    change = plan(make_customer()[1])
    given = values(change, language=language, zone="Asia/Shanghai", name="Ann")
    assert set(given) == PLACEHOLDERS
    assert set(common_values(change, language=language, zone="UTC")) == PLACEHOLDERS - set(OWN)
    assert given["change"] == change.public_id
    assert given["url"].startswith("http")


@pytest.mark.django_db
@pytest.mark.usefixtures("in_english")
def test_the_scope_and_the_limits_in_words():
    _ann, account = make_customer()
    service = make_service()
    change = plan(
        account,
        service=service,
        kind="usage_limit",
        model=make_model(service),
        region=make_region(),
        limits={"tokens_per_day": 1_000_000, "requests_per_minute": 60},
        api_keys=[make_key(account), make_key(account)],
    )
    assert scope_of(change, language="en") == "model painter-2, region South China, 2 API keys"
    assert "tokens per day: 1,000,000" in limits_of(change)
    assert "requests per minute: 60" in limits_of(change)
    change.kind = "unheard_of"
    assert "tokens_per_day: 1,000,000" in limits_of(change)
    assert scope_of(plan(service=service), language="en") == ""


@pytest.mark.django_db
def test_no_service_is_every_service_and_no_end_is_further_notice():
    change = plan(make_customer()[1], service=None)
    given = common_values(change, language="en", zone="UTC")
    assert (given["service"], given["until"]) == ("every service", "until further notice")
    change.ends_at = MOMENT
    assert "29 November 2026, 16:00" in common_values(change, language="en", zone="UTC")["until"]


@pytest.mark.django_db
def test_a_postponement_names_both_moments():
    change = plan(make_customer()[1])
    given = common_values(
        change, language="en", zone="UTC", effective=MOMENT, was=change.effective_at
    )
    assert given["effective"] == format_moment(MOMENT, language="en", zone="UTC")
    assert given["was"] == format_moment(change.effective_at, language="en", zone="UTC")
    plain = common_values(change, language="en", zone="UTC")
    assert plain["was"] == plain["effective"] == given["was"]
