"""Who controls an account, and whose a key is: raw SQL as the app role, and people at once."""

import secrets

import pytest
from django.contrib.auth.models import Group
from django.db import DatabaseError, connection, transaction

from accounts import invitations, members, transfers
from accounts.exceptions import LastOwner
from accounts.models import Account, ApiKey, Invitation, Membership, Transfer
from common.clock import now
from common.encryption import encrypt
from tests.accounts.making import make_account, make_key, make_person
from tests.notices.making import make_organization
from tests.plumbing.together import refusals, together

pytestmark = pytest.mark.django_db(transaction=True)


def run(sql, *params):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


def refused(sql, *params, match):
    with pytest.raises(DatabaseError, match=match), transaction.atomic():
        run(sql, *params)


@pytest.fixture
def li():
    return make_person(name="Li")


@pytest.fixture
def wang():
    return make_person(name="Wang")


@pytest.fixture
def lab(li, wang):
    account = make_organization(li, name="Lab")
    account.memberships.create(user=wang, role="admin")
    return account


@pytest.fixture
def staff():
    people = [make_person(is_staff=True) for _ in range(2)]
    for one in people:
        one.groups.add(Group.objects.get(name="supervisor"))
    return people


NO_OWNER = "keeps an owner"
NO_CONSENT = "by a recorded consent only"


class TestOwners:
    def test_an_account_is_not_left_without_one(self, lab, li):
        own = make_account()
        for account in (lab, own):
            owner = account.memberships.get(role="owner").pk
            refused("DELETE FROM accounts_membership WHERE id = %s", owner, match=NO_OWNER)
            refused(
                "UPDATE accounts_membership SET role = 'admin' WHERE id = %s",
                owner,
                match=NO_OWNER,
            )
            refused(
                "DELETE FROM accounts_membership WHERE account_id = %s", account.pk, match=NO_OWNER
            )

    def test_nobody_becomes_one_without_consent(self, lab, wang):
        stranger = make_person()
        add = "INSERT INTO accounts_membership (user_id, account_id, role) VALUES (%s, %s, 'owner')"
        refused(add, stranger.pk, lab.pk, match=NO_CONSENT)
        refused(
            "UPDATE accounts_membership SET role = 'owner' WHERE user_id = %s",
            wang.pk,
            match=NO_CONSENT,
        )
        own = make_account()
        refused(add, stranger.pk, own.pk, match="its holder owns it")

    def test_nor_by_changing_places_in_one_statement(self, lab, li, wang):
        refused(
            "UPDATE accounts_membership SET role = CASE user_id WHEN %s THEN 'viewer' ELSE 'owner'"
            " END WHERE account_id = %s",
            li.pk,
            lab.pk,
            match=NO_CONSENT,
        )
        refused(
            "WITH gone AS (DELETE FROM accounts_membership WHERE user_id = %s RETURNING account_id)"
            " UPDATE accounts_membership SET role = 'owner' WHERE user_id = %s",
            li.pk,
            wang.pk,
            match=NO_CONSENT,
        )
        for column in ("user_id", "account_id"):
            refused(
                f"UPDATE accounts_membership SET {column} = {column} + 1 WHERE user_id = %s",
                li.pk,
                match=f"keeps its {column}",
            )

    def test_nor_by_pretending_there_was_none(self, lab):
        for value in ("NULL", "pg_current_xact_id()"):
            refused(
                f"UPDATE accounts_account SET owned_in = {value} WHERE id = %s",
                lab.pk,
                match="had its first owner",
            )
        for column, value in (("kind", "'personal'"), ("holder_id", "1")):
            refused(
                f"UPDATE accounts_account SET {column} = {value} WHERE id = %s",
                lab.pk,
                match=f"keeps its {column}",
            )
        own = make_account()
        refused(
            "UPDATE accounts_account SET holder_id = %s WHERE id = %s",
            make_person().pk,
            own.pk,
            match="keeps its holder_id",
        )

    def test_a_consent_is_good_once(self, lab, li, wang, staff):
        transfer = transfers.ask_for_ownership(
            account=lab, by=li, new_owner=wang, remains_as="owner", reason="both", at=now()
        )
        transfers.answer(transfer=transfer, by=wang, agreed=True, at=now())
        transfers.propose(transfer=transfer, by=staff[0], reason="ok", clause="1.2.6", at=now())
        transfers.consent(transfer=transfer, by=staff[1], reason="ok", at=now())
        assert lab.memberships.filter(role="owner").count() == 2
        Membership.objects.filter(user=wang).update(role="viewer")
        refused(
            "UPDATE accounts_membership SET role = 'owner' WHERE user_id = %s",
            wang.pk,
            match=NO_CONSENT,
        )

    def test_two_owners_leave_at_once(self, li, wang):
        with transaction.atomic():
            account = make_organization(li, wang, name="Two")
        both = list(account.memberships.all())
        came_to = together(
            lambda: members.leave(member=both[0], at=now()),
            lambda: members.leave(member=both[1], at=now()),
        )
        assert [type(one) for one in refusals(came_to)] == [LastOwner]
        assert account.memberships.filter(role="owner").count() == 1

    def test_two_owners_are_deleted_at_once(self, li, wang):
        with transaction.atomic():
            account = make_organization(li, wang, name="Two")
        both = list(account.memberships.all())

        def delete(one):
            try:
                one.delete()
            except DatabaseError as error:
                return str(error)
            return ""

        came_to = together(lambda: delete(both[0]), lambda: delete(both[1]))
        assert sum(NO_OWNER in one for one in came_to) == 1
        assert account.memberships.count() == 1


class TestConsents:
    def insert(self, transfer, kind, by):
        return (
            "INSERT INTO accounts_transferstep (transfer_id, kind, by_id, reason, clause_number)"
            " VALUES (%s, %s, %s, 'x', '1.2.6')",
            transfer.pk,
            kind,
            by.pk,
        )

    @pytest.fixture
    def transfer(self, lab, li, wang):
        return transfers.ask_for_ownership(
            account=lab, by=li, new_owner=wang, remains_as="", reason="sold", at=now()
        )

    def test_each_step_in_its_turn_by_whom_it_is(self, transfer, li, wang, staff):
        def no(kind, by, match):
            refused(*self.insert(transfer, kind, by), match=match)

        no("consented", staff[0], "has not agreed")
        no("agreed", li, "only the other side")
        no("withdrawn", wang, "only an owner")
        run(*self.insert(transfer, "agreed", wang))
        no("proposed", li, "staff decide")
        no("consented", staff[0], "proposed by one and given by another")
        run(*self.insert(transfer, "proposed", staff[0]))
        no("consented", staff[0], "proposed by one and given by another")
        no("consented", wang, "staff decide")
        run(*self.insert(transfer, "refused", staff[1]))
        no("consented", staff[1], "has ended")

    def test_who_asked_and_is_no_owner_any_more_hands_over_nothing(
        self, transfer, lab, li, wang, staff
    ):
        for kind, by in [("agreed", wang), ("proposed", staff[0])]:
            run(*self.insert(transfer, kind, by))
        other = make_person()
        with transaction.atomic():
            second = make_organization(li, other, name="Two")
        late = transfers.ask_for_ownership(
            account=second,
            by=li,
            new_owner=second.memberships.create(user=wang, role="viewer").user,
            remains_as="",
            reason="sold",
            at=now(),
        )
        for kind, by in [("agreed", wang), ("proposed", staff[0])]:
            run(*self.insert(late, kind, by))
        members.leave(member=second.memberships.get(user=li), at=now())
        refused(*self.insert(late, "consented", staff[1]), match="no owner any more")

    def test_nothing_of_it_changes_afterwards(self, transfer):
        for table in ("transfer", "transferstep", "activity", "authoritydeclaration"):
            refused(f"DELETE FROM accounts_{table}", match="permission denied")
            refused(f"UPDATE accounts_{table} SET id = id", match="permission denied")

    def test_only_an_owner_asks_and_only_for_a_member(self, lab, wang):
        ask = (
            "INSERT INTO accounts_transfer (public_id, kind, account_id, new_owner_id, remains_as,"
            " reason, asked_by_id) VALUES (%s, 'ownership', %s, %s, '', 'x', %s)"
        )
        owner = lab.memberships.get(role="owner").user
        refused(ask, "trf_1", lab.pk, owner.pk, wang.pk, match="an owner asks")
        refused(ask, "trf_2", lab.pk, make_person().pk, owner.pk, match="is a member")

    def test_asked_for_twice_at_once(self, lab, li, wang):
        def ask():
            return transfers.ask_for_ownership(
                account=lab, by=li, new_owner=wang, remains_as="", reason="sold", at=now()
            )

        assert len(refusals(together(ask, ask))) == 1
        assert Transfer.objects.count() == 1

    def test_approved_twice_at_once(self, transfer, lab, li, wang, staff):
        third = make_person(is_staff=True)
        third.groups.add(Group.objects.get(name="supervisor"))
        transfers.answer(transfer=transfer, by=wang, agreed=True, at=now())
        transfers.propose(transfer=transfer, by=staff[0], reason="ok", clause="1.2.6", at=now())
        came_to = together(
            lambda: transfers.consent(transfer=transfer, by=staff[1], reason="ok", at=now()),
            lambda: transfers.consent(transfer=transfer, by=third, reason="ok", at=now()),
            lambda: transfers.withdraw(transfer=transfer, by=li, at=now()),
        )
        assert len(refusals(came_to)) == 2
        assert lab.memberships.filter(role="owner").count() == 1


class TestKeys:
    def test_a_key_stays_with_its_account(self, lab, li):
        other = make_organization(make_person(), name="Other")
        key, _secret = ApiKey.issue(account=lab, created_by=li, name="server")
        refused(
            "UPDATE accounts_apikey SET account_id = %s WHERE id = %s",
            other.pk,
            key.pk,
            match=NO_CONSENT,
        )

    def test_a_key_only_ends(self):
        key = make_key(make_account(), expires_at=now())
        refused(
            "UPDATE accounts_apikey SET expires_at = NULL WHERE id = %s", key.pk, match="or sooner"
        )
        refused(
            "UPDATE accounts_apikey SET expires_at = expires_at + interval '1s' WHERE id = %s",
            key.pk,
            match="or sooner",
        )
        key.revoke(at=now())
        refused(
            "UPDATE accounts_apikey SET revoked_at = NULL WHERE id = %s", key.pk, match="or sooner"
        )


class TestInvitations:
    @pytest.fixture
    def token(self, lab, li):
        token = secrets.token_urlsafe(32)
        Invitation.objects.create(
            account=lab,
            channel="email",
            address=encrypt("a@example.com", purpose=Invitation.PURPOSE),
            address_mark=invitations.mark_of("email", "a@example.com"),
            masked="a***@example.com",
            role="viewer",
            language="en",
            digest=invitations.digest(token),
            invited_by=li,
            sent_at=now(),
            expires_at=now() + invitations.A_DAY,
        )
        return token

    def test_of_two_with_one_link_one_joins(self, lab, token):
        people = [
            make_person(contact_email="a@example.com", contact_email_verified_at=now())
            for _ in range(2)
        ]
        came_to = together(
            lambda: invitations.accept(token=token, by=people[0], at=now()),
            lambda: invitations.accept(token=token, by=people[1], at=now()),
        )
        assert len(refusals(came_to)) == 1
        assert lab.memberships.filter(role="viewer").count() == 1

    def test_it_stays_what_it_is(self, token):
        refused("UPDATE accounts_invitation SET role = 'admin'", match="keeps its role")
        refused("DELETE FROM accounts_invitation", match="permission denied")
        run("UPDATE accounts_invitation SET withdrawn_at = now()")
        refused("UPDATE accounts_invitation SET withdrawn_at = NULL", match="is over")
        assert Account.objects.count() == 1
