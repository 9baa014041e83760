"""Label exemptions before a browser: asked for, promised, granted at the desk, given up; no axe
violation, no sideways scrolling, no script needed (3.6.2)."""

import re

import pytest
from playwright.sync_api import expect

from accounts.models import LabelExemption
from common.clock import now
from tests.accounts.exempting import ask, bind, exempt, propose, revoke
from tests.accounts.making import make_service
from tests.compliance.making import open_case
from tests.e2e.conftest import DESKTOP, PHONE
from tests.e2e.test_customer_pages import LOOKS, inspect
from tests.e2e.test_organizations import prove_again, signing_in
from tests.e2e.test_sending_desk import looked_over
from tests.notices.making import make_organization

pytestmark = pytest.mark.django_db(transaction=True)
DESK = "/admin/accounts"


class World:
    """Li, whose company is exempt for one service, was for another, and asks for a third."""

    def __init__(self, language):
        self.li = signing_in("李华", language)
        self.lab = make_organization(self.li, name="星河数据（上海）有限公司")
        bind(self.lab)
        self.image = make_service()
        speech = make_service("speech", name_zh_hans="语音合成", name_en="Speech", position=1)
        self.video = make_service("video", name_zh_hans="视频", name_en="Video", position=2)
        exempt(self.lab, self.image)
        [gone] = exempt(self.lab, speech)
        revoke(gone)

    def pages(self):
        of = f"/account/{self.lab.public_id}/labels/"
        return {"labels": of, "apply": f"{of}apply/"}


@pytest.mark.parametrize(("device", "scheme", "language"), LOOKS)
def test_every_page_is_accessible(visit, device, scheme, language):
    world = World(language)
    visitor = visit(
        viewport=DESKTOP if device == "desktop" else PHONE,
        color_scheme=scheme,
        locale="en" if language == "en" else "zh-CN",
    )
    page = visitor.sign_in(world.li)
    prove_again(page, world.pages()["apply"])
    page.locator("main form button").last.click()  # what is missing is said
    inspect(page, "refused")
    ask(world.lab, world.video)
    for name, address in world.pages().items():
        page.goto(address)
        for summary in page.locator("main details summary").all():
            summary.click()
        inspect(page, name)


@pytest.mark.parametrize("scripts", [True, False])
def test_asked_for_granted_and_given_up(visit, staff, scripts):
    world = World("en")
    page = visit(java_script_enabled=scripts, viewport=PHONE).sign_in(world.li)
    prove_again(page, world.pages()["apply"])
    page.get_by_label("Video").check()
    page.get_by_label("What you need it for").fill("Subtitles of a film")
    for letter in "abcd":
        page.locator(f"[name=promise_{letter}]").check()
    page.get_by_role("button", name="Send the application").click()
    expect(page.get_by_text("We have your application")).to_be_visible()

    propose(world.lab.label_applications.open().get(), by=staff("compliance"))
    desk = visit(java_script_enabled=scripts).sign_in(staff("supervisor"), at="/admin/")
    desk.goto("/admin/accounts/labelapplication/?standing=to_approve")
    desk.get_by_role("link", name=re.compile("^lap_")).click()
    desk.get_by_role("link", name="Grant…", exact=True).click()
    expect(desk.get_by_text("Subtitles of a film")).to_be_visible()
    desk.get_by_label("Reason").fill("Looked at it")
    desk.get_by_role("button", name="Grant", exact=True).click()
    expect(desk.get_by_text("Granted; the owners are told.")).to_be_visible()

    page.goto(world.pages()["labels"])
    assert LabelExemption.objects.standing(now()).count() == 2
    page.get_by_role("button", name="Give it up").last.click()
    expect(page.get_by_text("Given up.")).to_be_visible()
    assert LabelExemption.objects.standing(now()).count() == 1


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize(
    ("size", "scheme"),
    [(DESKTOP, "light"), (PHONE, "dark")],
    ids=["desktop-light", "phone-dark"],
)
def test_the_desk_is_accessible_and_fits(visit, staff, language, size, scheme):
    world = World(language)
    application = ask(world.lab, world.video)
    propose(application, case_reference="SC-2026-0001")
    [granted] = LabelExemption.objects.standing(now())
    member = staff("supervisor", name="Mei Tan")
    member.language = language
    member.save()
    visitor = visit(viewport=size, color_scheme=scheme)
    page = visitor.sign_in(member, at="/admin/")
    for address in (
        f"{DESK}/labelapplication/",
        f"{DESK}/labelapplication/{application.pk}/change/",
        f"{DESK}/labelapplication/acts/approve/?pks={application.pk}",
        f"{DESK}/labelexemption/",
        f"{DESK}/labelexemption/{granted.pk}/change/",
        f"{DESK}/labelexemption/acts/revoke/?pks={granted.pk}",
        f"/admin/compliance/case/{open_case(world.lab).pk}/change/",
    ):
        page.goto(address)
        looked_over(page)
