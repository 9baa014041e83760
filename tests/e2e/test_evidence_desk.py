"""Evidence in the browser: added, asked for, allowed by a supervisor, seen, taken back; and its
pages, with those of orders, certificates and leaves, with nothing that axe finds.

`SCREENSHOTS=1` keeps pictures for the documentation.
"""

from datetime import date, timedelta

import pytest
from django.core.management import call_command
from django.urls import reverse
from playwright.sync_api import expect

from accounts.models import ServiceClient
from common.clock import now
from compliance import certificates, evidence_grants, inquiries, orders
from compliance.models import (
    CaseKind,
    Evidence,
    EvidenceContent,
    EvidenceGrantRequest,
    EvidenceView,
)
from tests.accounts.making import make_person
from tests.compliance import files
from tests.compliance.making import (
    add_evidence,
    case_of,
    give_leave,
    make_decision,
    make_staff_of,
    open_case,
    send_order,
)
from tests.e2e.conftest import DESKTOP, PASSWORD, PHONE
from tests.e2e.test_customer_pages import inspect
from tests.notices.making import make_organization

pytestmark = pytest.mark.django_db(transaction=True)
FILES = "/admin/compliance/evidence/"
REQUESTS = "/admin/compliance/evidencegrantrequest/"
MOST_OF_A_STEP = 20_000  # milliseconds
SHOWN = {"evidence-sensitive", "request", "order", "customer-leaves"}
SHOWN_LOOKS = {"desktop-en", "dark-zh"}


def send(page):
    """Presses the form's own button."""
    page.locator(".submit-row button").first.click()
    page.wait_for_load_state()


def do(page, label, **answers):
    """Follows an act's button, fills its form and confirms."""
    page.get_by_role("link", name=label).first.click()
    for name, value in {"reason": "To check who signed", **answers}.items():
        page.locator(f"form [name={name}]").fill(value)
    send(page)


def test_from_adding_a_paper_to_taking_the_grant_back(visit, staff, settings):
    case, passport = open_case(title="Whose account is it"), files.pdf()
    officer, boss = visit(), visit()
    page = officer.sign_in(staff("compliance", name="Officer"), at="/admin/")
    page.set_default_timeout(MOST_OF_A_STEP)
    page.goto(f"/admin/compliance/case/{case.pk}/change/")
    page.get_by_role("link", name="Add files…").click()
    page.locator("input[type=file]").set_input_files(
        [
            {"name": "passport.pdf", "mimeType": "application/pdf", "buffer": passport},
            {"name": "run.svg", "mimeType": "image/png", "buffer": b"<svg onload=alert(1)>"},
        ]
    )
    page.locator("[name=sensitivity]").select_option("identity")
    send(page)
    expect(page.locator("main")).to_contain_text("added")
    expect(page.locator("main")).to_contain_text("run.svg")
    expect(page.locator("main")).not_to_contain_text("passport.pdf")
    inspect(page, "evidence, what became of each file")
    paper = Evidence.objects.get()

    # With the keyboard alone: to the content, which is not shown yet.
    page.goto(f"{FILES}{paper.pk}/change/")
    page.get_by_role("link", name="Open it; that is recorded").focus()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("This file is sensitive")
    do(page, "Ask to see it…", hours="2")
    request = EvidenceGrantRequest.objects.get()

    other = boss.sign_in(staff("supervisor", name="Boss"), at="/admin/")
    other.set_default_timeout(MOST_OF_A_STEP)
    other.goto(f"{REQUESTS}?answer=waiting")
    other.goto(f"{REQUESTS}{request.pk}/change/")
    inspect(other, "a request to see evidence")
    do(other, "Allow…")
    expect(other.locator("main")).to_contain_text("Allowed until")

    content = f"{FILES}{paper.pk}/content/"
    with page.expect_download() as begun:
        page.goto(f"{FILES}{paper.pk}/change/")
        page.get_by_role("link", name="Open it; that is recorded").click()
    assert begun.value.suggested_filename == "passport.pdf"
    assert EvidenceView.objects.get().grant == request.grant

    settings.FIELD_ENCRYPTION_KEYS = {"new": b"n" * 32, **settings.FIELD_ENCRYPTION_KEYS}
    call_command("rotate_keys", verbosity=0)
    assert EvidenceContent.objects.get().key_id == "new"
    served = page.request.get(content)
    assert (served.status, served.body()) == (200, passport)

    other.goto(f"{REQUESTS}{request.pk}/change/")
    do(other, "Take back…")
    expect(other.locator("main")).to_contain_text("Taken back.")
    page.goto(content)
    expect(page.locator("main")).to_contain_text("This file is sensitive")
    assert EvidenceView.objects.count() == 2


class World:
    """A case with files of every sensitivity, requests in every state, an order that is late,
    a leave that holds and one that was taken back, a certificate."""

    def __init__(self, language):
        self.li = make_person(name="李华", language=language, phone_verified_at=now())
        self.li.set_password(PASSWORD)
        self.li.save()
        self.own = make_organization(self.li, name="示例科技有限公司")
        self.officer = make_staff_of("compliance", name="陈静")
        self.boss = make_staff_of("supervisor", name="周强")
        self.case = case_of(self.officer, self.own, title="Bulk spam through the chat API")
        self.asked = inquiries.ask(
            case=self.case, account=self.own, by=self.officer, at=now(),
            question_zh_hans="请说明这些请求的来源。", question_en="Where do these come from?",
            answer_by=now() + timedelta(days=5),
        )  # fmt: skip
        self.leave = give_leave(self.li, self.own, self.case)
        self.add_files()
        self.ask_for_papers()
        self.order = self.sent_order()
        self.paper = certificates.submit(
            case=self.case, account=self.own, by=self.li, content=files.pdf(),
            name="删除证明.pdf", signatory="李华", signed_on=date(2026, 1, 5),
            what="3 月 3 日下午生成的全部输出", at=now(),
        )  # fmt: skip

    def add_files(self):
        self.photo = add_evidence(self.case, content=files.picture(), name="公开网页截图.png")
        self.papers = [
            add_evidence(self.case, content=files.pdf(), sensitivity=kind)
            for kind in ("identity", "minor")
        ]
        self.used = add_evidence(
            self.case, content=b"POST /v1/chat", sensitivity="interaction",
            interaction_grant=self.leave, note="客户指明的一次请求",
        )  # fmt: skip

    def ask_for_papers(self):
        self.requests = [self.ask(self.papers[0], self.officer)]
        self.requests.append(self.ask(self.papers[1], self.officer))
        grant = evidence_grants.answer(
            request=self.requests[1], by=self.boss, allowed=True, reason="核对签署人", at=now()
        )
        evidence_grants.take_back(grant=grant, by=self.boss, reason="已离开该团队", at=now())

    def ask(self, paper, by):
        return evidence_grants.ask(
            evidence=paper, by=by, reason="核对证件上的姓名", hours=8, at=now()
        )

    def sent_order(self):
        ordered = case_of(self.officer, self.own, kind=CaseKind.CONTENT_ORDER)
        order = send_order(make_decision(ordered, by=self.officer))
        scopes = ["orders:answer"]
        client = ServiceClient.issue(name="platform", scopes=scopes, created_by=self.boss)[0]
        for number, outcome in enumerate(("fetched", "partly", "failed")):
            orders.receive(
                order=order, client=client, client_key=str(number), at=now(),
                said=orders.Said(outcome=outcome, note="三项中的两项已处理"),
            )  # fmt: skip
        return order

    def pages_of_staff(self):
        desk = "/admin/compliance/"
        return {
            "evidence": FILES,
            "evidence-file": f"{FILES}{self.photo.pk}/change/",
            "evidence-sensitive": f"{FILES}{self.papers[0].pk}/change/",
            "evidence-add": f"{FILES}of/{self.case.pk}/add/",
            "evidence-ask": f"{FILES}acts/ask/?pks={self.papers[0].pk}",
            "requests": REQUESTS,
            "request": f"{REQUESTS}{self.requests[0].pk}/change/",
            "request-over": f"{REQUESTS}{self.requests[1].pk}/change/",
            "request-allow": f"{REQUESTS}acts/allow/?pks={self.requests[0].pk}",
            "request-refuse": f"{REQUESTS}acts/refuse/?pks={self.requests[0].pk}",
            "leaves": f"{desk}interactiongrant/",
            "leave": f"{desk}interactiongrant/{self.leave.pk}/change/",
            "orders": f"{desk}contentorder/",
            "order": f"{desk}contentorder/{self.order.pk}/change/",
            "certificates": f"{desk}deletioncertificate/",
            "certificate": f"{desk}deletioncertificate/{self.paper.pk}/change/",
            "certificate-paper": f"{desk}deletioncertificate/acts/paper/",
            "evidence-case": f"{desk}case/{self.case.pk}/change/",
            "evidence-case-orders": f"{desk}case/{self.order.case_id}/change/",
        }

    def pages_of_customers(self):
        own = self.own.public_id
        return {
            "customer-leaves": reverse("interaction-grants", args=[own]),
            "customer-certificates": reverse("deletion-certificates", args=[own]),
        }


LOOKS = {
    "desktop": {"viewport": DESKTOP},
    "phone": {"viewport": PHONE},
    "dark": {"viewport": PHONE, "color_scheme": "dark"},
}


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("look", LOOKS)
def test_every_page_is_accessible_and_fits(visit, staff, look, language):
    world = World(language)
    person = staff("supervisor", name="Boss")
    type(person).objects.filter(pk=person.pk).update(language=language)
    short = f"{look}-{'en' if language == 'en' else 'zh'}"
    for reader, at, pages in (
        (person, "/admin/", world.pages_of_staff()),
        (world.li, "/", world.pages_of_customers()),
    ):
        visitor = visit(**LOOKS[look])
        visitor.sign_in(reader, at=at)
        visitor.page.set_default_timeout(MOST_OF_A_STEP)
        for name, address in pages.items():
            visitor.page.goto(address)
            inspect(visitor.page, f"{name} {short}")
            if name in SHOWN and short in SHOWN_LOOKS:
                visitor.shoot(f"{name}-{short}")


def test_leave_is_given_and_taken_back_on_a_phone_without_scripts(visit):
    world = World("en")
    visitor = visit(viewport=PHONE, java_script_enabled=False)
    page = visitor.sign_in(world.li)
    page.set_default_timeout(MOST_OF_A_STEP)
    page.goto(f"{world.pages_of_customers()['customer-leaves']}?inquiry={world.asked.public_id}")
    page.get_by_label("What we may look at").fill("Requests of one key on 3 March")
    page.get_by_label("For how many days").fill("2")
    page.get_by_label("I allow staff of the platform").check()
    page.get_by_role("button", name="Give leave").click()
    expect(page.get_by_text("We have your leave.")).to_be_visible()
    page.get_by_role("button", name="Take it back now").first.click()
    expect(page.get_by_text("nobody looks any more")).to_be_visible()
