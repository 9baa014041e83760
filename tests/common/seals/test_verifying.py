"""Whoever can do anything in the database is found out, and what they did is named."""

import pytest

from accounts.models import Acceptance, AgreementText
from billing.models import Journal
from common.models import SealBlock
from common.seals import sealing
from common.seals.findings import Finding, Found
from common.seals.verifying import Checked, verify
from tests.accounts.making import make_clause, make_person
from tests.billing.making import make_account, paid_in, spend
from tests.common.seals.settling import seal

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("few_tables")]


def findings(**wanted):
    found = []
    for each in verify(**wanted):
        found += each.findings if isinstance(each, Checked) else [each]
    return found


def named(found):
    return [(each.what, each.block, each.details.get("row")) for each in found]


@pytest.fixture
def superuser(test_database):
    """Somebody for whom no trigger and no foreign key counts."""
    with test_database.connect("postgres") as connection:
        connection.execute("SET session_replication_role = replica")
        yield connection


@pytest.fixture
def journals():
    """Ten journals in five blocks."""
    account = make_account()
    for _each in range(10):
        paid_in(account, 1)
    seal(rows_a_block=2)
    return list(Journal.objects.order_by("pk"))


def accept(**fields):
    version = make_clause().version
    text, _made = AgreementText.objects.get_or_create(
        version=version, language="en", defaults={"source": "Text", "sha256": "a" * 64}
    )
    account = make_account()
    return Acceptance.record(
        user=make_person(),
        account=account,
        text=text,
        text_sha256=text.sha256,
        method="page",
        accepted_at=account.created_at,
        **{"ip_address": "203.0.113.7", "user_agent": "Browser/1", **fields},
    )


def test_what_nobody_touched_is_sound(journals):
    spend(make_account(), 0)
    accept()
    seal()
    assert findings() == []
    assert findings(since=3) == []


def test_nothing_sealed_is_sound():
    assert findings() == []


@pytest.mark.parametrize(
    ("statement", "column"),
    [
        ("UPDATE billing_journal SET memo = memo || 'x' WHERE id = %s", "memo"),
        (
            "UPDATE billing_journal SET effective_at = effective_at + '1 microsecond'"
            " WHERE id = %s",
            "effective_at",
        ),
        (
            "UPDATE billing_entry SET amount = amount + sign(amount) WHERE journal_id = %s",
            "entries",
        ),
        ("UPDATE billing_journal SET actor_id = 5 WHERE id = %s", "actor_id"),
        (
            "INSERT INTO billing_entry (journal_id, account_id, amount) SELECT %s, 1010, 1",
            "entries",
        ),
        ("DELETE FROM billing_entry WHERE journal_id = %s", "entries"),
    ],
)
def test_a_changed_byte_is_named_with_row_and_column(superuser, journals, statement, column):
    superuser.execute(statement, [journals[4].pk])
    [found] = findings()
    assert (found.what, found.block) == (Found.CHANGED_ROW, 3)
    assert found.details == {
        "row": journals[4].pk,
        "table": "billing.journal",
        "columns": column,
    }
    assert str(journals[4].pk) in str(found)


def test_a_deleted_row_is_named(superuser, journals):
    superuser.execute("DELETE FROM billing_journal WHERE id = %s", [journals[7].pk])
    assert named(findings()) == [(Found.DELETED_ROW, 4, journals[7].pk)]


def test_a_row_written_in_afterwards_is_named(superuser, journals):
    [(smuggled,)] = superuser.execute(
        "INSERT INTO billing_journal (kind, effective_at, recorded_at, key, request_hash, legs,"
        " transaction) SELECT kind, effective_at, recorded_at, 'new', '', 2, transaction"
        " FROM billing_journal WHERE id = %s RETURNING id",
        [journals[4].pk],
    ).fetchall()
    assert named(findings()) == [(Found.INSERTED_ROW, 3, smuggled)]


def test_a_row_moved_to_another_place_is_named(superuser, journals):
    superuser.execute(
        "UPDATE billing_journal SET transaction = '1' WHERE id = %s", [journals[9].pk]
    )
    assert named(findings()) == [
        (Found.INSERTED_ROW, 1, journals[9].pk),
        (Found.DELETED_ROW, 5, journals[9].pk),
    ]


def test_personal_fields_are_sealed_and_not_shown(superuser):
    accepted = accept()
    seal()
    assert findings() == []
    superuser.execute("UPDATE accounts_acceptance SET ip_address = '203.0.113.8'")
    [found] = findings()
    assert found.what == Found.CHANGED_PERSONAL
    assert found.details["columns"] == "ip_address"
    assert found.details["row"] == accepted.pk
    superuser.execute("UPDATE accounts_acceptance SET ip_address = '203.0.113.7'")
    superuser.execute("UPDATE common_sealcommitment SET hashes[2] = repeat('0', 64)")
    assert {found.what for found in findings()} == {Found.CHANGED_ROW, Found.CHANGED_PERSONAL}


def test_erased_people_leave_sound_seals(superuser):
    accept()
    seal()
    superuser.execute("UPDATE accounts_acceptance SET ip_address = NULL, user_agent = ''")
    assert {found.what for found in findings()} == {Found.CHANGED_PERSONAL}
    superuser.execute("UPDATE common_sealcommitment SET salt = NULL")
    assert findings() == []


def test_two_blocks_that_changed_places_are_named(superuser, journals):
    superuser.execute("UPDATE common_sealblock SET number = 100 WHERE number = 2")
    superuser.execute("UPDATE common_sealblock SET number = 2 WHERE number = 4")
    superuser.execute("UPDATE common_sealblock SET number = 4 WHERE number = 100")
    found = findings()
    assert named(found) == [(Found.REORDERED_BLOCK, 2, None), (Found.REORDERED_BLOCK, 4, None)]
    assert [each.details["other"] for each in found] == [4, 2]


@pytest.mark.parametrize("number", [1, 3, 5])
def test_a_block_taken_away_is_named(superuser, journals, number):
    superuser.execute("DELETE FROM common_sealblock WHERE number = %s", [number])
    assert named(findings()) == [(Found.MISSING_BLOCK, number, None)]


def test_a_block_taken_away_and_the_others_renumbered(superuser, journals):
    superuser.execute("DELETE FROM common_sealblock WHERE number = 4")
    superuser.execute("UPDATE common_sealblock SET number = 4 WHERE number = 5")
    assert named(findings()) == [
        (Found.REORDERED_BLOCK, 4, None),
        (Found.MISSING_BLOCK, 5, None),
    ]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ("rows = rows + 1", Found.ALTERED_BLOCK),
        ("sealed_at = sealed_at - interval '1 day'", Found.ALTERED_BLOCK),
        ("root = repeat('0', 64)", Found.ALTERED_BLOCK),
        ("form = '{}'", Found.ALTERED_BLOCK),
        ("signature = repeat('0', 128)", Found.BAD_SIGNATURE),
        ("signature = 'x'", Found.BAD_SIGNATURE),
        ("leaves = decode(repeat('00', 64), 'hex')", Found.ALTERED_HASHES),
        ("row_ids = substr(row_ids, 9)", Found.ALTERED_HASHES),
    ],
)
def test_a_changed_block_is_named(superuser, journals, change, what):
    superuser.execute(f"UPDATE common_sealblock SET {change} WHERE number = 3")
    assert {(each.what, each.block) for each in findings()} >= {(what, 3)}
    assert {each.block for each in findings()} == {3}


def test_a_chain_made_anew_with_another_key_is_found(superuser, journals, settings):
    superuser.execute("DELETE FROM common_sealblock WHERE number = 5")
    superuser.execute("UPDATE billing_journal SET memo = 'x' WHERE id = %s", [journals[9].pk])
    settings.SEAL_KEYS = {"testing": b"z" * 32}
    settings.SEAL_ANCHORS += ".new"
    sealing.write_missing_anchors()
    seal()
    settings.SEAL_KEYS = {"testing": b"s" * 32}
    settings.SEAL_ANCHORS = settings.SEAL_ANCHORS.removesuffix(".new")
    assert named(findings()) == [
        (Found.BAD_SIGNATURE, 5, None),
        (Found.OTHER_ANCHOR, 5, None),
    ]


def test_keys_are_replaced_and_old_blocks_stay_good(settings):
    from common.seals import keys

    account = make_account()
    old = dict(settings.SEAL_KEYS)
    paid_in(account, 1)
    seal()
    settings.SEAL_KEYS = {"second": b"2" * 32, **old}
    paid_in(account, 1)
    seal()
    ids = SealBlock.objects.order_by("number").values_list("key_id", flat=True)
    assert list(ids) == ["testing", "second"]
    assert findings() == []
    public = keys.public_keys()
    settings.SEAL_KEYS = {"second": b"2" * 32}
    assert [each.what for each in findings()] == [Found.UNKNOWN_KEY]
    settings.SEAL_PUBLIC_KEYS = {"testing": public["testing"]}
    assert findings() == []
    settings.SEAL_KEYS = {}
    settings.SEAL_PUBLIC_KEYS = public
    assert findings() == []


def test_a_file_of_anchors_that_was_cut_or_changed(journals, anchors_file):
    whole = anchors_file.read_text().splitlines(keepends=True)
    anchors_file.write_text("".join(whole[:3]))
    assert named(findings()) == [(Found.NO_ANCHOR, 4, None), (Found.NO_ANCHOR, 5, None)]
    anchors_file.write_text("".join(whole[:1] + whole[2:]))
    assert named(findings()) == [(Found.NO_ANCHOR, 2, None)]
    anchors_file.write_text("".join([whole[0], whole[1].replace(" ", " f", 1), *whole[2:]]))
    assert named(findings()) == [(Found.OTHER_ANCHOR, 2, None)]
    anchors_file.write_text("".join(["what is this\n", *whole]))
    assert findings() == [Finding(Found.BAD_ANCHOR, 0, {"line": 1})]
    anchors_file.unlink()
    assert {each.what for each in findings()} == {Found.NO_ANCHOR}
    assert len(findings()) == 5


def test_ten_thousand_rows_and_one_of_them(superuser):
    paid_in(make_account(), 1)
    superuser.execute(
        "INSERT INTO billing_journal (kind, effective_at, recorded_at, key, request_hash, legs,"
        " transaction) SELECT kind, effective_at, recorded_at, 'many:' || n, '', 2,"
        " pg_current_xact_id() FROM billing_journal, generate_series(1, 10000) n"
    )
    assert seal() == 10_001
    assert findings() == []
    superuser.execute("UPDATE billing_journal SET request_hash = 'x' WHERE key = 'many:7777'")
    [found] = findings()
    assert found.what == Found.CHANGED_ROW
    assert found.details["row"] == Journal.objects.get(key="many:7777").pk
    assert found.details["columns"] == "request_hash"


def test_old_blocks_are_read_in_the_form_they_were_sealed_in(monkeypatch, journals):
    from dataclasses import replace

    from common.seals import registry

    table = registry.sealed_tables.get("billing.journal")
    fewer = replace(table, left_out={**table.left_out, "memo": "to see what an old block does"})
    monkeypatch.setitem(registry.sealed_tables._members, "billing.journal", fewer)
    paid_in(make_account(), 1)
    seal()
    assert "memo" not in SealBlock.objects.get(number=6).form["columns"]
    assert findings() == []
