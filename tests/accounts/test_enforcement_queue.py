"""The sequencer does not look again at what it took, and leaves nothing out for that."""

import json
from contextlib import contextmanager
from datetime import timedelta
from itertools import count

import psycopg
import pytest
from django.db import connection, transaction

from accounts.enforcement import feed, sequencer
from accounts.models import EnforcementChange, EnforcementFeed
from apiqik_backoffice.database_roles import APP
from tests.accounts.making import make_account, make_key

pytestmark = pytest.mark.django_db(transaction=True)

OPEN = (
    "INSERT INTO accounts_condition (account_id, source, since)"
    " SELECT %s, 'source ' || n, common_now() FROM generate_series(%s::int, %s::int) n"
)


@pytest.fixture
def open_some():
    """open_some(session, 3): as many changes in the transaction of that session."""
    account, last = make_account(), count(1)

    def more(session, how_many=1):
        numbers = [next(last) for _one in range(how_many)]
        session.execute(OPEN, [account.pk, numbers[0], numbers[-1]])

    return more


@contextmanager
def session(test_database):
    with psycopg.connect(**test_database.server.connection(APP, test_database.name)) as opened:
        yield opened


def committed(test_database, open_some, how_many=1):
    with session(test_database) as one:
        open_some(one, how_many)


def number(at_most):
    with connection.cursor() as cursor:
        cursor.execute("SELECT accounts_number_changes(%s, '{}')", [at_most])
        return cursor.fetchone()[0]


def sequences():
    page = json.loads(feed.page(since=0, limit=10_000).body)
    return [entry["sequence"] for entry in page["entries"]]


def pages_read(session, at_most):
    """How many pages of tables and indexes are looked at to find what has no number."""
    found = session.execute(
        "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON)"
        f" SELECT * FROM accounts_unnumbered_changes({at_most})"
    ).fetchone()
    return found[0][0]["Plan"]["Shared Hit Blocks"] + found[0][0]["Plan"]["Shared Read Blocks"]


@pytest.mark.parametrize("batch", [1, 2, 3, 100])
def test_what_commits_late_is_found_after_whatever_was_numbered(test_database, open_some, batch):
    with session(test_database) as first, session(test_database) as second:
        open_some(first, 5)
        committed(test_database, open_some, 4)
        assert number(batch) == min(batch, 4)
        open_some(second, 3)
        committed(test_database, open_some, 2)
        assert number(batch) == min(batch, 6 - min(batch, 4))
        first.commit()
        number(batch)
        open_some(second, 1)
        second.commit()
        committed(test_database, open_some, 1)

    while number(batch):
        pass

    assert not EnforcementChange.objects.exists()
    assert sequences() == list(range(1, 5 + 4 + 4 + 2 + 1 + 1))


def test_a_transaction_that_numbers_may_go_on_to_change(open_some):
    with transaction.atomic(), connection.cursor() as cursor:
        open_some(cursor, 2)
        assert number(2) == 2
        open_some(cursor, 1)
        assert number(10) == 1
        open_some(cursor, 1)
    assert number(10) == 1
    assert sequences() == [1, 2, 3, 4]


def test_dead_rows_in_the_queue_do_not_make_the_next_batch_slower(test_database, open_some):
    """A dump that runs for hours keeps what was taken from being cleared away."""
    with session(test_database) as dump, session(test_database) as looking:
        dump.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        dump.execute("SELECT count(*) FROM accounts_enforcementchange")
        looking.autocommit = True
        committed(test_database, open_some, 10)
        number(10_000)
        committed(test_database, open_some, 10)
        # The first time in a session its catalogues are read, too.
        pages_read(looking, 100)
        few = pages_read(looking, 100)
        for _turn in range(5):
            committed(test_database, open_some, 2_000)
            while number(500):
                pass
        committed(test_database, open_some, 10)

        assert pages_read(looking, 100) <= few + 10
        assert number(10_000) == 10


def test_what_came_with_a_dump_from_another_server_is_numbered(as_owner, test_database, open_some):
    """Its transactions had other numbers, of which some are still to come here."""
    committed(test_database, open_some, 3)
    as_owner.execute("UPDATE accounts_enforcementchange SET transaction = '9000000000000'")
    as_owner.execute(
        "UPDATE accounts_enforcementfeed SET looked_as = gen_random_uuid(), upto = 9000000000000,"
        " upto_id = 1000, under_way = '{8000000000000}'"
    )

    assert number(2) == 2
    committed(test_database, open_some, 2)
    assert number(10) == 3
    committed(test_database, open_some, 1)
    assert number(10) == 1
    assert sequences() == [1, 2, 3, 4, 5, 6]


def test_of_a_long_queue_the_page_says_as_of_when_nothing_was_left(monkeypatch, open_some):
    monkeypatch.setattr(feed, "_STANDING", feed._STANDING.replace("1000", "2"))
    sequencer.number_all()
    complete_at = EnforcementFeed.objects.get().complete_at
    for _one in range(3):
        make_key(make_account())
    monkeypatch.setattr(sequencer, "number_all", lambda: 0)

    assert feed.standing().stamped == complete_at


def test_one_that_waits_is_older_than_the_page(monkeypatch, test_database, open_some):
    monkeypatch.setattr(sequencer, "number_all", lambda: 0)
    committed(test_database, open_some)

    [waiting] = EnforcementChange.objects.all()
    assert feed.standing().stamped == waiting.written_at - timedelta(seconds=1)
