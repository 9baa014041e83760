"""The customer's pages of matters: accessible, on a phone, in the dark, in both languages.

`SCREENSHOTS=1` keeps pictures for the documentation.
"""

from datetime import timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from common.clock import now
from compliance import answer_texts, cases, inquiries, reports
from compliance.models import CaseKind, InquiryAnswer, Report
from compliance.reports import Reporter, Upload
from tests.accounts.making import make_person
from tests.compliance.making import case_of, make_staff_of
from tests.e2e.conftest import DESKTOP, PASSWORD, PHONE
from tests.e2e.test_customer_pages import LOOKS, inspect
from tests.notices.making import make_organization

pytestmark = pytest.mark.django_db(transaction=True)

SHOWN = {"matters", "question", "dispute", "letter"}
SHOWN_LOOKS = {"desktop-en-light", "phone-zh-dark"}


class World:
    """Li answers for a company that was asked twice, and has answered once in a dispute."""

    def __init__(self, language):
        self.li = make_person(name="李华", language=language, phone_verified_at=now())
        self.li.set_password(PASSWORD)
        self.li.save()
        self.own = make_organization(self.li, name="示例科技有限公司")
        make_organization(self.li, name="Northwind Labs")
        other = make_organization(make_person(name="王芳"), name="星河数据（上海）有限公司")
        self.officer = make_staff_of("compliance")
        violation = case_of(self.officer, self.own)
        report = reports.file(
            channel=Report.Channel.CUSTOMER,
            kind=CaseKind.USER_DISPUTE,
            about=other,
            about_text="星河数据",
            location="https://example.com/prompts",
            statement="他们公开了我们的提示词。\n截图见附件。",
            reporter=Reporter(user=self.li, account=self.own),
            files=[Upload(name="截图.txt", content="提示词".encode())],
            at=now(),
        )
        dispute = cases.claim(case=report.case, by=self.officer, at=now())
        self.asked = self.ask(violation)
        answered = self.ask(dispute)
        inquiries.answer(inquiry=answered, by=self.li, text="这是我们自己写的。", at=now())
        own = self.own.public_id
        letter = self.li.letters.get(key=self.asked.public_id)
        self.pages = {
            "account": reverse("account", args=[own]),
            "accounts": reverse("matters"),
            "matters": reverse("matters", args=[own]),
            "question": reverse("matter_inquiry", args=[own, self.asked.public_id]),
            "answered": reverse("matter_inquiry", args=[own, answered.public_id]),
            "dispute": reverse("matter_dispute", args=[own, dispute.public_id]),
            "inbox": reverse("inbox"),
            "letter": reverse("letter", args=[letter.public_id]),
        }

    def ask(self, case):
        return inquiries.ask(
            case=case,
            account=self.own,
            by=self.officer,
            question_zh_hans="11 月 3 日从三个地区同时发出的请求从何而来？由谁使用这些密钥？",
            question_en=(
                "Where do the requests come from that were sent from three regions at once on "
                "3 November, and who uses these keys?"
            ),
            answer_by=now() + timedelta(days=5),
            at=now(),
        )


@pytest.mark.parametrize(("device", "scheme", "language"), LOOKS)
def test_every_page_is_accessible_and_fits(visit, device, scheme, language):
    world = World(language)
    size = {"desktop": DESKTOP, "phone": PHONE}[device]
    visitor = visit(viewport=size, color_scheme=scheme)
    visitor.sign_in(world.li)
    look = f"{device}-{'en' if language == 'en' else 'zh'}-{scheme}"
    for name, address in world.pages.items():
        visitor.page.goto(address)
        inspect(visitor.page, f"{name} {look}")
        if name in SHOWN and look in SHOWN_LOOKS:
            visitor.shoot(f"customer-matters-{name}-{look}")


def test_a_question_is_answered_on_a_phone_without_scripts(visit, tmp_path):
    world = World("en")
    visitor = visit(viewport=PHONE, locale="en", java_script_enabled=False)
    page = visitor.sign_in(world.li)
    page.goto(world.pages["account"])
    page.get_by_role("link", name="Read and answer").click()
    page.get_by_label("Your answer").fill("Our branches share one account.")
    proof = tmp_path / "branches.txt"
    proof.write_text("Shanghai, Chengdu, Guangzhou", encoding="utf-8")
    page.locator("input[type=file]").set_input_files(proof)
    page.get_by_role("button", name="Send the answer").click()
    expect(page.get_by_text("Thank you: we have your answer.")).to_be_visible()
    expect(page.get_by_text("branches.txt")).to_be_visible()
    given = InquiryAnswer.objects.get(inquiry=world.asked)
    assert answer_texts.text_of(given) == "Our branches share one account."
