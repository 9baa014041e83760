"""The tables of docs/ledger.md are what the ledger does: each example is posted."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils.timezone import localdate

from billing import charging, decisions, money_in, refunds
from billing.models import OF_TWO_PEOPLE, Invoice, Journal, LedgerAccount, LegRule, Wallet
from common.clock import now
from common.exceptions import BackOfficeError
from tests.accounts.making import make_clause
from tests.billing.making import (
    granted,
    line,
    make_account,
    make_approver,
    make_requester,
    paid_in,
    set_floor,
    yuan,
)

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "ledger.md").read_text()


def rows(text, heading):
    """Of the table in `text` that begins with this column."""
    lines = text.split("\n")
    [start] = [n for n, each in enumerate(lines) if each.startswith(f"| {heading} |")]
    found = []
    for each in lines[start + 2 :]:
        if not each.startswith("|"):
            break
        found.append([cell.strip() for cell in each.strip("|").split("|")])
    return found


SECTIONS = dict(re.findall(r"^### (.+?)\n(.+?)(?=^##)", PAGE, re.S | re.M))
EXAMPLES = {title: rows(text, "act") for title, text in SECTIONS.items()}


def test_the_page_has_examples():
    assert len(EXAMPLES) == PAGE.count("\n### ") >= 8


@pytest.mark.django_db
def test_the_chart_is_that_of_the_page():
    assert [(int(code), kind) for code, kind, _says in rows(PAGE, "account")] == list(
        LedgerAccount.objects.values_list("code", "type")
    )


@pytest.mark.django_db
def test_the_kinds_are_those_of_the_page():
    told, two_people = set(), set()
    for kind, debits, credits, needs in rows(PAGE, "kind"):
        told |= {(kind, int(code), -1) for code in debits.split()}
        told |= {(kind, int(code), 1) for code in credits.split()}
        if "two people" in needs:
            two_people.add(kind)
    assert told == set(LegRule.objects.values_list("kind", "account", "sign"))
    assert two_people == set(OF_TWO_PEOPLE) - {"correction"}


class Bookkeeper:
    """Does what the first column says, for one account."""

    def __init__(self, clock):
        self.clock = clock
        self.account = make_account()
        self.consent = None

    def do(self, act):
        words = act.removesuffix(" refused")
        for pattern, verb in (
            (r"top-up (\S+)", self.top_up),
            (r"charge (\S+)", self.charge),
            (r"grant (\S+)(?: for (\d+) days)?", self.grant),
            (r"(\d+) days pass", lambda days: self.clock.advance(days=int(days))),
            (r"expire", lambda: money_in.expire_due(at=now())),
            (r"hold (\S+)", self.hold),
            (r"release", self.release),
            (r"correct(?: the (charge|write-off))?", self.correct),
            (r"floor (\S+)", self.floor),
            (r"write-off (\S+)", self.write_off),
            (r"invoice (\S+)", self.invoice),
            (r"refund (\S+)", self.refund),
        ):
            found = re.fullmatch(pattern, words)
            if found:
                return verb(*found.groups())
        raise AssertionError(f"The page asks for something unknown: {act}")

    def approved(self, ask, **fields):
        request = ask(reason="As the page says", requested_by=make_requester(), **fields)
        decisions.approve(request=request, approved_by=make_approver(), at=now())

    def top_up(self, amount):
        paid_in(self.account, amount)

    def charge(self, amount):
        [outcome] = charging.charge([line(self.account, amount)])
        if outcome.verdict == "not_enough":
            raise BackOfficeError("not enough")

    def grant(self, amount, days):
        granted(
            self.account,
            amount,
            expires_at=now() + timedelta(days=int(days)) if days else None,
        )

    def hold(self, amount):
        money_in.hold(
            account=self.account, amount=yuan(amount), key="hold", at=now(), actor=None, memo=""
        )

    def release(self):
        money_in.release(held=Journal.objects.get(kind="hold"), actor=None, memo="")

    def correct(self, kind):
        journals = Journal.objects.order_by("-pk")
        if kind:
            journals = journals.filter(kind=kind.replace("-", "_"))
        self.approved(
            decisions.request_correction,
            journal=journals[0],
            case_reference="CASE-1",
        )

    def floor(self, amount):
        set_floor(self.account, amount)

    def write_off(self, amount):
        self.approved(decisions.request_write_off, account=self.account, amount=yuan(amount))

    def invoice(self, amount):
        Invoice.record(
            number="1",
            account=self.account,
            amount=yuan(amount),
            issued_on=localdate(now()),
            recorded_by=make_requester(),
        )

    def refund(self, amount):
        self.consent = self.consent or refunds.record_consent(
            account=self.account,
            document=b"%PDF-1.7 signed",
            signatory="General counsel",
            signed_on=localdate(now()),
            clause=make_clause("6"),
            cap=yuan(1000),
            expires_at=now() + timedelta(days=30),
            recorded_by=make_requester(),
            at=now(),
        )
        self.approved(
            decisions.request_refund,
            account=self.account,
            amount=yuan(amount),
            consent=self.consent,
        )


def entries_of(text):
    told = [part.split() for part in text.split(",") if part]
    return sorted((int(code), yuan(amount)) for code, amount in told)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("title", EXAMPLES)
def test_example(title, clock, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    keeper = Bookkeeper(clock)
    known = set()
    for act, entries, paid, credit, held in EXAMPLES[title]:
        if act.endswith(" refused"):
            with pytest.raises(BackOfficeError):
                keeper.do(act)
        else:
            keeper.do(act)
        written = Journal.objects.exclude(pk__in=known)
        assert sorted(written.values_list("entries__account", "entries__amount")) == entries_of(
            entries
        ), act
        known |= set(written.values_list("pk", flat=True))
        wallet = Wallet.objects.get(pk=keeper.account.pk)
        assert (wallet.paid, wallet.granted, wallet.held) == (
            yuan(paid),
            yuan(credit),
            yuan(held),
        ), act
