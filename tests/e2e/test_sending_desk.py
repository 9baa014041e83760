"""How sending is doing, one message's story and its certificate, in a real browser: both
languages, phone and dark, nothing that axe finds."""

import random
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe

from common.clock import now
from notices.models import Attempt, Delivery, DeliveryTally, TallyPosition
from notices.tallies import COUNTED
from tests.common.seals.settling import seal
from tests.e2e.conftest import PASSWORD, PHONE
from tests.notices.making import make_announced, make_customer

# What sticks out to the right of the screen when the page does.
WIDER = """() => document.documentElement.scrollWidth <= innerWidth ? [] :
    [...document.querySelectorAll("main *")]
        .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
        .map((one) => one.tagName + "." + one.className).slice(-8).concat(["the page"])"""

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def told(settings, tmp_path):
    settings.SEAL_ANCHORS = str(tmp_path / "anchors.log")
    person, account = make_customer(name="李华", language="zh-hans", phone_verified_at=now())
    person.set_password(PASSWORD)
    person.save()
    make_announced(account)
    Delivery.objects.filter(channel="sms").update(state="expired")
    Delivery.objects.filter(channel="email").update(
        state="retrying", not_before=now() - timedelta(minutes=14)
    )
    seal()
    return person


@pytest.fixture
def busy_day():
    """As many answers as a day may bring."""
    chance, at = random.Random(3), now().replace(second=0, microsecond=0)
    rows = []
    for grain, step, periods in (("minute", 60, 60), ("hour", 3600, 25)):
        for back in range(periods):
            period = at - timedelta(seconds=step * back)
            if grain == "hour":
                period = period.replace(minute=0)
            for channel, provider in (("email", "smtp"), ("sms", "aliyun"), ("sms", "backup")):
                for what, most in (
                    ("accepted", 900),
                    ("rejected_for_now", 60),
                    ("rejected_for_good", 12),
                    ("ambiguous", 4),
                    ("receipt:delivered", 700),
                    ("receipt:failed_for_good", 15),
                ):
                    number = chance.randint(0, most)
                    rows.append(
                        DeliveryTally(
                            grain=grain,
                            period=period,
                            channel=channel,
                            provider=provider,
                            what=what,
                            number=number,
                        )
                    )
    DeliveryTally.objects.bulk_create(rows)
    for table in COUNTED:
        TallyPosition.objects.create(table=table, counted_at=now())


def looked_over(page):
    page.wait_for_load_state()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate(WIDER) == []


def test_staff_see_how_sending_is_doing(visit, staff, told, busy_day):
    member = staff("support", name="Support")
    visitor = visit()
    page = visitor.sign_in(member, at="/admin/")
    page.goto("/admin/notices/delivery/health/")
    looked_over(page)
    visitor.shoot("sending")
    assert page.locator("#keep-up").is_visible()
    page.set_viewport_size(PHONE)
    looked_over(page)
    visitor.shoot("sending-phone")
    page.emulate_media(color_scheme="dark")
    looked_over(page)
    sms = Delivery.objects.get(channel="sms")
    page.goto(f"/admin/notices/delivery/{sms.pk}/change/")
    looked_over(page)
    visitor.shoot("sending-story-phone")
    page.set_viewport_size({"width": 1280, "height": 860})
    page.emulate_media(color_scheme="light")
    looked_over(page)
    assert str(Attempt.objects.get(delivery=sms).pk) in page.content()
    visitor.shoot("sending-story")
    page.get_by_role("link", name="Send again…").click()
    looked_over(page)
    page.locator("[name=reason]").fill("They called us")
    page.get_by_role("button", name="Send again").click()
    page.wait_for_load_state()
    sms.refresh_from_db()
    assert sms.state in ("retrying", "accepted")


def test_the_page_in_chinese_and_dark(visit, staff, told, busy_day):
    member = staff("support", name="林若溪")
    member.language = "zh-hans"
    member.save()
    visitor = visit(color_scheme="dark", locale="zh-CN")
    page = visitor.sign_in(member, at="/admin/")
    page.goto("/admin/notices/delivery/health/")
    looked_over(page)
    assert "发送状况" in page.content()
    visitor.shoot("sending-chinese-dark")


def test_the_recipient_takes_a_certificate(visit, told):
    visitor = visit(locale="zh-CN")
    page = visitor.sign_in(told)
    notice = told.notices.get()
    page.goto(f"/inbox/{notice.public_id}/")
    looked_over(page)
    visitor.shoot("notice-certificate")
    seal()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="中文送达证明").click()
    assert waiting.value.suggested_filename.startswith("CN-")
    assert waiting.value.suggested_filename.endswith(".zh-hans.pdf")
