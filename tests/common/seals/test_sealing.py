"""Every row that is over and done with is in one block, and in one only."""

import json
import threading
from collections import Counter

import pytest
from django.db import DatabaseError, connection, transaction

from apiqik_backoffice.database_roles import APP
from billing.models import Journal
from common.models import SealBlock
from common.seals import anchors, sealing
from common.seals.exceptions import AnchorsDisagree, CannotSeal, ClockOfTransactionsWentBack
from tests.billing.making import make_account, paid_in
from tests.common.seals.settling import seal

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("few_tables")]


def sealed(table="billing.journal"):
    return Counter(row for block in SealBlock.objects.filter(table=table) for row in block.ids)


def test_nothing_makes_no_block(anchors_file):
    assert seal() == 0
    assert not SealBlock.objects.exists()
    assert not anchors_file.exists()


def test_each_row_is_in_one_block_whatever_the_size_of_blocks(anchors_file):
    account = make_account()
    for _each in range(7):
        paid_in(account, 1)
    assert seal(rows_a_block=3) == 7
    paid_in(account, 1)
    assert seal(rows_a_block=3) == 1
    assert seal() == 0
    assert sealed() == Counter(Journal.objects.values_list("pk", flat=True))
    assert [block.number for block in SealBlock.objects.order_by("number")] == [1, 2, 3, 4]
    written = [anchor.number for anchor in anchors.lines()]
    assert written == [1, 2, 3, 4]


def test_a_transaction_held_open_across_sealing_is_sealed_once(test_database):
    account = make_account()
    with test_database.connect(APP) as other:
        other.autocommit = False
        [(late,)] = other.execute(
            "WITH journal AS (INSERT INTO billing_journal"
            " (kind, effective_at, key, request_hash, legs)"
            " VALUES ('receipt', common_now(), 'late', '', 2) RETURNING id),"
            " entries AS (INSERT INTO billing_entry (journal_id, account_id, amount)"
            " SELECT id, leg.* FROM journal, (VALUES (1010, -5), (2005, 5)) leg)"
            " SELECT id FROM journal"
        ).fetchall()
        early = paid_in(account, 1)
        sealing.seal()
        assert late not in sealed()
        other.commit()
    assert late < early.pk
    seal()
    assert sealed() == Counter([late, early.pk])
    assert seal() == 0


def test_two_sealers_do_not_get_into_each_others_way(test_database):
    paid_in(make_account(), 1)
    with test_database.connect(APP) as other, other.transaction():
        other.execute("SELECT pg_advisory_xact_lock(hashtext('common_sealblock'))")
        assert sealing.seal() == 0
    assert seal() == 1


def test_an_anchor_left_out_by_a_crash_is_made_up_for(anchors_file):
    account = make_account()
    for _each in range(2):
        paid_in(account, 1)
        seal()
    first, second = anchors_file.read_text().splitlines(keepends=True)
    anchors_file.write_text(first + second[:30])
    paid_in(account, 1)
    seal()
    assert anchors_file.read_text().splitlines(keepends=True)[:2] == [first, second]
    assert [anchor.number for anchor in anchors.lines()] == [1, 2, 3]


def test_nothing_is_sealed_on_top_of_anchors_that_disagree(anchors_file):
    account = make_account()
    for _each in range(3):
        paid_in(account, 1)
        seal()
    kept = anchors_file.read_text()
    anchors_file.write_text(kept.splitlines(keepends=True)[0])
    with pytest.raises(AnchorsDisagree):
        seal()
    assert sealing.write_missing_anchors() == 2
    assert anchors_file.read_text() == kept
    anchors_file.write_text(kept.replace(SealBlock.objects.get(number=3).hash, "f" * 64))
    with pytest.raises(AnchorsDisagree):
        seal()
    with pytest.raises(AnchorsDisagree):
        sealing.write_missing_anchors()


def test_without_a_key_nothing_is_sealed(settings):
    settings.SEAL_KEYS = {}
    with pytest.raises(CannotSeal):
        sealing.seal()


def test_a_server_that_counts_from_further_back_is_noticed(as_owner):
    paid_in(make_account(), 1)
    seal()
    as_owner.execute("ALTER TABLE common_sealblock DISABLE TRIGGER USER")
    as_owner.execute("UPDATE common_sealblock SET upto_transaction = 1::bigint << 50")
    with pytest.raises(ClockOfTransactionsWentBack):
        seal()


@pytest.mark.parametrize(
    "change",
    [
        {"number": 3},
        {"number": 2, "previous_hash": "0" * 64},
        {"number": 2, "after_id": 99},
        {"number": 2, "upto_id": 0},
    ],
)
def test_the_database_takes_only_the_next_block(change):
    paid_in(make_account(), 1)
    seal()
    [(hash_, upto, row)] = SealBlock.objects.values_list("hash", "upto_transaction", "upto_id")
    fitting = {"previous_hash": hash_, "after_transaction": upto, "after_id": row}
    fitting |= {"hash": "f" * 64, "upto_id": row + 1}
    insert = (
        "INSERT INTO common_sealblock"
        " SELECT (jsonb_populate_record(block, %s)).* FROM common_sealblock block"
    )
    with connection.cursor() as cursor:
        with pytest.raises(DatabaseError, match="block"), transaction.atomic():
            cursor.execute(insert, [json.dumps(fitting | change)])
        cursor.execute(insert, [json.dumps(fitting | {"number": 2})])
    # It fits, but nobody signed it: no anchor is written for it, and none on top of it.
    paid_in(make_account(), 1)
    with pytest.raises(AnchorsDisagree):
        seal()
    assert [anchor.number for anchor in anchors.lines()] == [1]


def test_rows_know_the_transaction_that_wrote_them_whatever_the_writer_says(app_connection):
    journal = paid_in(make_account(), 1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT transaction::text::bigint FROM billing_journal")
        assert cursor.fetchone()[0] > 100
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE tgname LIKE '%%_is_stamped'"
            " AND tgrelid IN ('accounts_acceptance'::regclass, 'accounts_permit'::regclass)"
            " AND tgfoid = 'common_stamp_transaction'::regproc"
        )
        assert len(cursor.fetchall()) == 2
    assert journal.pk


def test_many_threads_write_while_one_seals():
    accounts = [make_account() for _each in range(4)]

    def write(account):
        try:
            for _each in range(10):
                paid_in(account, 1)
        finally:
            connection.close()

    writers = [threading.Thread(target=write, args=[each]) for each in accounts]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        sealing.seal(rows_a_block=3)
    for writer in writers:
        writer.join()
    seal()
    assert sealed() == Counter(Journal.objects.values_list("pk", flat=True))
    assert set(sealed().values()) == {1}
    assert len(sealed()) == 40
