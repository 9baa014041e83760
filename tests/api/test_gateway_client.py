"""The reference client decides as the back office does, and trusts nothing that it should not."""

import itertools
import json
import random
import uuid
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from django.conf import settings as conf
from django.db import connection

from accounts import incidents
from accounts.access import decide_for_key
from accounts.api.serializers import AccessDecisionSerializer
from accounts.models import Condition, Gateway, Lifting
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
from tests.plumbing.feed_reader import Line, gateway_client, make_token, reader

MOMENT = timedelta(milliseconds=1)


@pytest.fixture
def line():
    return Line()


@pytest.fixture(autouse=True)
def _at_once(settings):
    """A third of a second: nobody waits for the next entry."""
    settings.ENFORCEMENT_MAX_STALENESS = 2


@pytest.fixture
def copy(ungated, db, tmp_path, line):
    return reader(tmp_path / "copy.sqlite3", token=make_token(), line=line)


@pytest.fixture
def key(copy):
    return make_key(make_account())


@pytest.fixture
def service(copy):
    return make_service()


@pytest.fixture
def ask(copy, key, service):
    def ask(of=None, **narrower):
        return (of or copy).decide(key_digest=key.digest, service=service.slug, **narrower)

    return ask


def pages(spoil):
    """Spoils the answers of the feed's pages only."""

    def of_pages(request):
        return spoil(request) if request.url.path == "/api/v1/enforcement" else None

    return of_pages


def bring_up(copy):
    """As `follow` does: until a page brings nothing."""
    while copy.update():
        pass


def grow_stale(copy):
    copy.copy.execute("UPDATE copy SET good_at = good_at - 3")


# --- deciding ---------------------------------------------------------------------------------


def test_it_decides_as_the_back_office_does(copy, line):
    dice = random.Random(7)
    services = [make_service(), make_service("speech")]
    models = [make_model(services[0]), make_model(services[1], "voice-1")]
    regions = [make_region(), make_region("eu-west")]
    at = clock.now()
    accounts = [make_account() for _ in range(20)]
    keys = [make_key(account) for account in accounts for _ in range(2)]
    keys[0].revoke(at=at)
    keys[1].services.add(services[1])
    type(keys[2]).objects.filter(pk=keys[2].pk).update(expires_at=at)
    for account in accounts:
        spare(dice, account, services)
        for _ in range(dice.choice([1, 3, 5])):
            take_away(dice, account, services, models, regions, keys)
    Condition.objects.create(account=accounts[3], source="consent_due", since=at)
    Condition.objects.create(account=accounts[4], source="who_knows", since=at)
    incidents.declare(
        change=uuid.uuid4(), service_id=services[1].pk, model_id=None, region_id=regions[1].pk,
        clause_id=make_clause("11").pk, reason_zh_hans="停电", reason_en="Power is out",
        limits={"requests_per_minute": 5}, at=at, ends_at=None,
    )  # fmt: skip
    models[1].retired_at = at
    models[1].save()
    bring_up(copy)
    line.cut()
    copy.copy.execute("UPDATE copy SET max_staleness = 600")

    told, labels = set(), set()
    for key, service, model, region in itertools.product(
        keys, services, [None, *models], [None, *regions]
    ):
        if model and model.service != service:
            continue
        asked = {
            "service": service.slug,
            "model": model and model.slug,
            "region": region and region.slug,
        }
        now = clock.now()
        theirs = decide_for_key(digest=key.digest, at=now, **asked)
        expected = AccessDecisionSerializer.answer(theirs, asked=asked, at=now)
        own = copy.decide(key_digest=key.digest, **asked)
        compared = ["decision", "code", "limits", "labels"]
        if not expected["code"].startswith(("key_", "service_not", "allowed")):
            compared += ["account", "measure", "document", "version", "clause", "reason"]
            compared += ["until", "reference"]
        assert {name: own.get(name) for name in compared} == {
            name: expected[name] for name in compared
        }, (asked, own, expected)
        told.add(expected["code"])
        labels.add(expected["labels"]["explicit"])
    assert told == {
        "allowed", "limited", "restricted", "output_blocked", "condition", "model_retired",
        "key_revoked", "key_expired", "service_not_allowed",
    }  # fmt: skip

    assert labels == {"required", "exempt"}


def spare(dice, account, services):
    """No explicit label for one service, for both, for the whole account, or not any more."""
    asked = dice.choice([None, [], services, services[:1], services[1:]])
    if asked is None:
        return
    for granted in exempt(account, *asked):
        if dice.random() < 0.3:
            revoke(granted)


def take_away(dice, account, services, models, regions, keys):
    model = dice.choice([None, None, *models])
    measure = dice.choice(["suspend", "suspend", "limit", "limit", "output_block", "terminate"])
    limits = {
        metric: dice.randint(1, 99)
        for metric in dice.sample(["requests_per_minute", "tokens_per_day"], dice.randint(1, 2))
    }
    since = clock.now()
    made = restrict(
        account,
        since=since + dice.choice([MOMENT, MOMENT, timedelta(hours=1)]),
        until=dice.choice([None, since + timedelta(hours=5), since + timedelta(hours=2)]),
        model=model,
        service=None if model else dice.choice([None, *services]),
        region=dice.choice([None, None, *regions]),
        api_key=dice.choice([None, *(key for key in keys if key.account_id == account.pk)]),
        measure=measure,
        limits=limits if measure == "limit" else {},
    )
    if dice.random() < 0.2:
        Lifting.record(restriction=made, lifted_by=make_person(), reason="Paid")


def test_what_is_taken_away_is_denied_and_what_is_given_back_is_not(copy, key, ask, line):
    bring_up(copy)
    assert ask()["decision"] == "allow"
    restriction = restrict(key.account)
    bring_up(copy)

    denied = ask()
    assert (denied["decision"], denied["clause"], denied["reference"]) == (
        "deny", "1.3", str(restriction.pk),
    )  # fmt: skip
    assert denied["reason"] == {"zh-Hans": "欠费", "en": "Fees are overdue"}

    Lifting.record(restriction=restriction, lifted_by=make_person(), reason="Paid")
    bring_up(copy)
    assert ask()["decision"] == "allow"
    assert "/api/v1/access" not in line.asked
    assert Gateway.objects.get().sequence == copy.standing()[1] == 3


def test_the_explicit_label_is_required_again_by_the_clock_and_once_it_is_revoked(
    copy, key, ask, line, monkeypatch
):
    def explicit():
        answer = ask()
        assert answer["labels"]["implicit"] is True
        return answer["labels"]["explicit"]

    bring_up(copy)
    assert explicit() == "required"
    [granted] = exempt(key.account, days=2)
    bring_up(copy)
    line.cut()
    copy.copy.execute("UPDATE copy SET max_staleness = 1000000")
    assert explicit() == "exempt"

    ends_at = granted.ends_at.timestamp()
    monkeypatch.setattr(gateway_client.time, "time", lambda: ends_at - 0.001)
    assert explicit() == "exempt"
    monkeypatch.setattr(gateway_client.time, "time", lambda: ends_at)
    assert explicit() == "required"

    monkeypatch.undo()
    line.spoil = None
    revoke(granted)
    bring_up(copy)
    assert explicit() == "required"


def test_a_stale_copy_spares_nobody_the_label(copy, key, service, ask, line, tmp_path):
    exempt(key.account)
    bring_up(copy)
    assert ask()["labels"]["explicit"] == "exempt"
    grow_stale(copy)
    line.cut()

    open_one = reader(tmp_path / "copy.sqlite3", token="aps_none", line=line, open_when_stale=True)
    assert (ask(open_one)["decision"], ask(open_one)["labels"]["explicit"]) == ("allow", "required")


def test_entries_of_a_type_that_it_does_not_know_are_left_out(copy, key, ask):
    bring_up(copy)
    entry = {"id": "news-1", "type": "news", "account": key.account.public_id, "gone": False}
    row = (entry["id"], entry["account"], entry["account"], json.dumps(entry))
    copy.copy.execute("INSERT INTO entry VALUES (?, ?, ?, ?)", row)

    assert ask()["decision"] == "allow"


def test_a_key_that_is_newer_than_the_copy_is_asked_about_live(copy, line):
    bring_up(copy)
    key, service = make_key(make_account()), make_service()

    assert copy.decide(key_digest=key.digest, service=service.slug)["decision"] == "allow"
    assert line.asked[-1] == "/api/v1/access"


# --- staleness --------------------------------------------------------------------------------


def test_past_max_staleness_the_known_blocked_stay_denied_and_others_are_asked_live(
    copy, key, service, ask, line
):
    blocked = make_key(make_account())
    restrict(blocked.account)
    bring_up(copy)
    restrict(key.account)
    grow_stale(copy)

    asked = len(line.asked)
    assert ask()["code"] == "restricted"
    assert line.asked[asked:] == ["/api/v1/access"]
    line.cut()
    known = copy.decide(key_digest=blocked.digest, service=service.slug)
    assert (known["decision"], known["code"]) == ("deny", "restricted")


def test_nobody_to_ask_is_a_no_unless_it_is_told_to_stay_open(copy, key, ask, line, tmp_path):
    bring_up(copy)
    grow_stale(copy)
    line.cut()

    assert ask()["code"] == "unavailable"
    line.spoil = lambda request: httpx.Response(503)
    assert ask() == {"decision": "deny", "code": "unavailable", "reason": None, "limits": None}
    open_one = reader(tmp_path / "copy.sqlite3", token="aps_none", line=line, open_when_stale=True)
    assert ask(open_one)["decision"] == "allow"


def test_a_clock_that_went_back_makes_the_copy_stale(copy, key, ask, line):
    bring_up(copy)
    copy.copy.execute("UPDATE copy SET good_at = good_at + 3600")
    line.cut()

    assert ask()["code"] == "unavailable"


def test_a_page_that_is_not_the_last_one_does_not_make_it_fresh(copy, key, ask, line):
    bring_up(copy)
    grow_stale(copy)
    restrict(key.account)
    make_key(make_account())

    def one_at_a_time(request):
        request.url = request.url.copy_set_param("limit", 1)
        return line.pass_on(request)

    line.spoil = pages(one_at_a_time)
    copy.update()
    assert not copy.standing()[4]
    copy.update()
    assert copy.standing()[4]


# --- trust ------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["body", "signature", "key", "none"])
def test_a_page_that_is_not_signed_changes_nothing(copy, key, ask, line, what):
    bring_up(copy)
    restrict(key.account)

    def forge(request):
        status, headers, body = line.read(request)
        if what == "body":
            body = body.replace(b'"gone":false', b'"gone":true ')
        elif what == "signature":
            headers["Apiqik-Signature"] = headers["Apiqik-Signature"][:-1] + "x"
        elif what == "key":
            headers["Apiqik-Signature"] = headers["Apiqik-Signature"].replace("k=t", "k=u")
        else:
            del headers["Apiqik-Signature"]
        return httpx.Response(status, headers=headers, content=body)

    before = copy.standing()[:2]
    line.spoil = pages(forge)
    with pytest.raises((ValueError, KeyError)):
        copy.update()
    assert copy.standing()[:2] == before
    line.spoil = None
    bring_up(copy)
    assert ask()["decision"] == "deny"


def test_a_page_said_again_is_no_proof_of_being_up_to_date(copy, key, ask, line, monkeypatch):
    bring_up(copy)
    kept = []

    def remember(request):
        kept.append(line.read(request))
        return None

    line.spoil = pages(remember)
    copy.update()
    status, headers, body = kept[0]
    restrict(key.account)
    line.spoil = lambda request: (
        httpx.Response(status, headers=headers, content=body)
        if request.url.path == "/api/v1/enforcement"
        else httpx.Response(503)
    )
    now = gateway_client.time.time
    monkeypatch.setattr(gateway_client.time, "time", lambda: now() + 4)
    assert not copy.update()
    assert ask()["code"] == "unavailable"


def test_both_live_keys_are_good(copy, key, ask, settings):
    bring_up(copy)
    settings.ENFORCEMENT_KEYS = dict(reversed(conf.ENFORCEMENT_KEYS.items()))
    restrict(key.account)
    bring_up(copy)

    assert ask()["decision"] == "deny"


def test_an_entry_that_is_missing_is_a_gap(copy, key, line):
    bring_up(copy)
    restrict(key.account)

    def skip(request):
        request.url = request.url.copy_set_param("since", copy.standing()[1] + 1)
        return line.pass_on(request)

    line.spoil = pages(skip)
    with pytest.raises(ValueError, match="do not follow"):
        copy.update()


@pytest.mark.parametrize("left", [0.3, 0.9, 0.999])
def test_a_snapshot_that_is_cut_short_leaves_the_copy_as_it_was(
    copy, key, ask, line, tmp_path, left
):
    restrict(key.account)
    bring_up(copy)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")

    def lost_and_cut(request):
        if request.url.path == "/api/v1/enforcement":
            return httpx.Response(410)
        status, headers, body = line.read(request)
        headers.pop("content-encoding", None)
        return httpx.Response(status, headers=headers, content=body[: int(len(body) * left)])

    line.spoil = lost_and_cut
    before = copy.standing()[:3]
    with pytest.raises((ValueError, KeyError, httpx.HTTPError)):
        copy.update()
    assert copy.standing()[:3] == before
    assert ask()["code"] == "restricted"


def test_a_snapshot_older_than_the_copy_is_not_taken(copy, key, line):
    bring_up(copy)
    copy.copy.execute("UPDATE copy SET sequence = sequence + 1")

    with pytest.raises(ValueError, match="older"):
        copy.update()


# --- carrying on ------------------------------------------------------------------------------


def test_where_the_feed_forgot_or_is_another_one_it_begins_anew(copy, key, ask, line):
    restrict(key.account)
    bring_up(copy)
    line.spoil = pages(lambda request: httpx.Response(410))
    copy.update()
    assert "/api/v1/enforcement/snapshot" in line.asked[-2:]
    assert not copy.standing()[4]
    line.spoil = None
    bring_up(copy)
    assert ask()["code"] == "restricted"

    copy.copy.execute("UPDATE copy SET feed = 'of before', sequence = 7")
    bring_up(copy)
    assert copy.standing()[1] == 2


def test_a_restart_goes_on_from_the_file(copy, key, ask, line, tmp_path):
    restrict(key.account)
    bring_up(copy)
    line.cut()

    again = reader(tmp_path / "copy.sqlite3", token="aps_none", line=line)
    assert ask(again)["code"] == "restricted"


def test_it_carries_on_after_failures(copy, key, ask, line, caplog):
    answers = iter([httpx.Response(500), httpx.Response(502), httpx.Response(429)])

    class Stopped:
        """An event that is set once the copy is up to date, and never waits."""

        pauses = []

        def wait(self, seconds):
            self.pauses.append(seconds)
            return copy.standing()[4]

    line.spoil = pages(lambda request: next(answers, None))
    copy.follow(Stopped())

    assert ask()["decision"] == "allow"
    assert [pause for pause in Stopped.pauses if 0.05 < pause < 0.5] == [0.1, 0.2, 0.4]
    assert caplog.text.count("not brought up") == 3


def test_it_is_short_enough_to_be_read():
    assert len(Path(gateway_client.__file__).read_text().splitlines()) < 150


def test_what_it_reports_is_json_of_its_own_standing(copy, key, line):
    sent = []

    def listen(request):
        if request.url.path.endswith("/applied"):
            sent.append(json.loads(request.content))
        return None

    line.spoil = listen
    bring_up(copy)
    feed, sequence, *_rest = copy.standing()
    assert sent[-1] == {"gateway": "cn-south-1", "feed": feed, "sequence": sequence}
