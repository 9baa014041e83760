"""Every page a customer sees: no axe violation, no sideways scrolling, no script needed.

On a desktop and a phone, light and dark, in both languages. `SCREENSHOTS=1` keeps
pictures for the documentation.
"""

from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from accounts import agreements, amendments, consent, staff
from accounts.models import Acceptance, Account, AgreementVersion, Membership
from common.clock import now
from notices import changes
from notices.models import Announcement, Notice
from tests.accounts.making import make_person, make_service
from tests.e2e.conftest import DESKTOP, PASSWORD, PHONE
from tests.notices.making import make_officer, make_organization, make_supervisor, run_jobs
from tests.plumbing.receiving import use_texts

pytestmark = pytest.mark.django_db(transaction=True)

DATA = Path(__file__).resolve().parents[1] / "data"
SERVICES = [
    ("text-generation", "文本生成", "Text generation"),
    ("image-generation", "图像生成", "Image generation"),
    ("speech-synthesis", "语音合成", "Speech synthesis"),
]
LOOKS = [
    (device, scheme, language)
    for device in ("desktop", "phone")
    for scheme in ("light", "dark")
    for language in ("zh-hans", "en")
]


class World:
    """Li, who owns a company about to be suspended in part, one that is suspended, one that is
    limited, and an account of her own that nobody has agreed for. New terms are announced."""

    def __init__(self, language):
        self.publish_terms()
        services = [
            make_service(slug, name_zh_hans=zh, name_en=en, position=position)
            for position, (slug, zh, en) in enumerate(SERVICES)
        ]
        self.li = make_person(
            name="李华",
            language=language,
            phone_verified_at=now(),
            contact_email="lihua@example.com",
            contact_email_verified_at=now(),
        )
        self.li.set_password(PASSWORD)
        self.li.save()
        self.warned = make_organization(self.li, name="示例科技有限公司")
        self.stopped = make_organization(self.li, name="Northwind Labs")
        self.waiting = Account.objects.create(kind="personal", holder=self.li, name="李华")
        Membership.objects.create(user=self.li, account=self.waiting, role="owner")
        consent.require(account=self.waiting, since=now())
        self.suspend(self.warned, services[1], at=now() + timedelta(days=6))
        self.suspend(self.stopped, None, at=now(), grounds="A key was seen in public.")
        self.limited = make_organization(self.li, name="星河数据（上海）有限公司")
        self.limit(self.limited, services[0], at=now())
        self.amend(self.warned, self.limited, at=now() + timedelta(days=12))
        self.object_to(self.limited)

    def publish_terms(self):
        titles = {"zh-hans": "服务协议", "en": "Terms of Service"}
        for language, title in titles.items():
            agreements.import_text(
                slug="terms",
                source=(DATA / f"agreement-{language}.txt").read_bytes(),
                number=1,
                language=language,
                title=title,
                publish=True,
            )
        self.terms = consent.current_terms()
        agreements.sever(
            clause=self.terms.clauses.get(number="2.2"),
            severed_by=make_supervisor(),
            reason="Found invalid.",
        )

    def suspend(self, account, service, *, at, grounds=""):
        self.announce(
            account,
            kind="suspension",
            title_zh_hans="暂停服务",
            title_en="Suspend a service",
            reason_zh_hans="多次超出约定用途使用。",
            reason_en="It was used repeatedly outside its agreed purpose.",
            service=service,
            effective_at=at,
            at_once=bool(grounds),
            grounds=grounds,
        )

    def limit(self, account, service, *, at):
        self.announce(
            account,
            kind="usage_limit",
            title_zh_hans="限制文本生成的用量",
            title_en="Limit the use of text generation",
            reason_zh_hans="请求量远超约定，影响其他客户。",
            reason_en="Far more requests than agreed slowed others down.",
            service=service,
            limits={"tokens_per_day": 1_000_000, "requests_per_minute": 60},
            effective_at=at,
            at_once=True,
            grounds="Others time out.",
        )

    def amend(self, *accounts, at):
        for text in self.terms.texts.all():
            agreements.import_text(
                slug="terms", source=f"{text.source}\n".encode(), number=2, language=text.language
            )
        self.new_terms = AgreementVersion.objects.get(number=2)
        self.announce(
            *accounts,
            kind="amendment",
            title_zh_hans="服务协议修订",
            title_en="New Terms of Service",
            reason_zh_hans="新增关于多地域服务的条款。",
            reason_en="Services in several regions are provided for.",
            agreement_version=self.new_terms,
            effective_at=at,
        )

    def object_to(self, account):
        amendments.object_to(
            user=self.li,
            account=account,
            version=self.new_terms,
            reason="",
            ip_address=None,
        )

    def announce(self, *accounts, **contents):
        officer = make_officer()
        change = changes.plan(
            planned_by=officer,
            accounts=accounts,
            clause=self.terms.clauses.get(number="1.3"),
            **contents,
        )
        changes.propose(change=change, proposed_by=officer, at=now())
        changes.approve(proposal=change.proposal, approved_by=make_supervisor(), at=now())
        run_jobs()

    def pages(self):
        """Name and address of every page of a signed-in customer."""
        notices = Notice.objects.of(self.li).filter(accounts=self.warned).order_by("pk")
        notice, amendment = notices[0], notices[1]
        announcement = Announcement.objects.latest("recorded_at")
        return {
            "accounts": "/",
            "account": f"/account/{self.warned.public_id}/",
            "suspended": f"/account/{self.stopped.public_id}/",
            "limited": f"/account/{self.limited.public_id}/",
            "answer": f"/account/{self.warned.public_id}/agreements/terms/2/",
            "answer-objected": f"/account/{self.limited.public_id}/agreements/terms/2/",
            "object": f"/account/{self.warned.public_id}/agreements/terms/2/object/",
            "consent-due": f"/account/{self.waiting.public_id}/",
            "agree": f"/account/{self.waiting.public_id}/agree/",
            "inbox": "/inbox/",
            "inbox-searched": "/inbox/?words=1.3&kind=change:suspension",
            "reaching": "/inbox/ways/",
            "message": f"/inbox/{notice.public_id}/",
            "amendment": f"/inbox/{amendment.public_id}/",
            "announcements": "/announcements/",
            "announcement": f"/announcements/{announcement.public_id}/",
            "agreements": "/agreements/",
            "agreement": "/agreements/terms/",
            "agreement-ahead": "/agreements/terms/2/",
            "settings": "/settings/",
            "leave": "/leave/",
            "password": "/accounts/password/change/",
            "second-factor": "/accounts/2fa/",
            "sessions": "/accounts/sessions/",
            "not-found": "/nowhere/",
        }


# What the documentation shows: these pages, each language and scheme once per device.
SHOWN = {"account", "suspended", "agree", "message", "settings"}
SHOWN_LOOKS = {"desktop-en-light", "desktop-zh-dark", "phone-zh-light", "phone-en-dark"}


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


@pytest.mark.parametrize(("device", "scheme", "language"), LOOKS)
def test_every_page_is_accessible(visit, device, scheme, language):
    world = World(language)
    visitor = visit(
        viewport=DESKTOP if device == "desktop" else PHONE,
        color_scheme=scheme,
        locale="en" if language == "en" else "zh-CN",
    )
    page = visitor.page
    look = f"{device}-{'en' if language == 'en' else 'zh'}-{scheme}"
    for name, address in {
        "sign-in": "/accounts/login/",
        "sign-up": "/accounts/signup/",
        "password-help": "/accounts/password/help/",
        "invitation-void": f"/staff/invitation/{'x' * 43}/",
    }.items():
        page.goto(address)
        inspect(page, name)
        if name == "sign-in" and look in SHOWN_LOOKS:
            visitor.shoot(f"customer-{name}-{look}")
    visitor.sign_in(world.li)
    for name, address in world.pages().items():
        page.goto(address)
        inspect(page, name)
        if name in SHOWN and look in SHOWN_LOOKS:
            visitor.shoot(f"customer-{name}-{look}")
    page.locator(".top summary").click()
    inspect(page, "menu")


def test_the_owner_agrees_and_access_opens(visit):
    world = World("en")
    page = visit(viewport=PHONE).sign_in(world.li)
    page.get_by_role("link", name="李华", exact=True).first.click()
    expect(page.get_by_text("waits for you").first).to_be_visible()
    page.get_by_role("link", name="Read and agree").click()
    expect(page.get_by_text(world.terms.text_in("en").sha256)).to_be_visible()
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Agree").click()
    expect(page.get_by_text("Thank you. The account is open.")).to_be_visible()
    expect(page.locator(".pill.good")).to_have_count(len(SERVICES))
    assert Acceptance.objects.filter(account=world.waiting, user=world.li).count() == 1


def test_it_works_by_keyboard_alone_and_without_scripts(visit):
    world = World("en")
    page = visit(java_script_enabled=False).page
    page.goto("/accounts/login/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.locator("[name=login]").focus()
    page.keyboard.type(world.li.phone)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/")
    page.locator(".top summary").focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Northwind Labs").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="All services are suspended since")).to_be_visible()
    page.get_by_role("button", name="中文").focus()
    page.keyboard.press("Enter")
    page.wait_for_load_state()
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")


def test_an_invited_colleague_reaches_the_back_office(visit, mailoutbox, settings):
    from common.messaging.memory import Memory
    from tests.accounts.test_second_factor import code_of
    from tests.pages.outbox import link_in_last_mail

    use_texts(settings, "memory://")
    Memory.outbox.clear()
    boss = make_person(is_staff=True, name="Boss")
    staff.invite(email="anna@example.com", name="Anna", groups=[], invited_by=boss, at=now())
    page = visit().page
    page.goto(link_in_last_mail(r"http://testserver(\S+)"))
    inspect(page, "invitation")
    page.get_by_label("Phone").fill("139 1234 5678")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password again").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    inspect(page, "verify phone")
    page.get_by_label("Code").fill(Memory.outbox[-1].params["code"])
    page.get_by_role("button", name="Confirm").click()
    # A new member of staff reads Chinese until they say otherwise.
    page.get_by_role("button", name="English").click()
    inspect(page, "authenticator app")
    secret = page.locator("#authenticator_secret").input_value()
    page.locator("input[name=code]").fill(code_of(secret))
    page.get_by_role("button", name="Switch on").click()
    inspect(page, "recovery codes")
    page.get_by_role("link", name="I have kept them").click()
    page.wait_for_url("**/admin/")
