"""A case in the browser: opened, decided by two people, read and appealed by the customer,
answered by a third. And every page of staff on the way, with nothing that axe finds.

`SCREENSHOTS=1` keeps pictures for the documentation.
"""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from common.clock import now
from compliance import cases, inquiries
from compliance.models import Appeal, Case, CaseKind, Decision, Policy
from tests.compliance.deciding import approve, make_policy, propose
from tests.compliance.making import case_of, open_case
from tests.e2e.conftest import PASSWORD, PHONE
from tests.e2e.test_customer_pages import inspect
from tests.notices.making import make_customer

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/admin/compliance/case/"


@pytest.fixture
def li():
    person, account = make_customer(name="Li", language="en", phone_verified_at=now())
    person.set_password(PASSWORD)
    person.save()
    return person, account


def fill(page, **values):
    for name, value in values.items():
        field = page.locator(f"form [name={name}]")
        if field.first.evaluate("one => one.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)


def send(page):
    """Presses the form's own button."""
    page.locator(".submit-row button").click()
    page.wait_for_load_state()


def test_from_opening_to_the_answer_to_an_appeal(visit, staff, li):
    person, account = li
    policy = make_policy(code="abuse")
    officer, boss, other = visit(), visit(), visit()
    officer.sign_in(staff("compliance", name="Officer"), at="/admin/")
    page = officer.page
    page.goto(LIST)
    page.get_by_role("link", name="Open a case").click()
    fill(page, kind="violation", title="Spam", account=account.public_id)
    fill(page, policy=str(policy.pk), reason="Seen in the counters")
    send(page)
    page.get_by_role("link", name="Take it…").first.click()
    send(page)
    page.get_by_role("link", name="Propose a decision…").first.click()
    fill(page, action="warning", days="")
    for name in ("facts_zh_hans", "facts_en", "reasons_zh_hans", "reasons_en"):
        fill(page, **{name: "Forty thousand messages in three days."})
    send(page)  # what it comes to
    inspect(page, "decision, what it comes to")
    send(page)
    decision = Decision.objects.get()
    assert Case.objects.get().state == "proposed"

    boss.sign_in(staff("supervisor", name="Boss"), at="/admin/")
    boss.page.goto(f"/admin/compliance/decision/{decision.pk}/change/")
    inspect(boss.page, "decision")
    boss.page.get_by_role("link", name="Approve…").click()
    send(boss.page)
    assert Case.objects.get().state == "decided"

    customer = visit()
    customer.sign_in(person)
    customer.page.goto(f"/decisions/{decision.public_id}/")
    expect(customer.page.locator("main")).to_contain_text("Forty thousand messages")
    inspect(customer.page, "statement of reasons")
    customer.page.locator("main form textarea").first.fill("That was a test of ours.")
    customer.page.locator("main form button").last.click()
    customer.page.wait_for_load_state()
    appeal = Appeal.objects.get()

    # Neither who proposed nor who approved answers it.
    boss.page.goto(f"/admin/compliance/appeal/{appeal.pk}/change/")
    boss.page.get_by_role("link", name="Decide…").click()
    expect(boss.page.locator("main")).to_contain_text("You had a part in what is appealed")
    fill(boss.page, result="upheld", reasons_zh_hans="不成立。", reasons_en="It stands.")
    send(boss.page)
    assert not hasattr(Appeal.objects.get(), "answer")
    other.sign_in(staff("supervisor", name="Other"), at="/admin/")
    other.page.goto(f"/admin/compliance/appeal/{appeal.pk}/change/")
    inspect(other.page, "appeal")
    other.page.get_by_role("link", name="Decide…").click()
    fill(other.page, result="overturned", reasons_zh_hans="成立。", reasons_en="You are right.")
    send(other.page)
    assert Appeal.objects.get().answer.result == "overturned"
    customer.page.goto(f"/decisions/{decision.public_id}/")
    expect(customer.page.locator("main")).to_contain_text("You are right.")


class World:
    """A case with something in each of its parts."""

    def __init__(self, officer, account):
        self.case = open_case(account, title="Bulk spam through the chat API")
        cases.claim(case=self.case, by=officer, at=now())
        cases.note(case=self.case, by=officer, text="40,000 messages an hour from two keys.")
        cases.add_task(case=self.case, by=officer, title="Call the owner")
        leak = open_case(account, kind=CaseKind.LEAK, title="Keys on a public page")
        cases.link(case=self.case, other=leak, by=officer, reason="Same account")
        asked = inquiries.ask(
            case=self.case,
            account=account,
            by=officer,
            question_zh_hans="这些消息发给谁？",
            question_en="Who are these messages sent to?",
            answer_by=now() + timedelta(days=5),
            at=now(),
        )
        inquiries.answer(inquiry=asked, by=account.holder, text="To our own customers.", at=now())
        self.decision = propose(account, by=officer, case=self.case, days=30)
        approve(self.decision)
        policy = Policy.objects.get(clause_number="2.2.1")
        waiting = case_of(officer, title="Asked for its own weights", policy=policy)
        for number in range(12):
            open_case(title=f"Case {number}", severity=1 + number % 4)
        self.pages = {
            "cases": LIST,
            "case": f"{LIST}{self.case.pk}/change/",
            "case-figures": f"{LIST}figures/",
            "case-open": f"{LIST}acts/open/",
            "decide": f"{LIST}acts/decide/?pks={waiting.pk}",
            "decisions": "/admin/compliance/decision/",
            "decision": f"/admin/compliance/decision/{self.decision.pk}/change/",
            "reports": "/admin/compliance/report/",
            "policies": "/admin/compliance/policy/",
            "policy": f"/admin/compliance/policy/{Policy.objects.first().pk}/change/",
            "calendar": "/admin/common/calendaryear/",
        }


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("look", ["desktop", "phone", "dark"])
def test_every_page_of_staff_is_accessible(visit, staff, li, look, language):
    _person, account = li
    officer = staff("supervisor", name="Officer")
    type(officer).objects.filter(pk=officer.pk).update(language=language)
    world = World(officer, account)
    given = {"desktop": {}, "phone": {"viewport": PHONE}, "dark": {"color_scheme": "dark"}}
    visitor = visit(**given[look])
    visitor.sign_in(officer, at="/admin/")
    for name, address in world.pages.items():
        visitor.page.goto(address)
        inspect(visitor.page, f"{name} {look} {language}")
        short = "en" if language == "en" else "zh"
        visitor.shoot(f"{name}-{look}-{short}")
