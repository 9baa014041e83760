"""The page of the API in a browser, read by somebody who is not signed in: both languages, light
and dark, on a desk and a phone, by keyboard alone and without a script."""

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import DESKTOP
from tests.e2e.test_sending_desk import looked_over

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = "/api/v1/docs/"
PHONE = {"width": 390, "height": 844}
TITLES = {"en": "Parameters", "zh-CN": "参数"}

# What the focus is on: its address, or else its tag.
FOCUSED = "document.activeElement.getAttribute('href') || document.activeElement.tagName"


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_it_is_accessible_and_fits(visit, language, scheme, size):
    visitor = visit(locale=language, viewport=size, color_scheme=scheme)
    visitor.page.goto(PAGE)
    looked_over(visitor.page)
    assert visitor.page.get_by_role("heading", name=TITLES[language]).count() > 5
    if language == "en":
        visitor.shoot(f"api-{size['width']}-{scheme}")


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_call_is_reached_by_keyboard(visit, size):
    page = visit(viewport=size).page
    page.goto(PAGE)
    calls = page.locator("main .toc a").evaluate_all(
        "links => links.map((link) => link.getAttribute('href'))"
    )
    passed = []
    while not passed or passed[-1] != calls[-2]:
        page.keyboard.press("Tab")
        passed.append(page.evaluate(FOCUSED))
        assert len(passed) < 60, passed
    # The way to the content comes first, the example can be scrolled, each call is on the way.
    assert passed[0] == "#content"
    assert passed.index("PRE") < passed.index(calls[0])
    assert [one for one in passed if one in calls] == calls[:-1]

    page.keyboard.press("Enter")
    expect(page.locator(f"h2{calls[-2]}")).to_be_in_viewport()


def test_it_needs_no_script(visit):
    page = visit(java_script_enabled=False).page
    refused = []
    page.on("requestfailed", lambda request: refused.append(request.url))
    answer = page.goto(PAGE)
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert page.get_by_role("heading", name="POST /api/v1/signals").is_visible()
    assert refused == []
