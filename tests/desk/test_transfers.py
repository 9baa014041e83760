"""Transfers at the desk: looked at by one, consented to by another; declarations of one code."""

import pytest
from django.urls import reverse

from accounts import transfers, work_queues
from accounts.models import AuthorityDeclaration, Transfer
from common.clock import now
from tests.accounts.making import make_person
from tests.desk.signing_in import staff
from tests.desk.test_severe_acts import seen
from tests.notices.making import make_organization

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]

LIST = "/admin/accounts/transfer/"


@pytest.fixture
def transfer():
    li, wang = make_person(name="Li"), make_person(name="Wang")
    lab = make_organization(li, name="Lab")
    lab.memberships.create(user=wang, role="admin")
    made = transfers.ask_for_ownership(
        account=lab, by=li, new_owner=wang, remains_as="viewer", reason="She runs it", at=now()
    )
    transfers.answer(transfer=made, by=wang, agreed=True, at=now())
    return made


def act(browser, transfer, name, **answers):
    address = f"{LIST}acts/{name}/?pks={transfer.pk}"
    return browser.post(
        address, {"seen": seen(browser, address), "reason": "Papers seen", **answers}, follow=True
    )


def test_by_two_and_never_by_one(transfer):
    first, browser = staff("compliance")
    _second, other = staff("supervisor")
    assert "She runs it" in browser.get(f"{LIST}acts/propose/?pks={transfer.pk}").text
    act(browser, transfer, "propose", clause="1.2.6")
    assert transfer.steps.get(kind="proposed").by == first
    assert browser.get(f"{LIST}acts/consent/?pks={transfer.pk}").status_code == 403
    act(other, transfer, "consent")
    assert transfer.account.memberships.get(user=transfer.new_owner).role == "owner"
    page = other.get(reverse("admin:accounts_transfer_change", args=[transfer.pk])).text
    assert "consented and carried out" in page


def test_a_supervisor_does_not_consent_to_their_own_proposal(transfer):
    _person, browser = staff("supervisor")
    act(browser, transfer, "propose", clause="14.1")
    assert "proposed themselves" in act(browser, transfer, "consent").text
    assert Transfer.objects.to_approve().count() == 1


def test_a_refusal_says_why_to_both_sides(transfer, client):
    _person, browser = staff("support")
    act(browser, transfer, "refuse", reason="No proof of the sale")
    client.force_login(transfer.asked_by)
    page = client.get(reverse("transfers", args=[transfer.account.public_id])).text
    assert "No proof of the sale" in page
    assert not Transfer.objects.open().exists()


def test_queues_count_what_waits_for_whom(transfer):
    person, browser = staff("supervisor")
    count = {queue.name: queue.count for queue in work_queues.QUEUES}
    assert count["transfers_to_propose"](person, now()).count() == 1
    act(browser, transfer, "propose", clause="1.2.6")
    assert count["transfers_to_propose"](person, now()).count() == 0
    # Who proposed it does not approve it.
    assert count["transfers_to_approve"](person, now()).count() == 0
    assert count["transfers_to_approve"](staff("supervisor")[0], now()).count() == 1
    for standing in ("to_propose", "to_approve", "open", "x"):
        assert browser.get(f"{LIST}?standing={standing}").status_code == 200


def test_one_code_of_several_accounts_is_seen():
    for code in ("91110108551385082Q", "91110108551385082Q", "9144030071526726XG"):
        maker = make_person()
        AuthorityDeclaration.record(
            account=make_organization(maker, name=code),
            registered_name=code,
            uscc=code,
            capacity="representative",
            statement="x",
            statement_version=1,
            declared_by=maker,
        )
    _person, browser = staff("support")
    page = browser.get("/admin/accounts/authoritydeclaration/").text
    assert page.count("same code") == 2
    shared = browser.get("/admin/accounts/authoritydeclaration/?code=shared").text
    assert "9144030071526726XG" not in shared
