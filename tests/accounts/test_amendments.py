"""A new version: announced, accepted ahead or objected to, in force for each account (14.3)."""

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts import access, amendments, consent
from accounts.exceptions import NotAllowed, NotTheCurrentText
from accounts.models import (
    Acceptance,
    AgreementText,
    AgreementVersion,
    Condition,
    ContinuedUse,
    Membership,
    ObjectionWithdrawal,
    Permit,
    Publication,
    ServiceUse,
    VersionInForce,
)
from common import clock
from common.changes import Effect, kinds_of_change
from tests.accounts.making import make_account, make_clause, make_person, make_service


def make_version(number):
    version = make_clause("14.3", version=number).version
    AgreementText.record(
        version=version, language="en", source=f"v{number}", sha256=f"{number:064}"
    )
    return version


@pytest.fixture
def old(ungated, db):
    version = make_version(1)
    Publication.record(version=version)
    return version


@pytest.fixture
def account(old):
    account = make_account()
    consent.accept(
        text=old.texts.get(), method=Acceptance.Method.PAGE, **by_owner_of(account), at=clock.now()
    )
    return account


@pytest.fixture
def new(old):
    return make_version(2)


def by_owner_of(account):
    return {
        "user": account.memberships.get(role="owner").user,
        "account": account,
        "ip_address": "192.0.2.7",
        "user_agent": "test",
    }


def object_to(account, version, user=None):
    return amendments.object_to(
        user=user or account.memberships.get(role="owner").user,
        account=account,
        version=version,
        reason="Too dear",
        ip_address="192.0.2.7",
    )


def accept(account, version):
    return amendments.accept(text=version.texts.get(), **by_owner_of(account), at=clock.now())


def bring_into_force(version, *accounts, change=None):
    change = change or uuid.uuid4()
    amendments.offer(change=change, version_id=version.pk)
    return amendments.bring_into_force(
        change=change,
        version_id=version.pk,
        opened=dict.fromkeys([account.pk for account in accounts], clock.now()),
    )


def number_in_force(account):
    found = amendments.in_force(account=account, slug="terms", at=clock.now())
    return found and found.version.number


def test_what_was_accepted_first_is_in_force(account):
    found = amendments.in_force(account=account, slug="terms", at=clock.now())

    assert (found.version.number, found.accepted) == (1, True)
    assert amendments.in_force(account=make_account(), slug="terms", at=clock.now()) is None


def test_a_version_is_readable_from_its_announcement_and_offered_once(account, new):
    assert new not in AgreementVersion.objects.readable()
    change = uuid.uuid4()

    first = amendments.offer(change=change, version_id=new.pk)

    assert amendments.offer(change=change, version_id=new.pk) == first
    assert new in AgreementVersion.objects.readable()
    assert amendments.ahead_of(account=account, at=clock.now()) == [new]


def test_a_version_called_off_is_asked_about_no_more(account, new):
    change = uuid.uuid4()
    amendments.offer(change=change, version_id=new.pk)

    for _again in range(2):
        kinds_of_change.get("amendment").withdrawn(change)

    assert amendments.ahead_of(account=account, at=clock.now()) == []
    with pytest.raises(NotAllowed):
        accept(account, new)
    with pytest.raises(NotAllowed):
        object_to(account, new)


def test_a_version_comes_into_force_account_by_account(account, new):
    other = make_account()
    change = uuid.uuid4()

    assert bring_into_force(new, account, change=change) == [account.pk]
    assert bring_into_force(new, account, change=change) == []

    assert number_in_force(account) == 2
    assert number_in_force(other) is None
    assert not amendments.in_force(account=account, slug="terms", at=clock.now()).accepted
    assert VersionInForce.objects.get().permit.change == change


def test_the_version_is_published_with_the_first_account(account, new):
    amendments.offer(change=uuid.uuid4(), version_id=new.pk)
    assert consent.current_terms().number == 1

    bring_into_force(new, account)
    bring_into_force(new, make_account())

    assert consent.current_terms() == new


def test_an_older_version_is_not_published_after_a_newer_one(account, new):
    newer = make_version(3)
    bring_into_force(newer, account)
    bring_into_force(new, account)

    assert consent.current_terms() == newer
    assert number_in_force(account) == 3


def test_many_accounts_take_as_many_statements_as_one(account, new, django_assert_max_num_queries):
    accounts = [account, make_account(), make_account()]
    bring_into_force(new, make_account())

    with django_assert_max_num_queries(12):
        bring_into_force(new, *accounts)
    assert VersionInForce.objects.count() == 4


def test_without_an_offering_nothing_comes_into_force(account, new):
    with pytest.raises(IntegrityError, match="never offered"):
        amendments.bring_into_force(
            change=uuid.uuid4(), version_id=new.pk, opened={account.pk: clock.now()}
        )


def test_without_a_gate_nothing_comes_into_force(db):
    version = make_version(1)
    with pytest.raises(IntegrityError), transaction.atomic():
        bring_into_force(version, make_account())


def test_accepting_ahead_binds_from_the_date_only(account, new):
    amendments.offer(change=uuid.uuid4(), version_id=new.pk)

    acceptance = accept(account, new)

    assert accept(account, new) == acceptance
    assert acceptance.method == Acceptance.Method.AHEAD
    assert number_in_force(account) == 1
    bring_into_force(new, account)
    assert number_in_force(account) == 2


def test_who_objects_is_withheld_services_from_the_date(account, new):
    service = make_service()
    amendments.offer(change=uuid.uuid4(), version_id=new.pk)
    objection = object_to(account, new)

    assert object_to(account, new) == objection
    assert amendments.objection_of(account=account, version=new) == objection
    assert access.decide(account=account, service=service, at=clock.now()).allowed

    assert bring_into_force(new, account) == [account.pk]

    denied = access.decide(account=account, service=service, at=clock.now())
    assert (denied.allowed, denied.code, denied.clause) == (False, "condition", "14.3")
    assert "objected" in denied.reason_en
    assert "不同意" in denied.reason_zh_hans
    assert number_in_force(account) == 1
    assert Permit.objects.filter(account=account).count() == 1
    assert not VersionInForce.objects.exists()


def test_accepting_after_all_ends_the_objection_and_gives_services_back(account, new):
    service = make_service()
    amendments.offer(change=uuid.uuid4(), version_id=new.pk)
    before = accept(account, new)
    objection = object_to(account, new)
    bring_into_force(new, account)

    acceptance = accept(account, new)

    assert acceptance != before
    assert acceptance.method == Acceptance.Method.PAGE
    assert ObjectionWithdrawal.objects.get().objection == objection
    assert amendments.objection_of(account=account, version=new) is None
    assert access.decide(account=account, service=service, at=clock.now()).allowed
    assert number_in_force(account) == 2
    assert VersionInForce.objects.get().since >= acceptance.accepted_at


def test_taking_an_objection_back_before_the_date_leaves_nothing_withheld(account, new):
    amendments.offer(change=uuid.uuid4(), version_id=new.pk)
    object_to(account, new)
    accept(account, new)

    bring_into_force(new, account)

    assert number_in_force(account) == 2
    assert not Condition.objects.exists()


def test_who_is_on_the_way_out_is_not_bound_by_a_still_newer_version(account, new):
    amendments.offer(change=uuid.uuid4(), version_id=new.pk)
    object_to(account, new)
    bring_into_force(new, account)
    newer = make_version(3)

    bring_into_force(newer, account)

    assert number_in_force(account) == 1
    assert Condition.objects.filter(cleared_at=None).count() == 1
    with pytest.raises(NotTheCurrentText):
        accept(account, new)
    accept(account, newer)
    assert number_in_force(account) == 3
    assert not Condition.objects.filter(cleared_at=None).exists()


def test_a_version_in_force_is_not_objected_to_any_more(account, new):
    bring_into_force(new, account)

    with pytest.raises(NotAllowed, match="in force"):
        object_to(account, new)


@pytest.mark.parametrize("role", ["admin", "billing", "developer", "viewer", None])
def test_only_an_owner_answers_for_an_account(account, new, role):
    person = make_person()
    if role:
        Membership.objects.create(user=person, account=account, role=role)
    amendments.offer(change=uuid.uuid4(), version_id=new.pk)

    with pytest.raises(NotAllowed):
        object_to(account, new, user=person)
    with pytest.raises(NotAllowed):
        amendments.accept(
            text=new.texts.get(), **{**by_owner_of(account), "user": person}, at=clock.now()
        )


def use(account, service, at):
    ServiceUse.objects.update_or_create(
        account=account,
        service=service,
        defaults={"last_used_at": at},
        create_defaults={"first_used_at": at, "last_used_at": at},
    )


def test_continued_use_is_recorded_once(account, new):
    service = make_service()
    use(account, service, clock.now() - timedelta(days=2))
    bring_into_force(new, account)
    assert amendments.record_continued_use(at=clock.now()) == 0

    used_at = clock.now()
    use(account, service, used_at)

    assert amendments.record_continued_use(at=clock.now()) == 1
    assert amendments.record_continued_use(at=clock.now()) == 0
    found = ContinuedUse.objects.get()
    assert (found.account, found.version, found.service) == (account, new, service)
    assert found.used_at == used_at


def test_the_first_use_known_after_the_date_is_what_counts(account, new):
    service = make_service()
    bring_into_force(new, account)
    first = clock.now()
    use(account, service, first)
    use(account, service, clock.now())

    amendments.record_continued_use(at=clock.now())

    assert ContinuedUse.objects.get().used_at == first


def test_continued_use_by_who_accepted_or_objects_is_none(account, new):
    objector, service = make_account(), make_service()
    amendments.offer(change=uuid.uuid4(), version_id=new.pk)
    accept(account, new)
    object_to(objector, new)
    bring_into_force(new, account, objector)
    for one in (account, objector):
        use(one, service, clock.now())

    assert amendments.record_continued_use(at=clock.now()) == 0


def test_continued_use_comes_in_portions_when_asked_for(account, new):
    accounts = [account, make_account(), make_account()]
    service = make_service()
    bring_into_force(new, *accounts)
    for one in accounts:
        use(one, service, clock.now())

    def portion():
        return amendments.record_continued_use(at=clock.now(), at_most=2)

    assert [portion(), portion(), portion()] == [2, 1, 0]


def test_the_kind_offers_when_announced_and_binds_when_due(account, new):
    kind = kinds_of_change.get("amendment")
    effect = Effect(
        change=uuid.uuid4(),
        clause_id=make_clause("14.3").pk,
        service_id=None,
        agreement_version_id=new.pk,
        reason_zh_hans="新版协议",
        reason_en="a new version",
        ends_at=None,
    )
    kind.announced(effect)

    assert kind.take_effect(effect, opened={account.pk: clock.now()}) == [account.pk]
    assert number_in_force(account) == 2
    assert kind.lift(effect.change, account_ids=None, lifted_by=make_person(), reason="x") == []
    with pytest.raises(ValueError, match="names the version"):
        kind.announced(
            Effect(
                change=uuid.uuid4(),
                clause_id=effect.clause_id,
                service_id=None,
                reason_zh_hans="",
                reason_en="",
                ends_at=None,
            )
        )
