"""Steering providers at the desk, over HTTP."""

import json

import pytest
from django.contrib.admin.models import LogEntry
from django.test.utils import override_settings

from common.clock import now
from notices.models import (
    KillSwitch,
    ProviderHealth,
    ProviderLimit,
    ProviderOrder,
    ProviderShift,
    ProviderTemplate,
    QuietHours,
    Suppression,
    Template,
)
from tests.desk.signing_in import staff
from tests.notices.routing.making import by, only_templates

pytestmark = pytest.mark.django_db
WHY = "Their rates went up"
DESK = "/admin/notices"


def do(browser, page, /, **answers):
    """Sees the act's page, then confirms exactly that."""
    shown = browser.get(page)
    assert shown.status_code == 200
    return browser.post(page, {"seen": shown.context["seen"], **answers}, follow=True)


def test_an_order_is_written_and_edited_with_a_reason():
    member, browser = staff("supervisor")
    address = f"{DESK}/providerorder/add/"
    order = {"channel": "sms", "country": "CN", "providers": "second\nfirst\n"}
    refused = browser.post(address, order)
    assert "This field is required" in refused.text
    assert not ProviderOrder.objects.exists()
    refused = browser.post(address, {**order, "providers": "nobody", "why": WHY})
    assert "nobody" in refused.text
    assert "first" in refused.text
    browser.post(address, {**order, "why": WHY})
    made = ProviderOrder.objects.get()
    assert made.providers == ["second", "first"]
    assert made.history.get().history_change_reason == WHY
    page = browser.get(f"{DESK}/providerorder/{made.pk}/change/")
    form = page.context["adminform"].form
    edited = {
        "providers": "first",
        "why": "And came down again",
        "edition_read": form.initial["edition_read"],
        "values_read": form.initial["values_read"],
    }
    browser.post(f"{DESK}/providerorder/{made.pk}/change/", edited)
    made.refresh_from_db()
    assert made.providers == ["first"]
    assert made.history.first().history_change_reason == "And came down again"
    assert made.history.first().history_user == member
    history = browser.get(f"{DESK}/providerorder/{made.pk}/history/")
    assert "And came down again" in history.text
    conflict = browser.post(f"{DESK}/providerorder/{made.pk}/change/", edited)
    assert conflict.status_code in (302, 409)


def test_a_country_is_of_text_messages():
    _member, browser = staff("supervisor")
    answer = browser.post(
        f"{DESK}/providerorder/add/",
        {"channel": "email", "country": "CN", "providers": "post", "why": WHY},
    )
    assert "E-mail knows no countries" in answer.text


def test_limits_and_quiet_hours():
    _member, browser = staff("supervisor")
    limits = f"{DESK}/providerlimit/add/"
    assert "first" in browser.get(limits).text
    for wrong in ("0", "-1", "a"):
        browser.post(limits, {"provider": "first", "per_second": wrong, "why": WHY})
    browser.post(limits, {"provider": "nobody", "per_second": "5", "why": WHY})
    assert not ProviderLimit.objects.exists()
    browser.post(limits, {"provider": "first", "per_second": "5", "per_address": "50", "why": WHY})
    limit = ProviderLimit.objects.get()
    assert (limit.per_second, limit.per_day, limit.per_address) == (5, None, 50)
    hours = {"channel": "sms", "begins": "21:00", "ends": "21:00", "in_force": "on", "why": WHY}
    answer = browser.post(f"{DESK}/quiethours/add/", hours)
    assert "another time" in answer.text
    browser.post(f"{DESK}/quiethours/add/", {**hours, "ends": "08:00"})
    assert str(QuietHours.objects.get()).endswith("21:00–08:00")


@pytest.mark.parametrize("model", ["providerorder", "providerlimit", "quiethours"])
def test_support_looks_and_does_not_steer(model):
    _member, browser = staff("support")
    assert browser.get(f"{DESK}/{model}/").status_code == 200
    assert browser.get(f"{DESK}/{model}/add/").status_code == 403


def test_switched_off_at_once_and_on_again():
    member, browser = staff("support")
    off = f"{DESK}/killswitch/acts/switch_off/"
    nothing = do(browser, off, reason="No reason at all")
    assert "Choose a provider" in nothing.text
    do(browser, off, provider="first", reason="Their cable is cut")
    switch = KillSwitch.objects.get()
    assert (switch.switched_by, switch.provider, switch.channel) == (member, "first", "")
    again = do(browser, off, provider="first", reason="Their cable is cut")
    assert "switched off already" in again.text
    page = browser.get(f"{DESK}/killswitch/{switch.pk}/change/")
    assert "Their cable is cut" in page.text
    do(browser, f"{DESK}/killswitch/acts/switch_on/?pks={switch.pk}", reason="It is mended")
    assert switch.lifting.lifted_by == member
    assert "It is mended" in browser.get(f"{DESK}/killswitch/{switch.pk}/change/").text
    logged = LogEntry.objects.filter(user=member).values_list("change_message", flat=True)
    assert sum("Their cable is cut" in one or "It is mended" in one for one in logged) == 2


def test_an_auditor_switches_nothing():
    _member, browser = staff("auditor")
    assert browser.get(f"{DESK}/killswitch/").status_code == 200
    assert browser.get(f"{DESK}/killswitch/acts/switch_off/").status_code == 403


def test_an_address_is_suppressed_found_and_lifted():
    member, browser = staff("support")
    suppress = f"{DESK}/suppression/acts/suppress/"
    wrong = do(browser, suppress, channel="sms", address="12", reason="They told us")
    assert "not a phone number" in wrong.text
    wrong = do(browser, suppress, channel="email", address="a\x00b", reason="They told us")
    assert wrong.status_code == 200
    assert not Suppression.objects.exists()
    do(browser, suppress, channel="sms", address="138 1234 5678", reason="They told us")
    suppression = Suppression.objects.get()
    assert (suppression.address, suppression.suppressed_by) == ("+8613812345678", member)
    found = browser.get(f"{DESK}/suppression/?q=13812345678&state=standing")
    assert "138****5678" in found.text
    assert "138****5678" not in browser.get(f"{DESK}/suppression/?q=13812345679").text
    lifted = do(
        browser, f"{DESK}/suppression/acts/lift/?pks={suppression.pk}", reason="They asked for it"
    )
    assert lifted.status_code == 200
    assert suppression.lifting.reason == "They asked for it"
    assert "138****5678" in browser.get(f"{DESK}/suppression/?state=lifted").text


def test_health_and_shifts_are_shown():
    ProviderHealth.objects.create(provider="first", tenths=5, cause="errors", measured_at=now())
    ProviderShift.record(
        provider="first",
        before=10,
        after=5,
        cause="errors",
        answered=20,
        failed=4,
        slow=0,
        awaited=0,
        late=0,
    )
    _member, browser = staff("supervisor")
    page = browser.get(f"{DESK}/providerhealth/").text
    assert "50%" in page
    for model in ("providerorder", "providerlimit", "quiethours", "killswitch", "providershift"):
        assert f"{DESK}/{model}/" in page
    assert "100% → 50%" in browser.get(f"{DESK}/providershift/").text
    assert "50%" in browser.get(f"{DESK}/providerhealth/first/change/").text


@override_settings(MESSAGE_PROVIDERS={**by(), "strict": only_templates(approved=["SMS_7"])})
def test_a_text_at_a_provider_is_entered_and_asked_about():
    from notices import tasks

    _member, browser = staff("compliance")
    text = Template.objects.get(kind="log_in_to_read", phase="announced", language="en")
    sound = {
        "provider": "strict",
        "template": text.pk,
        "code": "SMS_7",
        "params": json.dumps({"url": "url", "change": "change"}),
        "why": "Filed with them on Monday",
    }
    address = f"{DESK}/providertemplate/add/"
    assert browser.get(address).status_code == 200
    for wrong in (
        {"params": "[]"},
        {"params": "{"},
        {"params": '{"url": {"a": 1}}'},
        {"code": "a b"},
        {"provider": "post"},
        {"template": "0"},
    ):
        answer = browser.post(address, {**sound, **wrong})
        assert answer.status_code == 200, wrong
    assert not ProviderTemplate.objects.exists()
    browser.post(address, sound)
    entry = ProviderTemplate.objects.get()
    assert entry.state == "pending"
    tasks.watch_providers()
    entry.refresh_from_db()
    assert entry.state == "approved"
    page = browser.get(f"{DESK}/providertemplate/{entry.pk}/change/")
    assert "approved by the provider" in page.text
    form = page.context["adminform"].form
    browser.post(
        f"{DESK}/providertemplate/{entry.pk}/change/",
        {
            "code": "SMS_8",
            "params": sound["params"],
            "why": "Filed anew",
            "edition_read": form.initial["edition_read"],
            "values_read": form.initial["values_read"],
        },
    )
    entry.refresh_from_db()
    assert (entry.code, entry.state, entry.checked_at) == ("SMS_8", "pending", None)
    tasks.watch_providers()
    entry.refresh_from_db()
    assert entry.state == "rejected"
    do(browser, f"{DESK}/providertemplate/acts/ask_again/?pks={entry.pk}")
    entry.refresh_from_db()
    assert entry.checked_at is None


@pytest.mark.usefixtures("in_english")
def test_the_texts_that_say_log_in_to_read_are_among_the_texts():
    _member, browser = staff("compliance")
    page = browser.get(f"{DESK}/template/")
    assert "Only says: log in to read" in page.text
