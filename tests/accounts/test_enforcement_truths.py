"""The feed misses nothing, says nothing twice and leaves no gap, whatever dies or waits."""

import json
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager

import psycopg
import pytest
from django.db import connection

from accounts.enforcement import feed, sequencer, snapshot, waiting
from apiqik_backoffice.database_roles import APP
from common import clock
from tests.accounts.making import make_account
from tests.billing.test_dump_and_restore import restored  # noqa: F401 -- a fixture

pytestmark = pytest.mark.django_db(transaction=True)

OPEN = (
    "INSERT INTO accounts_condition (account_id, source, since)"
    " SELECT %s, 'source ' || n, common_now() FROM generate_series(%s::int, %s::int) n"
)


@pytest.fixture
def account():
    return make_account()


@contextmanager
def session(test_database):
    """A session of its own, in a transaction until it says otherwise."""
    with psycopg.connect(**test_database.server.connection(APP, test_database.name)) as opened:
        yield opened


def entries(since=0):
    return json.loads(feed.page(since=since, limit=10_000).body)["entries"]


def sequences(since=0):
    return [entry["sequence"] for entry in entries(since)]


def held():
    text = b"".join(snapshot.take().chunks(unpack=True))
    head, *lines, _signature = map(json.loads, text.splitlines())
    assert head["entries"] == len(lines)
    return head["through"], {line["id"]: line for line in lines}


def copied():
    """What a reader of the whole feed holds, by identifier."""
    copy = {}
    for entry in entries():
        if entry["gone"]:
            copy.pop(entry["id"])
        else:
            copy[entry["id"]] = entry
    return copy


def test_a_transaction_held_open_delays_nobody_and_is_not_missed(test_database, account):
    with session(test_database) as slow, session(test_database) as quick:
        slow.execute(OPEN, [account.pk, 1, 3])
        quick.execute(OPEN, [account.pk, 4, 4])
        quick.commit()

        assert sequences() == [1]
        first = feed.standing()

        slow.commit()
        assert sequences() == [1, 2, 3, 4]
        assert sequences(since=first.last) == [2, 3, 4]


def test_an_older_snapshot_held_open_delays_nobody(test_database, account):
    with session(test_database) as slow, session(test_database) as quick:
        slow.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        slow.execute("SELECT count(*) FROM accounts_enforcemententry")
        quick.execute(OPEN, [account.pk, 1, 1])
        quick.commit()
        assert sequences() == [1]
        quick.execute(OPEN, [account.pk, 2, 2])
        quick.commit()
        assert sequences() == [1, 2]


def test_what_is_rolled_back_leaves_no_gap(test_database, account):
    with session(test_database) as one:
        one.execute(OPEN, [account.pk, 1, 5])
        one.rollback()
        one.execute(OPEN, [account.pk, 6, 7])
        one.commit()

    assert sequences() == [1, 2]


def test_a_number_is_given_by_what_is_committed(test_database, account):
    """An older snapshot would read an older state of what changed again since."""
    with session(test_database) as one:
        one.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        with pytest.raises(psycopg.errors.InvalidTransactionState):
            one.execute("SELECT accounts_number_changes(10, '{}')")


def test_two_who_number_at_once_share_the_work(test_database, account):
    """While many write, too: no number twice, none missing, and the newest is what holds."""
    writers, numberers, each = 3, 3, 40
    done = threading.Event()

    def write(first):
        with session(test_database) as one:
            for n in range(first, first + each):
                one.execute(OPEN, [account.pk, n, n])
                if n % 7 == 0:
                    one.rollback()
                    continue
                one.commit()
                one.execute(
                    "UPDATE accounts_condition SET cleared_at = common_now() WHERE source = %s",
                    [f"source {n}"],
                )
                one.commit() if n % 2 else one.rollback()

    def number():
        with session(test_database) as one:
            while not done.is_set():
                one.execute("SELECT accounts_number_changes(5, %s)", [sequencer._words()])
                one.commit()

    writing = [threading.Thread(target=write, args=(n * each,)) for n in range(writers)]
    numbering = [threading.Thread(target=number) for _n in range(numberers)]
    for thread in (*numbering, *writing):
        thread.start()
    for thread in writing:
        thread.join()
    done.set()
    for thread in numbering:
        thread.join()

    found = entries()
    assert [entry["sequence"] for entry in found] == list(range(1, len(found) + 1))
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM accounts_condition WHERE cleared_at IS NULL")
        still_open = {f"condition-{pk}" for (pk,) in cursor.fetchall()}
    assert len(still_open) > 40
    assert copied().keys() == still_open
    through, holds = held()
    assert through == len(found)
    assert holds == copied()


NUMBERING = """
import json, sys, time, psycopg
told = json.load(sys.stdin)
opened = psycopg.connect(**told["where"])
opened.execute("SELECT accounts_number_changes(100, '{}')")
[(highest,)] = opened.execute("SELECT max(sequence) FROM accounts_enforcemententry").fetchall()
print(highest, flush=True)
time.sleep(600)
"""


def test_killed_while_numbering_nothing_is_numbered_and_nobody_waits(test_database, account):
    with session(test_database) as one:
        one.execute(OPEN, [account.pk, 1, 50])
        one.commit()
    where = test_database.server.connection(APP, test_database.name)
    command = [sys.executable, "-c", NUMBERING]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as killed:
        killed.stdin.write(json.dumps({"where": where}))
        killed.stdin.close()
        assert killed.stdout.readline().strip() == "50"
        # While it holds the lock a reader is answered, with what there is and as of when.
        began = clock.now()
        waited = feed.standing()
        assert (waited.last, waited.made_at < began) == (0, True)

        killed.send_signal(signal.SIGKILL)

    assert sequences() == list(range(1, 51))


def test_the_snapshot_under_load_is_of_one_moment(test_database, account):
    """Whoever goes on from its number ends up with what is there."""
    done = threading.Event()

    def write():
        with session(test_database) as one:
            n = 0
            while not done.is_set():
                n += 1
                one.execute(OPEN, [account.pk, n, n])
                if n > 3:
                    one.execute(
                        "UPDATE accounts_condition SET cleared_at = common_now() WHERE source = %s",
                        [f"source {n - 3}"],
                    )
                one.commit()

    def number():
        with session(test_database) as one:
            while not done.is_set():
                one.execute("SELECT accounts_number_changes(3, '{}')")
                one.commit()

    threads = [threading.Thread(target=target) for target in (write, number)]
    for thread in threads:
        thread.start()
    taken = [held() for _turn in range(25)]
    done.set()
    for thread in threads:
        thread.join()

    whole = entries()
    _through, at_last = held()
    assert taken[0][0] < taken[-1][0]
    for through, copy in taken:
        for entry in whole[through:]:
            copy.pop(entry["id"], None)
            if not entry["gone"]:
                copy[entry["id"]] = entry
        assert copy == at_last


def test_the_owner_is_refused_as_well(as_owner, account, test_database):
    with session(test_database) as one:
        one.execute(OPEN, [account.pk, 1, 1])
    assert sequences() == [1]

    for statement in (
        "UPDATE accounts_enforcemententry SET line = '{}'",
        "DELETE FROM accounts_enforcemententry",
        "TRUNCATE accounts_enforcemententry",
    ):
        with pytest.raises(psycopg.errors.RestrictViolation):
            as_owner.execute(statement)


def test_a_database_that_was_restored_has_another_feed(
    test_database,
    account,
    restored,  # noqa: F811 -- the fixture
):
    with session(test_database) as one:
        one.execute(OPEN, [account.pk, 1, 2])
    assert sequences() == [1, 2]
    before = feed.standing().feed
    connection.close()

    name = restored()

    with psycopg.connect(**test_database.server.connection(APP, name)) as opened:
        [(feed_there,)] = opened.execute("SELECT accounts_enforcement_feed()::text").fetchall()
        opened.execute("SELECT accounts_number_changes(10, '{}')")
        last = opened.execute("SELECT last FROM accounts_enforcementfeed").fetchone()
    assert feed_there != before
    assert last == (2,)
    assert feed.standing().feed == before


@pytest.fixture
def bell(monkeypatch):
    ringing = waiting.Bell()
    monkeypatch.setattr(waiting, "bell", ringing)
    monkeypatch.setattr(waiting, "LOOK_UP", 0.1)
    yield ringing
    ringing.stop()


def sessions(test_database):
    """What sessions of the web server on this database did last: who holds a connection."""
    with psycopg.connect(**test_database.server.superuser) as superuser:
        return superuser.execute(
            "SELECT query FROM pg_stat_activity WHERE usename = %s AND datname = %s",
            [APP, test_database.name],
        ).fetchall()


def wait_for(since, seconds, ready, found):
    def give_back():
        connection.close()
        ready.set()

    try:
        found.append(waiting.page(since=since, limit=100, seconds=seconds, give_back=give_back))
    finally:
        connection.close()


def test_many_wait_on_one_connection_for_what_comes(test_database, account, bell):
    found, ready = [], [threading.Event() for _n in range(5)]
    threads = [threading.Thread(target=wait_for, args=(0, 20, each, found)) for each in ready]
    for thread in threads:
        thread.start()
    for each in ready:
        assert each.wait(10)
    connection.close()
    assert sessions(test_database) == [("LISTEN accounts_enforcement",)]
    assert found == []

    with session(test_database) as one:
        one.execute(OPEN, [account.pk, 1, 1])
    for thread in threads:
        thread.join(10)

    assert [page.through for page in found] == [1] * 5


def test_who_waits_is_answered_at_the_end_with_nothing(bell):
    found, ready = [], threading.Event()
    wait_for(0, 0.3, ready, found)

    assert ready.is_set()
    assert [page.through for page in found] == [0]


def test_when_all_seats_are_taken_the_answer_comes_at_once(settings, bell):
    settings.ENFORCEMENT_WAITERS = 1
    assert bell.take_seat()

    found, ready = [], threading.Event()
    wait_for(0, 20, ready, found)

    assert not ready.is_set()
    assert [page.through for page in found] == [0]
    bell.leave_seat()


def test_a_listener_that_lost_its_connection_listens_again(test_database, account, bell):
    found, ready = [], threading.Event()
    thread = threading.Thread(target=wait_for, args=(0, 20, ready, found))
    thread.start()
    assert ready.wait(10)
    heard = bell.heard()

    with psycopg.connect(**test_database.server.superuser) as superuser:
        superuser.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE query = 'LISTEN accounts_enforcement' AND datname = %s",
            [test_database.name],
        )
    # Broken or not, whoever waits looks: something may have come while nobody listened.
    assert bell.wait(heard, 10)
    with session(test_database) as one:
        one.execute(OPEN, [account.pk, 1, 1])
    thread.join(15)

    assert [page.through for page in found] == [1]
