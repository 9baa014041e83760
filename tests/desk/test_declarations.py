"""Guardians' consents and declarations at the desk: read by who may, ended with a reason."""

import pytest
from django.urls import reverse

from accounts import agreements, consent, declared_use, guardians
from accounts.models import Condition, GuardianConsent, GuardianRequest
from common import clock
from common.messaging.memory import Memory
from tests.accounts.making import make_account
from tests.desk.test_severe_acts import do
from tests.pages.conftest import DATA
from tests.plumbing.receiving import use_texts

pytestmark = pytest.mark.django_db


@pytest.fixture
def given(settings):
    """A guardian's consent for a child's account."""
    use_texts(settings, "memory://")
    source = (DATA / "agreement-en.txt").read_bytes()
    agreements.import_text(slug="terms", source=source, number=1, language="en", publish=True)
    account = make_account()
    minor, at, terms = account.holder, clock.now(), consent.current_terms()
    assert terms is not None
    guardians.require(account=account, since=at)
    standing = guardians.capacity.judge(born=at.date().replace(year=at.year - 10, day=1), at=at)
    guardians.capacity.declare(user=minor, standing=standing, version=terms, at=at)
    declared_use.declare(
        user=minor, account=account, use="text", details="homework", version=terms, at=at
    )
    guardians.ask(user=minor, phone="+8613912345678", address=None, at=at)
    request = GuardianRequest.objects.get()
    guardians.send_code(request=request, address=None, at=at)
    code = Memory.outbox[-1].params["code"]
    said = guardians.Given(
        name="李明",
        relation="parent",
        personal_data=True,
        text=terms.text_in("en"),
        ip_address=None,
        user_agent="",
    )
    return guardians.give(request=request, code=code, given=said, at=at)


def page(client, record):
    name = f"admin:accounts_{record._meta.model_name}_change"
    answer = client.get(reverse(name, args=[record.pk]))
    return answer.status_code, answer.content.decode()


def test_support_reads_a_consent_and_billing_does_not(desk, given):
    status, shown = page(desk("support"), given)
    assert status == 200
    for words in ("李明", "139****5678", "parent", "holds"):
        assert words in shown
    assert page(desk("billing"), given)[0] in (302, 403)
    assert "homework" in page(desk("billing"), given.user.personal_account.declared_uses.get())[1]


def test_a_person_shows_capacity_and_consent(desk, given):
    shown = page(desk("support"), given.user)[1]
    assert "child" in shown
    assert reverse("admin:accounts_guardianconsent_change", args=[given.pk]) in shown
    assert "guardianconsent" not in page(desk("billing"), given.user)[1]


def test_a_consent_is_ended_with_a_reason_and_the_account_waits(desk, given):
    address = f"/admin/accounts/guardianconsent/acts/end_consent/?pks={given.pk}"
    client = desk("support")
    assert do(client, address, reason=" ").status_code == 200
    assert GuardianConsent.objects.standing().exists()
    do(client, address, reason="The father called and took it back.")
    assert not GuardianConsent.objects.standing().exists()
    waiting = Condition.objects.get(cleared_at=None)
    assert (waiting.account.holder, waiting.source) == (given.user, "guardian_due")
    shown = page(client, given)[1]
    assert "The father called" in shown
    assert "End the consent" not in shown


def test_who_may_not_end_it_cannot(desk, given):
    address = f"/admin/accounts/guardianconsent/acts/end_consent/?pks={given.pk}"
    for group in ("billing", "auditor"):
        assert desk(group).get(address).status_code in (302, 403)
    assert GuardianConsent.objects.standing().exists()
