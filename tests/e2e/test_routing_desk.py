"""Steering providers before a browser: every page in both languages, phone and dark, nothing that
axe finds; a provider is switched off from the keyboard."""

import pytest
from playwright.sync_api import expect

from common.clock import now
from notices import suppressions
from notices.models import (
    KillSwitch,
    ProviderHealth,
    ProviderLimit,
    ProviderOrder,
    ProviderShift,
    ProviderTemplate,
    QuietHours,
    Template,
)
from tests.e2e.conftest import DESKTOP, PHONE
from tests.e2e.test_sending_desk import looked_over
from tests.notices.routing.making import by, only_templates

pytestmark = pytest.mark.django_db(transaction=True)
DESK = "/admin/notices"
# What the documentation shows.
SHOWN = {"providerhealth", "killswitch-acts-switch_off"}
SEEN = {"answered": 200, "failed": 41, "slow": 3, "awaited": 120, "late": 2}


@pytest.fixture
def supervisor(staff, settings):
    """Who may steer all of it, in a world where all of it was used."""
    settings.MESSAGE_PROVIDERS = {**by(first="sms", second="sms"), "strict": only_templates()}
    member = staff("supervisor", name="Mei Tan")
    ProviderOrder.objects.create(channel="sms", country="CN", providers=["second", "first"])
    ProviderLimit.objects.create(provider="first", per_second=100, per_address=50)
    QuietHours.objects.create(channel="sms")
    KillSwitch.record(provider="strict", switched_by=member, reason="Their cable is cut")
    ProviderHealth.objects.create(
        provider="first", tenths=5, cause="errors", measured_at=now(), **SEEN
    )
    ProviderShift.record(provider="first", before=10, after=5, cause="errors", **SEEN)
    suppressions.suppress(
        channel="sms", address="+8613812345678", suppressed_by=member, reason="They told us"
    )
    ProviderTemplate.objects.create(
        provider="strict",
        template=Template.objects.filter(kind="log_in_to_read").earliest("pk"),
        code="SMS_7",
    )
    return member


def pages():
    lists = (
        "providerhealth",
        "providerorder",
        "providerlimit",
        "quiethours",
        "killswitch",
        "providershift",
        "suppression",
        "providertemplate",
        "routingalarm",
    )
    forms = ("providerorder", "providerlimit", "quiethours", "providertemplate")
    return [
        *(f"{DESK}/{name}/" for name in lists),
        *(f"{DESK}/{name}/add/" for name in forms),
        f"{DESK}/providerhealth/first/change/",
        f"{DESK}/killswitch/{KillSwitch.objects.get().pk}/change/",
        f"{DESK}/killswitch/acts/switch_off/",
        f"{DESK}/suppression/acts/suppress/",
    ]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize(
    ("size", "scheme"),
    [(DESKTOP, "light"), (PHONE, "dark")],
    ids=["desktop-light", "phone-dark"],
)
def test_every_page_is_accessible_and_fits(visit, supervisor, language, size, scheme):
    supervisor.language = language
    supervisor.save()
    visitor = visit(viewport=size, color_scheme=scheme)
    page = visitor.sign_in(supervisor, at="/admin/")
    for address in pages():
        page.goto(address)
        looked_over(page)
        name = address.removeprefix(f"{DESK}/").strip("/").replace("/", "-")
        if name in SHOWN:
            visitor.shoot(f"steering-{name}-{language[:2]}-{scheme}")


def test_a_provider_is_switched_off_and_on_again(visit, supervisor):
    page = visit(viewport=PHONE).sign_in(supervisor, at="/admin/")
    page.goto(f"{DESK}/killswitch/acts/switch_off/")
    page.locator("[name=provider]").select_option("first")
    page.locator("[name=reason]").fill("Half of its answers are errors")
    page.get_by_role("button", name="Switch off").press("Enter")
    page.wait_for_load_state()
    switch = KillSwitch.objects.latest("pk")
    assert (switch.provider, switch.switched_by) == ("first", supervisor)
    page.goto(f"{DESK}/killswitch/{switch.pk}/change/")
    page.get_by_role("link", name="Switch on").click()
    page.locator("[name=reason]").fill("It is mended")
    page.get_by_role("button", name="Switch on").press("Enter")
    expect(page.get_by_text("It is mended").first).to_be_visible()
    assert KillSwitch.objects.get(pk=switch.pk).lifting.lifted_by == supervisor
