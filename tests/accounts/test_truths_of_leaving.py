"""What the database refuses about leaving, to the app role with raw SQL."""

from datetime import timedelta

import psycopg
import pytest

from accounts import leaving
from accounts.models import KeptIdentity
from common.clock import now
from tests.accounts.making import make_account, make_key, make_person
from tests.accounts.test_truths import accepted, refused
from tests.notices.making import make_customer, make_organization

pytestmark = pytest.mark.django_db

ASK = """
INSERT INTO accounts_closing (public_id, person_id, account_id, requested_by_id, reason,
    cooling_off_days, ends_at)
VALUES ('cls_' || substr(md5(random()::text), 1, 20), %s, %s, %s, '', %s,
    common_now() + make_interval(days => %s))
"""
CLOSE = "INSERT INTO accounts_closure (closing_id, ended) VALUES (%s, '{}')"
CANCEL = "INSERT INTO accounts_closingcancellation (closing_id, cancelled_by_id) VALUES (%s, %s)"
HOLD = "INSERT INTO accounts_closinghold (closing_id, placed_by_id, reason) VALUES (%s, %s, 'x')"
RELEASE = (
    "INSERT INTO accounts_closingholdrelease (hold_id, released_by_id, reason) VALUES (%s, %s, 'x')"
)


@pytest.fixture
def leaver():
    return make_customer()


@pytest.fixture
def closing(leaver):
    person, _account = leaver
    return leaving.leave(person=person, reason="", ip_address=None, at=now())


@pytest.fixture
def closed(closing, clock):
    clock.set(closing.ends_at)
    assert leaving.close_all_due(at=now()) == 1
    return closing


def test_nobody_is_hurried(leaver):
    person, account = leaver
    refused(ASK, [person.pk, account.pk, person.pk, 6, 16], match="cools_off")
    refused(ASK, [person.pk, account.pk, person.pk, 15, 1], match="all of its days")
    accepted(ASK, [person.pk, account.pk, person.pk, 15, 16])


def test_people_leave_themselves_and_with_their_own_account(leaver):
    person, account = leaver
    refused(ASK, [person.pk, account.pk, make_person().pk, 15, 16], match="of_oneself")
    refused(ASK, [person.pk, make_account().pk, person.pk, 15, 16], match="their own account")
    refused(ASK, [person.pk, None, person.pk, 15, 16], match="their own account")
    refused(ASK, [None, None, person.pk, 15, 16])
    member = make_person(is_staff=True)
    refused(ASK, [member.pk, None, member.pk, 15, 16], match="customer")


def test_organizations_are_closed_by_their_owners(leaver):
    person, account = leaver
    theirs = make_organization(make_person())
    refused(ASK, [None, theirs.pk, person.pk, 15, 16], match="one of its owners")
    refused(ASK, [None, account.pk, person.pk, 15, 16], match="one of its owners")
    mine = make_organization(person)
    accepted(ASK, [None, mine.pk, person.pk, 15, 16])


def test_one_closing_at_a_time(closing):
    given = [closing.person_id, closing.account_id, closing.person_id, 15, 16]
    refused(ASK, given, match="one closing at a time")
    accepted(CANCEL, [closing.pk, closing.person_id])
    accepted(ASK, given)


def test_nothing_is_closed_early_or_against_the_last_word(closing, clock):
    refused(CLOSE, [closing.pk], match="cooled off")
    clock.set(closing.ends_at - timedelta(seconds=1))
    refused(CLOSE, [closing.pk], match="cooled off")
    accepted(CANCEL, [closing.pk, closing.person_id])
    clock.set(closing.ends_at)
    refused(CLOSE, [closing.pk], match="stays so")


def test_what_is_closed_is_not_taken_back(closed):
    refused(CANCEL, [closed.pk, closed.person_id], match="not taken back")
    refused(CLOSE, [closed.pk])


def test_a_hold_holds_until_somebody_else_releases_it(closing, clock):
    one, other = make_person(is_staff=True), make_person(is_staff=True)
    accepted(HOLD, [closing.pk, one.pk])
    refused(HOLD, [closing.pk, other.pk], match="already")
    clock.set(closing.ends_at)
    refused(CLOSE, [closing.pk], match="on hold")
    hold = closing.holds.get()
    refused(RELEASE, [hold.pk, one.pk], match="somebody else")
    accepted(RELEASE, [hold.pk, other.pk])
    accepted(CLOSE, [closing.pk])


@pytest.mark.parametrize(
    "table",
    [
        "accounts_closing",
        "accounts_closingcancellation",
        "accounts_closinghold",
        "accounts_closingholdrelease",
        "accounts_closure",
    ],
)
def test_what_was_written_stays(closed, table):
    for change in (f"UPDATE {table} SET recorded_at = now()", f"DELETE FROM {table}"):
        refused(change, match="permission denied")


def test_nobody_is_closed_but_by_their_closure(closing):
    change = "UPDATE accounts_user SET closed_at = common_now(), phone = '#' || id,"
    change += " name = '', contact_email = '', is_active = false WHERE id = %s"
    refused(change, [closing.person_id], match="by their closure")
    refused("UPDATE accounts_account SET closed_at = common_now()", match="by its closure")


@pytest.mark.parametrize(
    "change",
    [
        "is_active = true",
        "is_staff = true",
        "is_superuser = true",
        "phone = '+8613812345678'",
        "phone = '#1'",
        "contact_email = 'li@example.com'",
        "name = 'Li Hua'",
    ],
)
def test_a_closed_person_cannot_sign_in_again_or_be_somebody(closed, change):
    refused(
        f"UPDATE accounts_user SET {change} WHERE id = %s",
        [closed.person_id],
        match="nothing_left_of_the_closed",
    )


def test_a_closed_person_and_a_closed_account_stay_closed(closed):
    for table, pk in (
        ("accounts_user", closed.person_id),
        ("accounts_account", closed.account_id),
    ):
        for moment in ("NULL", "common_now() + interval '1 day'"):
            change = f"UPDATE {table} SET closed_at = {moment} WHERE id = %s"
            refused(change, [pk], match="for good")


def test_an_open_person_keeps_a_phone_that_is_one(leaver):
    person, _account = leaver
    refused(
        "UPDATE accounts_user SET phone = '#' || id WHERE id = %s",
        [person.pk],
        match="phone_is_e164",
    )


JOIN = "INSERT INTO accounts_membership (user_id, account_id, role) VALUES (%s, %s, 'viewer')"


def test_nobody_joins_what_is_closed_and_the_closed_join_nothing(closed):
    refused(JOIN, [make_person().pk, closed.account_id], match="no members")
    refused(JOIN, [closed.person_id, make_account().pk], match="joins none")
    account = make_account()
    refused(
        "UPDATE accounts_membership SET user_id = %s WHERE account_id = %s",
        [closed.person_id, account.pk],
        match="keeps its user_id",
    )
    accepted(JOIN, [make_person().pk, account.pk])


def test_keys_of_a_closed_account_stay_revoked(leaver, closing, clock):
    key = make_key(leaver[1])
    clock.set(closing.ends_at)
    leaving.close_all_due(at=now())
    refused("UPDATE accounts_apikey SET revoked_at = NULL WHERE id = %s", [key.pk], match="keys")
    refused(
        "INSERT INTO accounts_apikey (public_id, account_id, created_by_id, name, prefix, digest)"
        " VALUES ('key_x', %s, %s, 'x', 'apq_x', 'x')",
        [closing.account_id, closing.person_id],
        match="keys",
    )


def test_the_condition_of_a_closed_account_is_not_cleared(closed):
    change = "UPDATE accounts_condition SET cleared_at = common_now() WHERE account_id = %s"
    refused(change, [closed.account_id], match="stays closed")
    refused("DELETE FROM accounts_condition", match="closed")


def test_an_identity_is_kept_of_the_closed_until_its_day(closed, leaver, clock):
    kept = KeptIdentity.objects.get()
    refused("DELETE FROM accounts_keptidentity", match="until its day")
    for change in (
        "kept_until = common_now()",
        "phone_mark = ''",
        f"person_id = {make_person().pk}",
    ):
        refused(f"UPDATE accounts_keptidentity SET {change}", match="only its key")
    refused(
        "INSERT INTO accounts_keptidentity (person_id, ciphertext, key_id, phone_mark, kept_until)"
        " VALUES (%s, '', '', '', common_now())",
        [make_person().pk],
        match="closed people only",
    )
    clock.set(kept.kept_until)
    accepted(HOLD, [closed.pk, make_person(is_staff=True).pk])
    refused("DELETE FROM accounts_keptidentity", match="hold")
    accepted(RELEASE, [closed.holds.get().pk, make_person(is_staff=True).pk])
    accepted("DELETE FROM accounts_keptidentity")


@pytest.mark.django_db(transaction=True)
def test_of_somebody_who_joins_and_a_closure_one_waits(clock, test_database):
    """A membership that is being written is seen by the closure, or refused after it."""
    person, _account = make_customer()
    other = make_person()
    organization = make_organization(person)
    closing = leaving.close_organization(
        account=organization, by=person, reason="", ip_address=None, at=now()
    )
    clock.set(closing.ends_at)
    from apiqik_backoffice.database_roles import APP

    with test_database.connect(APP) as connection:
        connection.autocommit = False
        connection.execute(JOIN, [other.pk, organization.pk])
        with psycopg.connect(connection.info.dsn, password=connection.info.password) as second:
            second.execute("SET lock_timeout = '300ms'")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                second.execute(
                    "SELECT FROM accounts_account WHERE id = %s FOR UPDATE", [organization.pk]
                )
        connection.commit()
    assert leaving.close_all_due(at=now()) == 1
    assert not organization.memberships.exists()
