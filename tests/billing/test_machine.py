"""Any sequence of acts: the ledger agrees with one written in plain Python (`reference.py`).

The acts are found by Hypothesis, the same ones in every run, against the real database. That
the machine notices when the ledger is wrong is tested as well: with an error planted in the
database of the test, it has to fail.
"""

from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from billing import as_of, decisions
from billing.money_in import mirrored
from tests.accounts.making import make_clause
from tests.billing.machine_in_time import LedgersInTime
from tests.billing.making import make_approver, make_requester

pytestmark = pytest.mark.django_db(transaction=True)

# What the machine has to have done, and not only tried, in all its runs together.
DONE = {
    "top_up": 50,
    "grant": 20,
    "hold": 10,
    "release": 3,
    "correction": 10,
    "write_off": 10,
    "refund": 5,
    "given back": 5,
    "asked again after late events": 50,
    "used in time": 3,
    "expired first": 3,
}


@pytest.fixture
def run(clock, as_owner, settings, tmp_path):
    """Runs the machine on the database of the test; answers what succeeded how often."""
    settings.MEDIA_ROOT = tmp_path
    return lambda **given: run_machine(clock, as_owner, **given)


def run_machine(clock, as_owner, *, examples=25):
    staff, succeeded = (make_requester(), make_approver(), make_clause("6")), Counter()
    run_state_machine_as_test(
        lambda: LedgersInTime(clock, as_owner, staff, succeeded),
        settings=settings(
            max_examples=examples,
            stateful_step_count=35,
            derandomize=True,
            database=None,
            deadline=None,
            report_multiple_bugs=False,
            print_blob=False,
            # A failure is not made smaller by itself, which takes minutes with a database:
            # add Phase.shrink when there is one.
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
    return succeeded


def test_the_ledger_agrees_with_one_in_plain_python(run):
    succeeded = run()
    assert {act: succeeded[act] for act in DONE if succeeded[act] < DONE[act]} == {}, succeeded


# -- the machine notices ---------------------------------------------------------------------

IN_ORDER = "nature = 'paid', priority, expires_at NULLS LAST, id"

# The two differ, or the ledger does what the reference refuses.
FOUND = (AssertionError, pytest.fail.Exception)

# What is planted: in which functions of the database, what is right, what it becomes. No guard
# of the database sees any of these: the books balance, and only the wrong money moved.
PLANTED = {
    "paid lots are used before granted ones": (
        ("billing_charge_one", "billing_charge"),
        IN_ORDER,
        "nature = 'granted', priority, expires_at NULLS LAST, id",
    ),
    "the lot that expires last is used first": (
        ("billing_charge_one", "billing_charge"),
        IN_ORDER,
        "nature = 'paid', priority, expires_at DESC NULLS FIRST, id",
    ),
    "usage is rounded down": (
        ("billing_charge_one", "billing_charge", "billing_fitting", "billing_check_charges"),
        "round(",
        "floor(",
    ),
    "VAT is taken of the amount without it": (
        ("billing_charge_one", "billing_charge"),
        "* vat / (1 + vat)",
        "* vat",
    ),
    "what has been invoiced is refunded": (
        ("billing_not_invoiced",),
        "SELECT sum(amount) FROM billing_invoice",
        "SELECT 0 * sum(amount) FROM billing_invoice",
    ),
}


def plant(as_owner, name, right, wrong):
    """Replaces a part of a function of the database, as its owner."""
    [(whole,)] = as_owner.execute("SELECT pg_get_functiondef(%s::regproc)", [name]).fetchall()
    # Whatever record the rate stands in.
    plain = whole.replace("there.vat", "vat_there")
    found = [one for one in (right, right.replace("vat", "vat_there")) if one in plain]
    assert found, f"{name} no longer has {right!r}"
    for one in found:
        plain = plain.replace(one, wrong.replace("vat", "vat_there") if one != right else wrong)
    as_owner.execute(plain.replace("vat_there", "there.vat"))


@pytest.mark.parametrize("error", PLANTED)
def test_it_notices_an_error_in_the_database(run, as_owner, error):
    names, right, wrong = PLANTED[error]
    for name in names:
        plant(as_owner, name, right, wrong)
    # It ends with the first that shows the error; some take two lots that differ in one thing.
    with pytest.raises(FOUND):
        run(examples=200)


def test_it_notices_that_the_past_changes(run, monkeypatch):
    """Late events that are told as if they had always been known."""
    known = "AND journal.recorded_at >= %(known)s"
    assert known in as_of._SINCE
    monkeypatch.setattr(as_of, "_SINCE", as_of._SINCE.replace(known, "AND false"))
    with pytest.raises(FOUND):
        run()


def test_it_notices_paid_money_in_no_lot(run, as_owner, monkeypatch):
    """Corrections that are mirror images and nothing else."""
    plant(as_owner, "billing_mirrors", "IF reversed.kind <> 'charge' OR beyond = 0", "IF true")
    monkeypatch.setattr(decisions, "legs_of_correction", lambda journal, posting: mirrored(journal))
    with pytest.raises(FOUND):
        run()
