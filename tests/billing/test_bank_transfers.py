"""Bank transfers: read, booked once, matched by two people, or sent back."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils.translation import override

from accounts.exceptions import NotAllowed
from billing import bank_imports, decisions, matching
from billing.exceptions import SettledOrWaiting, UnreadableStatement
from billing.models import (
    BankMapping,
    BankReceipt,
    Entry,
    Journal,
    Match,
    Settlement,
    Wallet,
)
from common.clock import now
from tests.billing.making import make_account, make_approver, make_requester, yuan

pytestmark = pytest.mark.django_db

HEAD = "交易日期,贷方发生额,借方发生额,对方户名,对方账号,摘要,流水号\n"


def make_mapping(**fields):
    return BankMapping.objects.create(
        **{
            "name": "ICBC",
            "bank_account": "6222 0001",
            "date_column": "交易日期",
            "date_format": "%Y-%m-%d",
            "credit_column": "贷方发生额",
            "debit_column": "借方发生额",
            "payer_name_column": "对方户名",
            "payer_account_column": "对方账号",
            "reference_column": "摘要",
            "serial_column": "流水号",
            **fields,
        }
    )


def a_line(amount="100.00", *, payer="示例科技有限公司", reference="", serial="S1", out=""):
    return f'2026-01-05,"{amount}","{out}",{payer},6217000,{reference},{serial}\n'


def uploaded(*lines, mapping=None, encoding="utf-8", by=None, head=HEAD):
    return bank_imports.upload(
        mapping=mapping or make_mapping(),
        content=(head + "".join(lines)).encode(encoding),
        file_name="january.csv",
        uploaded_by=by or make_requester(),
        at=now(),
    )


def booked(*lines, **how):
    return bank_imports.book(
        statement=uploaded(*lines, **how), imported_by=make_requester(), at=now()
    )


def received(**fields):
    booked(a_line(**fields))
    return BankReceipt.objects.latest("pk")


def balances():
    with connection.cursor() as cursor:
        cursor.execute("SELECT account_id, sum(amount) FROM billing_entry GROUP BY 1")
        return {account: int(amount) for account, amount in cursor.fetchall() if amount}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_lines_are_booked_as_money_not_matched(encoding):
    result = booked(
        a_line("1,280.50", serial="S1"),
        a_line("", out="20.00", serial="S2"),
        a_line("x", serial="S3"),
        encoding=encoding,
    )
    assert (result.receipts, result.outgoing, result.duplicates) == (1, 1, 0)
    assert [number for number, _why in result.refused] == [4]
    receipt = BankReceipt.objects.get()
    assert (receipt.amount, receipt.payer_name) == (yuan("1280.50"), "示例科技有限公司")
    assert balances() == {1010: -yuan("1280.50"), 2005: yuan("1280.50")}
    assert str(receipt.journal.effective_at) == "2026-01-04 16:00:00+00:00"


def test_a_line_is_booked_once_whatever_files_it_comes_in():
    mapping = make_mapping()
    booked(a_line(serial="S1"), mapping=mapping)
    result = booked(a_line(serial="S1"), a_line(serial="S2"), mapping=mapping)
    assert (result.receipts, result.duplicates) == (1, 1)
    assert balances()[2005] == yuan(200)
    # The door is the same as that of single receipts, the key too.
    assert Journal.objects.filter(key="bank:6222 0001:serial:S1").count() == 1


def test_without_serials_lines_alike_in_one_file_are_two_payments():
    mapping = make_mapping(serial_column="")
    result = booked(a_line(), a_line(), mapping=mapping)
    assert result.receipts == 2
    assert booked(a_line(), a_line(), a_line(), mapping=mapping).receipts == 1


def test_one_column_of_amounts_and_continental_figures():
    mapping = make_mapping(
        amount_column="Betrag",
        credit_column="",
        debit_column="",
        decimal_style="comma",
        delimiter=";",
        date_column="Tag",
        date_format="%d.%m.%Y",
        payer_name_column="",
        payer_account_column="",
        reference_column="",
        serial_column="",
        lines_before=1,
    )
    head = "Kontoauszug\nTag;Betrag\n"
    result = booked(
        "05.01.2026;1.280,50\n", "06.01.2026;-3,00\n", "06.01.2026;1.2,3,4\n",
        mapping=mapping, head=head,
    )  # fmt: skip
    assert (result.receipts, result.outgoing, len(result.refused)) == (1, 1, 1)
    assert BankReceipt.objects.get().amount == yuan("1280.50")


@pytest.mark.parametrize(
    "content",
    [b"\x00\x01\x02", b"\xff\xfe\xff\xff", b"", b"a,b\n1,2\n", HEAD.encode(), b"x" * 10_485_761],
    ids=["NUL", "no text", "empty", "other columns", "headings only", "too large"],
)
def test_what_is_no_statement_is_refused_in_a_sentence(content):
    with pytest.raises(UnreadableStatement):
        bank_imports.upload(
            mapping=make_mapping(),
            content=content,
            file_name="x",
            uploaded_by=make_requester(),
            at=now(),
        )


def test_a_day_to_come_and_parts_of_a_fen_are_refused_line_by_line():
    statement = uploaded(
        a_line(serial="S1").replace("2026-01-05", "2999-01-05"), a_line("1.005", serial="S2")
    )
    assert [one.verdict.value for one in bank_imports.judged(statement, at=now())] == [
        "refused",
        "refused",
    ]


def test_a_file_is_booked_once():
    statement = uploaded(a_line())
    bank_imports.book(statement=statement, imported_by=make_requester(), at=now())
    with pytest.raises(UnreadableStatement):
        bank_imports.book(statement=statement, imported_by=make_requester(), at=now())


def test_ten_thousand_lines_at_once():
    result = booked(*(a_line(serial=f"S{number}") for number in range(10_000)))
    assert result.receipts == 10_000
    assert balances()[2005] == yuan(1_000_000)


def test_two_people_match_and_the_account_is_credited():
    account, receipt = make_account(), received()
    match = matching.propose(
        source=receipt, account=account, reason="Their invoice", proposed_by=make_requester()
    )
    assert list(BankReceipt.objects.to_match()) == []
    journal = matching.approve(match=match, approved_by=make_approver())
    assert journal.key == f"receipt:{receipt.pk}"
    assert Wallet.objects.get(pk=account.pk).paid == yuan(100)
    assert balances() == {1010: -yuan(100), 2010: yuan(100)}
    assert list(BankReceipt.objects.unsettled()) == []


def test_nobody_approves_their_own_match_not_even_in_raw_sql():
    person = make_requester("request", "approve")
    match = matching.propose(
        source=received(), account=make_account(), reason="x", proposed_by=person
    )
    with pytest.raises(NotAllowed):
        matching.approve(match=match, approved_by=person)
    with pytest.raises(DatabaseError, match="nobody approves"), transaction.atomic():
        connection.cursor().execute(
            "INSERT INTO billing_matchapproval (match_id, approved_by_id, digest)"
            " VALUES (%s, %s, %s)",
            [match.pk, person.pk, match.digest],
        )


def test_a_settlement_without_an_approval_is_refused_in_raw_sql():
    match = matching.propose(
        source=received(), account=make_account(), reason="x", proposed_by=make_requester()
    )
    with pytest.raises(DatabaseError, match="not approved"), transaction.atomic():
        connection.cursor().execute(
            "INSERT INTO billing_settlement (receipt_id, match_id) VALUES (%s, %s)",
            [match.receipt_id, match.pk],
        )
    with pytest.raises(DatabaseError), transaction.atomic():
        connection.cursor().execute("DELETE FROM billing_unsettled")


def test_one_proposal_at_a_time_and_a_rejected_one_makes_room():
    receipt, account = received(), make_account()
    person = make_requester()
    match = matching.propose(source=receipt, account=account, reason="x", proposed_by=person)
    with pytest.raises(SettledOrWaiting):
        matching.propose(source=receipt, account=account, reason="x", proposed_by=person)
    with pytest.raises(SettledOrWaiting):
        decisions.request_return(receipt=receipt, reason="Not ours", requested_by=person)
    matching.reject(match=match, rejected_by=person, reason="Mistaken")
    with pytest.raises(NotAllowed):
        matching.approve(match=match, approved_by=make_approver())
    again = matching.propose(source=receipt, account=account, reason="x", proposed_by=person)
    assert list(Match.objects.waiting()) == [again]
    assert list(Match.objects.to_approve_by(person)) == []


def test_money_goes_back_where_it_came_from():
    receipt = received()
    request = decisions.request_return(
        receipt=receipt, reason="Not ours", requested_by=make_requester()
    )
    decisions.approve(request=request, approved_by=make_approver(), at=now())
    assert balances() == {}
    assert Settlement.objects.get().request == request
    with pytest.raises(SettledOrWaiting):
        matching.propose(
            source=receipt, account=make_account(), reason="x", proposed_by=make_requester()
        )


def test_a_return_turned_down_leaves_the_money_to_be_matched():
    receipt = received()
    request = decisions.request_return(
        receipt=receipt, reason="Not ours", requested_by=make_requester()
    )
    decisions.reject(request=request, rejected_by=make_approver(), reason="It is ours")
    assert list(BankReceipt.objects.to_match()) == [receipt]
    assert Entry.objects.count() == 2


def test_suggestions_by_reference_payer_and_name():
    named, before, called = make_account(), make_account(), make_account()
    type(called).objects.filter(pk=called.pk).update(name="Acme")
    mapping = make_mapping()
    booked(a_line(payer="Acme", serial="S1"), mapping=mapping)
    first = BankReceipt.objects.get()
    match = matching.propose(source=first, account=before, reason="x", proposed_by=make_requester())
    matching.approve(match=match, approved_by=make_approver())
    booked(
        a_line(payer="Acme", reference=f"top up {named.public_id.upper()}", serial="S2"),
        mapping=mapping,
    )
    with override("en"):
        found = matching.suggestions(BankReceipt.objects.latest("pk"))
    assert [one.account for one in found] == [named, before, called]
    assert matching.best_of(BankReceipt.objects.latest("pk")).account == named
