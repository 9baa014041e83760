"""Every table there is: what a story leaves in them is sealed, and what is changed is named."""

import psycopg
import pytest
from django.apps import apps
from django.db import connection

from billing import floors
from common.models import SealBlock
from common.seals import sealing
from common.seals.findings import Found
from common.seals.registry import sealed_tables
from common.seals.verifying import Checked, verify
from notices import delivering, gate
from notices.models import Attempt
from tests.accounts.exempting import exempt, revoke
from tests.billing.making import make_requester, paid_in, set_floor, spend, yuan
from tests.common.seals.settling import seal
from tests.notices.making import make_announced, make_customer, run_jobs

pytestmark = pytest.mark.django_db(transaction=True)


def findings():
    return [
        finding
        for each in verify()
        for finding in (each.findings if isinstance(each, Checked) else [each])
    ]


@pytest.fixture
def superuser(test_database):
    """Somebody for whom no trigger and no foreign key counts."""
    with test_database.connect("postgres") as opened:
        opened.execute("SET session_replication_role = replica")
        yield opened


@pytest.fixture
def story(clock):
    """An account is told of a suspension and suspended; it pays, spends and owes. It was exempt
    from the explicit label until that was revoked."""
    _person, account = make_customer()
    change = make_announced(account)
    clock.set(gate.earliest_effect(change, account))
    run_jobs()
    paid_in(account, 10)
    spend(account, 3)
    set_floor(account, -5)
    floors.request_floor(
        account=account, floor=yuan(-9), reason="Monthly", requested_by=make_requester()
    )
    [exempted] = exempt(account)
    revoke(exempted)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO billing_paymentevent (provider, source, headers, body, sha256)"
            """ VALUES ('loopback', 'callback', '{"a": "b"}', '\\x01ff', repeat('0', 64))"""
        )
    seal()
    return account


def sealed_with_rows():
    return [table for table in sealed_tables if apps.get_model(table.name).objects.exists()]


def test_every_row_is_in_one_block(story):
    seen = sealed_with_rows()
    assert len(seen) > 15
    for table in seen:
        numbered = apps.get_model(table.name).objects.order_by(table.key)
        ids = list(numbered.values_list(table.key, flat=True))
        blocks = SealBlock.objects.filter(table=table.name)
        assert sorted(row for block in blocks for row in block.ids) == ids, table.name
    assert findings() == []


def test_asking_what_there_is_to_seal_costs_few_statements(story, django_assert_max_num_queries):
    with django_assert_max_num_queries(8):
        assert sealing.seal() == 0


def test_a_deleted_row_is_named_whatever_its_table(story, superuser):
    for table in sealed_with_rows():
        model = apps.get_model(table.name)
        superuser.execute(
            f"DELETE FROM {model._meta.db_table} WHERE {table.key} = %s",
            [getattr(model.objects.latest(table.key), table.key)],
        )
    gone = {found.details["table"] for found in findings() if found.what == Found.DELETED_ROW}
    assert gone == {block.table for block in SealBlock.objects.all()}


@pytest.mark.parametrize(
    ("table", "column", "value", "named"),
    [
        ("billing_charge", "quantities", "'{\"tokens_in\": 9}'", ("billing.journal", "charge")),
        ("billing_floorchange", "floor", "floor - 1", ("billing.floorchange", "floor")),
        ("billing_paymentevent", "body", "'\\x01fe'", ("billing.paymentevent", "body")),
        ("billing_paymentevent", "headers", "'{}'", ("billing.paymentevent", "headers")),
        (
            "accounts_restriction",
            "reason_en",
            "reason_en || '.'",
            ("accounts.permit", "restrictions"),
        ),
        (
            "accounts_labelexemption",
            "last_day",
            "last_day + 1",
            ("accounts.labelexemption", "last_day"),
        ),
        (
            "accounts_labelundertaking",
            "sha256",
            "repeat('0', 64)",
            ("accounts.labelapplication", "undertakings"),
        ),
        ("accounts_labelapplication", "purpose", "'x'", ("accounts.labelapplication", "purpose")),
        ("notices_noticeaccount", "time_zone", "'UTC'", ("notices.notice", "accounts")),
        ("notices_outcome", "answer", "'{\"x\": 1}'", ("notices.outcome", "answer")),
        ("notices_approval", "approved_by_id", "approved_by_id + 1", ("notices.approval", "")),
    ],
)
def test_a_changed_byte_is_named_whatever_its_table(story, superuser, table, column, value, named):
    superuser.execute(f"UPDATE {table} SET {column} = {value}")
    found = findings()
    assert {each.details["table"] for each in found} == {named[0]}
    assert {each.what for each in found} <= {Found.CHANGED_ROW, Found.CHANGED_PERSONAL}
    assert named[1] in found[0].details["columns"]


def test_a_changed_text_is_named_with_the_notices_that_said_it(story, superuser):
    superuser.execute("UPDATE notices_renderedbody SET body = body || '.'")
    found = {(each.details["table"], each.details["columns"]) for each in findings()}
    assert ("notices.notice", "text") in found
    assert ("notices.announcement", "chinese, english") in found


TOGETHER = {
    "accounts_restriction": (
        "id, starts_at, permit_id, account_id, clause_id, service_id, ends_at, measure, limits,"
        " reason_zh_hans, reason_en",
        "gen_random_uuid(), common_now(), permit_id, account_id, clause_id, service_id, ends_at,"
        " measure, limits, reason_zh_hans, reason_en FROM accounts_restriction",
    ),
    "notices_noticeaccount": (
        "notice_id, account_id, change_id, phase, time_zone",
        "about.notice_id, other.id, about.change_id, about.phase, ''"
        " FROM notices_noticeaccount about, accounts_account other"
        " WHERE other.id <> about.account_id",
    ),
}


@pytest.mark.parametrize("table", TOGETHER)
def test_what_is_sealed_with_a_row_is_not_written_later(story, app_connection, table):
    make_customer()
    columns, values = TOGETHER[table]
    with pytest.raises(psycopg.Error, match="written together"):
        app_connection.execute(f"INSERT INTO {table} ({columns}) SELECT {values}")


@pytest.mark.parametrize(
    ("statement", "column"),
    [
        ("UPDATE notices_attempt SET provider = provider || 'x' WHERE number = %s", "provider"),
        ("UPDATE notices_attempt SET fence = fence + 1 WHERE number = %s", "fence"),
        (
            "UPDATE notices_delivery SET address = 'else@example.com' WHERE id ="
            " (SELECT delivery_id FROM notices_attempt WHERE number = %s)",
            "delivery.address",
        ),
        (
            "UPDATE notices_delivery SET template_id = template_id + 1 WHERE id ="
            " (SELECT delivery_id FROM notices_attempt WHERE number = %s)",
            "delivery",
        ),
    ],
)
def test_a_changed_attempt_is_named_with_its_row(story, superuser, statement, column):
    number = Attempt.objects.earliest("number").number
    superuser.execute(statement, [number])
    found = {
        (each.details["row"], each.details["columns"])
        for each in findings()
        if each.details["table"] == "notices.attempt"
    }
    assert found == {(number, column)}


def test_the_writer_does_not_choose_the_number(story, app_connection):
    attempt = Attempt.objects.latest("number")
    delivering.record_bounce(attempt=attempt, reason="Full", answer={})
    app_connection.execute(
        "UPDATE notices_delivery SET state = 'sending', fence = 99 WHERE id = %s",
        [attempt.delivery_id],
    )
    [(given,)] = app_connection.execute(
        "INSERT INTO notices_attempt (id, delivery_id, provider, fence, number)"
        " VALUES (gen_random_uuid(), %s, 'p', 99, 1) RETURNING number",
        [attempt.delivery_id],
    ).fetchall()
    assert given > attempt.number
