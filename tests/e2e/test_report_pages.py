"""The pages of reports: accessible, on a phone, in the dark, in both languages, no scripts."""

import pytest
from playwright.sync_api import expect

from common.clock import now
from compliance.models import Report
from compliance.reports import Reporter
from tests.accounts.making import make_account, make_person
from tests.compliance.making import file_report, tell_reporter
from tests.e2e.conftest import DESKTOP, PASSWORD, PHONE
from tests.e2e.test_customer_pages import LOOKS, inspect
from tests.notices.making import make_organization

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(("device", "scheme", "language"), LOOKS)
def test_every_page_is_accessible(visit, device, scheme, language):
    li = make_person(name="李华", language=language, phone_verified_at=now())
    li.set_password(PASSWORD)
    li.save()
    own = make_organization(li, name="示例科技有限公司")
    fields = {"channel": Report.Channel.CUSTOMER, "reporter": Reporter(user=li, account=own)}
    waiting, told = (file_report(about=make_account(), **fields) for _turn in range(2))
    tell_reporter(told)
    visitor = visit(
        viewport=DESKTOP if device == "desktop" else PHONE,
        color_scheme=scheme,
        locale="en" if language == "en" else "zh-CN",
    )
    page = visitor.page
    for name, address in (
        ("report", "/report/"),
        ("waiting", f"/report/{waiting.receipt}/"),
        ("told", f"/report/{told.receipt}/"),
        ("unknown", "/report/x/"),
    ):
        page.goto(address)
        inspect(page, name)
        visitor.shoot(f"{name}-{device}-{'en' if language == 'en' else 'zh'}-{scheme}")
    visitor.sign_in(li)
    for name, address in (("own", "/reports/"), ("new", "/reports/new/")):
        page.goto(address)
        inspect(page, name)


def test_a_report_is_filed_without_scripts(visit):
    page = visit(viewport=PHONE, java_script_enabled=False).page
    page.goto("/report/")
    page.get_by_label("What is wrong?").select_option("leak")
    page.get_by_label("Name of the account, person or company").fill("Harbour Ltd")
    page.get_by_label("What happened?").fill("Their customers' data can be downloaded.")
    page.get_by_label("I agree that apiqik keeps").check()
    page.get_by_role("button", name="Send the report").click()
    expect(page.get_by_text("We have your report")).to_be_visible()
    expect(page.get_by_text(Report.objects.get().receipt)).to_be_visible()
