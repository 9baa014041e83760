"""Lists of money: found by key, account and amount, downloaded, never counted to the end."""

import csv
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing import decisions, exporting, money_in
from billing.models import Charge, CreditLot, Entry, Journal, Ledger, PostingRequest, Wallet
from common.clock import now
from tests.billing.admin.acting import address
from tests.billing.making import (
    granted,
    line,
    make_account,
    make_requester,
    paid_in,
    spend,
    yuan,
)
from tests.desk.signing_in import staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def billing():
    return staff("billing")[1]


@pytest.fixture
def accounts():
    return make_account(name="李华"), make_account(name="示例科技")


def listed(browser, model, **query):
    return list(browser.get(address(model), query).context["cl"].result_list)


def downloaded(browser, model_name, **query):
    answer = browser.get(f"/admin/billing/{model_name}/export.csv", query)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(StringIO(text)))


# -- found ---------------------------------------------------------------------------------


def test_journals_are_found_by_key_number_amount_request_and_account(billing, accounts):
    one, other = accounts
    first = paid_in(one, "1280.50", key="order:77")
    second = paid_in(other, 20)
    spend(one, 3, key="line-1")
    charge = Journal.objects.get(kind="charge")
    grant = granted(other, 5)
    found = {
        "order:77": [first],
        "order:": [first],
        "line-1": [charge],
        "charge:line-1": [charge],
        "1,280.50": [first],
        "¥ 20": [second],
        "5.00": [grant],
        grant.request.public_id: [grant],
        one.public_id: [charge, first],
        "示例": [grant, second],
        str(first.pk): [first],
        "acc_nobody00000000000": [],
        "3.00": [],  # what was spent is not looked for by amount
        "'; --": [],
    }
    for text, journals in found.items():
        if text == str(first.pk) and first.pk in (5, 20):
            continue  # an amount too
        assert listed(billing, Journal, q=text) == journals, text


def test_lists_are_narrowed_to_an_account_a_wallet_a_lot_and_a_kind(billing, accounts):
    one, other = accounts
    paid_in(one, 10)
    paid_in(other, 20)
    spend(one, 3)
    assert {j.account for j in listed(billing, Journal, account=one.pk)} == {one}
    assert {e.wallet_id for e in listed(billing, Entry, wallet=other.pk)} == {other.pk}
    lot = CreditLot.objects.get(wallet=one.pk)
    assert len(listed(billing, Entry, wallet=one.pk, lot=lot.pk)) == 2
    assert [c.wallet_id for c in listed(billing, Charge, wallet=one.pk)] == [one.pk]
    assert listed(billing, Charge, wallet=other.pk) == []
    assert {j.kind for j in listed(billing, Journal, kind__exact="top_up")} == {"top_up"}
    for nonsense in ("x", "9" * 30, "1' OR 1", "\x00"):
        assert listed(billing, Journal, account=nonsense) == []


def test_wallets_charges_and_requests_are_found_by_account(billing, accounts):
    one, other = accounts
    paid_in(one, 10)
    paid_in(other, 20)
    spend(one, 3, key="line-1")
    request = decisions.request_grant(
        account=one,
        amount=yuan(7),
        expires_at=None,
        reason="Apology",
        case_reference="T-9",
        requested_by=make_requester(),
    )
    assert [w.pk for w in listed(billing, Wallet, q="李华")] == [one.pk]
    assert [c.key for c in listed(billing, Charge, q="line-1")] == ["line-1"]
    assert [c.key for c in listed(billing, Charge, q=one.public_id)] == ["line-1"]
    for text in (request.public_id, "T-9", "李华"):
        assert listed(billing, PostingRequest, q=text) == [request], text
    assert listed(billing, PostingRequest, q="示例") == []


def test_lists_cost_the_same_however_many_rows_and_count_no_end(billing, accounts):
    one, _other = accounts
    paid_in(one, 1000)
    costs = []
    for _turn in range(2):
        for _charge in range(20):
            spend(one, 1)
        billing.get(address(Journal))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            for model in (Journal, Entry, Charge, Wallet, CreditLot):
                assert billing.get(address(model)).status_code == 200
        costs.append(len(queries))
        counts = [q["sql"] for q in queries if "COUNT(" in q["sql"].upper()]
        assert all("LIMIT" in sql for sql in counts)
    assert costs[0] == costs[1]


# -- downloaded ----------------------------------------------------------------------------


def test_files_hold_what_is_listed_with_formulas_escaped(billing, accounts):
    one, other = accounts
    one.name = "=HYPERLINK(evil)"
    one.save()
    paid_in(one, "1280.50", memo="+1")
    paid_in(other, 20)
    spend(one, "3.000001", key="@line")
    rows = downloaded(billing, "journal", account=one.pk)
    assert [(r["kind"], r["amount_cny"]) for r in rows] == [
        ("top_up", "1280.500000"),
        ("charge", "3.000001"),
    ]
    assert rows[0]["name"] == "'=HYPERLINK(evil)"
    assert rows[0]["memo"] == "'+1"
    entries = downloaded(billing, "entry", wallet=one.pk)
    assert [(e["debit_cny"], e["credit_cny"]) for e in entries] == [
        ("", "1280.500000"),
        ("3.000001", ""),
    ]
    (charge,) = downloaded(billing, "charge")
    assert (charge["key"], charge["amount_cny"]) == ("'@line", "3.000001")
    assert len(downloaded(billing, "journal", q="20")) == 1


def test_files_are_written_piece_by_piece(billing, accounts, monkeypatch):
    monkeypatch.setattr(exporting, "FETCHED", 3)
    one, _other = accounts
    paid_in(one, 100)
    for _turn in range(7):
        spend(one, 1)
    rows = downloaded(billing, "journal")
    assert [int(row["journal"]) for row in rows] == list(
        Journal.objects.order_by("pk").values_list("pk", flat=True)
    )


def test_downloads_are_logged_and_only_for_those_who_may(accounts):
    paid_in(accounts[0], 1)
    auditor, browser = staff("auditor")
    assert "Download as CSV" in browser.get(address(Journal)).text
    downloaded(browser, "journal", kind__exact="top_up")
    entry = LogEntry.objects.get(change_message__contains="kind__exact=top_up")
    assert entry.user == auditor
    for group in ("support", "compliance"):
        assert staff(group)[1].get("/admin/billing/journal/export.csv").status_code == 403
    assert browser.post("/admin/billing/journal/export.csv").status_code == 405


# -- side bar, home, search ----------------------------------------------------------------


def test_the_side_bar_counts_what_waits_for_this_person(accounts):
    person, browser = staff("supervisor")
    wrong = paid_in(accounts[0], 60)
    for asked_by in (person, make_requester(), make_requester()):
        decisions.request_grant(
            account=accounts[0],
            amount=yuan(1),
            expires_at=None,
            reason="Welcome",
            requested_by=asked_by,
        )
    correction = decisions.request_correction(
        journal=wrong, reason="Twice", case_reference="T", requested_by=make_requester()
    )
    page = browser.get("/admin/").text
    assert _count(page, "kind=other") == "2"
    assert _count(page, "kind=correction") == "1"
    assert _count(page, "kind=refund") == ""
    decisions.reject(request=correction, rejected_by=person, reason="No")
    assert _count(browser.get("/admin/").text, "kind=correction") == ""
    assert len(listed(browser, PostingRequest, standing="open")) == 3
    assert len(listed(browser, PostingRequest, standing="turned_down")) == 1
    assert len(listed(browser, PostingRequest, standing="open", kind="other")) == 3
    assert listed(browser, PostingRequest, standing="posted") == []


def _count(page, query):
    """What the side bar says beside the queue with that query."""
    link = page.split(f"standing=open&amp;{query}")[1].split("</a>")[0]
    return link.split('class="n')[1].split(">")[1].split("<")[0] if 'class="n' in link else ""


def test_home_says_what_came_in_what_was_spent_and_what_is_owed(accounts, clock):
    one, other = accounts
    clock.set(now() - timedelta(days=2))
    paid_in(one, 100)
    clock.advance(days=2)
    money_in.receive(amount=yuan(30), into=Ledger.BANK, key="r1")
    paid_in(one, 30, source=Ledger.UNMATCHED)
    paid_in(other, "7.5", source=Ledger.PROVIDERS)
    granted(one, 2)
    spend(one, 4)
    page = staff("billing")[1].get("/admin/").text
    for amount in ("37.50", "4.00", "135.50"):
        assert f"¥\u00a0{amount}" in page, amount
    assert "Received today" not in staff("support")[1].get("/admin/").text


def test_the_search_box_finds_keys_requests_consents_and_charges(billing, accounts):
    journal = paid_in(accounts[0], 10, key="order:77")
    spend(accounts[0], 1, key="line-1")
    grant = granted(accounts[0], 5)
    for text, there in {
        "order:77": address(Journal, "change", journal.pk),
        "line-1": address(Charge, "change", Charge.objects.get().pk),
        grant.request.public_id: address(PostingRequest, "change", grant.request.pk),
    }.items():
        answer = billing.get("/admin/search/", {"q": text}, follow=True)
        assert there in answer.text or any(there in url for url, _ in answer.redirect_chain), text
    support = staff("support")[1].get("/admin/search/", {"q": "order:77"}, follow=True)
    assert address(Journal, "change", journal.pk) not in support.text


def test_a_charge_below_a_micro_yuan_has_a_page_and_no_journal(billing, accounts):
    paid_in(accounts[0], 1)
    from billing import charging

    charging.charge([line(accounts[0], "0.0000001")])
    charge = Charge.objects.get()
    assert charge.journal is None
    assert billing.get(address(Charge, "change", charge.pk)).status_code == 200
    assert billing.get(address(Charge)).status_code == 200
