"""What the database refuses about money, in raw SQL as the app role."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils.timezone import localdate

from billing import decisions, refunds
from billing.exceptions import NotEnough, NotRefundable
from billing.models import (
    CreditLot,
    Entry,
    Invoice,
    Journal,
    PeriodClose,
    PeriodCloseProposal,
    Wallet,
)
from common.clock import now
from tests.accounts.making import make_clause, make_person
from tests.billing.making import (
    granted,
    make_account,
    make_approver,
    make_requester,
    paid_in,
    spend,
    yuan,
)

pytestmark = pytest.mark.django_db


def run(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@contextmanager
def refused(words):
    with pytest.raises(DatabaseError, match=words), transaction.atomic():
        yield


JOURNAL = """
INSERT INTO billing_journal (kind, effective_at, key, request_hash, legs, account_id, memo)
VALUES (%s, common_now(), gen_random_uuid()::text, '', %s, %s, '') RETURNING id
"""


def raw(kind, account, *legs, declared=None, effective_at="common_now()", **columns):
    """A journal with those legs, by one statement; `columns` are further ones of it."""
    names = "".join(f", {name}" for name in columns)
    places = ", %s" * len(columns)
    run(
        "WITH journal AS (INSERT INTO billing_journal"
        f" (kind, effective_at, key, request_hash, legs, account_id{names})"
        f" VALUES (%s, {effective_at}, gen_random_uuid()::text, '', %s, %s{places})"
        " RETURNING id)"
        " INSERT INTO billing_entry (journal_id, account_id, wallet_id, lot_id, amount)"
        " SELECT journal.id, leg.* FROM journal, unnest(%s::smallint[], %s::bigint[],"
        " %s::bigint[], %s::bigint[]) leg",
        kind,
        declared or len(legs),
        account.pk,
        *columns.values(),
        *(list(column) for column in zip(*legs, strict=True)),
    )


@pytest.mark.parametrize(
    "table",
    [
        "billing_journal",
        "billing_entry",
        "billing_charge",
        "billing_postingrequest",
        "billing_postingapproval",
        "billing_refundconsent",
        "billing_refundpolicy",
        "billing_periodclose",
        "billing_invoice",
        "billing_wallet",
        "billing_creditlot",
        "billing_ledgeraccount",
        "billing_legrule",
    ],
)
@pytest.mark.parametrize(
    "statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {} CASCADE"]
)
def test_nothing_is_changed_removed_or_emptied(table, statement):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s"
            " AND is_generated = 'NEVER' ORDER BY ordinal_position DESC LIMIT 1",
            [table],
        )
        (column,) = cursor.fetchone()
    with refused("permission denied"):
        run(statement.format(table, column, column))


def test_wallets_are_nobodys_to_write():
    with refused("permission denied"):
        run("INSERT INTO billing_wallet (account_id, paid) VALUES (%s, 1)", make_account().pk)


def test_a_lot_begins_empty():
    account = make_account()
    paid_in(account, 1)
    run(
        "INSERT INTO billing_creditlot (wallet_id, nature, amount, remaining)"
        " VALUES (%s, 'granted', 100, 100)",
        account.pk,
    )
    assert CreditLot.objects.order_by("-pk")[0].remaining == 0


@pytest.fixture
def account():
    account = make_account()
    paid_in(account, 10)
    return account


@pytest.fixture
def lot(account):
    return CreditLot.objects.get(wallet=account.pk)


def test_a_journal_without_entries(account):
    with refused("has no entries"):
        run(JOURNAL, "top_up", 2, account.pk)
    with refused("billing_journal_two_legs"):
        run(JOURNAL, "top_up", 0, account.pk)


def test_a_journal_of_one_leg(account, lot):
    with refused("billing_journal_two_legs"):
        raw("charge", account, (2010, account.pk, lot.pk, -5))
    with refused("do not balance"):
        raw("charge", account, (2010, account.pk, lot.pk, -5), declared=2)


def test_an_unbalanced_journal(account, lot):
    with refused("do not balance"):
        raw("charge", account, (2010, account.pk, lot.pk, -5), (4010, None, None, 4))


def test_a_leg_of_nothing(account, lot):
    with refused("billing_entry_not_nothing"):
        raw("charge", account, (2010, account.pk, lot.pk, 0), (4010, None, None, 0))


def test_customers_accounts_have_a_wallet_and_others_none(account, lot):
    with refused("billing_entry_wallets_are_customers"):
        raw("charge", account, (2010, account.pk, lot.pk, -5), (4010, account.pk, None, 5))
    with refused("billing_entry_wallets_are_customers"):
        raw("charge", account, (2010, None, None, -5), (4010, None, None, 5))


def test_granted_credit_is_in_a_lot_and_revenue_in_none(account, lot):
    with refused("billing_entry_credit_has_a_lot"):
        raw("charge", account, (2020, account.pk, None, -5), (4020, None, None, 5))
    with refused("billing_entry_credit_has_a_lot"):
        raw("charge", account, (2010, account.pk, lot.pk, -5), (4010, None, lot.pk, 5))


def test_only_corrections_and_releases_reverse(account):
    legs = (1010, None, None, -5), (2010, account.pk, None, 5)
    with refused("billing_journal_corrections_reverse"):
        raw("top_up", account, *legs, reverses_id=Journal.objects.get(account=account).pk)
    with refused("billing_journal_corrections_reverse"):
        raw("release", account, *legs)


CHARGE = """
INSERT INTO billing_charge (key, request_hash, wallet_id, journal_id, exact, posted, used_at)
VALUES (gen_random_uuid()::text, '', %s, %s, %s, %s, common_now())
"""


@pytest.mark.parametrize(("exact", "posted"), [(-1, 0), (-1, -1), (1, 1), (0, 1)])
def test_a_charge_of_less_than_nothing_or_without_its_journal(account, exact, posted):
    with refused("a charge is not what its journal took|not rounded from their sum"):
        run(CHARGE, account.pk, None, exact, posted)


def test_a_balanced_pair_appended_later(account):
    journal = Journal.objects.get(account=account)
    with refused("does not have the entries it should"):
        run(
            "INSERT INTO billing_entry (journal_id, account_id, wallet_id, lot_id, amount)"
            " VALUES (%s, 1010, NULL, NULL, -5), (%s, 2010, %s, NULL, 5)",
            journal.pk,
            journal.pk,
            account.pk,
        )


def test_a_leg_moved_to_another_journal(account):
    entry = Entry.objects.first()
    with refused("permission denied"):
        run("UPDATE billing_entry SET journal_id = journal_id WHERE id = %s", entry.pk)


def test_a_wallet_below_its_floor(account):
    with refused("billing_wallet_not_below_its_floor"):
        raw(
            "charge",
            account,
            (2010, account.pk, None, -yuan(11)),
            (4010, None, None, yuan(11)),
        )


def test_a_lot_below_nothing(account, lot):
    paid_in(account, 10)
    with refused("billing_creditlot_never_more_than_came_in"):
        raw(
            "charge",
            account,
            (2010, account.pk, lot.pk, -yuan(11)),
            (4010, None, None, yuan(11)),
        )


def test_a_lot_of_somebody_else(account):
    other = make_account()
    paid_in(other, 10)
    theirs = CreditLot.objects.get(wallet=other.pk)
    with refused("not of its lot"):
        raw("charge", account, (2010, account.pk, theirs.pk, -5), (4010, None, None, 5))


def test_somebody_elses_wallet_in_ones_own_journal(account, lot):
    other = make_account()
    paid_in(other, 10)
    theirs = CreditLot.objects.get(wallet=other.pk)
    consent = make_consent(account)
    request = ask_refund(account, 2, consent=consent)
    approve_raw(request, make_approver())
    with refused("not of the account of its journal"):
        raw(
            "refund",
            account,
            (2010, account.pk, lot.pk, -yuan(2)),
            (2010, other.pk, theirs.pk, -yuan(3)),
            (1010, None, None, yuan(5)),
            request_id=request.pk,
        )


def test_money_out_under_another_name(account, lot):
    for kind in ("charge", "top_up", "hold", "expiry", "receipt"):
        with refused("does not move account 1010|does not move account 2010"):
            raw(kind, account, (2010, account.pk, lot.pk, -5), (1010, None, None, 5))


@pytest.mark.parametrize("kind", ["refund", "grant", "write_off", "return"])
def test_decided_kinds_need_a_request(account, lot, kind):
    with refused("billing_journal_two_people"):
        raw(kind, account, (2010, account.pk, lot.pk, -5), (1010, None, None, 5))


def test_credit_from_nowhere(account):
    with refused("does not move account 5010|does not move"):
        raw("top_up", account, (5010, None, None, -5), (2010, account.pk, None, 5))


def test_paid_lots_never_expire(account):
    with refused("billing_creditlot_paid_never_expires"):
        run(
            "INSERT INTO billing_creditlot (wallet_id, nature, amount, expires_at)"
            " VALUES (%s, 'paid', 5, now())",
            account.pk,
        )


def test_a_moment_of_recording_is_not_the_writers(account):
    legs = (1010, None, None, -5), (2010, account.pk, None, 5)
    raw("top_up", account, *legs, recorded_at="2001-01-01")
    assert Journal.objects.order_by("-pk")[0].recorded_at > now() - timedelta(minutes=1)


def close(through, proposed_by=None, approved_by=None):
    proposal = PeriodCloseProposal.record(
        through=through,
        trial_balance={},
        proposed_by=proposed_by or make_person(is_staff=True),
    )
    return PeriodClose.record(
        proposal=proposal,
        through=through,
        trial_balance={},
        approved_by=approved_by or make_person(is_staff=True),
    )


def test_nobody_closes_a_period_alone():
    person = make_person(is_staff=True)
    with refused("nobody closes a period"):
        close(now(), person, person)


def test_a_closed_period_stays_closed(account, clock):
    through = now()
    close(through)
    clock.advance(hours=1)
    legs = (1010, None, None, -5), (2010, account.pk, None, 5)
    with refused("everything effective before"):
        raw("top_up", account, *legs, effective_at="common_now() - interval '1 day'")
    with refused("one after the other"):
        close(through)
    with refused("when it is over"):
        close(now() + timedelta(days=1))
    # Usage that is reported late counts from when the books are open.
    spend(account, 1, used_at=through - timedelta(days=3))
    charged = Journal.objects.get(kind="charge")
    assert charged.effective_at == through
    assert charged.charge.used_at == through - timedelta(days=3)


# -- refunds (clause 6) ------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _files(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path


def make_consent(account, cap=100, **fields):
    return refunds.record_consent(
        account=account,
        **{
            "document": b"%PDF-1.7 signed",
            "signatory": "General counsel",
            "signed_on": localdate(now()),
            "clause": make_clause("6"),
            "cap": yuan(cap),
            "expires_at": now() + timedelta(days=30),
            "recorded_by": make_requester(),
            "at": now(),
            **fields,
        },
    )


def ask_refund(account, amount, **basis):
    return decisions.request_refund(
        account=account,
        amount=yuan(amount),
        reason="Agreed with the customer",
        requested_by=make_requester(),
        **basis,
    )


def refund(account, amount, **basis):
    return decisions.approve(
        request=ask_refund(account, amount, **basis), approved_by=make_approver(), at=now()
    )


def test_a_refund_on_a_written_consent(account):
    consent = make_consent(account)
    spend(account, 4)
    journal = refund(account, 6, consent=consent)
    assert {entry.account_id: entry.amount for entry in journal.entries.all()} == {
        1010: yuan(6),
        2010: -yuan(6),
    }
    assert Wallet.objects.get(pk=account.pk).balance == 0
    assert refunds.document_of(consent) == b"%PDF-1.7 signed"


def test_no_refund_beyond_what_is_left_of_paid_money(account):
    consent = make_consent(account)
    granted(account, 50)
    with pytest.raises(NotEnough):
        refund(account, 11, consent=consent)


def test_no_refund_beyond_the_cap_however_often(account):
    consent = make_consent(account, cap=5)
    refund(account, 3, consent=consent)
    with pytest.raises(NotRefundable):
        refund(account, 3, consent=consent)
    refund(account, 2, consent=consent)


def test_no_refund_on_an_expired_consent(account, clock):
    consent = make_consent(account)
    request = ask_refund(account, 1, consent=consent)
    clock.advance(days=31)
    with pytest.raises(NotRefundable):
        decisions.approve(request=request, approved_by=make_approver(), at=now())


def test_no_refund_on_somebody_elses_consent(account):
    with pytest.raises(NotRefundable):
        refund(account, 1, consent=make_consent(make_account()))


def test_no_refund_of_what_has_been_invoiced(account):
    consent = make_consent(account)
    Invoice.record(
        number="1",
        account=account,
        amount=yuan(7),
        issued_on=localdate(now()),
        recorded_by=make_requester(),
    )
    assert refunds.refundable(account).most == yuan(3)
    with pytest.raises(NotRefundable):
        refund(account, 4, consent=consent)
    refund(account, 3, consent=consent)


def approve_raw(request, person, digest=None):
    run(
        "INSERT INTO billing_postingapproval (request_id, approved_by_id, digest)"
        " VALUES (%s, %s, %s)",
        request.pk,
        person.pk,
        digest or request.digest,
    )


def refund_raw(account, lot, request, amount, *, ledger=2010):
    own = (ledger, account.pk, lot and lot.pk, -amount)
    raw("refund", account, (1010, None, None, amount), own, request_id=request.pk)


def test_raw_refunds_are_refused_too(account, lot, clock):
    consent = make_consent(account, cap=5)
    request = ask_refund(account, 2, consent=consent)
    with refused("not been approved by a second person"):
        refund_raw(account, lot, request, yuan(2))
    with refused("nobody approves what they requested"):
        approve_raw(request, request.requested_by)
    with refused("exactly what was requested"):
        approve_raw(request, make_approver(), digest="0" * 64)
    approve_raw(request, make_approver())
    with refused("another amount"):
        refund_raw(account, lot, request, yuan(3))
    with refused("paid lots only"):
        refund_raw(account, None, request, yuan(2))
    granted(account, 5)
    present = CreditLot.objects.get(wallet=account.pk, nature="granted")
    with refused("does not move account 2020"):
        refund_raw(account, present, request, yuan(2), ledger=2020)
    with refused("not of its lot"):
        refund_raw(account, present, request, yuan(2))
    above = ask_refund(account, 6, consent=consent)
    approve_raw(above, make_approver())
    with refused("has expired, or is used up"):
        refund_raw(account, lot, above, yuan(6))
    with transaction.atomic():
        refund_raw(account, lot, request, yuan(2))
    with refused("billing_journal_request_id"):
        refund_raw(account, lot, request, yuan(2))
    late = ask_refund(account, 1, consent=consent)
    approve_raw(late, make_approver())
    clock.advance(days=31)
    with refused("has expired, or is used up"):
        refund_raw(account, lot, late, yuan(1))
