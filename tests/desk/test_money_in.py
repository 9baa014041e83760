"""Money that comes in, at the desk: upload, look, book, match, approve; and for whom."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from billing.models import (
    BankMapping,
    BankReceipt,
    BankStatement,
    Match,
    PaymentEvent,
    PaymentOrder,
    PostingRequest,
    QuarantinedPayment,
    ReconciliationItem,
    ReconciliationRun,
    Wallet,
)
from billing.payments.loopback import Mischief
from tests.billing.making import make_account, yuan
from tests.billing.paying import order_of, pay
from tests.billing.test_bank_transfers import HEAD, a_line, booked, make_mapping
from tests.desk.signing_in import staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]


@pytest.fixture(autouse=True)
def books(settings, tmp_path):
    written = settings.PAYMENT_PROVIDERS["loopback"]
    settings.PAYMENT_PROVIDERS = {"loopback": written | {"options": {"folder": str(tmp_path)}}}


def act(browser, model, name, *records, **answers):
    """Goes through an act's page; the page that follows."""
    pks = ",".join(str(record.pk) for record in records)
    address = f"/admin/billing/{model}/acts/{name}/" + (f"?pks={pks}" if pks else "")
    page = browser.get(address)
    assert page.status_code == 200, page.status_code
    return browser.post(address, {"seen": page.context["seen"], **answers}, follow=True)


def test_from_a_file_to_an_accounts_balance():
    _clerk, clerk = staff("billing")
    _boss, boss = staff("supervisor")
    account = make_account()
    make_mapping()
    file = SimpleUploadedFile(
        "january.csv",
        (HEAD + a_line(reference=account.public_id) + a_line("x", serial="S2")).encode("gb18030"),
    )
    page = act(clerk, "bankstatement", "upload", mapping=BankMapping.objects.get().pk, file=file)
    assert b"1 lines would be booked" in page.content
    assert b"no amount" in page.content or "金额".encode() in page.content or b"x" in page.content
    statement = BankStatement.objects.get()
    page = act(clerk, "bankstatement", "book", statement)
    assert b"1 booked" in page.content
    receipt = BankReceipt.objects.get()
    waiting = clerk.get("/admin/billing/bankreceipt/?standing=to_match")
    assert "示例科技有限公司" in waiting.content.decode()
    page = clerk.get(f"/admin/billing/bankreceipt/acts/propose_match/?pks={receipt.pk}")
    assert account.public_id in page.content.decode()
    act(
        clerk, "bankreceipt", "propose_match", receipt,
        suggested=account.public_id, reason="Names the account",
    )  # fmt: skip
    match = Match.objects.get()
    # Whoever proposed it cannot even begin to approve it.
    assert clerk.get(f"/admin/billing/match/acts/approve/?pks={match.pk}").status_code == 403
    act(boss, "match", "approve", match)
    assert Wallet.objects.get(pk=account.pk).paid == yuan(100)


def test_suggested_matches_in_bulk_are_reported_one_by_one():
    _clerk, clerk = staff("billing")
    _boss, boss = staff("supervisor")
    account = make_account()
    booked(
        a_line(reference=account.public_id, serial="S1"),
        a_line(reference="nothing", payer="Nobody", serial="S2"),
    )
    page = act(clerk, "bankreceipt", "propose_best", *BankReceipt.objects.all())
    assert b"No single account stands out" in page.content
    assert Match.objects.count() == 1
    other = make_account()
    act(
        clerk, "bankreceipt", "propose_match", BankReceipt.objects.to_match().get(),
        account=other.public_id, reason="By phone",
    )  # fmt: skip
    page = act(boss, "match", "approve", *Match.objects.all())
    assert page.content.count(b"credited to") == 2


def test_a_file_that_is_none_comes_back_with_a_sentence():
    _clerk, clerk = staff("billing")
    make_mapping()
    page = act(
        clerk, "bankstatement", "upload",
        mapping=BankMapping.objects.get().pk, file=SimpleUploadedFile("x.csv", b"a,b\n1,2\n"),
    )  # fmt: skip
    assert "There is no column" in page.content.decode()
    assert not BankStatement.objects.exists()


def test_a_mapping_is_saved_and_a_senseless_one_is_not():
    _clerk, clerk = staff("billing")
    fields = {
        "name": "Bank", "bank_account": "1", "delimiter": ",", "lines_before": 0,
        "date_column": "Date", "date_format": "%Y-%m-%d", "decimal_style": "point",
    }  # fmt: skip
    page = clerk.post("/admin/billing/bankmapping/add/", fields)
    assert b"Name either the column of amounts" in page.content
    assert clerk.post(
        "/admin/billing/bankmapping/add/", fields | {"amount_column": "Amount"}
    ).status_code == 302  # fmt: skip
    assert BankMapping.objects.get().amount_column == "Amount"


def test_a_quarantined_payment_is_sent_back(client):
    _clerk, clerk = staff("billing")
    pay(client, order_of(), Mischief.UNKNOWN_ORDER)
    held = QuarantinedPayment.objects.get()
    act(clerk, "quarantinedpayment", "request_return", held, reason="Nobody knows it")
    assert PostingRequest.objects.get().kind == "return"


def test_every_page_of_money_in_opens_for_those_who_look(client, tmp_path):
    _auditor, auditor = staff("auditor")
    booked(a_line())
    order = order_of()
    pay(client, order, Mischief.WRONG_AMOUNT)
    run = ReconciliationRun.record(
        provider="loopback", day="2026-01-05", lines=0, total_fen=0, differences=1
    )
    ReconciliationItem.record(
        run=run, provider="loopback", day="2026-01-05", kind="missing_here", order_number="x"
    )
    kinds = (
        BankMapping, BankStatement, BankReceipt, PaymentOrder, PaymentEvent, QuarantinedPayment,
        ReconciliationItem, ReconciliationRun,
    )  # fmt: skip
    for model in kinds:
        name = f"/admin/billing/{model._meta.model_name}"
        assert auditor.get(f"{name}/").status_code == 200
        assert auditor.get(f"{name}/?q=x").status_code == 200
        record = model.objects.get()
        page = auditor.get(f"{name}/{record.pk}/change/")
        assert page.status_code == 200, name
        assert b" style=" not in page.content
        assert b'name="_save"' not in page.content


def test_the_queues_count_what_waits(client):
    _boss, boss = staff("supervisor")
    booked(a_line())
    pay(client, order_of(), Mischief.WRONG_AMOUNT)
    page = boss.get("/admin/").content.decode()
    for label in ("Transfers to match", "Quarantined payments", "Matches to approve"):
        assert label in page
