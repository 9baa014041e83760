"""Customers' statements: whose they are, what they show, and that taking one is noted."""

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from billing import statement_pdf
from tests.accounts.making import make_model, make_person, make_service
from tests.billing.making import make_account, paid_in, spend, yuan
from tests.notices.making import make_organization

pytestmark = pytest.mark.django_db


def browser_of(person):
    person.language = "en"
    person.save()
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def account():
    account = make_account(name="Li Hua")
    paid_in(account, 100, memo="Transfer 7")
    spend(account, "1.5", model=make_model(make_service()).pk)
    return account


@pytest.fixture
def browser(account):
    return browser_of(account.holder)


def address(account, name=""):
    return f"/account/{account.public_id}/money/statements/{name}"


def test_the_month_so_far_with_its_balances(account, browser):
    page = browser.get("/money/statements/", follow=True)
    assert page.redirect_chain == [(address(account), 302)]
    text = page.content.decode()
    assert page.context["statement"].closing.total == yuan("98.5")
    for words in ("Transfer 7", "painter-2 · 1 charge", "+¥100.00", "−¥1.50", "¥98.50"):
        assert words in text
    assert 'style="' not in text


@pytest.mark.parametrize(
    "query", ["since=2027-02-01&until=2027-01-01", "since=x&until=", "since=0001-01-01&until=x"]
)
def test_impossible_days_are_told(account, browser, query):
    page = browser.get(f"{address(account)}?{query}")
    assert page.status_code == 200
    assert "errorlist" in page.content.decode()
    assert browser.get(f"{address(account, 'file/')}?format=csv&{query}").status_code == 302


def test_further_lines_go_on_from_a_balance_that_nobody_can_change(account, browser, clock):
    for _turn in range(55):
        spend(account, 1)
    page = browser.get(address(account))
    days = page.context["wanted"]
    asked = f"since={days.first}&until={days.last}&detailed=on"
    page = browser.get(f"{address(account)}?{asked}")
    shown = page.context["lines"]
    following = browser.get(f"{address(account)}?{page.context['more']}")
    shown += following.context["lines"]
    assert len({one.line.journal for one in shown}) == 57
    assert shown[-1].line.place.after.total == yuan("43.5")
    assert not following.context["more"]
    forged = page.context["more"].replace("after=", "after=x")
    assert browser.get(f"{address(account)}?{forged}").status_code == 404
    other = make_account()
    stolen = browser_of(other.holder).get(f"{address(other)}?{page.context['more']}")
    assert stolen.status_code == 404


@pytest.mark.parametrize("role", ["owner", "admin", "billing", "developer", "viewer"])
def test_roles(role):
    person = make_person()
    account = make_organization(person, role=role)
    status = 200 if role in ("owner", "admin", "billing") else 403
    client = browser_of(person)
    assert client.get(address(account)).status_code == status
    days = "since=2027-01-01&until=2027-01-31"
    for kind in ("csv", "xlsx", "pdf"):
        found = client.get(f"{address(account, 'file/')}?{days}&format={kind}")
        assert found.status_code == status
        assert found.getvalue()  # read to its end, which closes it


def test_nobody_elses(account):
    stranger = browser_of(make_account().holder)
    for name in ("", "file/?since=2027-01-01&until=2027-01-31&format=csv"):
        assert stranger.get(address(account, name)).status_code == 404
        assert Client().get(address(account, name)).status_code == 302


def test_a_file_in_either_language_is_noted(account, browser):
    days = browser.get(address(account)).context["wanted"]
    asked = f"since={days.first}&until={days.last}"
    found = browser.get(f"{address(account, 'file/')}?{asked}&format=csv&language=zh-hans")
    assert "attachment" in found["Content-Disposition"]
    assert b"Transfer 7" in found.getvalue()
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id) == (account.holder, str(account.pk))
    assert "CSV" in entry.change_message
    pdf = browser.get(f"{address(account, 'file/')}?{asked}&format=pdf")
    assert pdf.content.startswith(b"%PDF")
    assert LogEntry.objects.count() == 2


def test_too_long_a_file_offers_another(account, browser, monkeypatch):
    monkeypatch.setattr(statement_pdf, "MOST_LINES", 1)
    days = browser.get(address(account)).context["wanted"]
    asked = f"since={days.first}&until={days.last}&format=pdf"
    page = browser.get(f"{address(account, 'file/')}?{asked}", follow=True)
    assert "Download them as CSV" in page.content.decode()
    assert not LogEntry.objects.exists()
