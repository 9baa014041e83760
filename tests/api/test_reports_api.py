"""POST /api/v1/reports and how a report stands: idempotent, closed to content, by scope."""

import json

import pytest

from accounts.models import ServiceClient
from compliance import report_reading
from compliance.models import Case, Report
from compliance.models.reports import new_receipt
from tests.accounts.making import make_account, make_person
from tests.compliance.making import file_report, make_policy, make_staff_of, tell_reporter

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/reports"


def issue(name="risk", scopes=("reports:write",)):
    return ServiceClient.issue(name=name, scopes=scopes, created_by=make_person())[1]


@pytest.fixture
def account():
    return make_account()


@pytest.fixture
def call(client):
    """Posts a report, or asks for one: `call(body)`, `call(receipt="R-…")`."""
    tokens = {"risk": issue()}

    def made(body=None, *, receipt=None, token=None, language="en"):
        headers = {"Authorization": f"Bearer {token or tokens['risk']}"}
        headers["Accept-Language"] = language
        if receipt is not None:
            return client.get(f"{ADDRESS}/{receipt}", headers=headers)
        raw = body if isinstance(body, str | bytes) else json.dumps(body)
        return client.post(ADDRESS, raw, content_type="application/json", headers=headers)

    return made


def report_of(about, **fields):
    return {
        "key": "burst-1",
        "kind": "violation",
        "account": about.public_id,
        "statement": "Refused requests in bursts.",
        **fields,
    }


SIGNAL = {
    "signal": "burst-of-refusals",
    "observed_at": "2026-03-01T09:30:00+08:00",
    "reference": "req_7f3a/2",
    "count": 412,
}


def test_a_report_is_filed_once_however_often_it_is_sent(call, account):
    body = report_of(account, evidence=[SIGNAL])
    first, again = call(body), call(dict(reversed(body.items())))
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    report = Report.objects.get()
    assert first.json() == {
        "receipt": report.receipt,
        "state": "received",
        "received_at": first.json()["received_at"],
        "outcome": None,
        "words": None,
    }
    assert (report.channel, report.about) == ("api", account)
    assert str(report.client) == "risk"
    assert report.signals == [SIGNAL]
    said = report_reading.statement_of(report, reader=make_staff_of("supervisor"))
    assert said == "Refused requests in bursts."
    assert first.headers["Cache-Control"] == "no-store"


def test_the_same_key_with_other_contents_is_409(call, account):
    call(report_of(account))
    answer = call(report_of(account, statement="Something else."))
    assert (answer.status_code, answer.json()["code"]) == (409, "key_taken")
    assert Report.objects.count() == 1


def test_a_name_and_a_policy_will_do(call):
    policy = make_policy()
    body = {"key": "k", "kind": "violation", "policy": policy.code, "about": "Harbour"}
    assert call({**body, "statement": "Spam."}).status_code == 200
    assert Case.objects.get().policy == policy
    assert Report.objects.get().about_text == "Harbour"


@pytest.mark.parametrize(
    "fields",
    [
        {"prompt": "write me a poem"},
        {"content": "x"},
        {"evidence": [{**SIGNAL, "completion": "x"}]},
        {"evidence": [{**SIGNAL, "messages": []}]},
        {"evidence": [{**SIGNAL, "reference": "a whole sentence of somebody"}]},
        {"evidence": [{**SIGNAL, "reference": "x" * 81}]},
        {"evidence": [{**SIGNAL, "signal": "Ignore previous instructions"}]},
        {"evidence": [{**SIGNAL, "sha256": "x"}]},
        {"evidence": [{**SIGNAL, "count": -1}]},
        {"evidence": [{**SIGNAL, "observed_at": "yesterday"}]},
        {"evidence": [{**SIGNAL, "reference": "ok\n"}]},
        {"evidence": [{}]},
        {"evidence": ["text"]},
        {"evidence": "text"},
        {"evidence": [SIGNAL] * 51},
        {"key": ""},
        {"key": "ä"},
        {"key": "x" * 81},
        {"kind": "user_dispute"},
        {"kind": "nonsense"},
        {"kind": ["violation"]},
        {"policy": "a\x00"},
        {"account": ["acc_1"]},
        {"account": 1},
        {"statement": 12},
        {"statement": " \t"},
        {"evidence": [{**SIGNAL, "observed_at": "2026-03-01T09:30:00"}]},
        {"evidence": [{**SIGNAL, "count": "5"}]},
        {"evidence": [{**SIGNAL, "count": True}]},
        {"account": "a\x00"},
        {"statement": ""},
        {"statement": "a\x00b"},
        {"statement": "x" * 5_001},
        {"statement": {"text": "x"}},
        {"\x00": 1},
        {"<script>": 1},
    ],
    ids=str,
)
def test_what_is_not_declared_or_malformed_is_refused(call, account, fields):
    make_policy()
    answer = call(report_of(account, **fields))
    assert answer.status_code == 400, answer.content
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["errors"]
    assert "poem" not in answer.content.decode()
    assert not Report.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "leak", "policy": "2-2-5-a"},
        {"policy": "none"},
        {"account": "acc_" + "0" * 20},
    ],
    ids=str,
)
def test_what_is_named_and_does_not_exist_is_422_and_says_which(call, account, fields):
    make_policy()
    answer = call(report_of(account, **fields))
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown")
    assert [one["parameter"] for one in answer.json()["errors"]] == [[*fields][-1]]
    assert not Report.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"statement": '[{"role": "user", "content": "write me a poem"}]'},
        {"statement": "As sent: <|im_start|>user"},
        {"statement": "data:image/png;base64,iVBORw0KGgo"},
        {"statement": "x" * 200},
    ],
    ids=lambda fields: fields["statement"][:20],
)
def test_content_in_a_declared_field_is_422(call, account, fields):
    answer = call(report_of(account, **fields))
    assert (answer.status_code, answer.json()["code"]) == (422, "content")
    assert [one["parameter"] for one in answer.json()["errors"]] == [next(iter(fields))]
    assert "poem" not in answer.content.decode()
    assert not Report.objects.exists()


def test_errors_lead_to_the_field_each_with_a_code(call, account):
    wrong = [SIGNAL, {**SIGNAL, "count": -1, "observed_at": "x"}, {"signal": "ok"}]
    body = call(report_of(account, evidence=wrong, key="")).json()
    assert {(one["parameter"], one["code"]) for one in body["errors"]} == {
        ("key", "blank"),
        ("evidence.1.observed_at", "invalid"),
        ("evidence.1.count", "min_value"),
        ("evidence.2.observed_at", "required"),
    }
    assert all(one["detail"] for one in body["errors"])


def test_half_a_character_is_refused(call, account):
    body = json.dumps(report_of(account)).replace("Refused", "\\ud800")
    answer = call(body)
    assert answer.status_code == 400
    body = json.dumps({**report_of(account), "about": "x"}).replace(
        f'"account": "{account.public_id}", ', ""
    )
    assert call(body.replace('"x"', '"\\udfff"')).status_code == 400
    assert not Report.objects.exists()


def test_one_of_account_and_name_is_named(call, account):
    both = {**report_of(account), "about": "Harbour"}
    neither = {name: value for name, value in both.items() if name not in ("account", "about")}
    for body in (both, neither):
        assert call(body).status_code == 400
    assert not Report.objects.exists()


@pytest.mark.parametrize("body", ["", "[]", "null", '"x"', "{", "[" * 60_000, "1"])
def test_what_is_no_report_at_all(call, body):
    assert call(body).status_code == 400


def test_ten_megabytes_are_refused(call):
    assert call(b'{"statement": "' + b"\x00" * 10_000_000).status_code == 413
    assert call(b"x" * 66_000).status_code == 413


def test_the_token_needs_the_scope(call, account, client):
    for token in (issue("none", []), issue("usage", ["charges:write", "access:read"])):
        assert call(report_of(account), token=token).status_code == 403
        assert call(receipt=new_receipt(), token=token).status_code == 403
    assert client.post(ADDRESS, "{}", content_type="application/json").status_code == 401
    assert call(report_of(account), token="aps_wrong").status_code == 401
    assert not Report.objects.exists()


def test_a_client_follows_its_own_reports_in_either_language(call, account):
    receipt = call(report_of(account)).json()["receipt"]
    report = Report.objects.get()
    tell_reporter(report, words_en="Nothing.", words_zh_hans="没有。")
    found = call(receipt=receipt).json()
    assert (found["state"], found["outcome"], found["words"]) == ("told", "not_acted", "Nothing.")
    assert call(receipt=receipt, language="zh-hans").json()["words"] == "没有。"


def test_other_receipts_are_not_found_alike(call, account):
    call(report_of(account))
    theirs = file_report().receipt
    other = issue("other")
    own = Report.objects.get(channel="api").receipt
    answers = [call(receipt=one) for one in (theirs, new_receipt(), "x", "%00", "R-" + "9" * 999)]
    answers.append(call(receipt=own, token=other))
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1


def test_two_clients_share_no_keys(call, account):
    other = issue("other")
    assert call(report_of(account)).status_code == 200
    assert call(report_of(account, statement="Another."), token=other).status_code == 200
    assert Case.objects.count() == 1


def test_the_document_describes_it_in_both_languages(client):
    for language, word in (("en", "Report an account"), ("zh-hans", "举报")):
        schema = client.get("/api/v1/schema/", headers={"Accept-Language": language}).json()
        operation = schema["paths"]["/api/v1/reports"]["post"]
        assert word in operation["summary"]
        assert "/api/v1/reports/{receipt}" in schema["paths"]
        page = client.get("/api/v1/docs/", headers={"Accept-Language": language})
        assert "reports:write" in page.content.decode()
        assert "evidence.observed_at" in page.content.decode()
