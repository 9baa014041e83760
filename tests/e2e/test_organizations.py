"""Organizations, members, keys, transfers and activity before a browser: opened, invited,
handed over; no axe violation, no sideways scrolling, no script needed."""

import re

import pytest
from playwright.sync_api import expect

from accounts import activity, agreements, api_keys, consent, transfers
from accounts.models import Activity, AuthorityDeclaration
from common.clock import now
from tests.accounts.making import make_person, make_service
from tests.e2e.conftest import DESKTOP, PASSWORD, PHONE
from tests.e2e.test_customer_pages import DATA, LOOKS, inspect
from tests.notices.making import make_organization

pytestmark = pytest.mark.django_db(transaction=True)

# What the documentation shows.
SHOWN = {"members", "keys", "transfers", "activity"}
SHOWN_LOOKS = {"desktop-en-light", "phone-zh-dark"}


def signing_in(name, language, **fields):
    person = make_person(name=name, language=language, phone_verified_at=now(), **fields)
    person.set_password(PASSWORD)
    person.save()
    return person


class World:
    """Li, who owns a company with an administrator, a developer, keys and a request."""

    def __init__(self, language):
        for one in ("zh-hans", "en"):
            agreements.import_text(
                slug="terms",
                source=(DATA / f"agreement-{one}.txt").read_bytes(),
                number=1,
                language=one,
                title="服务协议" if one == "zh-hans" else "Terms of Service",
                publish=True,
            )
        assert consent.current_terms()
        at = now()
        service = make_service(
            "text-generation", name_zh_hans="文本生成", name_en="Text generation"
        )
        self.li = signing_in("李华", language)
        self.wang = signing_in(
            "Wang Fang",
            language,
            contact_email="wang@example.com",
            contact_email_verified_at=at,
        )
        self.lab = make_organization(self.li, name="星河数据（上海）有限公司")
        make_organization(self.li, name="Northwind Labs")
        self.lab.memberships.create(user=self.wang, role="admin")
        chen = signing_in("陈晨", language)
        member = self.lab.memberships.create(user=chen, role="developer")
        self.key, _secret = api_keys.create(
            account=self.lab, by=chen, name="production", services=[service], expires_at=None, at=at
        )
        api_keys.create(
            account=self.lab, by=self.li, name="测试环境", services=[], expires_at=None, at=at
        )
        member.delete()
        self.transfer = transfers.ask_for_ownership(
            account=self.lab,
            by=self.li,
            new_owner=self.wang,
            remains_as="viewer",
            reason="She runs the company now.",
            at=at,
        )
        activity.note(Activity.Kind.TOP_UP, account=self.lab, by=self.wang, amount="¥1,280.00")

    def pages(self):
        of = f"/account/{self.lab.public_id}/"
        return {
            "organization": of,
            "new": "/organizations/new/",
            "members": f"{of}members/",
            "member": f"{of}members/{self.wang.public_id}/",
            "remove": f"{of}members/{self.wang.public_id}/remove/",
            "leave": f"{of}members/leave/",
            "roles": f"{of}roles/",
            "transfers": f"{of}transfers/",
            "ownership": f"{of}transfers/ownership/",
            "activity": f"{of}activity/",
            "keys": f"{of}keys/",
            "new-key": f"{of}keys/new/",
            "rotate": f"{of}keys/{self.key.public_id}/rotate/",
            "revoke": f"{of}keys/{self.key.public_id}/revoke/",
            "hand-over": f"{of}keys/{self.key.public_id}/hand-over/",
            "void": f"/invitation/{'x' * 43}/",
        }


def prove_again(page, address):
    """A page that asks once more who it is."""
    page.goto(address)
    type_password(page)
    expect(page).to_have_url(re.compile(re.escape(address)))


def type_password(page):
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main form button").first.click()


@pytest.mark.parametrize(("device", "scheme", "language"), LOOKS)
def test_every_page_is_accessible(visit, device, scheme, language):
    world = World(language)
    visitor = visit(
        viewport=DESKTOP if device == "desktop" else PHONE,
        color_scheme=scheme,
        locale="en" if language == "en" else "zh-CN",
    )
    look = f"{device}-{'en' if language == 'en' else 'zh'}-{scheme}"
    page = visitor.sign_in(world.li)
    prove_again(page, world.pages()["ownership"])
    for name, address in world.pages().items():
        page.goto(address)
        inspect(page, name)
        if name in SHOWN and look in SHOWN_LOOKS:
            visitor.shoot(f"customer-{name}-{look}")
    page.goto(world.pages()["keys"])
    page.locator(".switch summary").click()
    inspect(page, "switch")
    expect(page.get_by_role("link", name="Northwind Labs")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False])
def test_an_organization_is_opened_and_a_colleague_joins(visit, mailoutbox, scripts):
    world = World("en")
    page = visit(java_script_enabled=scripts, viewport=PHONE).sign_in(world.li)
    page.goto("/")
    page.get_by_role("link", name="Open an organization").last.click()
    page.get_by_label("Registered name").fill("Harbour Ltd")
    page.get_by_label("Unified social credit code").fill("91110108551385082R")
    page.get_by_role("radio", name="authorised by it").check()
    page.get_by_label("Your position there").fill("CTO")
    page.get_by_label("I have read").check()
    page.get_by_label("I declare").check()
    page.get_by_role("button", name="Open the organization").click()
    expect(page.get_by_text("Place 18, the check digit")).to_be_visible()
    page.get_by_label("Unified social credit code").fill("9111 0108 5513 8508 2q")
    page.get_by_role("button", name="Open the organization").click()
    expect(page.get_by_text("The organization is open")).to_be_visible()
    page.get_by_label("Phone or e-mail").fill("wang@example.com")
    page.get_by_label("Role").select_option("developer")
    page.get_by_role("button", name="Send the invitation").click()
    expect(page.get_by_text("Sent to wa***@example.com")).to_be_visible()
    [link] = re.findall(r"/invitation/[\w-]+/", mailoutbox[0].body)
    other = visit(java_script_enabled=scripts)
    other.page.goto(link)
    other.page.get_by_role("link", name="Sign in").last.click()
    other.page.locator("[name=login]").fill(world.wang.phone)
    other.page.locator("[name=password]").fill(PASSWORD)
    other.page.locator("main form button").first.click()
    other.page.get_by_role("button", name="Join").click()
    expect(other.page.get_by_text("You belong to Harbour Ltd now.")).to_be_visible()
    joined = AuthorityDeclaration.objects.get().account.memberships.get(user=world.wang)
    assert joined.role == "developer"


def test_a_key_is_shown_once_whatever_the_browser_does(visit):
    world = World("en")
    page = visit().sign_in(world.li)
    page.goto(world.pages()["keys"])
    page.get_by_role("link", name="Create a key").click()
    page.get_by_label("Name").fill("build server")
    page.get_by_label("Text generation").check()
    page.get_by_role("button", name="Create").click()
    inspect(page, "shown")
    secret = page.locator(".secret").inner_text()
    assert secret.startswith("apq_")
    page.reload()
    expect(page.get_by_text("was sent before")).to_be_visible()
    page.go_back()
    assert secret not in page.content()
    page.goto(world.pages()["keys"])
    assert secret not in page.content()
    expect(page.locator("strong", has_text="build server")).to_have_count(1)


def test_ownership_goes_by_two_of_staff(visit, staff):
    world = World("en")
    other = visit(viewport=PHONE).sign_in(world.wang)
    other.goto(world.pages()["transfers"])
    other.get_by_role("button", name="Agree").click()
    type_password(other)
    other.get_by_role("button", name="Agree").click()
    expect(other.get_by_text("our staff decide")).to_be_visible()
    for group, label, confirm in [
        ("compliance", "Propose consent…", "Propose"),
        ("supervisor", "Consent…", "Consent"),
    ]:
        desk = visit().sign_in(staff(group), at="/admin/")
        desk.goto(f"/admin/accounts/transfer/{world.transfer.pk}/change/")
        desk.get_by_role("link", name=label).click()
        desk.locator("[name=reason]").fill("Resolution of the shareholders seen.")
        desk.get_by_role("button", name=confirm, exact=True).click()
        desk.wait_for_load_state()
    other.goto(world.pages()["transfers"])
    expect(other.get_by_text("consented and carried out")).to_be_visible()
    assert world.lab.memberships.get(user=world.wang).role == "owner"
    assert world.lab.memberships.get(user=world.li).role == "viewer"
