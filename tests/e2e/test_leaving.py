"""Leaving and comparing versions, as a browser shows them."""

import uuid

import pytest
from playwright.sync_api import expect

from accounts import agreements, amendments, consent, leaving
from accounts.models import Acceptance, AgreementVersion
from common.clock import now
from tests.accounts.making import make_person
from tests.e2e.conftest import DESKTOP, PASSWORD, PHONE
from tests.e2e.test_customer_pages import LOOKS, inspect
from tests.notices.making import make_customer, make_organization
from tests.pages.conftest import DATA

pytestmark = pytest.mark.django_db(transaction=True)
SHOWN_LOOKS = {"desktop-en-light", "phone-zh-dark"}
SHOWN = {"leave-obstacles", "compare-answer"}
REWORDED = {
    "en": ("by notice board, letter or message", "by letter or message, fifteen days ahead"),
    "zh-hans": ("通过布告、信件或短信", "提前十五日通过信件或短信"),
}


class World:
    """Li Hua, a personal account and two organizations, one of them with `fellows` as owners,
    and terms of which a version is ahead."""

    def __init__(self, language, *, fellows=()):
        self.li, self.own = make_customer(
            name="李华", language=language, phone_verified_at=now(), contact_email="li@example.com"
        )
        self.li.set_password(PASSWORD)
        self.li.save()
        self.mine = make_organization(self.li, *fellows, name="星河数据有限公司")
        self.shared = make_organization(self.li, make_person(), name="Northwind Labs")
        for number in (1, 2):
            for spoken, (before, after) in REWORDED.items():
                source = (DATA / f"agreement-{spoken}.txt").read_text()
                if number == 2:
                    source = source.replace(before, after, 1)
                agreements.import_text(
                    slug="terms",
                    source=source.encode(),
                    number=number,
                    language=spoken,
                    publish=number == 1,
                )
        text = consent.current_terms().text_in(language)
        consent.accept(
            user=self.li,
            account=self.own,
            text=text,
            method=Acceptance.Method.PAGE,
            ip_address=None,
            user_agent="",
            at=now(),
        )
        amendments.offer(change=uuid.uuid4(), version_id=AgreementVersion.objects.get(number=2).pk)


@pytest.mark.parametrize(("device", "scheme", "language"), LOOKS)
def test_leaving_and_comparing_are_accessible(visit, device, scheme, language):
    world = World(language)
    visitor = visit(
        viewport=DESKTOP if device == "desktop" else PHONE,
        color_scheme=scheme,
        locale="en" if language == "en" else "zh-CN",
    )
    look = f"{device}-{'en' if language == 'en' else 'zh'}-{scheme}"
    page = visitor.sign_in(world.li)
    pages = {
        "leave-obstacles": "/leave/",
        "close": f"/account/{world.mine.public_id}/close/",
        "compare": "/agreements/terms/2/changes/1/",
        "compare-answer": f"/account/{world.own.public_id}/agreements/terms/2/",
        "settings": "/settings/",
    }
    leaving.close_organization(
        account=world.mine, by=world.li, reason="", ip_address=None, at=now()
    )
    for name, address in pages.items():
        page.goto(address)
        inspect(page, name)
        if name in SHOWN and look in SHOWN_LOOKS:
            visitor.shoot(f"customer-{name}-{look}")
    page.goto("/")
    inspect(page, "banners")
    page.goto("/inbox/")
    inspect(page, "inbox")
    if look in SHOWN_LOOKS:
        visitor.shoot(f"customer-inbox-{look}")
    page.locator(".rows a").first.click()
    page.locator("details summary").last.click()
    inspect(page, "letter")
    page.goto("/inbox/ways/")
    inspect(page, "reaching")


def test_one_leaves_and_takes_it_back_without_scripts(visit):
    world = World("en", fellows=[make_person()])
    page = visit(java_script_enabled=False, viewport=PHONE).sign_in(world.li)
    page.goto("/leave/")
    page.get_by_role("link", name="Go on…").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    inspect_heading = page.get_by_role("heading", name="Leave apiqik")
    expect(inspect_heading).to_be_visible()
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Leave").click()
    expect(page.get_by_role("heading", name="Will be closed on")).to_be_visible()
    page.goto("/settings/")
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_text("Taken back: everything stays as it is.")).to_be_visible()
    assert leaving.open_closing_of(world.li) is None
