"""Every page of money by every role, in a real browser: it opens, or says that it does not."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from accounts.models import Membership
from billing import floors
from billing.models import FloorChange, Wallet
from common.clock import now
from tests.accounts.making import make_person
from tests.billing.making import make_requester, paid_in, set_floor, spend, yuan
from tests.e2e.conftest import PASSWORD, PHONE
from tests.e2e.test_desk import fits, tab_to, to_the_content
from tests.e2e.test_money_desk import accessible, world  # noqa: F401 -- a fixture
from tests.notices.making import make_organization

pytestmark = pytest.mark.django_db(transaction=True)

# Lists and pages; acts that ask for something; acts that decide.
PAGES = (
    "wallet/",
    "wallet/{account}/change/",
    "floorchange/",
    "floorchange/{floor}/change/",
    "creditlot/",
    "journal/",
    "entry/",
    "charge/",
    "postingrequest/",
    "postingrequest/{refund}/change/",
    "refundconsent/",
    "refundpolicy/",
    "refundapplication/",
    "invoice/",
    "accounttotal/",
    "bankstatement/",
    "bankreceipt/",
    "match/",
    "paymentorder/",
    "quarantinedpayment/",
)
ASKS = ("wallet/acts/grant/?pks={account}", "wallet/acts/floor/?pks={account}")
DECIDES = ("postingrequest/acts/approve/?pks={refund}", "floorchange/acts/approve/?pks={floor}")
# Who opens what; everybody else is turned away.
ROLES = {
    "support": (),
    "compliance": (),
    "billing": (*PAGES, *ASKS),
    "supervisor": (*PAGES, *ASKS, *DECIDES),
    "auditor": PAGES,
}


@pytest.mark.parametrize("role", ROLES)
def test_staff(visit, staff, world, role):  # noqa: F811
    floor = floors.request_floor(
        account=world["account"],
        floor=yuan(-500),
        reason="Pays by invoice",
        requested_by=make_requester(),
    )
    names = {"account": world["account"].pk, "refund": world["refund"].pk, "floor": floor.pk}
    page = visit().sign_in(staff(role, name=role.title()), at="/admin/")
    came_to = {}
    for address in (*PAGES, *ASKS, *DECIDES):
        url = "/admin/billing/" + address.format(**names)
        if address in ROLES[role]:
            came_to[address] = page.goto(url).status
            assert fits(page), address
        else:
            # Asked for without showing it: the browser reports every refusal as trouble.
            came_to[address] = page.request.get(url, max_redirects=0).status
    expected = {one: 200 if one in ROLES[role] else 403 for one in came_to}
    assert came_to == expected


SEES = ("money", "money_usage")
CUSTOMER = (*SEES, "money_statement", "money_alert", "money_refund", "money_top_up")


@pytest.mark.parametrize(
    ("role", "opens"),
    [
        ("owner", CUSTOMER),
        ("admin", CUSTOMER),
        ("billing", CUSTOMER),
        ("developer", SEES),
        ("viewer", ()),
        (None, ()),
    ],
)
def test_customers(visit, role, opens):
    owner = make_person(phone_verified_at=now())
    person = make_person(name="Li", language="en", phone_verified_at=now())
    person.set_password(PASSWORD)
    person.save()
    owners = [owner, person] if role == Membership.Role.OWNER else [owner]
    account = make_organization(*owners, name="Acme")
    paid_in(account, 100)
    spend(account, 5)
    if role and person not in owners:
        Membership.objects.create(user=person, account=account, role=role)
    page = visit().sign_in(person)
    refused = 403 if role else 404
    for name in CUSTOMER:
        url = reverse(name, args=[account.public_id])
        found = page.goto(url) if name in opens else page.request.get(url, max_redirects=0)
        assert found.status == (200 if name in opens else refused), (role, name)


def test_a_refund_is_approved_with_the_keyboard_alone(visit, world):  # noqa: F811
    page = visit().sign_in(world["supervisor"], at="/admin/")
    queues = page.get_by_role("navigation", name="Work queues")
    tab_to(page, queues.get_by_role("link", name="Refunds to approve"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/postingrequest/?*")
    to_the_content(page)
    tab_to(page, page.get_by_role("link", name=world["refund"].public_id), most=40)
    page.keyboard.press("Enter")
    page.wait_for_url("**/change/?*")
    to_the_content(page)
    tab_to(page, page.get_by_role("link", name="Approve…"), most=40)
    page.keyboard.press("Enter")
    expect(page.get_by_role("table", name="What is posted")).to_contain_text("1,280.50")
    tab_to(page, page.get_by_role("button", name="Approve and post"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("Posted as journal")).to_be_visible()


@pytest.mark.parametrize(
    ("name", "context"),
    [
        ("desktop-en-light", {}),
        ("phone-en-dark", {"viewport": PHONE, "color_scheme": "dark"}),
    ],
)
def test_a_floor_can_be_read(visit, world, name, context):  # noqa: F811
    set_floor(world["account"], -100)
    floor = floors.request_floor(
        account=world["account"],
        floor=yuan(-500),
        reason="Pays by invoice",
        requested_by=make_requester(),
    )
    visitor = visit(**context)
    page = visitor.sign_in(world["supervisor"], at="/admin/")
    for what, address in {
        "floor": f"/admin/billing/floorchange/{floor.pk}/change/",
        "floor-approve": f"/admin/billing/floorchange/acts/approve/?pks={floor.pk}",
        "floors": "/admin/billing/floorchange/",
        "money-floor": f"/admin/billing/wallet/{world['account'].pk}/change/",
    }.items():
        page.goto(address)
        assert fits(page), what
        accessible(page)
        visitor.shoot(f"{what}-{name}")
    assert FloorChange.objects.count() == 2
    assert Wallet.objects.get(pk=world["account"].pk).floor == yuan(-100)
