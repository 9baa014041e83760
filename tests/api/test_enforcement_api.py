"""The enforcement feed over HTTP."""

import gzip
import hashlib
import hmac
import json
import time
from datetime import timedelta

import pytest
from django.conf import settings

from accounts.models import Lifting, ServiceClient
from common import clock
from tests.accounts.making import make_account, make_key, make_person, make_service, restrict

ADDRESS = "/api/v1/enforcement"


@pytest.fixture
def token(db):
    _client, token = ServiceClient.issue(
        name="gateway",
        scopes=[ServiceClient.Scope.ENFORCEMENT_READ],
        created_by=make_person(),
    )
    return token


@pytest.fixture
def read(client, token):
    def read(path="", headers=None, **asked):
        return client.get(
            ADDRESS + path,
            asked,
            headers={
                "Authorization": f"Bearer {token}",
                "Accept-Language": "en",
                **(headers or {}),
            },
        )

    return read


def is_signed(body, signature):
    parts = dict(part.split("=", 1) for part in signature.split(","))
    expected = hmac.new(
        settings.ENFORCEMENT_KEYS[parts["k"]], f"{parts['t']}.".encode() + body, hashlib.sha256
    ).hexdigest()
    assert abs(int(parts["t"]) - time.time()) < 60
    return hmac.compare_digest(parts["v1"], expected)


def test_an_empty_feed_is_complete_as_of_now(read):
    response = read()

    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    body = response.json()
    made_at = body.pop("made_at")
    assert made_at.endswith("Z")
    assert len(body.pop("feed")) == 36
    assert body == {"since": 0, "through": 0, "last": 0, "max_staleness": 30, "entries": []}
    assert is_signed(response.content, response["Apiqik-Signature"])


@pytest.mark.usefixtures("ungated")
def test_a_restriction_and_its_lifting_are_entries(read):
    account = make_account()
    service = make_service()
    restriction = restrict(account, service=service)

    first = read().json()

    assert [entry["sequence"] for entry in first["entries"]] == [1]
    entry = first["entries"][0]
    since = entry.pop("since")
    assert since == restriction.starts_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    assert entry == {
        "sequence": 1,
        "id": f"restriction-{restriction.pk}",
        "type": "rule",
        "gone": False,
        "code": "restricted",
        "account": account.public_id,
        "key_digest": None,
        "service": "image-generation",
        "model": None,
        "region": None,
        "measure": "suspend",
        "limits": None,
        "document": "terms",
        "version": 1,
        "clause": "1.3",
        "reason": {"zh-Hans": "欠费", "en": "Fees are overdue"},
        "until": None,
        "reference": str(restriction.pk),
    }

    Lifting.record(restriction=restriction, lifted_by=make_person(), reason="paid")
    second = read(since=1).json()

    assert second["entries"] == [
        {"sequence": 2, "id": f"restriction-{restriction.pk}", "type": "rule", "gone": True}
    ]
    assert (second["through"], second["last"]) == (2, 2)


def test_a_key_is_an_entry_with_its_services(read):
    account = make_account()
    service = make_service()
    key = make_key(account, expires_at=clock.now() + timedelta(days=1))
    key.services.set([service])

    [entry] = read().json()["entries"]

    assert entry == {
        "sequence": 1,
        "id": f"key-{key.pk}",
        "type": "key",
        "gone": False,
        "digest": key.digest,
        "account": account.public_id,
        "services": ["image-generation"],
        "expires_at": key.expires_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "revoked_at": None,
    }


def lines_of(response):
    packed = b"".join(response.streaming_content)
    return gzip.decompress(packed) if response.get("Content-Encoding") == "gzip" else packed


@pytest.mark.parametrize("accepted", ["gzip", ""])
@pytest.mark.usefixtures("ungated")
def test_a_snapshot_holds_what_is_not_gone(read, accepted):
    account = make_account()
    kept, lifted = restrict(account), restrict(account)
    read()
    Lifting.record(restriction=lifted, lifted_by=make_person(), reason="paid")

    response = read("/snapshot", headers={"Accept-Encoding": accepted})

    text = lines_of(response)
    head, *entries, last = map(json.loads, text.splitlines())
    assert (head["through"], head["entries"]) == (3, 1)
    assert [entry["id"] for entry in entries] == [f"restriction-{kept.pk}"]
    before = text[: text.rstrip().rindex(b"\n") + 1]
    assert is_signed(hashlib.sha256(before).hexdigest().encode(), last["signature"])
    assert response["ETag"] == f'"{head["feed"]}-3"'

    again = read("/snapshot", headers={"If-None-Match": response["ETag"]})
    assert again.status_code == 304


def test_what_the_feed_never_had_is_gone(read):
    response = read(since=5)

    assert response.status_code == 410
    assert response.json()["code"] == "gone"


@pytest.mark.parametrize(
    "asked",
    [
        {"since": -1},
        {"since": 2**63},
        {"since": "a"},
        {"limit": 0},
        {"limit": 10_001},
        {"wait": 26},
        {"since": "1\x00"},
        {"after": 1},
    ],
)
def test_a_strange_question_is_refused(read, asked):
    response = read(**asked)

    assert response.status_code == 400
    assert response.json()["code"] == "invalid"
