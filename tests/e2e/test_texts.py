"""Two people write the same text, one tests it by e-mail; a supervisor decides a lead time."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from common.clock import now
from notices import gate, texts
from tests.e2e.conftest import DESKTOP, PHONE
from tests.notices.making import make_customer, plan, propose
from tests.notices.writing import text_of

pytestmark = pytest.mark.django_db(transaction=True)


def inspect(page, name):
    """Fails on any axe violation and on a page wider than the screen."""
    violations = [
        (violation["id"], node["html"][:160])
        for violation in Axe().run(page).response["violations"]
        for node in violation["nodes"]
    ]
    assert violations == [], f"{name}: {violations}"
    sideways = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert sideways <= 0, f"{name} is {sideways} pixels wider than the screen"


def test_two_write_at_once_and_neither_loses_a_word(visit, staff, mailbox):
    verified = {"contact_email": "officer@example.com", "contact_email_verified_at": now()}
    officer, supervisor = staff("compliance", name="Officer", **verified), staff("supervisor")
    text = text_of("email")

    slow = visit()
    mine = slow.sign_in(officer, at="/admin/notices/template/")
    mine.locator(".tabs").get_by_role("link", name="Suspension").click()
    told_ahead = mine.locator("#suspension").get_by_role("row", name="Ahead of time")
    told_ahead.locator("td").nth(2).get_by_role("link", name="English").click()
    mine.get_by_role("link", name="Write the next version…").click()
    mine.get_by_label("Subject").fill("Mine: ${service}")
    mine.get_by_role("button", name="Preview").click()
    expect(mine.locator(".subject")).to_have_text("Mine: Image generation")
    slow.shoot("text-desktop-en-light")
    mine.get_by_role("button", name="Send me a test").click()
    expect(mine.get_by_text("Sent to of***@example.com")).to_be_visible()
    assert [subject for subject, _text in mailbox.to("officer@example.com")] == [
        "(test) Mine: Image generation"
    ]

    theirs = visit().sign_in(supervisor, at=f"/admin/notices/template/{text.pk}/next/")
    theirs.get_by_label("Subject").fill("Theirs: ${service}")
    theirs.get_by_label("Reason").fill("I was faster")
    theirs.get_by_role("button", name="Save as version").click()
    expect(theirs.get_by_text("Version 3 is written")).to_be_visible()

    mine.get_by_label("Reason").fill("Said more plainly")
    mine.get_by_role("button", name="Save as version 3").click()
    expect(mine.get_by_text("I was faster")).to_be_visible()
    expect(mine.get_by_label("Subject")).to_have_value("Mine: ${service}")
    mine.get_by_role("button", name="Save as version 4").click()
    expect(mine.get_by_text("Version 4 is written")).to_be_visible()
    assert [version.subject for version in texts.Template.objects.versions_of(text)[:2]] == [
        "Mine: ${service}",
        "Theirs: ${service}",
    ]


def test_a_lead_time_is_seen_before_it_is_decided(visit, staff):
    change = plan(make_customer()[1], in_days=6, title_en="Under way")
    propose(change)
    page = visit().sign_in(staff("supervisor"), at="/admin/notices/leadpolicy/")
    page.get_by_role("link", name="Decide a new lead time…").click()
    page.locator("main").get_by_role("link", name="Suspension").click()
    page.get_by_label("Days ahead").fill("10")
    page.get_by_label("Reason").fill("Complaints about short notice")
    page.get_by_role("button", name="See what it changes").click()
    expect(page.get_by_role("link", name="Under way")).to_be_visible()
    page.get_by_role("button", name="Decide", exact=True).click()
    expect(page.get_by_text("holds now")).to_be_visible()
    policy = gate.current_policy("suspension")
    assert policy is not None
    assert policy.lead_days == 10


@pytest.mark.parametrize(("device", "scheme"), [("desktop", "light"), ("phone", "dark")])
def test_the_pages_are_accessible(visit, staff, device, scheme):
    change = plan(make_customer(name="Ada", language="en")[1])
    propose(change)
    viewport = DESKTOP if device == "desktop" else PHONE
    desk = visit(viewport=viewport, color_scheme=scheme)
    page = desk.sign_in(staff("supervisor"), at="/admin/")
    letter, policy = text_of("email"), gate.current_policy("suspension")
    assert policy is not None
    for name, address in {
        "all": "template/#usage_limit",
        "one": f"template/{letter.pk}/change/",
        "versions": f"template/{letter.pk}/change/#versions",
        "next": f"template/{letter.pk}/next/",
        "sms": f"template/{text_of('sms').pk}/next/",
        "policies": "leadpolicy/",
        "policy": f"leadpolicy/{policy.pk}/change/",
        "choose": "leadpolicy/decide/",
        "decide": "leadpolicy/decide/?kind=suspension",
    }.items():
        page.goto(f"/admin/notices/{address}")
        inspect(page, name)
    page.get_by_label("Days ahead").fill("10")
    page.get_by_label("Reason").fill("Complaints about short notice")
    page.get_by_role("button", name="See what it changes").click()
    inspect(page, "consequences")
