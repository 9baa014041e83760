"""Lead times in the admin, over HTTP."""

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from notices.models import LeadPolicy
from tests.desk.signing_in import staff
from tests.notices.making import make_customer, plan, propose

pytestmark = pytest.mark.django_db
LIST = "/admin/notices/leadpolicy/"
DECIDE = "/admin/notices/leadpolicy/decide/"
OF_SUSPENSIONS = DECIDE + "?kind=suspension"


def newest():
    return LeadPolicy.objects.filter(kind="suspension").order_by("-version")[0]


def filled(**changed):
    return {
        "before": newest().pk,
        "lead_days": "10",
        "required_channels": ["announcement", "inbox"],
        "counted_channels": ["email"],
        "reason": "Complaints about short notice",
        "seen": "",
        **changed,
    }


def confirm(browser, **changed):
    """See what it changes, then decide exactly that."""
    shown = browser.post(OF_SUSPENSIONS, filled(**changed))
    return browser.post(
        OF_SUSPENSIONS, filled(**{"seen": shown.context["seen"], **changed}), follow=True
    )


def test_seen_then_decided():
    member, browser = staff("supervisor", name="Supervisor")
    account = make_customer()[1]
    proposed = plan(account, in_days=6, title_en="Under way")
    propose(proposed)
    plan(account, in_days=6, title_en="Drafted", service=proposed.service)
    assert OF_SUSPENSIONS.partition("?")[0] in browser.get(LIST).text
    assert "suspension" in browser.get(DECIDE).text.lower()
    form = browser.get(OF_SUSPENSIONS)
    assert 'value="3"' in form.text
    shown = browser.post(OF_SUSPENSIONS, filled())
    assert newest().lead_days == 3
    for words in ("Under way", "Drafted", "1 draft will need it", "<strong>10</strong>"):
        assert words in shown.text
    answer = confirm(browser)
    policy = newest()
    assert (policy.version, policy.lead_days, policy.decided_by) == (2, 10, member)
    assert "Complaints about short notice" in answer.text
    assert "holds now" in answer.text
    assert LogEntry.objects.filter(object_id=str(policy.pk), user=member).exists()


def test_nobody_decides_what_they_were_not_shown():
    _member, browser = staff("supervisor")
    seen = browser.post(OF_SUSPENSIONS, filled()).context["seen"]
    again = browser.post(OF_SUSPENSIONS, filled(lead_days="11", seen=seen))
    assert again.context["seen"] != seen
    assert "What it changes" in again.text
    assert newest().version == 1


def test_the_second_of_two_sees_theirs():
    _member, browser = staff("supervisor")
    mine = filled()
    mine["seen"] = browser.post(OF_SUSPENSIONS, mine).context["seen"]
    _other, theirs = staff("supervisor", name="Faster")
    confirm(theirs, lead_days="4", reason="I was first")
    conflict = browser.post(OF_SUSPENSIONS, mine)
    assert conflict.status_code == 409
    for words in ("I was first", "Faster", "Complaints about short notice", 'value="10"'):
        assert words in conflict.text
    assert newest().lead_days == 4
    browser.post(OF_SUSPENSIONS, filled(seen=conflict.context["seen"]))
    assert newest().lead_days == 10


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"lead_days": "366"}, "365"),
        ({"lead_days": ""}, "required"),
        ({"counted_channels": []}, "At least one of e-mail and SMS"),
        ({"required_channels": ["pigeon"]}, "pigeon"),
        ({"reason": ""}, "required"),
    ],
)
def test_refused_beside_the_field(changed, sentence):
    _member, browser = staff("supervisor")
    answer = browser.post(OF_SUSPENSIONS, filled(**changed))
    assert sentence in answer.text
    assert not answer.context["seen"]


def test_a_kind_that_is_not_there():
    _member, browser = staff("supervisor")
    assert browser.get(DECIDE + "?kind=holiday").status_code == 404


@pytest.mark.parametrize("group", ["compliance", "support", "auditor"])
def test_only_supervisors_decide(group):
    _member, browser = staff(group)
    policy = newest()
    record = reverse("admin:notices_leadpolicy_change", args=[policy.pk])
    assert DECIDE not in browser.get(LIST).text
    assert DECIDE not in browser.get(record).text
    assert browser.get(OF_SUSPENSIONS).status_code == 403
    assert browser.post(OF_SUSPENSIONS, filled()).status_code == 403


def test_a_recent_proof_is_asked_for(settings):
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 60
    _member, browser = staff("supervisor", ago=61)
    answer = browser.get(OF_SUSPENSIONS)
    assert answer.status_code == 302
    assert "reauthenticate" in answer.url
