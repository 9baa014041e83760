"""The customer's pages of money: accessible, on a phone, in the dark, in both languages.

`SCREENSHOTS=1` keeps pictures for the documentation.
"""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils.timezone import localdate
from playwright.sync_api import expect

from accounts.models import InferenceModel
from billing import applications, charging, decisions, money_in, refunds, telling
from billing.models import Charge, RefundApplication, RefundPolicy
from common.clock import now
from notices.models import Letter
from tests.accounts.making import make_clause, make_person, make_service
from tests.billing.making import granted, line, make_approver, make_requester, paid_in, spend, yuan
from tests.e2e.conftest import DESKTOP, PASSWORD, PHONE
from tests.e2e.test_customer_pages import LOOKS, inspect
from tests.notices.making import make_organization

pytestmark = pytest.mark.django_db(transaction=True)

SHOWN = {"money", "usage", "refund", "account", "charge", "usage-by-day"}
SHOWN_LOOKS = {"desktop-en-light", "desktop-zh-dark", "phone-zh-light", "phone-en-dark"}


class World:
    """Li owns a company with money and months of usage, one that has used everything up, and
    handles billing for a third that has never had any."""

    def __init__(self, language):
        self.li = make_person(name="李华", language=language, phone_verified_at=now())
        self.li.set_password(PASSWORD)
        self.li.save()
        self.rich = make_organization(self.li, name="示例科技有限公司")
        self.spent = make_organization(self.li, name="Northwind Labs")
        self.new = make_organization(self.li, name="星河数据（上海）有限公司", role="billing")
        paid_in(self.rich, "40904.38")
        granted(self.rich, 200, expires_at=now() + timedelta(days=20))
        granted(self.rich, 88, expires_at=None)
        self.use(self.rich)
        money_in.hold(account=self.rich, amount=yuan(35), key="hold", at=now(), actor=None, memo="")
        paid_in(self.spent, 30)
        spend(self.spent, 30)
        self.correct(Charge.objects.filter(wallet=self.rich.pk).order_by("pk")[5])
        self.ask_for_refunds()
        telling.write_letters(at=now())
        self.letters = {one.kind: one.public_id for one in Letter.objects.of(self.li)}

    def use(self, account):
        service = make_service(
            "text-generation", name_zh_hans="文本生成", name_en="Text generation"
        )
        models = [
            InferenceModel.objects.create(slug=slug, name=slug, service=service)
            for slug in ("qilin-72b-instruct", "qilin-7b-instruct", "painter-2")
        ]
        from accounts.models import ApiKey

        keys = [
            ApiKey.issue(account=account, created_by=self.li, name=name)[0]
            for name in ("server", "a name that is so long that it has to be broken on a phone")
        ]
        charging.charge(
            [
                line(
                    account,
                    Decimal(n % 13 + 1) * Decimal("1.37000449"),
                    used_at=now() - timedelta(days=n % 31, minutes=n),
                    model=models[n % 3].pk,
                    service=service.pk,
                    api_key=keys[n % 2].pk,
                    quantities={"tokens_in": n * 120, "tokens_out": n * 31},
                )
                for n in range(120)
            ]
        )

    def correct(self, charge):
        request = decisions.request_correction(
            journal=charge.journal,
            reason="Rated twice",
            case_reference="case 7",
            requested_by=make_requester(),
        )
        decisions.approve(request=request, approved_by=make_approver(), at=now())

    def ask_for_refunds(self):
        policy = RefundPolicy.record(
            name="first-days",
            version=1,
            text_zh_hans="充值后七日内未使用的部分可以申请退还。",
            text_en="What is not used within seven days of the top-up can be refunded.",
            most=yuan(1000),
            days=7,
            in_force_from=now() - timedelta(days=1),
            clause=make_clause("6"),
            proposed_by=make_requester(),
        )
        refunds.approve_policy(policy=policy, approved_by=make_approver())
        first, second = (
            applications.apply(
                account=self.rich,
                amount=yuan(amount),
                reason="我们改用了其他服务。",
                asked_by=self.li,
                at=now(),
            )
            if not RefundApplication.objects.open().filter(account=self.rich).exists()
            else None
            for amount in (500, 300)
        )
        assert second is None
        applications.decline(
            application=first,
            declined_by=make_requester(),
            reason_zh_hans="账号近期仍在使用该余额。",
            reason_en="The balance is still in use.",
        )
        applications.apply(
            account=self.rich, amount=yuan(300), reason="Moved", asked_by=self.li, at=now()
        )

    def pages(self):
        own = f"/account/{self.rich.public_id}/money/"
        charges = Charge.objects.filter(wallet=self.rich.pk).order_by("pk")
        since = localdate(now() - timedelta(days=40))
        return {
            "accounts": "/money/",
            "inbox": "/inbox/",
            "letter-low": reverse("letter", args=[self.letters["billing.low_balance"]]),
            "letter-declined": reverse("letter", args=[self.letters["billing.refund_declined"]]),
            "account": f"/account/{self.rich.public_id}/",
            "account-spent": f"/account/{self.spent.public_id}/",
            "money": own,
            "money-spent": f"/account/{self.spent.public_id}/money/",
            "money-new": f"/account/{self.new.public_id}/money/",
            "usage": f"{own}usage/?since={since}",
            "usage-by-day": f"{own}usage/?since={since}&by=day",
            "usage-by-model": f"{own}usage/?since={since}&by=model",
            "usage-by-key": f"{own}usage/?since={since}&by=api_key",
            "usage-refused": f"{own}usage/?since=2026-02-02&until=2026-01-01",
            "usage-new": f"/account/{self.new.public_id}/money/usage/",
            "charge": f"{own}usage/{charges[0].pk}/",
            "charge-corrected": f"{own}usage/{charges[5].pk}/",
            "alert": f"{own}alert/",
            "refund": f"{own}refund/",
            "refund-new": f"/account/{self.new.public_id}/money/refund/",
        }


@pytest.mark.parametrize(("device", "scheme", "language"), LOOKS)
def test_every_page_is_accessible(visit, device, scheme, language):
    world = World(language)
    visitor = visit(
        viewport=DESKTOP if device == "desktop" else PHONE,
        color_scheme=scheme,
        locale="en" if language == "en" else "zh-CN",
    )
    page = visitor.sign_in(world.li)
    look = f"{device}-{'en' if language == 'en' else 'zh'}-{scheme}"
    for name, address in world.pages().items():
        page.goto(address)
        inspect(page, name)
        if name in SHOWN and look in SHOWN_LOOKS:
            visitor.shoot(f"money-{name}-{look}")
    page.goto(world.pages()["money"])
    page.locator(".figure summary").click()
    inspect(page, "plot as a table")


def test_a_refund_is_asked_for_without_scripts_by_keyboard(visit):
    world = World("en")
    applications.withdraw(application=RefundApplication.objects.open().get(), withdrawn_by=world.li)
    page = visit(viewport=PHONE, java_script_enabled=False).sign_in(world.li)
    page.goto(f"/account/{world.rich.public_id}/money/")
    page.get_by_role("link", name="Refund", exact=True).focus()
    page.keyboard.press("Enter")
    page.get_by_label("Amount in yuan").focus()
    page.keyboard.type("12.50")
    page.keyboard.press("Tab")
    page.keyboard.type("We moved elsewhere.")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("We have your application")).to_be_visible()
    assert RefundApplication.objects.open().get().amount == yuan("12.5")
    page.get_by_role("button", name="Take it back").press("Enter")
    expect(page.get_by_text("Your application is taken back.")).to_be_visible()
