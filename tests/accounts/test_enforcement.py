"""What becomes an entry of the enforcement feed, and what does not."""

import json
import uuid
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from django.db import IntegrityError, transaction

from accounts import conditions, incidents
from accounts.enforcement import feed, sequencer, snapshot
from accounts.exceptions import FeedIsGone
from accounts.models import (
    AgreementVersion,
    ApiKey,
    Condition,
    EnforcementChange,
    EnforcementEntry,
    EnforcementState,
    InferenceModel,
    Lifting,
    Measure,
    Publication,
    Service,
)
from common import clock
from tests.accounts.exempting import exempt, revoke
from tests.accounts.making import (
    make_account,
    make_clause,
    make_key,
    make_model,
    make_person,
    make_region,
    make_service,
    restrict,
)

pytestmark = pytest.mark.usefixtures("ungated", "db")


def entries(since=0, limit=10_000):
    return json.loads(feed.page(since=since, limit=limit).body)["entries"]


def held():
    """What the snapshot holds, by identifier."""
    text = b"".join(snapshot.take().chunks(unpack=True))
    _head, *lines, _signature = map(json.loads, text.splitlines())
    return {line["id"]: line for line in lines}


def last():
    return feed.standing().last


def test_a_restriction_names_all_that_narrows_it():
    account = make_account()
    service, region = make_service(), make_region()
    model, key = make_model(service), make_key(account)
    until = clock.now() + timedelta(days=3)
    restriction = restrict(
        account,
        api_key=key,
        service=service,
        model=model,
        region=region,
        until=until,
        measure=Measure.LIMIT,
        limits={"requests_per_minute": 10},
        reason_zh_hans='引号" 反斜杠\\ 换行\n 结束',
    )

    [entry] = [one for one in entries() if one["type"] == "rule"]

    assert entry["id"] == f"restriction-{restriction.pk}"
    assert entry["code"] == "limited"
    assert entry["measure"] == "limit"
    assert entry["limits"] == {"requests_per_minute": 10}
    assert entry["key_digest"] == key.digest
    assert (entry["service"], entry["model"], entry["region"]) == (
        "image-generation",
        "painter-2",
        "cn-south",
    )
    assert datetime.fromisoformat(entry["until"]) == until
    assert entry["reason"]["zh-Hans"] == '引号" 反斜杠\\ 换行\n 结束'
    assert held()[entry["id"]] == entry


def test_a_restriction_that_has_not_begun_is_told_with_its_beginning():
    since = clock.now() + timedelta(days=9)
    restrict(make_account(), since=since, measure=Measure.OUTPUT_BLOCK)

    [entry] = entries()

    assert entry["code"] == "output_blocked"
    assert datetime.fromisoformat(entry["since"]) == since


def test_what_holds_for_everybody_names_no_account():
    service = make_service()
    at = clock.now()
    change = uuid.uuid4()
    restriction = incidents.declare(
        change=change,
        service_id=service.pk,
        model_id=None,
        region_id=None,
        clause_id=make_clause("11.1").pk,
        reason_zh_hans="故障",
        reason_en="Failure",
        at=at,
        ends_at=None,
    )

    [entry] = entries()
    assert entry["id"] == f"platform-{restriction.pk}"
    assert (entry["account"], entry["service"]) == (None, "image-generation")
    assert (entry["code"], entry["clause"]) == ("restricted", "11.1")

    incidents.end(change=change, ended_by=make_person(), reason="repaired")
    [entry] = entries(since=1)
    assert entry == {
        "sequence": 2,
        "id": f"platform-{restriction.pk}",
        "type": "rule",
        "gone": True,
    }


def test_a_condition_is_told_in_the_words_of_its_source():
    account = make_account()
    source = next(iter(conditions.sources))
    condition = Condition.objects.create(account=account, source=source.name, since=clock.now())
    unknown = Condition.objects.create(account=account, source="long gone", since=clock.now())

    first, second = entries()

    assert first["id"] == f"condition-{condition.pk}"
    assert (first["code"], first["account"]) == ("condition", account.public_id)
    assert first["clause"] == source.clause_number
    assert first["reason"] == {"zh-Hans": source.reason_zh_hans, "en": source.reason_en}
    assert second["id"] == f"condition-{unknown.pk}"
    assert second["clause"] is None
    assert "account page" in second["reason"]["en"]

    Condition.objects.filter(pk=condition.pk).update(cleared_at=clock.now())
    unknown.delete()
    assert [(one["id"], one["gone"]) for one in entries(since=2)] == [
        (first["id"], True),
        (second["id"], True),
    ]
    assert held() == {}


def test_an_open_condition_names_the_newest_terms_once_they_are_published():
    for number in (1, 2):
        make_clause("2.1.2", version=number)
    Publication.record(version=AgreementVersion.objects.get(number=1))
    for cleared_at in (None, clock.now()):
        Condition.objects.create(
            account=make_account(), source="any", since=clock.now(), cleared_at=cleared_at
        )
    [before] = entries()
    assert before["version"] == 1
    Publication.record(version=AgreementVersion.objects.get(number=2))
    [after] = entries(before["sequence"])
    assert (after["id"], after["version"]) == (before["id"], 2)
    assert held()[after["id"]]["version"] == 2
    # Another document is none of the terms.
    policy = make_clause("1", slug="policy").version
    Publication.record(version=policy)
    assert entries(after["sequence"]) == []


def test_what_is_retired_is_a_rule_for_everybody():
    service = make_service()
    model = make_model(service)
    assert entries() == []
    at = clock.now()

    InferenceModel.objects.filter(pk=model.pk).update(retired_at=at)
    Service.objects.filter(pk=service.pk).update(retired_at=at)

    of_model, of_service = entries()
    assert (of_model["code"], of_model["service"], of_model["model"]) == (
        "model_retired",
        "image-generation",
        "painter-2",
    )
    assert (of_service["code"], of_service["service"], of_service["model"]) == (
        "service_retired",
        "image-generation",
        None,
    )
    assert of_service["account"] is None
    assert "retired" in of_service["reason"]["en"]
    assert datetime.fromisoformat(of_service["since"]) == at

    Service.objects.filter(pk=service.pk).update(retired_at=None)
    assert [(one["id"], one["gone"]) for one in entries(since=2)] == [
        (f"service-{service.pk}", True)
    ]


def test_names_are_nothing_to_gateways():
    service, account = make_service(), make_account()
    key = make_key(account)
    before = last()

    Service.objects.filter(pk=service.pk).update(name_en="Pictures", position=4)
    ApiKey.objects.filter(pk=key.pk).update(name="other", told_of_end=True)

    assert not EnforcementChange.objects.exists()
    assert last() == before


def test_a_key_is_told_anew_whenever_it_changes():
    account, service = make_account(), make_service()
    key = make_key(account)
    at = clock.now()

    assert [(one["services"], one["account"]) for one in entries()] == [(None, account.public_id)]
    key.services.add(service)
    assert [one["services"] for one in entries(since=1)] == [["image-generation"]]
    key.services.clear()
    assert [one["services"] for one in entries(since=2)] == [None]
    key.revoke(at=at)
    [revoked] = entries(since=3)
    assert datetime.fromisoformat(revoked["revoked_at"]) == at
    # A key that was revoked is still known: it is denied for that reason.
    assert held() == {f"key-{key.pk}": revoked}


def test_what_came_and_went_unseen_gets_no_number():
    restriction = restrict(make_account())
    Lifting.record(restriction=restriction, lifted_by=make_person(), reason="a mistake")

    assert entries() == []
    assert not EnforcementChange.objects.exists()


def test_what_is_as_it_was_gets_no_number():
    key = make_key(make_account())
    assert last() == 1
    services = [make_service(), make_service("text-generation")]

    key.services.set(services)
    key.services.clear()

    assert EnforcementChange.objects.filter(kind="key").count() == 2 + 2
    assert last() == 1


def test_many_in_one_statement_are_numbered_in_their_order():
    accounts = [make_account() for _one in range(5)]
    Condition.objects.bulk_create(
        Condition(account=account, source="consent_due", since=clock.now()) for account in accounts
    )

    found = entries()

    assert [one["sequence"] for one in found] == [1, 2, 3, 4, 5]
    assert [one["account"] for one in found] == [account.public_id for account in accounts]


def test_pages_follow_each_other():
    for _one in range(5):
        make_key(make_account())

    page = json.loads(feed.page(since=0, limit=2).body)

    assert (page["since"], page["through"], page["last"]) == (0, 2, 5)
    assert [one["sequence"] for one in entries(since=2, limit=2)] == [3, 4]
    assert [one["sequence"] for one in entries(since=4, limit=2)] == [5]
    assert entries(since=5) == []
    with pytest.raises(FeedIsGone):
        entries(since=6)


def test_changes_are_numbered_in_batches(monkeypatch):
    monkeypatch.setattr(sequencer, "BATCH", 2)
    for _one in range(5):
        make_key(make_account())

    assert sequencer.number_all() == 5

    assert [one["sequence"] for one in entries()] == [1, 2, 3, 4, 5]


def test_without_patience_the_page_says_as_of_when_it_is_complete(monkeypatch):
    """A reader must not take for up to date what lags behind."""
    monkeypatch.setattr(sequencer, "BATCH", 2)
    monkeypatch.setattr(sequencer, "PATIENCE", 0.0)
    began = datetime.now(UTC)
    for _one in range(3):
        make_key(make_account())
    page = sequencer.number_all(patience=0.0)
    assert page == 2

    monkeypatch.setattr(sequencer, "number_all", lambda: 0)
    found = feed.standing()

    [waiting] = EnforcementChange.objects.all()
    assert found.last == 2
    assert found.stamped == waiting.written_at - timedelta(seconds=1)
    assert found.stamped < began + timedelta(minutes=1)
    assert clock.now() - found.made_at >= timedelta(seconds=1)


@pytest.mark.parametrize(
    ("make", "field", "value"),
    [
        (make_service, "slug", "other"),
        (lambda: make_model(make_service()), "slug", "other"),
        (make_region, "slug", "other"),
        (make_account, "public_id", "acc_other"),
        (lambda: make_key(make_account()), "digest", "0" * 64),
    ],
)
def test_what_gateways_know_it_by_stays(make, field, value):
    record = make()

    with pytest.raises(IntegrityError, match="stays as it is"), transaction.atomic():
        type(record).objects.filter(pk=record.pk).update(**{field: value})
    # Writing the whole row is no change of its code.
    record.save()


def test_what_is_over_leaves_the_snapshot_a_day_later(clock):
    from common.clock import now

    restriction = restrict(make_account(), until=now() + timedelta(hours=1))
    assert f"restriction-{restriction.pk}" in held()

    clock.advance(hours=2)
    sequencer.forget()
    assert f"restriction-{restriction.pk}" in held()

    clock.advance(days=1)
    sequencer.forget()
    assert held() == {}
    assert entries(since=1) == [
        {"sequence": 2, "id": f"restriction-{restriction.pk}", "type": "rule", "gone": True}
    ]


def test_the_feed_forgets_after_thirty_days(clock):
    condition = Condition.objects.create(
        account=make_account(), source="consent_due", since=datetime.now(UTC)
    )
    make_key(make_account())
    assert last() == 2
    condition.delete()
    assert last() == 3

    clock.advance(days=29)
    sequencer.forget()
    assert len(entries()) == 3

    clock.advance(days=2)
    make_key(make_account())
    assert last() == 4
    sequencer.forget()

    with pytest.raises(FeedIsGone, match="snapshot"):
        entries(since=2)
    assert [one["sequence"] for one in entries(since=3)] == [4]
    # The state of what is still there is kept for ever, of what is gone for as long.
    assert set(EnforcementState.objects.values_list("sequence", flat=True)) == {2, 4}
    assert len(held()) == 2
    assert EnforcementEntry.objects.count() == 1


WRITTEN_BY_ITSELF = [
    "INSERT INTO accounts_enforcemententry VALUES (9, '{}', now())",
    "UPDATE accounts_enforcemententry SET line = '{}'",
    "DELETE FROM accounts_enforcemententry",
    "TRUNCATE accounts_enforcemententry",
    "DELETE FROM accounts_enforcementchange",
    "INSERT INTO accounts_enforcementchange (kind, subject, written_at) VALUES ('key', '1', now())",
    "UPDATE accounts_enforcementstate SET gone = true",
    "DELETE FROM accounts_enforcementstate",
    "UPDATE accounts_enforcementfeed SET last = 0",
    "DELETE FROM accounts_enforcementfeed",
    "ALTER TABLE accounts_restriction DISABLE TRIGGER accounts_restriction_is_fed_on_insert",
    "CREATE OR REPLACE FUNCTION accounts_number_changes(integer, jsonb) RETURNS integer"
    " LANGUAGE sql AS 'SELECT 0'",
]


@pytest.mark.parametrize("statement", WRITTEN_BY_ITSELF)
def test_the_app_role_cannot_write_the_feed(app_connection, statement):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app_connection.execute(statement)


def test_there_is_one_feed(as_owner):
    with pytest.raises(psycopg.errors.UniqueViolation):
        as_owner.execute("INSERT INTO accounts_enforcementfeed VALUES (gen_random_uuid(), 0)")


def test_an_exemption_from_the_label_is_told_with_its_end_and_gone_once_it_ended():
    account, service = make_account(), make_service()
    [granted] = exempt(account, service)
    [entry] = [one for one in entries() if one["type"] == "exemption"]

    assert entry["id"] == f"exemption-{granted.pk}"
    assert (entry["account"], entry["service"]) == (account.public_id, service.slug)
    assert datetime.fromisoformat(entry["since"]) == granted.recorded_at
    assert datetime.fromisoformat(entry["until"]) == granted.ends_at
    assert entry["reference"] == granted.public_id
    assert held()[entry["id"]] == entry
    # Of the label that is never off there is nothing to say.
    assert "implicit" not in json.dumps(entry)

    before = last()
    revoke(granted)
    [gone] = entries(since=before)
    assert {name: gone[name] for name in ("id", "type", "gone")} == {
        "id": entry["id"],
        "type": "exemption",
        "gone": True,
    }
    assert entry["id"] not in held()


def test_an_exemption_of_the_whole_account_names_no_service():
    exempt(make_account())

    [entry] = [one for one in entries() if one["type"] == "exemption"]
    assert entry["service"] is None


def test_an_exemption_that_is_over_leaves_the_feed_a_day_later(clock):
    [granted] = exempt(make_account(), days=1)
    assert f"exemption-{granted.pk}" in held()

    clock.set(granted.ends_at + timedelta(days=1, minutes=1))
    sequencer.forget()
    assert f"exemption-{granted.pk}" not in held()
