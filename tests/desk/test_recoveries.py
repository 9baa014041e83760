"""Lost phones at the desk: each next step is one button, and two people press them."""

import pytest
from django.urls import reverse

from accounts.models import PhoneRecovery, RecoveryDecision
from tests.accounts.recovering import asked, make_holder
from tests.desk.signing_in import staff
from tests.desk.test_severe_acts import seen

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]

LIST = "/admin/accounts/phonerecovery/"


def act(browser, name, recovery, **answers):
    address = f"{LIST}acts/{name}/?pks={recovery.pk}"
    return browser.post(address, {"seen": seen(browser, address), **answers}, follow=True)


def buttons(browser, recovery):
    page = browser.get(f"{LIST}{recovery.pk}/change/")
    return [act.name for act, _url in page.context["acts"]]


def test_from_the_request_to_the_approval():
    recovery = asked(make_holder(name="Li Hua"))
    member, helper = staff("support")
    boss, supervisor = staff("supervisor")
    assert buttons(helper, recovery) == ["check", "stop"]
    checked = act(
        helper,
        "check",
        recovery,
        kind="call",
        passed="yes",
        observed="Called the office; she knew the last payment.",
    )
    assert "Recorded." in checked.content.decode()
    assert buttons(helper, recovery) == ["check", "propose", "stop"]
    act(helper, "propose", recovery, reason="It is her beyond doubt.")
    assert buttons(helper, recovery) == ["stop"]
    assert buttons(supervisor, recovery) == ["approve", "refuse", "stop"]
    preview = supervisor.get(f"{LIST}acts/approve/?pks={recovery.pk}").content.decode()
    assert recovery.old_phone in preview
    assert recovery.new_phone in preview
    assert "It is her beyond doubt." in preview
    done = act(supervisor, "approve", recovery, reason="Convincing.")
    assert "The holder is told at every address" in done.content.decode()
    decision = RecoveryDecision.objects.get()
    assert (decision.proposal.proposed_by, decision.decided_by) == (member, boss)
    assert buttons(supervisor, recovery) == ["stop"]
    act(helper, "stop", recovery, reason="The holder called us.")
    assert buttons(supervisor, recovery) == []
    page = supervisor.get(f"{LIST}{recovery.pk}/change/").content.decode()
    assert "The holder called us." in page


def test_a_supervisor_who_proposed_does_not_approve():
    recovery = asked(make_holder())
    _boss, supervisor = staff("supervisor")
    act(
        supervisor, "check", recovery, kind="call", passed="yes", observed="Spoke to her at length."
    )
    act(supervisor, "propose", recovery, reason="It is her.")
    refused = act(supervisor, "approve", recovery, reason="It is her.")
    assert "ask a colleague" in refused.content.decode()
    assert not RecoveryDecision.objects.exists()


def test_an_act_on_what_changed_meanwhile_is_shown_anew():
    recovery = asked(make_holder())
    _boss, supervisor = staff("supervisor")
    act(
        supervisor, "check", recovery, kind="call", passed="yes", observed="Spoke to her at length."
    )
    address = f"{LIST}acts/propose/?pks={recovery.pk}"
    shown = seen(supervisor, address)
    act(supervisor, "stop", recovery, reason="Not her after all.")
    supervisor.post(address, {"seen": shown, "reason": "It is her."})
    assert not PhoneRecovery.objects.filter(proposals__isnull=False).exists()


def test_the_side_bar_counts_what_waits():
    recovery = asked(make_holder())
    _member, helper = staff("support")
    page = helper.get(reverse("admin:index")).content.decode()
    assert "Lost phones" in page
    assert "Changes of phone to decide" not in page
    assert recovery.public_id in helper.get(LIST + "?step=asked").content.decode()
    assert recovery.public_id not in helper.get(LIST + "?step=proposed").content.decode()


def test_who_only_looks_does_nothing():
    recovery = asked(make_holder())
    _member, auditor = staff("auditor")
    assert buttons(auditor, recovery) == []
    for name in ("check", "propose", "approve", "refuse", "stop"):
        assert auditor.post(f"{LIST}acts/{name}/?pks={recovery.pk}", {}).status_code == 403
