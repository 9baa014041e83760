"""POST /api/v1/signals and /api/v1/complaints: idempotent, closed to content, into cases."""

import json
from datetime import timedelta

import pytest

from accounts.models import ServiceClient
from common.clock import now
from compliance import report_reading
from compliance.models import Case, CaseEvent, PlatformSignal, Policy, Report
from tests.accounts.making import make_account, make_key, make_person, make_service
from tests.compliance.making import file_report, make_staff_of

pytestmark = pytest.mark.django_db
SIGNALS, COMPLAINTS = "/api/v1/signals", "/api/v1/complaints"
LOAD = {"metric": "requests_per_minute", "value": 40_000, "usual": 600}
FOUND = {
    "signal": "probe-of-internal-ports",
    "observed_at": "2026-03-01T09:30:00+08:00",
    "reference": "req_7f3a/2",
    "count": 412,
}


def issue(name="gateway", scopes=("signals:write", "complaints:write")):
    return ServiceClient.issue(name=name, scopes=scopes, created_by=make_person())[1]


@pytest.fixture
def account():
    return make_account()


@pytest.fixture
def send(client):
    tokens = {"own": issue()}

    def sent(body, *, to=SIGNALS, token=None):
        headers = {"Authorization": f"Bearer {token or tokens['own']}", "Accept-Language": "en"}
        raw = body if isinstance(body, str | bytes) else json.dumps(body)
        return client.post(to, raw, content_type="application/json", headers=headers)

    return sent


def signal_of(about, /, **fields):
    at = (now() - timedelta(minutes=2)).isoformat()
    return {
        "key": "load-1",
        "kind": "load",
        "account": about.public_id,
        "observed_from": at,
        "observed_until": at,
        "measured": [LOAD],
        **fields,
    }


def complaint_of(about, /, **fields):
    return {
        "key": "complaint-1",
        "account": about.public_id,
        "location": "https://harbour.example/chat",
        "statement": "The chat of that shop insulted me.",
        "complainant": {"name": "李华", "email": "li@example.com", "language": "zh-hans"},
        **fields,
    }


# -- signals ---------------------------------------------------------------------------------


def test_a_signal_opens_a_case_on_its_clause_and_counts_once(send, account):
    body = signal_of(account, evidence=[FOUND])
    first, again = send(body), send(dict(reversed(body.items())))
    signal = PlatformSignal.objects.get()
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == {
        "id": signal.public_id,
        "key": "load-1",
        "kind": "load",
        "recorded_at": first.json()["recorded_at"],
        "known": False,
    }
    assert again.json() == {**first.json(), "known": True}
    assert first.headers["Cache-Control"] == "no-store"
    case = Case.objects.get()
    assert (case.kind, case.account) == ("violation", account)
    assert case.policy == Policy.objects.get(clause_number="2.2.4")
    assert signal.measured == [LOAD]
    assert signal.evidence == [FOUND]
    assert [
        event.data for event in CaseEvent.objects.filter(case=case, what=CaseEvent.What.SIGNALLED)
    ] == [{"signal": signal.public_id, "kind": "load"}]


@pytest.mark.parametrize(
    ("kind", "clause"), [("load", "2.2.4"), ("circumvention", "2.2.6"), ("attack", "2.2.7")]
)
def test_each_kind_is_of_its_clause_as_grave_as_its_policy(send, account, kind, clause):
    assert send(signal_of(account, kind=kind)).status_code == 200
    policy = Policy.objects.get(clause_number=clause)
    case = Case.objects.get()
    version = policy.current
    assert version is not None
    assert (case.policy, case.severity) == (policy, version.severity)


def test_later_signals_join_the_case_and_raise_its_severity(send, account):
    send(signal_of(account))
    before = Case.objects.get().severity
    send(signal_of(account, key="attack-1", kind="attack"))
    case = Case.objects.get()
    assert PlatformSignal.objects.filter(case=case).count() == 2
    assert case.severity > before


def test_a_signal_names_a_key_a_service_and_nothing_is_restricted(send, account):
    key, service = make_key(account), make_service()
    digest, slug = key.digest, service.slug
    body = signal_of(key.account, service=slug, key_digest=digest)
    del body["account"]
    assert send(body).status_code == 200
    signal = PlatformSignal.objects.get()
    assert (signal.account, signal.api_key, signal.service) == (key.account, key, service)
    assert not key.account.restrictions.exists()


def test_the_same_key_with_other_figures_is_409(send, account):
    send(signal_of(account))
    answer = send(signal_of(account, measured=[{**LOAD, "value": 1}]))
    assert (answer.status_code, answer.json()["code"]) == (409, "key_taken")
    assert PlatformSignal.objects.count() == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"prompt": "write me a poem"},
        {"statement": "write me a poem"},
        {"measured": [{**LOAD, "sample": "write me a poem"}]},
        {"measured": [{**LOAD, "metric": "write me a poem"}]},
        {"measured": []},
        {"measured": [LOAD] * 21},
        {"measured": [{**LOAD, "value": -1}]},
        {"measured": [{**LOAD, "value": 10**13}]},
        {"measured": [{**LOAD, "value": 1.5}]},
        {"measured": [{**LOAD, "value": "1"}]},
        {"measured": LOAD},
        {"evidence": [{**FOUND, "request": {"messages": []}}]},
        {"evidence": [{**FOUND, "reference": "a whole sentence"}]},
        {"evidence": [FOUND] * 51},
        {"kind": "spam"},
        {"kind": None},
        {"account": "acc_\x00"},
        {"key_digest": "0" * 64},
        {"key": "x" * 81},
        {"service": "a b"},
        {"observed_from": "2026-03-01T09:30:00"},
        {"observed_from": "9999-12-31T23:59:59-12:00"},
        {"observed_until": 1},
    ],
    ids=lambda fields: json.dumps(fields)[:40],
)
def test_what_is_not_declared_or_malformed_is_400(send, account, fields):
    answer = send(signal_of(account, **fields))
    assert answer.status_code == 400, answer.content
    assert answer.json()["errors"][0]["parameter"]
    assert "poem" not in answer.content.decode()
    assert not PlatformSignal.objects.exists()
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    ("fields", "parameter"),
    [
        ({"account": "acc_" + "0" * 20}, "account"),
        ({"service": "no-such-service"}, "service"),
        ({"region": "no-such-region"}, "region"),
    ],
    ids=["account", "service", "region"],
)
def test_what_is_named_and_not_there_is_422(send, account, fields, parameter):
    answer = send(signal_of(account, **fields))
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown")
    assert [one["parameter"] for one in answer.json()["errors"]] == [parameter]


@pytest.mark.parametrize(
    ("starts", "ends"),
    [(timedelta(0), timedelta(minutes=-1)), (timedelta(0), timedelta(hours=1)),
     (timedelta(days=-31), timedelta(0))],
    ids=["backwards", "to come", "long ago"],
)  # fmt: skip
def test_a_time_that_cannot_be_meant_is_refused(send, account, starts, ends):
    times = {
        "observed_from": (now() + starts).isoformat(),
        "observed_until": (now() + ends).isoformat(),
    }
    answer = send(signal_of(account, **times))
    assert (answer.status_code, answer.json()["code"]) == (409, "refused")
    assert not PlatformSignal.objects.exists()


@pytest.mark.parametrize(
    "raw",
    [
        "[" * 60_000,
        '{"a":' * 9 + "1" + "}" * 9,
        '{"key": "a", "key": "b"}',
        '{"\\ud800": 1}',
        '{"key": "\\ud800"}',
        '{"key": "a\\u0000"}',
        '{"measured": [1e999]}',
        '{"measured": [' + "9" * 5_000 + "]}",
        b"\xff\xfe",
        b"x" * 66_000,
    ],
    ids=["deep", "nine levels", "twice", "surrogate name", "surrogate", "nul", "infinite",
         "5000 digits", "noise", "large"],
)  # fmt: skip
@pytest.mark.parametrize("address", [SIGNALS, COMPLAINTS])
def test_bodies_that_are_none_get_an_answer(send, address, raw):
    answer = send(raw, to=address)
    assert answer.status_code == (413 if raw == b"x" * 66_000 else 400)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["detail"]


# -- complaints ------------------------------------------------------------------------------


def test_a_complaint_opens_a_case_of_its_own_and_hides_who_complains(send, account):
    first, again = (send(complaint_of(account), to=COMPLAINTS) for _each in range(2))
    assert first.status_code == 200
    assert first.json() == again.json()
    report = Report.objects.get()
    assert (report.kind, report.case.kind, report.about) == ("third_party", "third_party", account)
    assert report.location == "https://harbour.example/chat"
    assert report.language == "zh-hans"
    for kept in (report.statement, report.contact_name, report.contact_email):
        assert "李华" not in kept
        assert "example.com" not in kept
        assert "insulted" not in kept
    reader = make_staff_of("supervisor")
    assert report_reading.statement_of(report, reader=reader).startswith("The chat of that shop")
    assert str(report_reading.masked_contact(report)) == "李* · l***@example.com"


def test_a_complaint_and_a_signal_have_cases_of_their_own(send, account):
    send(signal_of(account))
    send(complaint_of(account), to=COMPLAINTS)
    assert {case.kind for case in Case.objects.all()} == {"violation", "third_party"}


def test_complaints_and_reports_are_read_at_their_own_address_alone(send, account, client):
    receipt = send(complaint_of(account), to=COMPLAINTS).json()["receipt"]
    token = issue("both", ("complaints:write", "reports:write"))
    headers = {"Authorization": f"Bearer {token}"}
    theirs = client.get(f"{COMPLAINTS}/{receipt}", headers=headers)
    other = client.get(f"/api/v1/reports/{file_report().receipt}", headers=headers)
    assert (theirs.status_code, other.status_code) == (404, 404)
    own = send(complaint_of(account, key="2"), to=COMPLAINTS, token=token).json()["receipt"]
    found = client.get(f"{COMPLAINTS}/{own}", headers=headers)
    assert (found.status_code, found.json()["state"]) == (200, "received")
    assert client.get(f"/api/v1/reports/{own}", headers=headers).status_code == 404


@pytest.mark.parametrize(
    "fields",
    [
        {"content": "x"},
        {"kind": "third_party"},
        {"complainant": {"phone": "1"}},
        {"complainant": {"email": "nobody"}},
        {"complainant": {"language": "fr"}},
        {"complainant": "Li"},
        {"complainant": {"name": "a\x00b"}},
        {"location": "x" * 2_001},
        {"location": " "},
        {"statement": "\ud800"},
        {"about": "Harbour"},
    ],
    ids=lambda fields: json.dumps(fields)[:40],
)
def test_a_complaint_with_more_than_is_declared_is_400(send, account, fields):
    answer = send(complaint_of(account, **fields), to=COMPLAINTS)
    assert answer.status_code == 400, answer.content
    assert not Report.objects.exists()


def test_a_report_by_api_is_no_complaint(send, account):
    token = issue("reports", ("reports:write",))
    body = {"key": "k", "kind": "third_party", "account": account.public_id, "statement": "x"}
    assert send(body, to="/api/v1/reports", token=token).status_code == 400
    del body["kind"]
    assert send(body, to=COMPLAINTS, token=token).status_code == 403
