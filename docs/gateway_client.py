"""Reference client of the enforcement feed, see enforcement.md: httpx and plain Python."""

import contextlib
import hashlib
import hmac
import json
import logging
import sqlite3
import threading
import time
from datetime import datetime

import httpx

TABLES = """CREATE TABLE IF NOT EXISTS entry (id TEXT PRIMARY KEY, about, account, line);
CREATE INDEX IF NOT EXISTS entry_about ON entry (about); PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS copy (feed TEXT, sequence INTEGER, good_at REAL, max_staleness REAL);
INSERT INTO copy SELECT '', 0, 0, 30 WHERE NOT EXISTS (SELECT 1 FROM copy);"""
FOUND = """SELECT line FROM entry WHERE about IN
(:key_digest, 'everybody', (SELECT account FROM entry WHERE about = :key_digest))"""
STANDING = "SELECT *, ? - good_at BETWEEN 0 AND max_staleness FROM copy"
ALWAYS, NEVER = "1970-01-02T00:00:00Z", "9999-12-30T00:00:00Z"
RANKS = {"disable": 10, "terminate": 20, "suspend": 30, "output_block": 40, "limit": 50}


class Enforcement(threading.local):  # a connection for each thread: who reads waits for no writer
    def __init__(self, *, url, token, gateway, keys, file, open_when_stale=False):
        self.http = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"})
        self.gateway, self.keys, self.open_when_stale = gateway, keys, open_when_stale
        self.copy = sqlite3.connect(file, isolation_level=None, timeout=30)
        self.copy.executescript(TABLES)

    def decide(self, *, key_digest, service, model=None, region=None):
        """What /api/v1/access answers: from the copy if that is fresh or denies, else live."""
        asked = {"key_digest": key_digest, "service": service, "model": model, "region": region}
        *_standing, fresh = self.standing()  # first, as what is read then is at least as new
        found = [json.loads(line) for (line,) in self.copy.execute(FOUND, asked)]
        own = strictest(found, asked, fresh)
        if own and (fresh or own["decision"] == "deny" or self.open_when_stale):
            return own
        with contextlib.suppress(httpx.HTTPError, ValueError):
            some = {name: value for name, value in asked.items() if value}
            return self.http.get("/api/v1/access", params=some, timeout=2).raise_for_status().json()
        return {"decision": "deny", "code": "unavailable", "reason": None, "limits": None}

    def standing(self):  # feed, sequence, when that was all, for how long it is good, if it is
        return self.copy.execute(STANDING, [time.time()]).fetchone()

    def follow(self, stopped):
        """Keeps the copy up to date until `stopped` is set; whatever fails is tried again."""
        pause = 0
        while not stopped.wait(pause):
            began = time.monotonic()
            try:
                pause = 0 if self.update() else max(0, began + 1 - time.monotonic())
            except Exception as error:
                logging.getLogger("enforcement").warning("The copy is not brought up: %r", error)
                pause = min(max(0.1, 2 * pause), 5)

    def update(self):
        """Applies a page, or a snapshot where the feed does not go on; whether that was any."""
        feed, sequence, good_at, max_staleness, fresh = self.standing()
        sent, wait = time.time(), int(min(10, max_staleness / 3)) if fresh else 0
        asked = {"since": sequence, "limit": 10_000, "wait": wait}
        answer, page = self.http.get("/api/v1/enforcement", params=asked, timeout=wait + 10), {}
        if answer.status_code != 410:  # which says: it does not go on from there
            signature = answer.raise_for_status().headers["Apiqik-Signature"]
            sent = min(sent, self._signed_at(signature, answer.content))
            page = answer.json()
        if page.get("feed") != feed:
            self._take_snapshot(feed, sequence)
        else:
            numbers = [page["since"], *(entry["sequence"] for entry in page["entries"])]
            if numbers != list(range(sequence, page["through"] + 1)):
                raise ValueError("These entries do not follow those of the copy.")
            good_at = sent if page["through"] == page["last"] else good_at
            self._keep(page, page["entries"], good_at=good_at)
        now = self.standing()
        applied = {"gateway": self.gateway, "feed": now[0], "sequence": now[1]}
        self.http.post("/api/v1/enforcement/applied", json=applied, timeout=5)
        return now[:2] != (feed, sequence)

    def _take_snapshot(self, feed, sequence):
        with self.http.stream("GET", "/api/v1/enforcement/snapshot", timeout=60) as answer:
            lines = self._trusted_lines(answer.raise_for_status().iter_bytes())
            head = next(lines, {})
            if head["feed"] == feed and head["through"] < sequence:
                raise ValueError("The snapshot is older than the copy.")
            self._keep(head, lines, good_at=0, anew=True)  # good once a page brings nothing newer

    def _keep(self, head, entries, *, good_at, anew=False):
        with self.copy:  # all of it or nothing: also if we are killed, or the signature is bad
            self.copy.execute("BEGIN IMMEDIATE")
            self.copy.execute("DELETE FROM entry WHERE ?", [anew])
            for entry in entries:
                self.copy.execute("DELETE FROM entry WHERE id = ?", [entry["id"]])
                if not entry.get("gone"):
                    about = entry.get("digest") or entry["account"] or "everybody"
                    row = (entry["id"], about, entry["account"], json.dumps(entry))
                    self.copy.execute("INSERT INTO entry VALUES (?, ?, ?, ?)", row)
            row = (head["feed"], head["through"], good_at, head["max_staleness"])
            self.copy.execute("UPDATE copy SET feed=?, sequence=?, good_at=?, max_staleness=?", row)

    def _trusted_lines(self, chunks):
        digest, rest = hashlib.sha256(), b""
        for chunk in chunks:
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                found = json.loads(line)
                if "signature" in found:  # of all lines before it
                    return self._signed_at(found["signature"], digest.hexdigest().encode())
                digest.update(line + b"\n")
                yield found
        raise ValueError("The snapshot was cut short.")

    def _signed_at(self, signature, body):
        parts = dict(part.split("=", 1) for part in signature.split(","))
        key, signed = self.keys.get(parts["k"], b""), parts["t"].encode() + b"." + body
        code = hmac.new(key, signed, "sha256").hexdigest()
        if not key or not hmac.compare_digest(code, parts["v1"]):
            raise ValueError("It is not signed with a key that we know.")
        return int(parts["t"])


def strictest(found, asked, fresh):
    """What the strictest rule that holds comes to; None where the key is not among them."""
    keys, rules, free = ([e for e in found if e["type"] == t] for t in ("key", "rule", "exemption"))
    facts = [{"code": "key_revoked", "since": key["revoked_at"] or NEVER} for key in keys]
    facts += [{"code": "key_expired", "since": key["expires_at"] or NEVER} for key in keys]
    listed = {service for key in keys for service in key["services"] or [asked["service"]]}
    facts += [{"code": "service_not_allowed"}] if asked["service"] not in listed else []
    rules = [rule for rule in facts + rules if severity(rule, asked)]
    first = min(rules, key=lambda rule: severity(rule, asked), default={"code": "allowed"})
    word, limits = {"allowed": "allow", "limited": "limit"}.get(first["code"], "deny"), {}
    for metric, most in (m for rule in rules if word == "limit" for m in rule["limits"].items()):
        limits[metric] = min(most, limits.get(metric, most))
    answer = {"reason": None, **first, "decision": word, "limits": limits or None}
    exempt = fresh and any(severity(one, asked) for one in free)  # the implicit one is never off
    answer["labels"] = {"implicit": True, "explicit": "exempt" if exempt else "required"}
    return answer | {"account": keys[0]["account"]} if keys else None


def severity(rule, asked):
    """Whole before part, what lasts longest, the oldest; None where it does not hold."""
    since = datetime.fromisoformat(rule.get("since") or ALWAYS).timestamp()
    until = datetime.fromisoformat(rule.get("until") or NEVER).timestamp()
    rank = RANKS[rule["measure"]] + any(rule[name] for name in asked) if rule.get("measure") else 30
    holds = since <= time.time() < until and all(rule.get(n) in (None, asked[n]) for n in asked)
    return (rank, -until, since, rule.get("code")) if holds else None
