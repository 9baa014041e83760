"""The desk in a real browser: home, search, lists on a phone, conflicts, keyboard, no scripts."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from accounts.models import Account, AgreementDocument, Publication
from common.clock import now
from tests.accounts.making import make_account, make_clause, make_key, make_person, make_service
from tests.e2e.conftest import DESKTOP, PHONE
from tests.notices.making import make_customer, make_organization, plan, propose

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(staff):
    """A small world: two kinds of account, a key, a change that waits for approval."""
    clause = make_clause("1.2.7", slug="terms")
    AgreementDocument.objects.update(title_zh_hans="服务协议", title_en="Terms of Service")
    Publication.record(version=clause.version)
    person, _own = make_customer(name="李华", contact_email="li@example.com")
    company = make_organization(person, name="示例科技有限公司")
    for turn in range(6):
        make_account(name=f"Ada {turn}")
    make_key(company)
    officer, supervisor = staff("compliance", name="Officer"), staff("supervisor", name="Super")
    service = make_service("text-generation", name_zh_hans="文本生成", name_en="Text generation")
    change = plan(
        company,
        planned_by=officer,
        in_days=9,
        service=service,
        title_en="Suspend text generation",
        title_zh_hans="暂停文本生成",
    )
    propose(change, by=officer)
    return {
        "person": person,
        "company": company,
        "officer": officer,
        "supervisor": supervisor,
        "change": change,
    }


def tab_to(page, target, most=80):
    """Presses Tab until `target` has the focus, as somebody without a mouse does."""
    for _turn in range(most):
        page.keyboard.press("Tab")
        if target.evaluate("node => node === document.activeElement"):
            return
    pytest.fail(f"{target} is not reached by Tab")


def to_the_content(page):
    """The first stop of every page leads past the side bar's queues."""
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to main content")).to_be_focused()
    page.keyboard.press("Enter")


def fits(page):
    """Nothing sticks out to the right of the screen."""
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def pages_of(world):
    company, change = world["company"], world["change"]
    key = company.api_keys.get()
    return {
        "home": "/admin/",
        "people": "/admin/accounts/user/",
        "account": f"/admin/accounts/account/{company.pk}/change/",
        "account-members": f"/admin/accounts/account/{company.pk}/change/#memberships-group",
        "account-access": f"/admin/accounts/account/{company.pk}/change/#access",
        "timeline": f"/admin/accounts/account/{company.pk}/history/",
        "changes": "/admin/notices/servicechange/",
        "change": f"/admin/notices/servicechange/{change.pk}/change/",
        "revoke": f"/admin/accounts/apikey/acts/revoke/?pks={key.pk}",
        "invite": "/admin/accounts/staffinvitation/acts/invite/",
        "search": "/admin/search/?q=Ada",
        "records": "/admin/records/",
    }


def test_search_and_keyboard(visit, world):
    visitor = visit()
    page = visitor.sign_in(world["supervisor"], at="/admin/")
    expect(page.get_by_role("heading", name="Today", exact=True)).to_be_visible()
    expect(page.get_by_role("navigation", name="Work queues")).to_contain_text(
        "Changes to approve 1"
    )

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to main content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()

    page.keyboard.press("/")
    page.keyboard.type("Ada")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Results for “Ada”")).to_be_visible()
    visitor.shoot("search-desktop-en-light")
    page.keyboard.press("/")
    page.keyboard.type(world["company"].public_id)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="示例科技有限公司")).to_be_visible()

    members = page.get_by_role("link", name="Members")
    tab_to(page, members)
    page.keyboard.press("Enter")
    expect(members).to_have_attribute("aria-current", "true")
    expect(page.get_by_role("cell", name="李华")).to_be_visible()
    expect(page.locator("[name=name]")).to_be_hidden()


def test_approving_without_a_mouse(visit, world):
    page = visit().sign_in(world["supervisor"], at="/admin/")
    queues = page.get_by_role("navigation", name="Work queues")
    tab_to(page, queues.get_by_role("link", name=re.compile("^Changes to approve")))
    page.keyboard.press("Enter")
    page.wait_for_url("**/servicechange/?*")
    to_the_content(page)
    tab_to(page, page.get_by_role("link", name="Suspend text generation"), most=40)
    page.keyboard.press("Enter")
    approve = page.get_by_role("link", name="Approve…")
    page.wait_for_url("**/change/?*")
    to_the_content(page)
    tab_to(page, approve, most=40)
    page.keyboard.press("Enter")
    button = page.get_by_role("button", name="Approve")
    tab_to(page, button)
    page.keyboard.press("Enter")
    expect(page.get_by_text("People are being told.")).to_be_visible()


def test_two_people_edit_one_account(visit, world, staff):
    address = f"/admin/accounts/account/{world['company'].pk}/change/"
    first, second = visit(), visit()
    theirs = first.sign_in(world["supervisor"], at=address)
    mine = second.sign_in(staff("support", name="Second"), at=address)
    theirs.locator("[name=name]").fill("Their name")
    theirs.get_by_role("button", name="Save", exact=True).click()
    mine.locator("[name=name]").fill("My name")
    mine.locator("[name=time_zone]").fill("Europe/Berlin")
    mine.get_by_role("button", name="Save", exact=True).click()
    expect(mine.get_by_role("heading", name="Somebody else saved")).to_be_visible()
    expect(mine.get_by_text("saved by Super")).to_be_visible()
    second.shoot("conflict-desktop-en-light")
    assert Axe().run(mine).violations_count == 0

    mine.get_by_role("button", name="Save what I chose").click()
    expect(mine.get_by_role("heading", name="Somebody else saved")).to_be_visible()
    mine.get_by_label("They saved Their name").check()
    mine.get_by_role("button", name="Save what I chose").click()
    expect(mine.get_by_text("was changed successfully")).to_be_visible()
    saved = Account.objects.get(pk=world["company"].pk)
    assert (saved.name, saved.time_zone) == ("Their name", "Europe/Berlin")


def test_a_phone_shows_cards_and_a_menu(visit, world):
    visitor = visit(viewport=PHONE)
    page = visitor.sign_in(world["supervisor"], at="/admin/")
    queues = page.get_by_role("navigation", name="Work queues")
    expect(queues).to_be_hidden()
    page.get_by_text("Menu", exact=True).click()
    expect(queues).to_be_visible()
    visitor.shoot("menu-phone-en-light")
    queues.get_by_role("link", name="People").click()
    card = page.locator("#result_list tbody tr").filter(has_text="l***@")
    expect(card).to_be_visible()
    labels = card.locator("td[data-label]").evaluate_all(
        "cells => cells.map(cell => getComputedStyle(cell, '::before').content)"
    )
    assert '"Phone"' in labels
    assert card.evaluate("row => getComputedStyle(row).display") == "block"
    visitor.shoot("people-phone-en-light")
    for address in pages_of(world).values():
        page.goto(address)
        assert fits(page), address


def test_dark_and_chinese(visit, world):
    type(world["supervisor"]).objects.filter(pk=world["supervisor"].pk).update(language="zh-hans")
    visitor = visit(color_scheme="dark", locale="zh-CN")
    page = visitor.sign_in(world["supervisor"], at="/admin/")
    assert page.locator("html").get_attribute("lang") == "zh-hans"
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert dark == "rgb(15, 20, 27)"
    visitor.shoot("home-desktop-zh-dark")
    page.set_viewport_size(PHONE)
    expect(page.get_by_role("navigation", name="Work queues")).to_be_hidden()
    visitor.shoot("home-phone-zh-dark")
    page.set_viewport_size(DESKTOP)
    page.locator("summary").filter(has_text="Super").click()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Today", exact=True)).to_be_visible()
    visitor.shoot("home-desktop-en-dark")


def test_without_scripts_everything_still_works(visit, world):
    page = visit(java_script_enabled=False).sign_in(world["supervisor"], at="/admin/")
    key = world["company"].api_keys.get()
    page.goto(f"/admin/accounts/account/{world['company'].pk}/change/")
    expect(page.locator("[name=name]")).to_be_visible()
    page.get_by_role("link", name="API keys 1").click()
    expect(page.locator("[name=name]")).to_be_hidden()
    page.get_by_role("link", name="Open").click()
    page.get_by_role("link", name="Revoke…").click()
    page.get_by_label("Reason").fill("Leaked on a forum")
    page.get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("is revoked")).to_be_visible()
    key.refresh_from_db()
    assert key.revoked_at <= now()
    page.goto("/admin/accounts/user/")
    page.locator("summary").filter(has_text="Language").click()
    page.get_by_role("link", name="English").click()
    assert "language__exact=en" in page.url


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_no_barriers(visit, world, scheme, viewport):
    page = visit(color_scheme=scheme, viewport=viewport).sign_in(world["supervisor"], at="/admin/")
    make_person()
    barriers = {}
    for name, address in pages_of(world).items():
        page.goto(address)
        result = Axe().run(page)
        for violation in result.response["violations"]:
            where = [node["html"][:120] for node in violation["nodes"][:3]]
            barriers[f"{name}: {violation['id']}"] = where
    assert barriers == {}
