"""The customer's money: balance, lots, spend, movements, and who sees them."""

from datetime import timedelta

import pytest
from django.urls import reverse

from common.clock import now
from tests.accounts.making import make_account as make_any_account
from tests.accounts.making import make_key, make_model, make_service
from tests.billing.making import granted, paid_in, spend, yuan
from tests.notices.making import give_role, make_organization


@pytest.fixture
def account(person):
    return make_organization(person, name="Harbour Ltd")


@pytest.fixture
def page(client, person):
    client.force_login(person)

    def page(name, account, status=200, **query):
        response = client.get(reverse(name, args=[account.public_id]), query)
        assert response.status_code == status
        return " ".join(response.getvalue().decode().replace("\u00a0", " ").split())

    return page


def test_the_balance_says_what_was_paid_granted_and_is_on_hold(page, account):
    from billing import money_in

    paid_in(account, 100)
    granted(account, 20, expires_at=now() + timedelta(days=10))
    money_in.hold(account=account, amount=yuan(5), key="h", at=now(), actor=None, memo="")
    found = page("money", account)
    assert '<p class="big"><span class="money">¥ 115.00</span>' in found
    assert '<dt>Paid in</dt><dd><span class="money">¥ 100.00' in found
    assert '<dt>Granted</dt><dd><span class="money">¥ 15.00' in found
    assert '<dt>On hold</dt><dd><span class="money">¥ 5.00' in found
    assert "expires on" in found


def test_what_has_expired_is_not_available_though_no_job_took_it(page, account, clock):
    paid_in(account, 100)
    granted(account, 20, expires_at=now() + timedelta(days=10))
    clock.advance(days=11)
    assert '<p class="big"><span class="money">¥ 100.00</span>' in page("money", account)


def test_lots_stand_in_the_order_in_which_they_are_used(page, account):
    paid_in(account, 7)
    granted(account, 3)
    found = page("money", account)
    lots = found[found.index('id="lots"') : found.index('id="movements"')]
    assert lots.index("¥ 3.00") < lots.index("¥ 7.00")


def test_a_balance_is_never_shown_greater_than_it_is(page, account):
    paid_in(account, 1)
    spend(account, "0.000001")
    found = page("money", account)
    assert '<p class="big"><span class="money">¥ 0.99</span>' in found
    assert "¥ 0.999999" in found


def test_spend_is_plotted_and_shared_out_by_model_and_key(page, account):
    paid_in(account, 100)
    model, key = make_model(make_service()), make_key(account)
    spend(account, "1.25", model=model.pk, api_key=key.pk)
    spend(account, "0.5", model=model.pk)
    spend(account, "40", used_at=now() - timedelta(days=45))
    found = page("money", account)
    assert 'Spent in the last 30 days: <span class="money">¥ 1.75' in found
    assert '<svg class="plot"' in found
    assert "Spent ¥1.75" in found
    assert key.prefix in found
    month = found[found.index('id="month"') :]
    assert f"?model={model.slug}" in month
    assert "no key" in month


def test_a_corrected_charge_was_not_spent(page, account):
    from billing import decisions
    from billing.models import Journal
    from tests.billing.making import make_approver, make_requester

    paid_in(account, 100)
    spend(account, 3)
    spend(account, 4)
    request = decisions.request_correction(
        journal=Journal.objects.filter(kind="charge").order_by("pk")[0],
        reason="Rated twice",
        case_reference="case 1",
        requested_by=make_requester(),
    )
    decisions.approve(request=request, approved_by=make_approver(), at=now())
    found = page("money", account)
    assert 'Spent in the last 30 days: <span class="money">¥ 4.00' in found
    assert "Correction: usage charge" in found
    assert "+¥ 3.00" in found


def test_movements_leave_usage_out(page, account):
    paid_in(account, 100)
    spend(account, 3)
    found = page("money", account)
    movements = found[found.index('id="movements"') :]
    assert "Top-up" in movements
    assert "+¥ 100.00" in movements
    assert "Usage charge<" not in movements


def test_the_account_page_shows_the_balance_and_that_it_is_used_up(page, account):
    assert "used up" not in page("account", account)
    assert "No money has come in yet" in page("money", account)
    paid_in(account, 1)
    spend(account, 1)
    for name in ("account", "money"):
        assert "The balance is used up" in page(name, account)
    paid_in(account, 50)
    found = page("account", account)
    assert "used up" not in found
    assert "¥ 50.00" in found


@pytest.mark.parametrize(
    ("role", "sees", "acts"),
    [
        ("owner", True, True),
        ("admin", True, True),
        ("billing", True, True),
        ("developer", True, False),
        ("viewer", False, False),
    ],
)
def test_roles(page, client, person, account, role, sees, acts):
    paid_in(account, 12)
    spend(account, 1)
    charge = account.wallet.charges.get()
    give_role(person, role)
    assert ("¥ 11.00" in page("account", account)) is sees
    for name in ("money", "money_usage", "money_usage_file"):
        page(name, account, status=200 if sees else 403)
    address = reverse("money_charge", args=[account.public_id, charge.pk])
    assert client.get(address).status_code == (200 if sees else 403)
    page("money_refund", account, status=200 if acts else 403)
    if sees:
        assert ("Last movements" in page("money", account)) is acts
    assert (b">Money</a>" in client.get("/settings/").content) is sees


def test_other_tenants_money_is_not_found(client, person, account):
    theirs = make_any_account(name="Theirs")
    paid_in(theirs, 10)
    spend(theirs, 1)
    charge = theirs.wallet.charges.get()
    client.force_login(person)
    for name in ("money", "money_usage", "money_usage_file", "money_refund"):
        assert client.get(reverse(name, args=[theirs.public_id])).status_code == 404
    for owner in (theirs, account):
        address = reverse("money_charge", args=[owner.public_id, charge.pk])
        assert client.get(address).status_code == 404


def test_visitors_are_asked_to_sign_in(client, account):
    for address in ("/money/", reverse("money", args=[account.public_id])):
        assert client.get(address).headers["Location"].startswith("/accounts/login/")


def test_money_leads_to_the_only_account_or_lists_them(client, person, account):
    client.force_login(person)
    assert client.get("/money/").headers["Location"] == reverse("money", args=[account.public_id])
    second = make_organization(person, name="Second", role="billing")
    make_organization(person, name="Third", role="viewer")
    paid_in(second, 5)
    found = client.get("/money/").content.decode()
    assert "Second" in found
    assert "¥\u00a05.00" in found
    cards = found[found.index("<main") :]
    assert "Third" not in cards
    give_role(person, "viewer")
    assert "You handle the money of no account" in client.get("/money/").content.decode()
