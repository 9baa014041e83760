"""Entries, journals and charges name what exists and stays, without a foreign key a row.

In raw SQL, as the app role and as the owner of the tables, on connections of their own: what a
trigger refuses must not depend on who asks.
"""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import psycopg
import pytest
from django.db import IntegrityError

from accounts.models import ServiceClient
from apiqik_backoffice.database_roles import APP, OWNER
from billing import charging
from billing.models import Charge, CreditLot, Entry, Journal, Wallet
from common.clock import now
from tests.accounts.making import make_key, make_model, make_person, make_region, make_service
from tests.billing.making import make_account, paid_in, spend

pytestmark = pytest.mark.django_db(transaction=True)

NOBODY = 2**40
POST = """
WITH journal AS (
    INSERT INTO billing_journal (kind, effective_at, key, request_hash, legs, account_id {names})
    VALUES (%(kind)s, common_now(), gen_random_uuid()::text, '', 2, %(account)s {values})
    RETURNING id
), entries AS (
    INSERT INTO billing_entry (journal_id, account_id, wallet_id, lot_id, amount)
    SELECT journal.id + %(off)s, leg.* FROM journal, (VALUES
        (%(from)s::smallint, %(wallet)s::bigint, %(lot)s::bigint, -%(amount)s::bigint),
        (%(to)s, NULL, NULL, %(amount)s)) leg
)
{charge}
"""
CHARGE = """
INSERT INTO billing_charge (key, request_hash, wallet_id, journal_id, exact, posted, used_at
    {names})
SELECT gen_random_uuid()::text, '', %(charged)s, id, %(amount)s, %(posted)s, common_now()
    {values}
FROM journal
"""
# The same with a line of no money beside it: by two the triggers go another way than by one.
BESIDE_ANOTHER = f"""{CHARGE.rstrip()}
UNION ALL SELECT gen_random_uuid()::text, '', %(owner)s, NULL, 0, 0, common_now() {{values}}
"""
ALONE = "SELECT id FROM journal"


@pytest.fixture(params=[APP, OWNER])
def sql(request, test_database):
    with test_database.connect(request.param) as opened:
        opened.execute("SET statement_timeout = '20s'")
        yield opened


@pytest.fixture(params=[CHARGE, BESIDE_ANOTHER], ids=["alone", "beside another"])
def charge(request):
    return request.param


@pytest.fixture
def account():
    account = make_account()
    paid_in(account, 10)
    return account


@pytest.fixture
def lot(account):
    return CreditLot.objects.get(wallet=account.pk)


def post(sql, owner, of, *, charge=CHARGE, names="", values="", **fields):
    """Five micro-yuan of usage with their charge; `fields` say what is otherwise."""
    told = {
        "kind": "charge",
        "account": owner.pk,
        "from": 2010,
        "to": 4010,
        "wallet": owner.pk,
        "lot": of and of.pk,
        "amount": 5,
        "off": 0,
        "owner": owner.pk,
        "charged": owner.pk,
        "posted": 5,
        **fields,
    }
    statement = POST.format(names=names, values=values, charge=charge.format(names="", values=""))
    return sql.execute(statement, told)


def make_catalogue():
    """A row of everything that money names."""
    make_key(make_account())
    make_model(make_service())
    make_region()
    ServiceClient.issue(name="metering", scopes=["charges"], created_by=make_person())


def standing():
    """All money there is, to show that nothing of what was refused is left."""
    models = (Journal, Entry, Charge, Wallet, CreditLot)
    return [list(model.objects.order_by("pk").values()) for model in models]


def refused(words, sql, *args, **fields):
    before = standing()
    with pytest.raises(psycopg.Error, match=words) as told:
        post(sql, *args, **fields)
    assert standing() == before
    return told.value.sqlstate


def test_what_is_right_is_posted(sql, account, lot, charge):
    post(sql, account, lot, charge=charge)
    assert Wallet.objects.get(pk=account.pk).paid == 9_999_995
    assert CreditLot.objects.get(pk=lot.pk).remaining == 9_999_995
    assert Wallet.objects.get(pk=account.pk).rated == 5


def test_an_entry_names_a_journal_that_is_there(sql, account, lot, charge):
    refused(
        "has no entries|does not have the entries", sql, account, lot, charge=charge, off=NOBODY
    )


def test_an_entry_names_a_ledger_account_that_is_there(sql, account, lot, charge):
    refused("does not move account 4999", sql, account, lot, charge=charge, to=4999)


def test_an_entry_names_a_lot_that_is_there(sql, account, lot, charge):
    lot.pk = NOBODY
    refused("is not of its lot", sql, account, lot, charge=charge)


def test_an_entry_names_the_wallet_of_its_journal(sql, account, lot, charge):
    refused("not of the account of its journal", sql, account, lot, charge=charge, wallet=NOBODY)
    refused("not of the account of its journal", sql, account, lot, charge=charge, account=NOBODY)


def test_a_journal_names_an_account_that_has_a_wallet(sql, account, lot):
    """Of an account that is none, and of one that never had money."""
    for number in (NOBODY, make_account().pk):
        code = refused(
            "has no wallet",
            sql,
            account,
            None,
            kind="receipt",
            account=number,
            wallet=None,
            lot=None,
            to=2005,
            charge=ALONE,
            **{"from": 1010},
        )
        assert code == "23503"


def test_a_charge_names_a_wallet_that_is_there(sql, account, lot, charge):
    refused("not what its journal took", sql, account, lot, charge=charge, charged=NOBODY)
    before = standing()
    with pytest.raises(psycopg.Error, match="not what its journal took"):
        sql.execute(
            "INSERT INTO billing_charge (key, request_hash, wallet_id, exact, posted, used_at)"
            " VALUES ('x', '', %s, 0, 0, common_now())",
            [NOBODY],
        )
    assert standing() == before


@pytest.mark.parametrize("journal", [NOBODY, None])
def test_a_charge_names_a_journal_of_its_own_statement(sql, account, journal):
    """Not one that is none, and not one of before, of usage or not."""
    spend(account, 1)
    journals = [journal] if journal else list(Journal.objects.values_list("pk", flat=True))
    before = standing()
    for number in journals:
        with pytest.raises(psycopg.Error, match=r"not what its journal took|journal_id_key"):
            sql.execute(
                "INSERT INTO billing_charge"
                " (key, request_hash, wallet_id, journal_id, exact, posted, used_at)"
                " VALUES ('x', '', %s, %s, 1000000, 1000000, common_now())",
                [account.pk, number],
            )
    assert standing() == before


def test_usage_is_posted_together_with_its_charge(sql, account, lot):
    refused("together with its charge", sql, account, lot, charge=ALONE)


def test_a_charge_says_what_its_journal_took(sql, account, lot, charge):
    refused("not what", sql, account, lot, charge=charge, posted=4)


def test_a_charge_is_of_the_account_of_its_journal(sql, account, lot, charge):
    other = make_account()
    paid_in(other, 10)
    refused("not what", sql, account, lot, charge=charge, charged=other.pk)


@pytest.mark.parametrize("column", ["api_key", "service", "model", "region", "client"])
def test_what_a_charge_is_attributed_to_is_there(sql, account, lot, column, charge):
    unknown = charge.format(names=f", {column}_id", values=f", {NOBODY}")
    assert refused("that is unknown", sql, account, lot, charge=unknown) == "23503"


@pytest.mark.parametrize("column", ["api_key", "service", "model", "region"])
def test_lines_are_refused_that_are_attributed_to_nothing(account, column):
    line = charging.Line(key="k", account=account.pk, exact=Decimal(5), used_at=now())
    wrong = replace(line, **{column: NOBODY})
    before = standing()
    for lines in ([wrong], [wrong, replace(line, key="l")]):
        with pytest.raises(IntegrityError, match="that is unknown"):
            charging.charge(lines)
    with pytest.raises(IntegrityError, match="that is unknown"):
        charging.charge([line], client=NOBODY)
    assert standing() == before


def test_a_charge_is_attributed_to_what_is_there(sql, account, lot):
    service = make_service()
    named = CHARGE.format(names=", service_id", values=f", {service.pk}")
    post(sql, account, lot, charge=named)
    assert Charge.objects.get().service == service


def test_a_journal_is_of_a_person_and_a_request_that_are_there(sql, account, lot):
    said = {"kind": "receipt", "account": None, "wallet": None, "to": 2005, "charge": ALONE}
    for column, words in (
        ("actor_id", "a person who does not exist"),
        ("request_id", "two_people"),
        ("reverses_id", "corrections_reverse"),
    ):
        refused(
            words,
            sql,
            account,
            None,
            names=f", {column}",
            values=f", {NOBODY}",
            **said,
            **{"from": 1010},
        )


def test_nobody_dates_what_is_recorded(sql, account, lot, test_database, charge):
    """What the app role says is written over; what the owner says is refused."""
    owner = sql.info.user == OWNER
    for column, said in (("recorded_at", "'2001-01-01'"), ("transaction", "'3'")):
        if owner:
            refused(
                "not of this moment", sql, account, lot, names=f", {column}", values=f", {said}"
            )
        else:
            post(sql, account, lot, names=f", {column}", values=f", {said}")
    dated = charge.format(names=", recorded_at", values=", timestamptz '2001-01-01'")
    if owner:
        refused("not what", sql, account, lot, charge=dated)
    else:
        post(sql, account, lot, charge=dated)
    assert not Charge.objects.filter(recorded_at__lt=now() - timedelta(days=1)).exists()
    assert not Journal.objects.filter(recorded_at__lt=now() - timedelta(days=1)).exists()
    with test_database.connect(OWNER) as opened:
        [(old,)] = opened.execute(
            "SELECT count(*) FROM billing_journal WHERE transaction <= '3'"
        ).fetchall()
    assert old == 0


@pytest.mark.parametrize("moment", ["common_now()", "clock_timestamp()"])
def test_the_owner_names_a_moment_of_the_statement(account, lot, test_database, moment):
    with test_database.connect(OWNER) as sql:
        post(sql, account, lot, names=", recorded_at", values=f", {moment}")


@pytest.mark.parametrize(
    "moment", ["common_now() - interval '1 ms'", "clock_timestamp() + interval '10 s'"]
)
def test_the_owner_names_no_moment_before_or_after(account, lot, test_database, moment):
    with test_database.connect(OWNER) as sql:
        refused(
            "not of this moment", sql, account, lot, names=", recorded_at", values=f", {moment}"
        )


def test_without_its_triggers_a_table_takes_any_moment(account, lot, test_database):
    """What decision 11 says of the owner: guards bind whoever leaves them on."""
    with test_database.connect(OWNER) as sql:
        sql.execute("ALTER TABLE billing_journal DISABLE TRIGGER USER")
        sql.execute(
            "INSERT INTO billing_journal (kind, effective_at, recorded_at, key, request_hash, legs)"
            " VALUES ('receipt', '2001-01-01', '2001-01-01', 'dated', '', 2)"
        )
    assert Journal.objects.get(key="dated").recorded_at.year == 2001


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("billing_wallet", "account_id"),
        ("billing_creditlot", "id"),
        ("billing_creditlot", "wallet_id"),
        ("billing_ledgeraccount", "code"),
        ("billing_journal", "id"),
        ("billing_journal", "account_id"),
        ("accounts_user", "id"),
        ("accounts_apikey", "id"),
        ("accounts_service", "id"),
        ("accounts_inferencemodel", "id"),
        ("accounts_region", "id"),
        ("accounts_serviceclient", "id"),
    ],
)
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "TRUNCATE {} CASCADE", "UPDATE {} SET {}"])
def test_what_is_named_stays(sql, account, statement, table, column):
    """The other direction of a foreign key, for rows that are named and for those that are not."""
    make_catalogue()
    before = standing()
    change = f"{column} = {column} + 10000"
    with pytest.raises(psycopg.Error, match=r"permission denied|is refused|keeps its id"):
        sql.execute(statement.format(table, change))
    assert standing() == before


def test_an_account_stays_because_its_wallet_does(sql, account):
    before = standing()
    with pytest.raises(psycopg.Error, match=r"permission denied|violates foreign key"):
        sql.execute("DELETE FROM accounts_account WHERE id = %s", [account.pk])
    assert standing() == before


def test_a_lot_is_spent_when_nothing_is_left(account, lot):
    spend(account, 4)
    assert [lot.spent for lot in CreditLot.objects.all()] == [False]
    spend(account, 6)
    assert [lot.spent for lot in CreditLot.objects.all()] == [True]
    assert not CreditLot.objects.left().exists()
