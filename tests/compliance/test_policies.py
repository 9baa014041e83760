"""Policies: on which clause they stand, for whom, and their next versions."""

from dataclasses import replace

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.utils.translation import override

from accounts import agreements, consent
from accounts.exceptions import NotAllowed, ReasonMissing
from accounts.models import Acceptance
from common.clock import now
from compliance import policies
from compliance.exceptions import NotPossible, Stale
from compliance.models import Policy, PolicyBinding, PolicyVersion
from compliance.models.policies import ENDING
from tests.accounts.making import make_account, make_clause
from tests.compliance.agreement_of_policies import agreement_with, numbers_of_policies
from tests.desk.signing_in import staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]

ITEMS = [f"2.2.5({chr(code)})" for code in range(ord("a"), ord("t") + 1)]


def imported(numbers=None, *, publish=True, number=None, slug="terms"):
    numbers = numbers or numbers_of_policies()
    done = agreements.import_text(
        slug=slug, source=agreement_with(numbers), language="en", number=number, publish=publish
    )
    return done.text.version


def policy(number):
    return Policy.objects.get(clause_number=number)


def accept(account, version):
    consent.record(
        user=account.memberships.get().user,
        account=account,
        text=version.texts.get(),
        method=Acceptance.Method.PAGE,
        ip_address=None,
        user_agent="",
        at=now(),
    )


def test_an_installation_begins_with_a_policy_for_every_leaf():
    numbers = set(numbers_of_policies())
    others = [
        "1.2.4",
        "1.2.5",
        "1.2.6",
        "1.2.7",
        "1.2.8(b)",
        "1.5",
        "3.1",
        "3.2",
        "3.5",
        "4.1",
        "4.2",
        "5",
    ]
    assert numbers == {
        *(f"2.2.{number}" for number in range(1, 13) if number != 5),
        *ITEMS,
        *(f"3.3.{number}" for number in range(1, 6)),
        *(f"4.3({letter})" for letter in "abcd"),
        *others,
    }
    for version in PolicyVersion.objects.select_related("policy"):
        assert not list(policies.problems(policies.wording_of(version)))
        assert list(policies.in_order(version.allowed_actions)) == sorted(
            version.allowed_actions, key=list(policies.Action.values).index
        )
        assert "none" in version.allowed_actions
    # What may end by itself has a usual term, but for what lasts until something is proved.
    endless = {"1.2.4", "1.2.6", "1.2.8(b)"}
    for policy in Policy.objects.all():
        ends = policy.current.default_action in ENDING and policy.clause_number not in endless
        assert (policy.current.default_days is not None) is ends, policy
    assert [one.clause_number for one in Policy.objects.filter(supervisors_only=True)] == ["2.2.12"]
    codes = Policy.objects.order_by("position").values_list("clause_number", flat=True)
    assert list(codes)[10:30] == ITEMS


def test_terms_that_are_imported_are_bound_by_number():
    version = imported(publish=False)
    bindings = PolicyBinding.objects.filter(clause__version=version).select_related(
        "clause", "policy"
    )
    assert len(bindings) == Policy.objects.count()
    assert all(one.policy.clause_number == one.clause.number for one in bindings)
    assert policies.latest_clause(policy("2.2.7")) is None, "not published yet"
    agreements.publish_if_newest(version=version, published_by=None)
    assert policies.latest_clause(policy("2.2.7")).number == "2.2.7"
    assert PolicyBinding.objects.count() == len(bindings)
    assert not policies.without_clause().exists()


def test_publishing_binds_clauses_that_came_without_an_import():
    clause = make_clause("2.2.7")
    assert policies.bind_version(clause.version)
    assert policies.bind_version(clause.version) == []
    later = make_clause("2.2.8")
    agreements.publish_if_newest(version=later.version, published_by=None)
    assert policies.latest_clause(policy("2.2.8")) == later


def test_other_documents_bind_nothing():
    imported(slug="privacy")
    assert not PolicyBinding.objects.exists()
    assert not policies.without_clause().exists(), "there are no terms to look in"


def test_what_finds_no_clause_is_listed():
    imported([number for number in numbers_of_policies() if number not in ("5", "2.2.12")])
    assert {one.clause_number for one in policies.without_clause()} == {"2.2.12", "5"}
    assert policies.latest_clause(policy("5")) is None


def test_the_clause_is_of_the_version_in_force_for_the_account():
    first = imported(number=1)
    account, stranger = make_account(), make_account()
    accept(account, first)
    second = imported([*numbers_of_policies(), "2.2.13"], number=2)
    spam = policy("2.2.8")
    assert policies.clause_for(spam, account=account, at=now()).version == first
    assert policies.latest_clause(spam).version == second
    assert policies.clause_for(spam, account=stranger, at=now()) is None
    before = now()
    accept(account, second)
    assert policies.clause_for(spam, account=account, at=now()).version == second
    assert policies.clause_for(spam, account=account, at=before).version == first


@pytest.mark.parametrize("severed", ["2.2.5(a)", "2.2.5", "2.2", "2"])
def test_a_severed_clause_cannot_be_cited(severed):
    version = imported()
    member, _browser = staff("compliance")
    clause = version.clauses.get(number=severed)
    agreements.sever(clause=clause, severed_by=member, reason="Void by judgment")
    assert policies.latest_clause(policy("2.2.5(a)")) is None
    assert policies.latest_clause(policy("3.2")) is not None


# -- by hand -------------------------------------------------------------------------------


def test_bound_by_hand_the_newest_binding_holds():
    version = imported()
    member, _browser = staff("compliance")
    spam, other = policy("2.2.8"), version.clauses.get(number="2.2.9")
    bound = policies.bind_by_hand(policy=spam, clause=other, by=member)
    assert bound.bound_by == member
    assert policies.latest_clause(spam) == other
    assert policies.bind_version(version) == [], "by number nothing is put back"
    with pytest.raises(NotPossible, match="already"):
        policies.bind_by_hand(policy=spam, clause=other, by=member)
    own = version.clauses.get(number="2.2.8")
    policies.bind_by_hand(policy=spam, clause=own, by=member)
    assert policies.latest_clause(spam) == own


def test_by_hand_only_on_clauses_that_can_be_cited():
    member, _browser = staff("compliance")
    version, elsewhere = imported(), imported(slug="privacy")
    preamble = version.clauses.get(number="0")
    for clause in (elsewhere.clauses.get(number="2.2.8"), preamble):
        with pytest.raises(NotPossible):
            policies.bind_by_hand(policy=policy("2.2.8"), clause=clause, by=member)


@pytest.mark.parametrize(
    ("group", "number", "allowed"),
    [
        ("support", "2.2.8", False),
        ("auditor", "2.2.8", False),
        ("compliance", "2.2.8", True),
        ("compliance", "2.2.12", False),
        ("supervisor", "2.2.12", True),
        ("supervisor", "2.2.8", True),
    ],
)
def test_who_changes_policies(group, number, allowed):
    version = imported()
    member, _browser = staff(group)
    one, other = policy(number), version.clauses.get(number="3.2")
    acts = [
        lambda: policies.bind_by_hand(policy=one, clause=other, by=member),
        lambda: write(one, member, title_en="Another title"),
    ]
    for act in acts:
        if allowed:
            assert act()
        else:
            with pytest.raises(NotAllowed):
                act()


# -- versions ------------------------------------------------------------------------------


def write(one, member, *, before=None, reason="Counsel asked for it", **changed):
    before = before or one.current
    wording = replace(policies.wording_of(before), **changed)
    return policies.write_next(before=before, wording=wording, reason=reason, written_by=member)


def test_the_next_version_leaves_the_ones_before():
    member, _browser = staff("compliance")
    spam = policy("2.2.8")
    first = spam.current
    second = write(
        spam, member, title_en="Junk", allowed_actions=("warning", "none"), strike_points=3
    )
    assert (second.number, second.written_by, second.reason) == (2, member, "Counsel asked for it")
    assert second.allowed_actions == ["none", "warning"]
    assert spam.current == second
    assert PolicyVersion.objects.get(pk=first.pk).title_en == "Spam"
    with override("zh-hans"):
        assert str(spam) == f"2.2.8 {first.title_zh_hans}"


def test_whoever_read_an_older_version_is_told():
    member, _browser = staff("compliance")
    spam = policy("2.2.8")
    read = spam.current
    write(spam, member, title_en="First")
    with pytest.raises(Stale):
        write(spam, member, before=read, title_en="Second")
    assert spam.current.title_en == "First"


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({}, NotPossible),
        ({"title_en": " "}, NotPossible),
        ({"title_en": "x" * 121}, NotPossible),
        ({"title_en": "two\nlines"}, NotPossible),
        ({"text_zh_hans": ""}, NotPossible),
        ({"text_en": "a\u202eb"}, NotPossible),
        ({"severity": 9}, NotPossible),
        ({"allowed_actions": ()}, NotPossible),
        ({"allowed_actions": ("none", "execution")}, NotPossible),
        ({"default_action": "suspension", "allowed_actions": ("none",)}, NotPossible),
        ({"strike_points": 101}, NotPossible),
        ({"default_days": 5}, NotPossible),  # of a warning
        ({"default_action": "suspension", "default_days": 0}, NotPossible),
        ({"default_action": "suspension", "default_days": 3651}, NotPossible),
        ({"title_en": "New", "reason": "  "}, ReasonMissing),
    ],
)
def test_what_cannot_be_a_version(changed, error):
    member, _browser = staff("compliance")
    with pytest.raises(error):
        write(policy("2.2.8"), member, **changed)
    assert policy("2.2.8").versions.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_is_written_and_the_other_told():
    import threading

    member, _browser = staff("supervisor")
    spam = policy("2.2.8")
    read, start, outcomes = spam.current, threading.Barrier(2), []

    def write_one(title):
        start.wait()
        try:
            outcomes.append(write(spam, member, before=read, title_en=title).number)
        except Stale:
            outcomes.append("told")
        finally:
            connections.close_all()

    both = [threading.Thread(target=write_one, args=(title,)) for title in ("One", "Two")]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(map(str, outcomes)) == ["2", "told"]
    assert spam.versions.count() == 2


@pytest.mark.parametrize(("action", "days"), [("warning", 5), ("suspension", 0)])
def test_the_database_refuses_terms_of_what_never_ends(action, days):
    before = policy("2.2.8").current
    fields = {**vars(policies.wording_of(before)), "default_action": action, "default_days": days}
    with pytest.raises(IntegrityError, match="term_fits"), transaction.atomic():
        PolicyVersion.record(
            policy=before.policy,
            number=2,
            **{**fields, "allowed_actions": list(before.allowed_actions)},
        )


def test_the_database_keeps_versions_and_bindings():
    imported()
    for table in ("policyversion", "policybinding"):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT has_table_privilege(%s, 'UPDATE'), has_table_privilege(%s, 'DELETE')",
                [f"compliance_{table}"] * 2,
            )
            assert cursor.fetchone() == (False, False)
