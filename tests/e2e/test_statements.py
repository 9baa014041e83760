"""Statements and the trial balance in a browser: readable by all, nothing runs off the side."""

import os

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from common.clock import now
from tests.accounts.making import make_model, make_person, make_service
from tests.billing.making import granted, paid_in, spend
from tests.e2e.conftest import DESKTOP, PASSWORD, PHONE
from tests.notices.making import make_organization

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def account():
    person = make_person(name="李华", phone_verified_at=now())
    person.set_password(PASSWORD)
    person.save()
    account = make_organization(person, name="示例科技有限公司")
    paid_in(account, 12800, memo="Transfer 20261123-0007")
    granted(account, 50)
    model = make_model(make_service()).pk
    for _turn in range(3):
        spend(account, "1.234567", model=model)
    account.owner = person
    return account


def look_over(page, name):
    page.wait_for_load_state()
    if os.environ.get("LOOK"):
        page.screenshot(path=f"{os.environ['LOOK']}/{name}.png", full_page=True)
    found = Axe().run(page).response["violations"]
    assert [(one["id"], [n["target"] for n in one["nodes"]]) for one in found] == []
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(wide) <= 0, "it runs off the side"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_customer_reads_the_statement(visit, account, scheme, viewport, language):
    account.owner.language = language
    account.owner.save()
    browser = visit(viewport=viewport, color_scheme=scheme, java_script_enabled=True)
    page = browser.sign_in(account.owner, at="/accounts/login/?next=/money/statements/")
    expect(page.locator(".movements")).to_contain_text("20261123-0007")
    look_over(page, f"statement-{language}-{scheme}-{viewport['width']}")
    with page.expect_download() as download:
        page.locator("button[value=csv]").click()
    assert download.value.suggested_filename.endswith(".csv")


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_staff_read_the_books(visit, staff, account, viewport):
    browser = visit(viewport=viewport)
    page = browser.sign_in(staff("supervisor"), at="/admin/billing/accounttotal/")
    expect(page.locator("tfoot")).to_contain_text("12,850.00")
    look_over(page, f"books-{viewport['width']}")
    page.goto(f"/admin/billing/accounttotal/statement/{account.public_id}/")
    expect(page.get_by_text("Transfer 20261123-0007").first).to_be_visible()
    look_over(page, f"desk-statement-{viewport['width']}")
