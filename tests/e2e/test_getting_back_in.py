"""The ways back in, and connected logins, in the browser: desktop and phone, light and dark,
both languages. All pages are looked over by axe. `SCREENSHOTS=1` keeps pictures.
"""

import re

import pytest
from django.core import mail
from playwright.sync_api import expect

from accounts import recoveries, tasks
from accounts.models import ConnectedLogin, PasswordReset, PhoneRecovery, RecoveryStop
from common.messaging.memory import Memory
from tests.accounts.recovering import approved, asked, make_holder
from tests.e2e.conftest import DESKTOP, PASSWORD, PHONE
from tests.e2e.test_customer_pages import inspect
from tests.plumbing.receiving import use_texts

pytestmark = pytest.mark.django_db(transaction=True)

NEW = "seven purple giraffes"
LOOKS = [
    ("desktop", "light", "en"),
    ("desktop", "dark", "zh-CN"),
    ("phone", "light", "zh-CN"),
    ("phone", "dark", "en"),
]


@pytest.fixture(autouse=True)
def surroundings(settings, live_server):
    settings.SITE_URL = live_server.url
    use_texts(settings, "memory://")
    Memory.outbox.clear()


@pytest.fixture(params=LOOKS, ids="-".join)
def look(request):
    device, scheme, locale = request.param
    size = DESKTOP if device == "desktop" else PHONE
    return {"viewport": size, "color_scheme": scheme, "locale": locale}, "-".join(request.param)


def person_for(options, **fields):
    language = "en" if options["locale"] == "en" else "zh-hans"
    person = make_holder(name="李华", language=language, **fields)
    person.set_password(PASSWORD)
    person.save()
    return person


def press(page):
    page.locator("main form button").first.click()
    page.wait_for_load_state()


def confirm(page):
    """The button of an act's page."""
    page.locator("main form .submit-row button").click()
    page.wait_for_load_state()


def sent_code():
    tasks.send_codes()
    return Memory.outbox[-1].params["code"]


def test_a_forgotten_password(visit, look):
    options, name = look
    person = person_for(options)
    visitor = visit(**options)
    page = visitor.page
    page.goto("/accounts/login/")
    page.locator("a[href$='/password/help/']").click()
    inspect(page, "help")
    visitor.shoot(f"customer-password-help-{name}")
    page.locator("a[href$='/forgotten/']").click()
    inspect(page, "forgotten")
    page.locator("[name=phone]").fill(person.phone)
    press(page)
    inspect(page, "code")
    page.locator("[name=code]").fill("1")
    press(page)
    inspect(page, "a wrong code")
    page.locator("[name=code]").fill(sent_code())
    press(page)
    inspect(page, "proof")
    press(page)
    tasks.send_codes()
    inspect(page, "proof sent")
    visitor.shoot(f"customer-second-proof-{name}")
    [code] = re.findall(r"\b\d{6}\b", str(mail.outbox[-1].body))
    page.locator("#id_code").fill(code)
    press(page)
    page.locator("[name=password]").fill(NEW)
    page.locator("[name=again]").fill(NEW)
    inspect(page, "new password")
    press(page)
    inspect(page, "sign in anew")
    page.locator("[name=login]").fill(person.phone)
    page.locator("[name=password]").fill(NEW)
    press(page)
    expect(page.locator("summary .who")).to_have_text("李华")
    assert PasswordReset.objects.get().user == person


def test_nothing_but_a_phone(visit, look):
    options, _name = look
    person = person_for(options, contact_email_verified_at=None)
    visitor = visit(**options)
    page = visitor.page
    page.goto("/accounts/forgotten/")
    page.locator("[name=phone]").fill(person.phone)
    press(page)
    page.locator("[name=code]").fill(sent_code())
    press(page)
    inspect(page, "no second proof")
    page.locator("main a.button").click()
    assert page.url.endswith("/accounts/lost-phone/")


def test_a_lost_phone_with_two_of_the_staff(visit, staff, look, clock):
    options, name = look
    person = person_for(options)
    visitor = visit(**options)
    page = visitor.page
    page.goto("/accounts/lost-phone/")
    inspect(page, "lost phone")
    visitor.shoot(f"customer-lost-phone-{name}")
    page.locator("[name=who]").fill(person.phone)
    page.locator("[name=new_phone]").fill("13911112222")
    page.locator("[name=reason]").fill("手机掉进了海里，请致电公司前台核实。")
    press(page)
    inspect(page, "confirm")
    page.locator("[name=code]").fill(sent_code())
    press(page)
    inspect(page, "received")
    recovery = PhoneRecovery.objects.get()
    expect(page.locator("main")).to_contain_text(recovery.public_id)

    helper, boss = visit(**options), visit(**options)
    language = person.language
    for desk, group in ((helper, "support"), (boss, "supervisor")):
        member = staff(group, name=group)
        member.language = language
        member.save()
        desk.sign_in(member, at="/admin/")
    record = f"/admin/accounts/phonerecovery/{recovery.pk}/change/"
    helper.page.goto(record)
    inspect(helper.page, "the record")
    helper.page.locator("a[href*='acts/check/']").click()
    inspect(helper.page, "a check")
    helper.page.locator("[name=passed]").first.check()
    helper.page.locator("[name=observed]").fill("Called the office; she knew the last payment.")
    confirm(helper.page)
    helper.page.locator("a[href*='acts/propose/']").click()
    helper.page.locator("[name=reason]").fill("It is her beyond doubt.")
    confirm(helper.page)
    inspect(helper.page, "proposed")
    boss.page.goto("/admin/accounts/phonerecovery/?step=proposed")
    inspect(boss.page, "the list")
    boss.page.goto(record)
    boss.page.locator("a[href*='acts/approve/']").click()
    inspect(boss.page, "approve")
    boss.shoot(f"desk-approve-phone-{name}")
    boss.page.locator("[name=reason]").fill("Convincing.")
    confirm(boss.page)
    inspect(boss.page, "approved")
    boss.shoot(f"desk-lost-phone-{name}")

    clock.advance(days=8)
    assert tasks.look_after_recoveries() == 1
    person.refresh_from_db()
    assert person.phone == "+8613911112222"


def test_the_holder_stops_it(visit, look):
    options, name = look
    person = person_for(options)
    recovery = approved(asked(person))
    visitor = visit(**options)
    page = visitor.sign_in(person, at="/settings/")
    inspect(page, "warned in the settings")
    visitor.shoot(f"customer-stop-signed-in-{name}")
    mark = recoveries.mark_of(recovery)
    page.goto(f"/accounts/lost-phone/stop/{recovery.public_id}/{mark}/")
    inspect(page, "stop")
    visitor.shoot(f"customer-stop-{name}")
    press(page)
    inspect(page, "stopped")
    assert RecoveryStop.objects.get().by == "link"
    page.goto(f"/accounts/lost-phone/stop/{recovery.public_id}/{mark}/")
    press(page)
    inspect(page, "stopped before")


def test_a_login_elsewhere(visit, look, openid):
    """Forms lead to another site here, which browsers allow only if the policy says so."""
    options, name = look
    person = person_for(options)
    visitor = visit(**options)
    page = visitor.sign_in(person, at="/settings/")
    page.locator("a[href='/settings/logins/']").click()
    inspect(page, "none connected")
    page.locator("a[href$='/acme/connect/']").click()
    page.locator("[name=password]").fill(PASSWORD)
    press(page)
    inspect(page, "consent")
    visitor.shoot(f"customer-connect-login-{name}")
    page.locator("[name=agreed]").check()
    press(page)
    assert page.url.endswith("/settings/logins/")
    inspect(page, "connected")
    visitor.shoot(f"customer-connected-logins-{name}")
    assert ConnectedLogin.objects.get().user == person

    other = visit(**options)
    other.page.goto("/accounts/login/")
    inspect(other.page, "sign in")
    other.page.locator("form[action='/accounts/with/acme/'] button").click()
    expect(other.page.locator("summary .who")).to_have_text("李华")

    page.locator("form[action$='/disconnect/'] button").click()
    page.wait_for_load_state()
    inspect(page, "disconnected")
    assert len(openid.revoked) == 2
    assert not ConnectedLogin.objects.exists()
