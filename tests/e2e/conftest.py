"""A browser before the real pages: Chromium from the system, driven by Playwright.

With CI=true a missing Chromium fails; elsewhere the tests are skipped and say so.
"""

import os
import shutil
import time
from pathlib import Path

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.contrib.auth.models import Group
from playwright.sync_api import sync_playwright

from accounts import second_factor
from common.clock import now
from tests.accounts.making import make_person

PASSWORD = "correct horse battery staple 9"
DESKTOP = {"width": 1280, "height": 860}
PHONE = {"width": 375, "height": 812}
SCREENSHOTS = Path(__file__).resolve().parents[2] / "docs" / "screenshots"

# Playwright's loop runs in this thread; Django must be told that we mean to use both.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


def find_chromium():
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        reason = "no chromium: apt-get install chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@pytest.fixture(scope="session")
def chromium():
    executable = find_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
            ],
        )
        yield browser
        browser.close()


class Visitor:
    """Somebody with a browser of their own. Fails on script errors and refused resources."""

    def __init__(self, browser, site, **context):
        self.site = site
        self.context = browser.new_context(
            **{"viewport": DESKTOP, "locale": "en", "base_url": site, **context}
        )
        self.page = self.context.new_page()
        self.troubles = []
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page.on("console", self._note)

    def _note(self, message):
        expected = ("404", "409", "410")  # pages that say no, in words
        if message.type == "error" and not any(code in message.text for code in expected):
            self.troubles.append(message.text)

    def sign_in(self, person, *, at="/"):
        """Through the sign-in pages, second factor included if the person has one."""
        page = self.page
        page.goto(at)
        page.locator("[name=login]").fill(person.phone)
        page.locator("[name=password]").fill(PASSWORD)
        page.locator("main form button").first.click()
        if hasattr(person, "totp_secret"):
            page.locator("input[name=code]").fill(totp(person))
            page.locator("main form button").first.click()
        page.wait_for_load_state()
        return page

    def shoot(self, name):
        """A screenshot for the documentation, kept only when asked for: SCREENSHOTS=1."""
        if os.environ.get("SCREENSHOTS"):
            SCREENSHOTS.mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


def totp(person):
    """A code that has not been used: allauth accepts each once."""
    counter = int(time.time()) // 30
    counter = max(counter, getattr(person, "last_counter", 0) + 1)
    person.last_counter = counter
    return format_hotp_value(hotp_value(person.totp_secret, counter))


@pytest.fixture
def visit(chromium, live_server):
    """Opens a browser for one more person; all are looked over for troubles at the end."""
    visitors = []

    def open_browser(**context):
        visitors.append(Visitor(chromium, live_server.url, **context))
        return visitors[-1]

    yield open_browser
    for visitor in visitors:
        visitor.context.close()
    assert [visitor.troubles for visitor in visitors] == [[]] * len(visitors)


@pytest.fixture
def staff(live_server):
    """`staff("compliance", name="…")`: a member of that group with a second factor."""

    def make(group, **fields):
        person = make_person(is_staff=True, phone_verified_at=now(), language="en", **fields)
        person.set_password(PASSWORD)
        person.save()
        person.groups.add(Group.objects.get(name=group))
        person.totp_secret = second_factor.set_up(user=person).secret
        return person

    return make
