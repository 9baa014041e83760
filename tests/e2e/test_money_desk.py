"""Staff at an account's money in a real browser: on a desktop, on a phone, without scripts."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils.timezone import localdate
from playwright.sync_api import expect

from billing import decisions, money_in, refunds
from billing.models import Journal, PostingRequest, Wallet
from common.clock import now
from tests.accounts.making import make_clause
from tests.billing.making import granted, make_account, make_requester, paid_in, spend, yuan
from tests.e2e.conftest import PHONE

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(staff, clock):
    """An account whose money came, went and is asked for, over some weeks."""
    account = make_account(name="示例科技有限公司")
    today = now()
    for days in range(40, -1, -4):
        clock.set(today - timedelta(days=days))
        if days % 20 == 0:
            paid_in(account, 12_000 + days)
        if days == 36:
            granted(account, 200, expires_at=today + timedelta(days=90))
        spend(account, f"{300 + days * 13 % 170}.28", used_at=now())
    money_in.hold(
        account=account, amount=yuan(500), key="h", at=now(), actor=None, memo="Disputed payment"
    )
    consent = refunds.record_consent(
        account=account,
        document=b"%PDF-1.7",
        signatory="Wang Fang",
        signed_on=localdate(now()),
        clause=make_clause("6.2", slug="terms"),
        cap=yuan(2_000),
        expires_at=now() + timedelta(days=30),
        recorded_by=make_requester(),
        at=now(),
    )
    refund = decisions.request_refund(
        account=account,
        amount=yuan(1_280.5),
        consent=consent,
        reason="Agreed with them on the phone",
        payout="CMB 6225 **** 1234",
        requested_by=make_requester(),
    )
    return {
        "account": account,
        "refund": refund,
        "billing": staff("billing", name="Billing"),
        "supervisor": staff("supervisor", name="Super"),
    }


def fits(page):
    """Nothing sticks out to the right of the screen."""
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def accessible(page):
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


@pytest.mark.parametrize(
    ("name", "context"),
    [
        ("desktop-en-light", {}),
        ("phone-en-dark", {"viewport": PHONE, "color_scheme": "dark"}),
    ],
)
def test_pages_of_money_fit_and_can_be_read(visit, world, name, context):
    visitor = visit(**context)
    page = visitor.sign_in(world["supervisor"], at="/admin/")
    account, refund = world["account"], world["refund"]
    journal = Journal.objects.filter(kind="charge").latest("pk")
    for what, address in {
        "money": f"/admin/billing/wallet/{account.pk}/change/",
        "journals": "/admin/billing/journal/",
        "journal": f"/admin/billing/journal/{journal.pk}/change/",
        "money-request": f"/admin/billing/postingrequest/{refund.pk}/change/",
        "money-approve": f"/admin/billing/postingrequest/acts/approve/?pks={refund.pk}",
        "money-refund": f"/admin/billing/wallet/acts/refund/?pks={account.pk}",
        "money-requests": "/admin/billing/postingrequest/",
    }.items():
        page.goto(address)
        assert fits(page), what
        accessible(page)
        visitor.shoot(f"{what}-{name}")


def test_a_refund_is_approved_by_keyboard_without_scripts(visit, world):
    visitor = visit(java_script_enabled=False)
    page = visitor.sign_in(world["supervisor"], at="/admin/")
    page.get_by_role("navigation").get_by_role("link", name="Refunds to approve").press("Enter")
    page.get_by_role("link", name=world["refund"].public_id).press("Enter")
    page.get_by_role("link", name="Approve…").press("Enter")
    expect(page.get_by_role("table", name="What is posted")).to_contain_text("1,280.50")
    page.get_by_role("button", name="Approve and post").press("Enter")
    expect(page.get_by_text("Posted as journal")).to_be_visible()
    assert PostingRequest.objects.filter(journal__isnull=False, pk=world["refund"].pk).exists()


def test_credit_is_asked_for_from_the_page_of_the_account(visit, world):
    visitor = visit()
    page = visitor.sign_in(world["billing"], at="/admin/")
    page.goto(f"/admin/accounts/account/{world['account'].pk}/change/")
    page.get_by_role("link", name="Money", exact=True).click()
    page.get_by_role("link", name="Grant credit…").click()
    page.get_by_label("Amount").fill("20")
    page.get_by_label("Reason").fill("Apology for the outage")
    page.get_by_role("button", name="See what it comes to").click()
    expect(page.get_by_text("Nothing has been done yet")).to_be_visible()
    page.get_by_role("button", name="Ask for it").click()
    expect(page.get_by_text("What approving it posts")).to_be_visible()
    assert Wallet.objects.get(pk=world["account"].pk).granted == 0
