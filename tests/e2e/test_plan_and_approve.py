"""Two members of staff plan, preview, approve and watch a suspension; its customer reads it."""

import re

import pytest
from playwright.sync_api import expect

from accounts.models import AgreementDocument, Publication
from common.clock import now
from notices import tasks
from notices.models import ServiceChange
from tests.accounts.making import make_clause, make_service
from tests.e2e.conftest import PASSWORD
from tests.notices.making import make_customer, make_organization
from tests.stories.conftest import mailbox, phone_messages  # noqa: F401 -- fixtures

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clause():
    clause = make_clause("1.2.7", slug="terms")
    AgreementDocument.objects.update(title_zh_hans="服务协议", title_en="Terms of Service")
    Publication.record(version=clause.version)
    return clause


def test_a_suspension_from_click_to_effect(
    visit, staff, clause, mailbox, phone_messages, clock  # noqa: F811
):
    service = make_service("image-generation")
    make_service("text-generation", name_zh_hans="文本生成", name_en="Text generation")
    li, _own = make_customer(
        name="李华", contact_email="li@example.com", phone_verified_at=now()
    )
    li.set_password(PASSWORD)
    li.save()
    company = make_organization(li, name="示例科技有限公司")
    officer, supervisor = staff("compliance", name="Officer"), staff("supervisor", name="Super")

    desk = visit()
    page = desk.sign_in(officer, at="/admin/")
    page.goto("/admin/notices/servicechange/add/")
    page.get_by_label("Clause").select_option(label=re.compile("1.2.7").pattern and None, index=1)
    page.get_by_label("Service").select_option(str(service.pk))
    page.get_by_label("Title in Chinese").fill("暂停图像生成")
    page.get_by_label("Title in English").fill("Suspend image generation")
    page.get_by_label("Reason in Chinese").fill("多次违规")
    page.get_by_label("Reason in English").fill("Repeated violations")
    page.get_by_label("Accounts").fill(company.public_id)
    desk.shoot("x")
