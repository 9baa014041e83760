"""How far below nothing an account may go: by two people, and by nobody else."""

from contextlib import contextmanager

import pytest
from django.contrib.admin.models import LogEntry
from django.db import DatabaseError, connection, transaction

from accounts.exceptions import NotAllowed, ReasonMissing
from billing import floors
from billing.exceptions import FloorMoved, NotAFloor, NotEnough
from billing.models import FloorChange, Occasion, Wallet
from billing.models.floors import LOWEST
from tests.accounts.making import make_person
from tests.billing.admin.acting import act_address, address, confirm, said
from tests.billing.making import (
    make_account,
    make_approver,
    make_requester,
    paid_in,
    set_floor,
    spend,
    yuan,
)
from tests.desk.signing_in import staff

pytestmark = pytest.mark.django_db


def asked(account, amount, **fields):
    given = {"reason": "Pays by invoice", "requested_by": make_requester(), **fields}
    return floors.request_floor(account=account, floor=yuan(amount), **given)


def floor_of(account):
    return Wallet.objects.get(pk=account.pk).floor


@pytest.fixture
def account():
    account = make_account(name="李华")
    paid_in(account, 1)
    return account


def test_it_is_set_by_the_approval_and_not_before(account):
    change = asked(account, -20)
    assert floor_of(account) == 0
    assert spend(account, 5).verdict == "not_enough"
    floors.approve_floor(change=change, approved_by=make_approver())
    assert floor_of(account) == yuan(-20)
    assert spend(account, 21).verdict == "accepted"
    assert spend(account, "0.01").verdict == "not_enough"


def test_an_account_that_never_had_money_has_one():
    account = make_account()
    set_floor(account, -5)
    assert spend(account, 5).verdict == "accepted"


def test_a_lower_floor_gives_access_back_and_a_higher_one_takes_it(account):
    spend(account, 1)
    assert account.conditions.filter(cleared_at=None, source="balance_spent").exists()
    set_floor(account, -5)
    assert not account.conditions.filter(cleared_at=None).exists()
    spend(account, 2)
    set_floor(account, -2)
    assert account.conditions.filter(cleared_at=None, source="balance_spent").exists()


def test_a_higher_floor_is_an_occasion_to_tell_of_a_low_balance():
    account = make_account()
    set_floor(account, -100)
    before = Occasion.objects.filter(kind="low_balance").count()
    set_floor(account, -5)
    assert Occasion.objects.filter(kind="low_balance").count() == before + 1


@pytest.mark.parametrize("amount", [1, "0.01"])
def test_a_floor_is_never_above_nothing(account, amount):
    with pytest.raises(NotAFloor):
        asked(account, amount)


def test_nor_out_of_all_reason(account):
    asked(account, LOWEST // 1_000_000)
    with pytest.raises(NotAFloor):
        asked(account, LOWEST // 1_000_000 - 1)


def test_nor_above_what_is_owed(account):
    set_floor(account, -20)
    change = asked(account, -10)
    spend(account, 16)
    with pytest.raises(NotEnough, match=r"15\.00"):
        asked(account, -14)
    # What was owed less when it was asked for is owed now.
    with pytest.raises(NotEnough):
        floors.approve_floor(change=change, approved_by=make_approver())
    assert floor_of(account) == yuan(-20)
    set_floor(account, -15)


def test_nothing_is_asked_for_that_changes_nothing(account):
    with pytest.raises(NotAFloor):
        asked(account, 0)


def test_of_two_changes_the_second_is_asked_for_anew(account):
    first, second = asked(account, -10), asked(account, -500)
    floors.approve_floor(change=first, approved_by=make_approver())
    with pytest.raises(FloorMoved):
        floors.approve_floor(change=second, approved_by=make_approver())
    assert floor_of(account) == yuan(-10)


def test_two_people_and_a_reason(account):
    with pytest.raises(NotAllowed):
        asked(account, -5, requested_by=make_person())
    with pytest.raises(ReasonMissing):
        asked(account, -5, reason=" ")
    both = make_requester("request", "approve")
    change = asked(account, -5, requested_by=both)
    with pytest.raises(NotAllowed):
        floors.approve_floor(change=change, approved_by=both)
    with pytest.raises(NotAllowed):
        floors.approve_floor(change=change, approved_by=make_requester())
    assert floor_of(account) == 0


def test_what_was_decided_stays_decided(account):
    change = asked(account, -5)
    with pytest.raises(NotAllowed):
        floors.reject_floor(change=change, rejected_by=make_requester(), reason="No")
    floors.reject_floor(change=change, rejected_by=change.requested_by, reason="A mistake")
    for decide in (
        lambda: floors.approve_floor(change=change, approved_by=make_approver()),
        lambda: floors.reject_floor(change=change, rejected_by=make_approver(), reason="No"),
    ):
        with pytest.raises(NotAllowed):
            decide()
    assert floor_of(account) == 0
    other = asked(account, -5)
    floors.approve_floor(change=other, approved_by=make_approver())
    with pytest.raises(NotAllowed):
        floors.reject_floor(change=other, rejected_by=make_approver(), reason="Too late")


# -- raw SQL as the app role -----------------------------------------------------------------


@contextmanager
def refused(words):
    with pytest.raises(DatabaseError, match=words), transaction.atomic():
        yield


def run(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def approve(change, person, digest=None):
    run(
        "INSERT INTO billing_floorchangeapproval (change_id, approved_by_id, digest)"
        " VALUES (%s, %s, %s)",
        change.pk,
        person.pk,
        digest or change.digest,
    )


def test_the_database_sets_no_floor_without_a_second_person(account):
    change = asked(account, -5)
    with refused("permission denied"):
        run("UPDATE billing_wallet SET floor = -1")
    with refused("nobody approves what they requested"):
        approve(change, change.requested_by)
    with refused("exactly what was requested"):
        approve(change, make_approver(), digest="0" * 64)
    with refused("permission denied"):
        run("UPDATE billing_floorchange SET floor = -1000000")
    # Nor by hanging the function that may on a table of one's own.
    with refused("permission denied"):
        run("CREATE TEMPORARY TABLE own (change_id bigint)")
        run(
            "CREATE TRIGGER own AFTER INSERT ON own"
            " FOR EACH ROW EXECUTE FUNCTION billing_set_floor()"
        )
    floors.reject_floor(change=change, rejected_by=make_approver(), reason="No")
    with refused("turned down"):
        approve(change, make_approver())
    assert floor_of(account) == 0


def test_the_database_refuses_what_is_no_floor(account):
    insert = (
        "INSERT INTO billing_floorchange (public_id, account_id, floor, was, reason,"
        " case_reference, requested_by_id, digest) VALUES (%s, %s, %s, %s, %s, '', %s, '')"
    )
    person = make_requester()
    for floor, was, reason, words in (
        (1, 0, "x", "is_a_floor"),
        (LOWEST - 1, 0, "x", "is_a_floor"),
        (0, 0, "x", "is_a_change"),
        (0, -7, "x", "is_a_change"),  # whatever the writer says it was
        (-1, 0, "", "is_a_change"),
    ):
        with refused(words):
            run(insert, "flr_x", account.pk, floor, was, reason, person.pk)
    run(insert, "flr_x", account.pk, -3, -7, "x", person.pk)
    change = FloorChange.objects.get(public_id="flr_x")
    assert change.was == 0
    assert len(change.digest) == 64


def test_the_database_refuses_a_floor_above_what_is_owed_and_a_stale_one(account):
    set_floor(account, -20)
    above, stale = asked(account, -10), asked(account, -19)
    spend(account, 16)
    with refused("billing_wallet_not_below_its_floor"):
        approve(above, make_approver())
    set_floor(account, -30)
    with refused("is another one by now"):
        approve(stale, make_approver())
    assert floor_of(account) == yuan(-30)


# -- the pages of staff ----------------------------------------------------------------------


def test_staff_set_it_from_the_page_of_the_money(account):
    billing, supervisor = staff("billing")[1], staff("supervisor")[1]
    wallet = Wallet.objects.get(pk=account.pk)
    url = act_address(Wallet, "floor", wallet)
    assert "Set the floor" in billing.get(address(Wallet, "change", wallet.pk)).text
    answer = billing.post(
        url,
        {
            "seen": billing.get(url).context["seen"],
            "floor": "-500",
            "reason": "Pays by invoice",
        },
    )
    assert not FloorChange.objects.exists()
    assert "¥\u00a0501.00" in answer.text  # what could be used then
    answer = confirm(billing, url, floor="-500", reason="Pays by invoice", case_reference="C-1")
    change = FloorChange.objects.get()
    assert said(answer) == ["Asked for. Somebody else has to approve it now."]
    assert "What approving it comes to" in answer.text
    assert "Floors to approve" in supervisor.get("/admin/").text
    listed = supervisor.get(address(FloorChange) + "?standing=open")
    assert change.public_id in listed.text
    confirm(supervisor, act_address(FloorChange, "approve", change))
    assert floor_of(account) == yuan(-500)
    page = supervisor.get(address(Wallet, "change", wallet.pk)).text
    assert change.public_id in page
    assert LogEntry.objects.filter(change_message__contains="Pays by invoice").exists()
    assert supervisor.get(address(FloorChange) + "?standing=open").context["cl"].result_list == []


def test_a_wrong_floor_is_said_on_the_page(account):
    billing = staff("billing")[1]
    url = act_address(Wallet, "floor", Wallet.objects.get(pk=account.pk))
    assert "with a minus" in confirm(billing, url, floor="5", reason="Pays by invoice").text
    answer = confirm(billing, url, floor="0", reason="Pays by invoice")
    assert "That is the floor already" in answer.text
    assert not FloorChange.objects.exists()


def test_who_asked_may_take_it_back_and_may_not_approve(account):
    person, browser = staff("supervisor")
    change = asked(account, -5, requested_by=person)
    answer = confirm(browser, act_address(FloorChange, "approve", change))
    assert "Nobody approves what they requested themselves" in answer.text
    confirm(browser, act_address(FloorChange, "turn_down", change), reason="A mistake of mine")
    assert change.rejection.rejected_by == person
    assert floor_of(account) == 0


def test_those_who_may_not_ask_are_not_offered_it(account):
    _person, browser = staff("auditor")
    wallet = Wallet.objects.get(pk=account.pk)
    assert "Set the floor" not in browser.get(address(Wallet, "change", wallet.pk)).text
    assert browser.get(act_address(Wallet, "floor", wallet)).status_code == 403
