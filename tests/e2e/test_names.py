"""Names in the browser: terms at the desk, a name tried, one chosen, one that has to go. All
pages are looked over by axe.

`SCREENSHOTS=1` keeps pictures for the documentation.
"""

import pytest
from playwright.sync_api import expect

from accounts.models import Account, NameTerm
from common.clock import now
from compliance.models import Case
from tests.e2e.conftest import PASSWORD, PHONE
from tests.e2e.test_customer_pages import inspect
from tests.notices.making import make_customer, make_organization
from tests.stories.telling import work
from tests.stories.test_names import decided

pytestmark = pytest.mark.django_db(transaction=True)
TERMS = "/admin/accounts/nameterm/"


@pytest.fixture
def li():
    person, _account = make_customer(name="李华", language="zh-hans", phone_verified_at=now())
    person.set_password(PASSWORD)
    person.save()
    return person, make_organization(person, name="海港实验室")


def test_terms_at_the_desk(visit, staff):
    desk = visit()
    boss = staff("supervisor", name="Boss")
    desk.sign_in(boss, at="/admin/")
    page = desk.page
    page.goto(TERMS)
    inspect(page, "terms")
    desk.shoot("desk-name-terms")
    page.get_by_role("link", name="Add term for names").click()
    page.locator("[name=term]").fill("海港")
    page.locator("[name=list]").select_option("official")
    page.locator("[name=match]").select_option("part")
    inspect(page, "add a term")
    page.locator("[name=_save]").click()
    page.wait_for_load_state()
    assert NameTerm.objects.get(term="海港").added_by == boss

    page.goto(TERMS)
    page.get_by_role("link", name="Try a name").click()
    page.locator("[name=name]").fill("海港 ap1q1k")
    page.get_by_role("button", name="Try it").click()
    expect(page.locator("#tried")).to_contain_text("refused")
    expect(page.locator("main")).to_contain_text("what the platform is called")
    inspect(page, "a name tried")
    desk.shoot("desk-name-tried")

    phone = visit(viewport=PHONE, locale="zh-CN", color_scheme="dark")
    boss.language = "zh-hans"
    boss.save()
    phone.sign_in(boss, at=TERMS + "try/")
    phone.page.locator("[name=name]").fill("小明客服")
    phone.page.locator(".submit-row button").click()
    expect(phone.page.locator("#tried")).to_contain_text("立案核实")
    inspect(phone.page, "a name tried, phone")
    phone.shoot("desk-name-tried-phone")
    phone.page.goto(TERMS)
    inspect(phone.page, "terms, phone")
    phone.shoot("desk-name-terms-phone")


def test_a_name_that_is_refused_doubted_and_has_to_go(visit, staff, li):
    person, account = li
    customer = visit(viewport=PHONE, locale="zh-CN")
    customer.sign_in(person)
    page = customer.page
    page.goto(f"/account/{account.public_id}/")
    page.get_by_role("link", name="更改名称").click()
    page.locator("[name=name]").fill("ａｐ1qik")
    page.locator("main form button").click()
    expect(page.locator(".errorlist")).to_contain_text("误以为是本平台")
    assert page.locator("[name=name]").input_value() == "ａｐ1qik"
    inspect(page, "a name refused")
    customer.shoot("name-refused-phone")
    page.locator("[name=name]").fill("网信办海港实验室")
    page.locator("main form button").click()
    expect(page.locator("main")).to_contain_text("人工核实")
    inspect(page, "a doubtful name")
    case = Case.objects.get()

    decided(Account.objects.get(pk=account.pk))
    work()
    page.goto(f"/account/{account.public_id}/")
    expect(page.locator("#name-to-change")).to_contain_text("前另选名称")
    inspect(page, "until when")
    customer.shoot("name-to-change-phone")

    desk = visit()
    desk.sign_in(staff("compliance", name="Officer"), at="/admin/")
    desk.page.goto(f"/admin/compliance/case/{case.pk}/change/")
    expect(desk.page.locator("main")).to_contain_text("网信办 · official-sounding")
    inspect(desk.page, "case of a name")
    desk.shoot("desk-case-of-a-name")

    page.get_by_role("link", name="更改账号名称").click()
    page.locator("[name=name]").fill("海港实验室")
    page.locator("main form button").click()
    page.wait_for_load_state()
    expect(page.locator("#name-to-change")).to_have_count(0)
    assert Account.objects.get(pk=account.pk).name == "海港实验室"
