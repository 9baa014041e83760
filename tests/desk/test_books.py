"""The trial balance, closing a month and an account's statement, as staff see them."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.contrib.admin.models import LogEntry

from billing.models import PeriodClose, PeriodCloseProposal
from tests.billing.making import make_account, paid_in, spend, yuan
from tests.desk.signing_in import staff

pytestmark = pytest.mark.django_db
BALANCE = "/admin/billing/accounttotal/"


@pytest.fixture
def account():
    account = make_account()
    paid_in(account, 1280, memo="Transfer 7")
    spend(account, 2)
    return account


def statement_of(account, name=""):
    return f"{BALANCE}statement/{account.public_id}/{name}"


@pytest.mark.parametrize(
    ("group", "status"),
    [("billing", 200), ("supervisor", 200), ("auditor", 200), ("support", 403)],
)
def test_who_reads_the_books(account, group, status):
    _user, browser = staff(group)
    assert browser.get(BALANCE).status_code == status
    assert browser.get(statement_of(account)).status_code == status
    days = "since=2027-01-01&until=2027-01-31&format=csv"
    found = browser.get(f"{statement_of(account, 'file/')}?{days}")
    assert found.status_code == status


def test_the_two_sides_are_equal(account):
    _user, browser = staff("auditor")
    page = browser.get(BALANCE)
    text = page.content.decode()
    assert page.context["drawn"].debit == page.context["drawn"].credit == yuan(1280)
    assert text.count("1,280.00") == 3  # the bank, and the two sums
    assert "two sides differ" not in text
    assert browser.get(f"{BALANCE}?effective=x").status_code == 200
    before = browser.get(f"{BALANCE}?effective=2020-01-01")
    assert before.context["drawn"].by_code() == {}


def test_the_account_leads_to_its_statement(account):
    _user, browser = staff("billing")
    page = browser.get(f"/admin/accounts/account/{account.pk}/change/")
    assert statement_of(account) in page.content.decode()
    text = browser.get(statement_of(account)).content.decode()
    for words in ("Transfer 7", "¥1,278.00", "Recharged", "No version of the terms"):
        assert words in text
    assert browser.get(f"{BALANCE}statement/acc_nobody/").status_code == 404


def test_taking_a_statement_away_is_noted(account):
    user, browser = staff("billing")
    asked = f"{statement_of(account, 'file/')}?since=2027-01-01&until=2027-01-31"
    for kind in ("csv", "xlsx", "pdf"):
        found = browser.get(f"{asked}&format={kind}")
        assert found["Content-Disposition"].endswith(f'.{kind}"')
        assert found.getvalue()  # read to its end, which closes it
    assert LogEntry.objects.filter(user=user, object_id=str(account.pk)).count() == 3
    assert browser.get(f"{asked}&format=exe").status_code == 302


def act(browser, name, **answers):
    """The page of an act, and what came of answering it."""
    page = browser.get(f"{BALANCE}acts/{name}/")
    seen = {"seen": page.context["seen"], "reason": "All of it is there"}
    return page, browser.post(f"{BALANCE}acts/{name}/", {**seen, **answers}, follow=True)


APRIL = datetime(2027, 4, 1, tzinfo=ZoneInfo("Asia/Shanghai"))


def test_a_month_is_proposed_by_one_and_closed_by_another(account, clock):
    clock.set(APRIL + timedelta(days=1))
    _user, first = staff("billing")
    assert "Close a month…" not in first.get(BALANCE).content.decode()
    page, done = act(first, "propose_close", through=APRIL.isoformat())
    assert page.context["form"].fields["through"].choices[0] == (APRIL.isoformat(), "2027-04-01")
    assert "Proposed to close everything before 2027-04-01" in done.content.decode()
    proposal = PeriodCloseProposal.objects.get()
    assert first.get(f"{BALANCE}acts/approve_close/").status_code == 403
    _user, second = staff("supervisor")
    page, done = act(second, "approve_close", proposal=proposal.pk)
    assert "nothing moved since" in page.content.decode()
    assert "Everything before 2027-04-01 is closed" in done.content.decode()
    assert PeriodClose.objects.get().trial_balance["2010"] == yuan(1278)
    assert "closed before 2027-04-01" in second.get(BALANCE).content.decode()


def test_nobody_is_offered_their_own_proposal(account, clock):
    clock.set(APRIL + timedelta(days=1))
    _user, browser = staff("supervisor")
    act(browser, "propose_close", through=APRIL.isoformat())
    proposal = PeriodCloseProposal.objects.get()
    page, answer = act(browser, "approve_close", proposal=proposal.pk)
    assert list(page.context["form"].fields["proposal"].queryset) == []
    assert answer.status_code == 200
    assert not PeriodClose.objects.exists()


def test_the_side_bar_leads_to_the_trial_balance():
    for group, leads in (("supervisor", True), ("auditor", True), ("support", False)):
        home = staff(group)[1].get("/admin/").text
        assert (f'href="{BALANCE}"' in home) is leads, group


def test_cards_of_the_home_page_are_in_whole_fen(account):
    spend(account, "2.345678")
    home = staff("billing")[1].get("/admin/").text
    assert "¥\u00a01,275.65<" in home
    assert "654322" not in home
