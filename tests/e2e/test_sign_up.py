"""Opening an account in a browser: the whole way, and a guardian's; desktop and phone, light
and dark, both languages, all pages looked over by axe.

`SCREENSHOTS=1` keeps pictures for the documentation.
"""

import re

import pytest
from playwright.sync_api import expect

from accounts.models import User
from common.clock import now
from common.messaging.memory import Memory
from tests.e2e.conftest import DESKTOP, PHONE
from tests.e2e.test_customer_pages import inspect
from tests.pages.conftest import publish_terms
from tests.plumbing.receiving import use_texts

pytestmark = pytest.mark.django_db(transaction=True)

BETTER = "tulpe wagen sieben"
LOOKS = [
    ("desktop-light-en", {"viewport": DESKTOP, "locale": "en", "color_scheme": "light"}),
    ("phone-dark-zh", {"viewport": PHONE, "locale": "zh-CN", "color_scheme": "dark"}),
    ("phone-light-en", {"viewport": PHONE, "locale": "en", "color_scheme": "light"}),
    ("desktop-dark-zh", {"viewport": DESKTOP, "locale": "zh-CN", "color_scheme": "dark"}),
]


@pytest.fixture
def sent(settings):
    """The text messages; the server runs in this process."""
    use_texts(settings, "memory://")
    Memory.outbox.clear()
    publish_terms()
    return Memory.outbox


SHOWN = {
    "sign-up-2-password-desktop-light-en",
    "sign-up-3-declarations-phone-dark-zh",
    "guardian-2-consents-phone-dark-zh",
}


def shoot(visitor, name):
    if name in SHOWN:
        visitor.shoot(name)


def go_on(page):
    page.locator("main form.card button").first.click()
    page.wait_for_load_state()


def sign_up(visitor, sent, look, *, born):
    """Through every page, looked over once empty and where it helps once filled in."""
    page = visitor.page
    page.goto("/accounts/login/")
    page.locator("main a[href='/accounts/signup/']").click()
    inspect(page, f"phone {look}")
    shoot(visitor, f"sign-up-1-phone-{look}")
    page.locator("[name=phone]").fill("138 1234 5678")
    go_on(page)
    inspect(page, f"code {look}")
    page.locator("[name=code]").fill(sent[-1].params["code"])
    go_on(page)
    page.locator("[name=name]").fill("李华")
    page.locator("[name=password]").press_sequentially("password12", delay=5)
    expect(page.locator("#strength meter")).to_have_attribute("value", "1")
    inspect(page, f"weak password {look}")
    shoot(visitor, f"sign-up-2-password-{look}")
    page.locator("[name=password]").fill(BETTER)
    expect(page.locator("#strength meter")).to_have_attribute("value", "4")
    page.locator("[name=again]").fill(BETTER)
    go_on(page)
    inspect(page, f"declarations {look}")
    shoot(visitor, f"sign-up-3-declarations-{look}")
    page.locator("[name=born]").fill(born)
    page.locator("[name=capable]").check()
    page.locator("[name=occasions][value=none]").check()
    go_on(page)
    inspect(page, f"agreements {look}")
    shoot(visitor, f"sign-up-4-agreements-{look}")
    page.locator("[type=checkbox]").check()
    go_on(page)


@pytest.mark.parametrize(("look", "context"), LOOKS, ids=[name for name, _context in LOOKS])
def test_an_adult_opens_an_account(visit, sent, look, context):
    visitor = visit(**context)
    sign_up(visitor, sent, look, born="1990-05-17")
    expect(visitor.page).to_have_url(re.compile("/welcome/$"))
    inspect(visitor.page, f"welcome {look}")
    shoot(visitor, f"sign-up-5-welcome-{look}")
    assert User.objects.get().name == "李华"
    visitor.page.goto("/accounts/password/change/")
    inspect(visitor.page, f"password change {look}")
    for address in ("2fa/", "sessions/"):
        visitor.page.goto(f"/accounts/{address}")
        inspect(visitor.page, f"{address} {look}")


@pytest.mark.parametrize(("look", "context"), LOOKS[:2], ids=[name for name, _c in LOOKS[:2]])
def test_a_childs_guardian_consents(visit, sent, look, context):
    visitor = visit(**context)
    sign_up(visitor, sent, look, born=f"{now().year - 10}-01-01")
    page = visitor.page
    expect(page).to_have_url(re.compile("/guardian/$"))
    page.locator("[name=phone]").fill("13912345678")
    go_on(page)
    inspect(page, f"waiting {look}")
    shoot(visitor, f"guardian-1-waiting-{look}")
    account = User.objects.get().personal_account
    page.goto(f"/account/{account.public_id}/")
    inspect(page, f"account that waits {look}")

    link = re.search(r"/guardian/[^ ]+/", sent[-1].body)
    assert link
    parent = visit(**context)
    theirs = parent.page
    theirs.goto(link[0])
    inspect(theirs, f"guardian reads {look}")
    theirs.locator("main button[form=code]").click()
    theirs.locator("[name=name]").fill("李明")
    theirs.locator("[name=consents]").check()
    theirs.locator("[name=personal_data]").check()
    theirs.locator("[name=code]").fill(sent[-1].params["code"])
    inspect(theirs, f"guardian consents {look}")
    shoot(parent, f"guardian-2-consents-{look}")
    go_on(theirs)
    expect(theirs.locator(".card.good")).to_be_visible()
    inspect(theirs, f"guardian is thanked {look}")
    page.goto("/guardian/")
    expect(page).to_have_url(re.compile("/welcome/$"))


def test_without_scripts_the_meter_comes_with_the_page(visit, sent):
    visitor = visit(java_script_enabled=False)
    page = visitor.page
    page.goto("/accounts/signup/")
    page.locator("[name=phone]").fill("13812345678")
    go_on(page)
    page.locator("[name=code]").fill(sent[-1].params["code"])
    go_on(page)
    page.locator("[name=name]").fill("Li Hua")
    for field in ("password", "again"):
        page.locator(f"[name={field}]").fill("password1234")
    go_on(page)
    assert page.locator("#strength meter").get_attribute("value") == "1"
    assert page.locator("[name=name]").input_value() == "Li Hua"
