"""Gateways that are killed and restarted while much is taken away and given back, beside
transactions that stay open; and how long it takes from an approval to a no.

The site, the gateways and, where there is one, the worker are real processes; a gateway is the
reference client of docs/. A slice of it is in `make test`.
"""

import base64
import contextlib
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import threading
import time
from bisect import bisect
from collections import defaultdict
from pathlib import Path

from django.conf import settings

from accounts.access import decide_for_key
from accounts.enforcement import applied
from accounts.models import EnforcementState, Restriction, ServiceClient
from apiqik_backoffice.database_roles import APP
from apiqik_backoffice.embedded.processes import wait_until
from apiqik_backoffice.supervisor.children import dying_with_parent
from common.clock import now
from tests.accounts.making import make_clause, make_key, make_person, make_service
from tests.notices.making import approve, make_customer, make_supervisor, plan, propose
from tests.plumbing.feed_reader import gateway_client
from tests.plumbing.product import ROOT, environment, free_port

SERVICE = "image-generation"
# Short, so that a run goes through it many times.
STALENESS = 3
SCOPES = ("enforcement:read", "enforcement:apply", "access:read")
PATIENCE = 120

_TAKE_AWAY = """
WITH chosen AS (
    SELECT key.account_id FROM accounts_apikey key WHERE key.id = ANY(%(keys)s)
), permitted AS (
    INSERT INTO accounts_permit (change, account_id, not_before)
    SELECT gen_random_uuid(), account_id, common_now() FROM chosen
    RETURNING id, account_id
)
INSERT INTO accounts_restriction (id, permit_id, account_id, clause_id, reason_zh_hans, reason_en,
                                  starts_at)
SELECT gen_random_uuid(), id, account_id, %(clause)s, '欠费', 'Fees are overdue', common_now()
FROM permitted
"""
_GIVE_BACK = """
INSERT INTO accounts_lifting (restriction_id, lifted_by_id, reason)
SELECT restriction.id, %(by)s, 'Paid'
FROM accounts_restriction restriction
JOIN accounts_apikey key ON key.account_id = restriction.account_id
WHERE key.id = ANY(%(keys)s)
  AND NOT EXISTS (SELECT FROM accounts_lifting WHERE restriction_id = restriction.id)
"""


class Site:
    """gunicorn as the product starts it, on the crew's database."""

    def __init__(self, crew):
        self.crew, self.port = crew, free_port()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        self.crew.site(self.port, ENFORCEMENT_MAX_STALENESS=str(STALENESS))
        assert wait_until(self._answers, seconds=60, every=0.1), self.crew.last_words()

    def _answers(self):
        with contextlib.suppress(gateway_client.httpx.HTTPError):
            return gateway_client.httpx.get(f"{self.url}/healthz", timeout=2).status_code == 200
        return False


class Gateways:
    """Four of them. `kill` ends one as a power cut would, `start` begins it anew on its file."""

    def __init__(self, site, folder, keys):
        _client, token = ServiceClient.issue(
            name="gateways", scopes=SCOPES, created_by=make_person()
        )
        self.folder, self.processes = folder, {}
        self.told = {
            "url": site.url,
            "token": token,
            "keys": {
                name: base64.b64encode(key).decode()
                for name, key in settings.ENFORCEMENT_KEYS.items()
            },
            "digests": [key.digest for key in keys],
            "service": SERVICE,
        }
        self.names = [f"gateway-{number}" for number in range(4)]

    def file(self, name):
        return self.folder / f"{name}.sqlite3"

    def start(self, name):
        told = self.told | {
            "gateway": name,
            "file": str(self.file(name)),
            "let_through": str(self.folder / f"{name}.let_through"),
        }
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, str(Path(__file__).with_name("gateway_process.py"))],
                cwd=ROOT,
                env=environment(),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=dying_with_parent(signal.SIGTERM),
            )
        process.stdin.write(json.dumps(told).encode())
        process.stdin.close()
        self.processes[name] = process

    def kill(self, name):
        process = self.processes.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
        process.wait()

    def dismiss(self):
        for name in list(self.processes):
            self.kill(name)

    def copy(self, name):
        """What it has, without asking anybody."""
        return gateway_client.Enforcement(
            url="http://127.0.0.1:9", token="", gateway=name, keys={}, file=self.file(name),
            open_when_stale=True,
        )  # fmt: skip

    def let_through(self):
        for name in self.names:
            path = self.folder / f"{name}.let_through"
            for line in path.read_text().splitlines() if path.exists() else ():
                # The last line of one that was killed may be half written.
                at, _space, number = line.partition(" ")
                with contextlib.suppress(ValueError):
                    yield float(at), int(number)

    def last_words(self):
        logs = [self.folder / f"{name}.log" for name in self.names]
        return "\n".join(log.read_text()[-800:] for log in logs if log.exists())


class Changes:
    """Takes away and gives back, and knows since when and until when each key is denied.

    Since: once the commit had answered. Until: before the lifting was begun.
    """

    def __init__(self, test_database, keys):
        self.database, self.keys = test_database, keys
        self.clause, self.lifter = make_clause().pk, make_person().pk
        self.denied = defaultdict(list)
        self.free, self.blocked = set(range(len(keys))), set()
        self.taken = self.given = self.held = self.undone = 0
        self.lock = threading.Lock()

    def take_away(self, number, *, hold=0.0, undo=False):
        """From so many free keys; the transaction stays open for `hold` seconds."""
        with self.lock:
            chosen = random.sample(sorted(self.free), min(number, len(self.free)))
            self.free -= set(chosen)
        with self.database.connect(APP) as link:
            ids = [self.keys[one].pk for one in chosen]
            link.autocommit = False
            link.execute(_TAKE_AWAY, {"keys": ids, "clause": self.clause})
            if hold:
                threading.Event().wait(hold)
            link.rollback() if undo else link.commit()
        since = time.time()
        with self.lock:
            if undo:
                self.free |= set(chosen)
                self.undone += len(chosen)
                return
            for one in chosen:
                self.denied[one].append([since, None])
            self.blocked |= set(chosen)
            self.taken += len(chosen)
            self.held += bool(hold) and len(chosen)

    def give_back(self, number):
        with self.lock:
            chosen = random.sample(sorted(self.blocked), min(number, len(self.blocked)))
            self.blocked -= set(chosen)
            for one in chosen:
                self.denied[one][-1][1] = time.time()
        with self.database.connect(APP) as link:
            ids = [self.keys[one].pk for one in chosen]
            link.execute(_GIVE_BACK, {"keys": ids, "by": self.lifter})
            link.commit()
        with self.lock:
            self.free |= set(chosen)
            self.given += len(chosen)

    def longest_let_through(self, let_through):
        """For how long, at most, somebody was let through who was denied by then, in seconds."""
        longest = 0.0
        since = {number: [one[0] for one in denied] for number, denied in self.denied.items()}
        for at, number in let_through:
            place = bisect(since.get(number, []), at) - 1
            if place >= 0:
                began, until = self.denied[number][place]
                if until is None or at < until:
                    longest = max(longest, at - began)
        return longest


def many_changes(figures, crew, test_database, *, times, folder, name="gateways", site_dies=False):
    """`times` restrictions and liftings beside open transactions, gateways dying meanwhile."""
    make_service(SERVICE)
    keys = [make_key(make_customer(contact_email=f"{n}@example.com")[1]) for n in range(60)]
    site = Site(crew)
    site.start()
    gateways, changes = Gateways(site, folder, keys), Changes(test_database, keys)
    try:
        for one in gateways.names:
            gateways.start(one)
        kills = _do(changes, gateways, site, times=times, site_dies=site_dies)
        began = time.monotonic()
        converged = wait_until(
            lambda: all(is_right(gateways.copy(one), keys) for one in gateways.names),
            seconds=PATIENCE,
            every=0.2,
        )
        figures.told(f"{name}.seconds_until_all_agreed", rest=f"{time.monotonic() - began:.1f}")
        assert converged, gateways.last_words() + crew.last_words()
        assert wait_until(all_applied, seconds=30, every=0.2), gateways.last_words()
    finally:
        gateways.dismiss()
    _judge(figures, name, changes, gateways, kills=kills, times=times)


def _do(changes, gateways, site, *, times, site_dies):
    """Until so much was taken away and given back; how often a gateway was killed."""
    kills, threads, since = 0, [], time.monotonic()
    while changes.taken + changes.given < times:
        if changes.free and (random.random() < 0.5 or not changes.blocked):
            changes.take_away(random.randint(1, 10))
        else:
            changes.give_back(random.randint(1, 10))
        if random.random() < 0.05 and sum(thread.is_alive() for thread in threads) < 3:
            given = {"hold": random.uniform(0.5, 2 * STALENESS), "undo": random.random() < 0.3}
            threads.append(threading.Thread(target=changes.take_away, args=[2], kwargs=given))
            threads[-1].start()
        if time.monotonic() - since > 0.7:
            dead = random.choice(gateways.names)
            gateways.kill(dead)
            gateways.start(dead)
            kills, since = kills + 1, time.monotonic()
            if site_dies and kills % 20 == 0:
                site.crew.kill("site")
                site.start()
    for thread in threads:
        thread.join()
    return kills


def is_right(copy, keys):
    """Whether a gateway's copy says of every key what the back office says."""
    at = now()
    return all(
        (copy.decide(key_digest=key.digest, service=SERVICE)["decision"] != "deny")
        == decide_for_key(digest=key.digest, service=SERVICE, at=at).allowed
        for key in keys
    )


def all_applied():
    found = applied.of_restrictions(Restriction.objects.all())
    return found is not None and (found.on, found.of) == (4, 4)


def _judge(figures, name, changes, gateways, *, kills, times):
    let_through = list(gateways.let_through())
    figures.at_least(f"{name}.taken_away_and_given_back", changes.taken + changes.given, times)
    figures.told(f"{name}.of_these_in_transactions_held_open", rest=str(changes.held))
    figures.told(f"{name}.rolled_back_after_being_held_open", rest=str(changes.undone))
    figures.at_least(f"{name}.gateways_killed", kills, 1)
    figures.at_least(f"{name}.times_somebody_was_let_through", len(let_through), times)
    figures.at_most(
        f"{name}.seconds_let_through_what_was_denied",
        changes.longest_let_through(let_through),
        STALENESS,
    )
    found = applied.of_restrictions(Restriction.objects.all())
    figures.exactly(f"{name}.applied_on", found.on, 4)


def from_approval_to_denial(figures, crew, *, times, folder, name="gateways"):
    """Blocks proposed and approved, carried out by a worker; until a gateway says no."""
    service, site = make_service(SERVICE), Site(crew)
    site.start()
    crew.worker()
    crew.wait_for_worker()
    _client, token = ServiceClient.issue(name="one", scopes=SCOPES, created_by=make_person())
    copy = gateway_client.Enforcement(
        url=site.url, token=token, gateway="one", keys=settings.ENFORCEMENT_KEYS,
        file=str(folder / "one.sqlite3"),
    )  # fmt: skip
    stopped = threading.Event()
    following = threading.Thread(target=_follow, args=[copy, stopped])
    following.start()
    try:
        parts = [_one_block(crew, copy, service, number) for number in range(times)]
    finally:
        stopped.set()
        following.join()
        copy.http.close()
    took = [part.pop("denied") for part in parts]
    for part in parts[0]:
        median = statistics.median(each[part] for each in parts)
        figures.told(f"{name}.seconds_from_approval_until.{part}.median", rest=f"{median:.2f}")
    figures.told(
        f"{name}.seconds_from_approval_to_denial.all",
        rest=" ".join(f"{seconds:.2f}" for seconds in sorted(took)),
    )
    figures.at_most(f"{name}.seconds_from_approval_to_denial.median", statistics.median(took), 1)
    return took


def _follow(copy, stopped):
    try:
        copy.follow(stopped)
    finally:
        copy.http.close()  # this thread's own


def _one_block(crew, copy, service, number):
    """When after the approval was begun each part of the way was done, in seconds."""
    _person, account = make_customer(contact_email=f"one-{number}@example.com")
    key = make_key(account)
    change = plan(account, service=service, at_once=True, grounds="In other hands", in_days=0)
    propose(change)

    def decision():
        return copy.decide(key_digest=key.digest, service=SERVICE)["decision"]

    def has_the_key():
        return copy.copy.execute("SELECT 1 FROM entry WHERE about = ?", [key.digest]).fetchone()

    # Else it would ask live, and there would be nothing to measure.
    assert wait_until(lambda: has_the_key() and decision() == "allow", seconds=30, every=0.05)
    supervisor = make_supervisor()
    began = time.time()
    approve(change, by=supervisor)
    approved = time.time()
    assert wait_until(lambda: decision() == "deny", seconds=60, every=0.005)
    denied = time.time()
    worked = (task for task in crew.tasks("began") if task["task"] == "notices.take_effect")
    restriction = Restriction.objects.get(account=account)
    entries = EnforcementState.objects.filter(pk=f"restriction-{restriction.pk}")
    # A gateway with a stale copy, as on a busy machine, asks live: that knows before the feed.
    assert wait_until(entries.exists, seconds=60, every=0.05)
    entry = entries.get()
    moments = {
        "approved": approved,
        "worker_began": next(task["at"] for task in worked if task["at"] > began),
        "written": restriction.recorded_at.timestamp(),
        "numbered": entry.numbered_at.timestamp(),
        "denied": denied,
    }
    return {part: moment - began for part, moment in moments.items()}
