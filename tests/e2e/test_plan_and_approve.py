"""Two members of staff plan, preview, approve and watch changes; their customer reads them."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from accounts import access
from accounts.models import AgreementDocument, Publication
from common.clock import now
from notices import tasks
from notices.models import ServiceChange
from tests.accounts.making import make_clause, make_service
from tests.e2e.conftest import PASSWORD, PHONE
from tests.notices.making import make_customer, make_organization

pytestmark = pytest.mark.django_db(transaction=True)
# Two slow cores shared with others are no failure.
expect.set_options(timeout=15_000)


@pytest.fixture
def clause():
    clause = make_clause("1.2.7", slug="terms")
    AgreementDocument.objects.update(title_zh_hans="服务协议", title_en="Terms of Service")
    Publication.record(version=clause.version)
    return clause


def test_a_suspension_from_click_to_effect(
    visit,
    staff,
    clause,
    mailbox,
    phone_messages,
    clock,
):
    service = make_service("image-generation")
    make_service("text-generation", name_zh_hans="文本生成", name_en="Text generation")
    li, _own = make_customer(name="李华", contact_email="li@example.com", phone_verified_at=now())
    li.set_password(PASSWORD)
    li.save()
    company = make_organization(li, name="示例科技有限公司")
    officer, supervisor = staff("compliance", name="Officer"), staff("supervisor", name="Super")

    desk = visit()
    page = desk.sign_in(officer, at="/admin/")
    page.goto("/admin/notices/servicechange/add/")
    page.get_by_role("link", name="Suspension").click()
    fill_in(page, service, company)
    desk.shoot("plan-desktop-en-light")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name="Dry run")).to_be_visible()
    expect(page.get_by_text("Too early")).to_be_visible()

    page.get_by_role("button", name="Plan it for then").click()
    expect(page.get_by_text("Planned for the earliest possible moment.")).to_be_visible()
    expect(page.get_by_text("Too early")).to_have_count(0)
    page.get_by_text("What 李华 would get").click()
    expect(page.get_by_text("图像生成将于").first).to_be_visible()
    desk.shoot("dry-run-desktop-en-light")

    page.get_by_role("link", name="Propose…").click()
    expect(page.get_by_text("1 account. Told: 1 (")).to_be_visible()
    page.get_by_role("button", name="Propose").click()
    expect(page.get_by_text("Somebody else has to approve it now.")).to_be_visible()
    expect(page.get_by_role("link", name="Approve…")).to_have_count(0)

    second = visit()
    page2 = second.sign_in(supervisor, at="/admin/")
    second.shoot("home-desktop-en-light")
    page2.get_by_role("main").get_by_role("link", name="Suspend image generation").first.click()
    page2.get_by_role("link", name="Approve…").click()
    second.shoot("approve-desktop-en-light")
    page2.get_by_role("button", name="Approve").click()
    expect(page2.get_by_text("People are being told.")).to_be_visible()

    work()
    [(subject, _letter)] = mailbox.to("li@example.com")
    assert "图像生成将于" in subject
    [text] = phone_messages(li.phone)
    assert "图像生成将于" in text
    page2.reload()
    expect(page2.locator(".steps [aria-current=step]")).to_have_text("Announced")
    second.shoot("change-desktop-en-light")

    customer = visit(viewport=PHONE, locale="zh-CN")
    page3 = customer.sign_in(li)
    expect(page3.get_by_text("图像生成").first).to_be_visible()
    customer.shoot("customer-home-phone-zh-light")
    change = ServiceChange.objects.get()
    clock.set(change.effective_at - timedelta(seconds=1))
    work()
    assert access.decide(account=company, service=service, at=now()).allowed
    clock.set(change.effective_at)
    work()
    assert not access.decide(account=company, service=service, at=now()).allowed
    page3.goto("/inbox/")
    expect(page3.get_by_text("图像生成已暂停").first).to_be_visible()
    customer.shoot("inbox-phone-zh-light")
    page3.get_by_text("图像生成已暂停").first.click()
    expect(page3.get_by_text("l***@example.com").first).to_be_visible()
    customer.shoot("message-phone-zh-light")


def test_a_rule_is_planned_and_watched_by_two(visit, staff, clause, phone_messages):
    make_service("image-generation")
    li, own = make_customer(name="李华", contact_email="li@example.com", phone_verified_at=now())
    make_customer(name="王芳", contact_email="wang@example.com")
    make_organization(li, name="示例科技有限公司")
    make_organization(name="Lonely Ltd")
    officer, supervisor = staff("compliance", name="Officer"), staff("supervisor", name="Super")

    desk = visit()
    page = desk.sign_in(officer, at="/admin/")
    page.goto("/admin/notices/servicechange/add/")
    desk.shoot("kinds-desktop-en-light")
    check(page)
    page.get_by_role("link", name="Usage limit").click()
    page.locator("[name=limit_tokens_per_day]").fill("100000")
    page.locator("[name=clause]").select_option(index=1)
    page.locator("[name=title_zh_hans]").fill("限制每日用量")
    page.locator("[name=title_en]").fill("A daily limit")
    page.get_by_role("link", name="Why").click()
    page.locator("[name=reason_zh_hans]").fill("容量不足")
    page.locator("[name=reason_en]").fill("Too little capacity")
    page.get_by_role("link", name="Whom").click()
    expect(page.locator("[name=accounts_file]")).to_be_visible()
    page.get_by_label("every account that a rule fits").check()
    expect(page.locator("[name=accounts_file]")).to_be_hidden()
    page.get_by_label("organization", exact=True).check()
    desk.shoot("rule-desktop-en-light")
    check(page)
    page.get_by_role("link", name="When").click()
    fill_moment(page, local(days=8))
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("It would concern 2 accounts now.")).to_be_visible()
    expect(page.get_by_text("1 account has nobody to tell")).to_be_visible()
    expect(page.get_by_text("kind: organization").first).to_be_visible()
    desk.shoot("rule-dry-run-desktop-en-light")
    check(page)
    page.get_by_role("link", name="Propose…").click()
    page.get_by_role("button", name="Propose").click()
    expect(page.get_by_text("Somebody else has to approve it now.")).to_be_visible()

    second = visit(viewport=PHONE, color_scheme="dark")
    page2 = second.sign_in(supervisor, at="/admin/")
    change = ServiceChange.objects.get()
    page2.goto(f"/admin/notices/servicechange/{change.pk}/change/")
    second.shoot("rule-dry-run-phone-en-dark")
    check(page2)
    page2.get_by_role("link", name="Approve…").click()
    page2.get_by_role("button", name="Approve").click()
    expect(page2.get_by_text("People are being told.")).to_be_visible()
    expect(accepted(page2)).to_have_count(0)

    page.goto(f"/admin/notices/servicechange/{change.pk}/change/")
    expect(page.get_by_label("Keep these figures up to date")).to_be_checked()
    work()
    # The page follows by itself.
    expect(accepted(page)).to_be_visible()
    expect(page.locator(".steps [aria-current=step]")).to_have_text("Announced")
    expect(page.get_by_text("Some accounts will not feel it")).to_be_visible()
    desk.shoot("watching-desktop-en-light")
    check(page)
    page2.reload()
    second.shoot("watching-phone-en-dark")
    check(page2)
    assert phone_messages(li.phone)

    page2.goto(f"/admin/notices/gateatrisk/?change__id__exact={change.pk}")
    expect(page2.get_by_role("link", name="Lonely Ltd")).to_be_visible()
    second.shoot("at-risk-phone-en-dark")
    check(page2)
    page.goto(f"/admin/notices/concernedaccount/?change__id__exact={change.pk}")
    desk.shoot("concerned-desktop-en-light")
    check(page)
    page.goto(f"/admin/notices/notice/?expansion__change__id__exact={change.pk}&q={li.phone}")
    page.get_by_role("link", name="李华").click()
    expect(page.get_by_role("heading", name="What 李华 was told")).to_be_visible()
    page.get_by_text("示例科技有限公司").first.wait_for()
    desk.shoot("history-desktop-en-light")
    page2.goto(page.url)
    second.shoot("history-phone-en-dark")
    check(page2)
    page2.goto(f"/admin/notices/gateatrisk/?change__id__exact={change.pk}")
    page2.get_by_role("checkbox").last.check()
    page2.locator("select[name=action]").select_option("postpone")
    page2.get_by_role("button", name="Go on").click()
    expect(page2.get_by_text("its own gate opens")).to_be_visible()
    second.shoot("put-off-phone-en-dark")
    check(page2)
    page2.locator("[name=until_0]").fill(local(days=12).strftime("%Y-%m-%d"))
    page2.locator("[name=until_1]").fill("09:00:00")
    page2.locator("[name=reason]").fill("They asked for more time")
    page2.get_by_role("button", name="Put off").click()
    expect(page2.get_by_text("Put off to")).to_be_visible()
    assert own


def check(page):
    """No axe violation, and nothing sticks out to the right of the screen."""
    found = [
        (violation["id"], [node["html"][:200] for node in violation["nodes"]][:3])
        for violation in Axe().run(page).response["violations"]
    ]
    assert found == [], page.url
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), page.url


def accepted(page):
    """The bar of a channel whose one message was accepted."""
    return page.get_by_role("img", name="1 of 1 accepted").first


def local(*, days):
    """A round local moment that many days ahead, as the desk's zone has it."""
    there = (now() + timedelta(days=days)).astimezone(ZoneInfo("Asia/Shanghai"))
    return there.replace(minute=0, second=0, microsecond=0)


def fill_moment(page, moment):
    page.locator("[name=effective_at_0]").fill(moment.strftime("%Y-%m-%d"))
    page.locator("[name=effective_at_1]").fill(moment.strftime("%H:%M:%S"))


def fill_in(page, service, company):
    page.locator("[name=service]").select_option(str(service.pk))
    page.locator("[name=clause]").select_option(index=1)
    page.locator("[name=title_zh_hans]").fill("暂停图像生成")
    page.locator("[name=title_en]").fill("Suspend image generation")
    page.get_by_role("link", name="Why").click()
    page.locator("[name=reason_zh_hans]").fill("多次违规")
    page.locator("[name=reason_en]").fill("Repeated violations")
    page.get_by_role("link", name="Whom").click()
    page.locator("[name=accounts_chosen]").fill(company.public_id)
    page.get_by_role("link", name="When").click()
    fill_moment(page, local(days=2))


def work():
    tasks.announce()
    tasks.take_effect()
    tasks.announce()
    tasks.send_email()
    tasks.send_sms()
