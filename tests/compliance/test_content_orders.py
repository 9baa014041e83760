"""Orders about content in the API: fetched, answered once a key, closed to others; alarms."""

import json
from datetime import timedelta

import pytest

from accounts.models import ServiceClient
from apiqik_backoffice.embedded.processes import wait_until
from common.clock import now
from compliance import cases, order_alarms, orders, tasks
from compliance.models import CaseEvent, ContentOrderAlarm, ContentOrderReceipt
from tests.accounts.making import make_person
from tests.compliance.making import make_decision, make_staff_of, open_case, send_order
from tests.desk.signing_in import staff
from tests.plumbing.together import refusals, together

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]
ADDRESS = "/api/v1/content-orders"
MEGABYTE = 1024 * 1024


def issue(name="platform", scopes=("orders:answer",)):
    return ServiceClient.issue(name=name, scopes=scopes, created_by=make_person())


@pytest.fixture
def token(db):
    return issue()[1]


@pytest.fixture
def call(client, token):
    """Asks for orders, or answers one: `call(order, key=…, outcome=…)`."""

    def made(order=None, *, raw=None, query="", by=token, **said):
        headers = {"Authorization": f"Bearer {by}", "Accept-Language": "en"}
        if order is None:
            return client.get(f"{ADDRESS}{query}", headers=headers)
        body = raw if raw is not None else json.dumps(said)
        named = getattr(order, "public_id", order)
        return client.post(
            f"{ADDRESS}/{named}/receipts", body, content_type="application/json", headers=headers
        )

    return made


DONE = {"key": "done-1", "outcome": "done", "reference": "ticket 7"}


# -- receipts ------------------------------------------------------------------------------


def test_the_same_receipt_twice_is_one(call):
    order = send_order()
    first, again = call(order, **DONE), call(order, **DONE)
    assert (first.status_code, again.status_code) == (200, 200)
    assert [one.json().pop("known") for one in (first, again)] == [False, True]
    assert first.json()["recorded_at"] == again.json()["recorded_at"]
    assert first.headers["Cache-Control"] == "no-store"
    receipt = ContentOrderReceipt.objects.get()
    assert (receipt.outcome, receipt.reference) == ("done", "ticket 7")
    assert CaseEvent.objects.filter(what="order_answered").count() == 1


@pytest.mark.parametrize(
    "other",
    [{"outcome": "failed"}, {"reference": "ticket 8"}, {"note": "and more"}],
    ids=["outcome", "reference", "note"],
)
def test_the_same_key_with_other_words_is_409(call, other):
    order = send_order()
    call(order, **DONE)
    answer = call(order, **{**DONE, **other})
    assert (answer.status_code, answer.json()["code"]) == (409, "key_taken")
    assert "This key was used for something else." in answer.json()["detail"]
    assert ContentOrderReceipt.objects.count() == 1


def test_the_same_key_for_another_order_is_409(call):
    one, other = send_order(target="one"), send_order(target="other")
    call(one, **DONE)
    assert call(other, **DONE).status_code == 409
    assert not other.receipts.exists()


def test_two_clients_may_have_the_same_key(call):
    """Keys belong to who sends them; the latest receipt holds."""
    order = send_order()
    second = issue("second")[1]
    assert call(order, key="1", outcome="fetched").status_code == 200
    assert call(order, by=second, key="1", outcome="partly").status_code == 200
    assert orders.with_outcome().get().outcome == "partly"


def test_a_later_receipt_holds_until_it_is_done(call):
    order = send_order()
    for number, outcome in enumerate(("fetched", "partly", "failed", "done")):
        assert call(order, key=f"k{number}", outcome=outcome).status_code == 200
        assert orders.with_outcome().get().outcome == outcome
    answer = call(order, key="k9", outcome="failed")
    assert (answer.status_code, answer.json()["detail"]) == (409, "This order is over already.")
    # What was said before is still the answer to its key.
    assert call(order, key="k3", outcome="done").json()["known"] is True


def test_it_cannot_have_been_done_at_a_moment_to_come(call):
    order = send_order()
    ahead = (now() + timedelta(minutes=6)).isoformat()
    assert call(order, **DONE, done_at=ahead).status_code == 409
    assert call(order, **DONE, done_at=(now() - timedelta(hours=1)).isoformat()).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_sent_eight_times_at_once_it_is_taken_down_once():
    order, client = send_order(), issue()[0]
    said = orders.Said(outcome="done")

    def send():
        return orders.receive(order=order, client=client, client_key="k", said=said, at=now())

    came_to = together(*[send] * 8)
    assert refusals(came_to) == []
    assert len({receipt.pk for receipt, _new in came_to}) == 1
    assert sum(is_new for _receipt, is_new in came_to) == 1
    assert CaseEvent.objects.filter(what="order_answered").count() == 1


# -- what is refused -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "named",
    ["ord_unknown", "1", "%00", "ord_%00", "%27%20OR%201=1", "x" * 3_000, "ord_%F0%9F%98%80"],
    ids=["unknown", "number", "nul", "nul inside", "sql", "long", "emoji"],
)
def test_an_order_that_is_not_there_is_404(call, named):
    answer = call(named, **DONE)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_without_the_scope_one_does_not_learn_which_orders_there_are(call):
    order = send_order()
    other = issue("meter", scopes=("reports:write",))[1]
    answers = [call(named, by=other, **DONE) for named in (order, "ord_unknown")]
    assert [one.status_code for one in answers] == [403, 403]
    assert answers[0].json() == answers[1].json()
    assert call(by=other).status_code == 403
    assert call(by="nonsense").status_code == call(order, by="nonsense").status_code == 401
    revoked, token = issue("gone")
    revoked.revoke(at=now())
    assert call(order, by=token, **DONE).status_code == 401
    assert not ContentOrderReceipt.objects.exists()


@pytest.mark.parametrize(
    "said",
    [
        {"key": ""},
        {"key": "a b"},
        {"key": "ü"},
        {"key": "x" * 81},
        {"key": ["k"]},
        {"outcome": "waiting"},
        {"outcome": None},
        {"reference": "x" * 121},
        {"note": "x" * 501},
        {"note": "a\0b"},
        {"note": "\ud800"},
        {"reference": "\ud800"},
        {"note": {"prompt": "x"}},
        {"content": "x"},
        {"done_at": "yesterday"},
        {"done_at": "9999-12-31T23:59:59-12:00"},
        {"done_at": "0001-01-01T00:00:00+14:00"},
    ],
    ids=lambda said: json.dumps(said)[:30],
)
def test_what_no_receipt_says_is_400_and_says_which(call, said):
    order = send_order()
    answer = call(order, **{**DONE, **said})
    assert answer.status_code == 400, answer.content
    assert answer.json()["errors"][0]["parameter"] == next(iter(said))
    assert not ContentOrderReceipt.objects.exists()


@pytest.mark.parametrize(
    "raw",
    ["\0" * 10 * MEGABYTE, "[" * 100_000, "", "[]", "null", '"x"', '{"key": NaN}', b"\xff\xfe"],
    ids=["nuls", "deep", "empty", "list", "null", "text", "nan", "noise"],
)
def test_a_body_that_is_no_receipt_is_an_answer_and_no_failure(call, raw):
    answer = call(send_order(), raw=raw)
    assert answer.status_code in (400, 413)
    assert "detail" in answer.json()
    assert not ContentOrderReceipt.objects.exists()


def test_ten_megabytes_in_a_known_field_are_refused_by_their_size(call):
    raw = json.dumps({**DONE, "note": "\0" * 2 * MEGABYTE})
    assert len(raw) > 10 * MEGABYTE
    assert call(send_order(), raw=raw).status_code in (400, 413)
    assert not ContentOrderReceipt.objects.exists()


@pytest.mark.parametrize("query", ["?after=x", "?after=1", "?after=-1", "?state=x", "?page=2"])
def test_a_question_that_is_none_is_400(call, query):
    assert call(query=query).status_code == 400


@pytest.mark.django_db(transaction=True)
def test_open_orders_are_fetched_page_by_page_with_the_clause_and_no_content(call):
    first = send_order()
    sent = [send_order(first.decision, target=first.target) for _number in range(102)]
    call(first, **DONE)
    # An order shows once all older transactions are over, those of other tests too.
    last = [order.public_id for order in sent][-2:]
    page, rest = {}, {}

    def fetched():
        page.update(call(query="?state=open").json())
        rest.update(call(query=f"?state=open&after={page['cursor']}").json())
        return [one["id"] for one in rest["orders"]] == last

    assert wait_until(fetched, seconds=60, every=0.1)
    assert (len(page["orders"]), page["more"], rest["more"]) == (100, True, False)
    found = [one["id"] for one in page["orders"] + rest["orders"]]
    assert found == [order.public_id for order in sent]
    assert set(page["orders"][0]) == {
        "id", "case", "what", "target", "instruction", "clause", "sent_at", "due_at", "outcome",
    }  # fmt: skip
    nothing = call(query=f"?after={rest['cursor']}").json()
    assert (nothing["orders"], nothing["cursor"]) == ([], rest["cursor"])


# -- deadlines -----------------------------------------------------------------------------


def told_staff(*groups, **fields):
    return make_staff_of(
        *groups, contact_email_verified_at=now(), language="en", is_active=True, **fields
    )


def test_an_order_past_its_deadline_alarms_staff_once_a_day(mailbox, clock):
    told_staff("compliance", contact_email="officer@example.com")
    told_staff("supervisor", contact_email="boss@example.com")
    told_staff("support", contact_email="support@example.com")
    order = send_order(due_in=timedelta(hours=2))
    assert tasks.alarm_orders() == 0
    clock.advance(hours=2, seconds=1)
    assert tasks.alarm_orders() == 1
    [(subject, text)] = mailbox.to("officer@example.com")
    assert order.public_id in subject
    assert f"/admin/compliance/contentorder/{order.pk}/change/" in text
    assert order.target not in subject + text
    assert len(mailbox.to("boss@example.com")) == 1
    assert mailbox.to("support@example.com") == []
    assert ContentOrderAlarm.objects.get().told >= 2
    assert tasks.alarm_orders() == 0
    clock.advance(days=1, seconds=1)
    assert tasks.alarm_orders() == 1


def test_what_failed_alarms_at_once_and_what_is_done_never(mailbox, call, clock):
    told_staff("compliance", contact_email="officer@example.com")
    failed, done = send_order(target="a"), send_order(target="b")
    call(failed, key="1", outcome="failed", note="Not ours")
    call(done, key="2", outcome="done")
    clock.advance(days=30)
    assert tasks.alarm_orders() == 1
    assert ContentOrderAlarm.objects.get().order == failed


def test_another_order_about_the_same_thing_ends_the_alarms_of_the_first(mailbox, clock):
    told_staff("compliance", contact_email="officer@example.com")
    order = send_order(due_in=timedelta(hours=1))
    clock.advance(hours=1, seconds=1)
    send_order(order.decision, target=order.target, due_in=timedelta(days=9))
    assert order_alarms.due(at=now()) == []


def test_a_mail_server_that_is_away_leaves_the_alarm_to_be_sent(mailbox, settings, clock):
    told_staff("compliance", contact_email="officer@example.com")
    send_order(due_in=timedelta(hours=1))
    clock.advance(hours=2)
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    assert tasks.alarm_orders() == 0
    assert not ContentOrderAlarm.objects.exists()
    settings.EMAIL_PORT = port
    assert tasks.alarm_orders() == 1


# -- at the desk ---------------------------------------------------------------------------


def test_the_page_of_an_order_shows_receipts_and_alarms(mailbox, call, clock):
    officer = staff("compliance", contact_email="o@example.com", contact_email_verified_at=now())
    order = send_order(due_in=timedelta(hours=1))
    call(order, key="1", outcome="partly", note="Two of three <b>")
    clock.advance(hours=2)
    tasks.alarm_orders()
    page = officer[1].get(f"/admin/compliance/contentorder/{order.pk}/change/").text
    assert "Two of three &lt;b&gt;" in page
    assert "partly done" in page
    listed = officer[1].get("/admin/compliance/contentorder/?standing=late").text
    assert order.public_id in listed
    assert "/admin/compliance/contentorder/?standing=late" in listed


@pytest.mark.parametrize("group", ["support", "billing"])
def test_orders_are_no_matter_of_others(group):
    order = send_order()
    browser = staff(group)[1]
    for address in ("", f"{order.pk}/change/"):
        answer = browser.get(f"/admin/compliance/contentorder/{address}")
        assert answer.status_code in (302, 403)


def test_an_order_of_a_confidential_case_is_not_there_for_others():
    boss = make_staff_of("supervisor")
    case = cases.claim(case=open_case(confidential=True), by=boss, at=now())
    order = send_order(make_decision(case, by=boss))
    officer = staff("compliance")[1]
    assert order.public_id not in officer.get("/admin/compliance/contentorder/").text
    page = officer.get(f"/admin/compliance/contentorder/{order.pk}/change/", follow=True)
    assert "doesn’t exist" in page.text
    assert order.public_id not in page.text
