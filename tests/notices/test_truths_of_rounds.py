"""What the database refuses to the app role about rounds, best efforts and audiences."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from accounts.models import Permit, Region
from common.clock import now
from notices import announced, audiences, changes, gate, progress
from notices.audiences import Rule
from notices.models import Attempt, Delivery, ServiceChange
from tests.accounts.making import (
    make_region,
)
from tests.notices.making import (
    approve,
    make_announced,
    make_customer,
    make_officer,
    make_organization,
    plan,
    propose,
    run_jobs,
)

pytestmark = pytest.mark.django_db


def run(sql, params=()):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall() if cursor.description else None


def refused(sql, params=(), match=None):
    with pytest.raises(DatabaseError, match=match), transaction.atomic():
        run(sql, params)


@pytest.fixture
def account():
    return make_customer()[1]


@pytest.fixture
def by_rule(account):
    """An announced change of a rule that fits `account` and not `stranger`."""
    account.region = make_region()
    account.save()
    rule = Rule(regions=[account.region_id]).as_json()
    change = plan(audience="rule", rule=rule)
    propose(change)
    approve(change)
    run_jobs()
    return ServiceChange.objects.get(pk=change.pk)


def due(account, clock, **contents):
    change = make_announced(account, **contents)
    clock.set(max(gate.earliest_effect(change, account), change.effective_at))
    return change


# --- postponements -------------------------------------------------------------------------


def postponement(change, until, everybody=True):
    return (
        "INSERT INTO notices_postponement"
        " (change_id, was, until, everybody, postponed_by_id, reason)"
        " VALUES (%s, common_now(), %s, %s, %s, 'x')",
        [change.pk, until, everybody, change.planned_by_id],
    )


@pytest.mark.parametrize("everybody", [True, False])
@pytest.mark.parametrize("days", [-1, 0])
def test_no_postponement_to_an_earlier_moment(account, days, everybody):
    change = make_announced(account)
    until = change.effective_at + timedelta(days=days)
    refused(*postponement(change, until, everybody), match="later moment")


def test_what_it_was_is_the_databases_to_say(account):
    change = make_announced(account)
    run(*postponement(change, change.effective_at + timedelta(days=1)))
    assert change.postponements.get().was == change.effective_at


def test_no_postponement_of_a_draft_of_what_is_over_or_of_what_acts_at_once(account, clock):
    change = plan(account)
    refused(*postponement(change, change.effective_at + timedelta(days=1)), match="announced")
    ending = make_announced(account, ends_at=now() + timedelta(days=20), service=change.service)
    refused(*postponement(ending, ending.ends_at), match="over before it begins")
    at_once = plan(account, at_once=True, grounds="x", in_days=0, service=change.service)
    propose(at_once)
    approve(at_once)
    refused(*postponement(at_once, now() + timedelta(days=1)), match="announced")


# --- best efforts --------------------------------------------------------------------------


def failure(delivery, cause):
    return (
        "INSERT INTO notices_failure (delivery_id, cause) VALUES (%s, %s)",
        [delivery.pk, cause],
    )


@pytest.fixture
def written(account):
    """A change whose messages wait to be sent."""
    change = plan(account)
    propose(change)
    approve(change)
    progress.write_messages()
    return change


def attempt_of(delivery, verdict=None):
    """Made as by a worker that has claimed the delivery."""
    fence = delivery.attempts.count() + 1
    Delivery.objects.filter(pk=delivery.pk).update(state="sending", fence=fence)
    attempt = Attempt.objects.create(delivery=delivery, provider="p", fence=fence)
    if verdict:
        answered(attempt, verdict)
    return attempt


def answered(attempt, verdict):
    run(
        "INSERT INTO notices_outcome (attempt_id, verdict, provider_reference, answer)"
        " VALUES (%s, %s, '', '{}')",
        [attempt.pk, verdict],
    )


def bounce(attempt):
    return (
        "INSERT INTO notices_bounce (attempt_id, reason, answer) VALUES (%s, 'x', '{}')",
        [attempt.pk],
    )


@pytest.mark.parametrize("cause", ["refused", "exhausted", "bounced"])
def test_no_failure_without_attempts_that_say_so(written, cause):
    delivery = Delivery.objects.get(channel="sms")
    refused(*failure(delivery, cause), match="fails for good when")
    attempt = attempt_of(delivery)
    refused(*failure(delivery, cause), match="fails for good when")
    answered(attempt, "rejected_for_now")
    refused(*failure(delivery, cause), match="fails for good when")


def test_a_failure_needs_as_many_tries_as_it_says(written):
    delivery = Delivery.objects.get(channel="sms")
    for _try in range(8):
        attempt_of(delivery, "rejected_for_now")
    refused(*failure(delivery, "exhausted"), match="fails for good when")
    attempt_of(delivery, "rejected_for_now")
    run(*failure(delivery, "exhausted"))


def test_no_failure_of_what_was_accepted_unless_it_came_back(written):
    delivery = Delivery.objects.get(channel="sms")
    attempt_of(delivery, "rejected_for_now")
    taken = attempt_of(delivery, "accepted")
    for cause in ("refused", "exhausted", "bounced"):
        refused(*failure(delivery, cause), match="fails for good when")
    run(*bounce(taken))
    run(*failure(delivery, "bounced"))


def test_what_was_rejected_cannot_come_back(written):
    delivery = Delivery.objects.get(channel="sms")
    for verdict in ("rejected_for_good", "rejected_for_now"):
        refused(*bounce(attempt_of(delivery, verdict)), match="never taken")


def test_effort_on_one_address_is_not_best_efforts(written, account):
    delivery = Delivery.objects.get(channel="sms")
    attempt_of(delivery, "rejected_for_good")
    run(*failure(delivery, "refused"))
    assert gate.earliest_effect(written, account) is None


# --- exemptions and audiences --------------------------------------------------------------


def exemption(change, account):
    return (
        "INSERT INTO notices_exemption (change_id, account_id, cause, reason)"
        " VALUES (%s, %s, 'audience', '')",
        [change.pk, account.pk],
    )


def test_no_exemption_after_the_permit(account, clock):
    change = due(account, clock)
    Permit.record(change=change.uuid, account=account, not_before=now())
    refused(*exemption(change, account), match="before the change reaches it")


def test_no_exemption_of_a_stranger(account):
    _bob, stranger = make_customer()
    refused(*exemption(make_announced(account), stranger), match="before the change reaches it")


def test_no_permit_for_who_was_left_out(account, clock):
    change = due(account, clock)
    announced.leave_out(
        change=change, accounts=[account], left_out_by=make_officer(), reason="Hardship"
    )
    refused(
        "INSERT INTO accounts_permit (change, account_id, not_before) VALUES (%s, %s, %s)",
        [change.uuid, account.pk, now()],
        match="no proof",
    )


def concerned(change, account):
    return (
        "INSERT INTO notices_concernedaccount (change_id, account_id, round) VALUES (%s, %s, 9)",
        [change.pk, account.pk],
    )


def test_an_account_the_rule_does_not_fit_does_not_join(by_rule):
    _bob, stranger = make_customer()
    refused(*concerned(by_rule, stranger), match="does not fit")
    stranger.region = Region.objects.get()
    stranger.save()
    run(*concerned(by_rule, stranger))
    by_rule.refresh_from_db()
    assert by_rule.concerned_count == 2


def test_one_that_joined_by_hand_was_still_told_nothing(by_rule, clock):
    _bob, stranger = make_customer()
    stranger.region = Region.objects.get()
    stranger.save()
    run(*concerned(by_rule, stranger))
    run(
        "INSERT INTO notices_selection (change_id, round, upto_account, accounts, last)"
        " VALUES (%s, 9, 1, 1, true)",
        [by_rule.pk],
    )
    clock.advance(days=60)
    assert gate.earliest_effect(by_rule, stranger) is None


@pytest.mark.parametrize("sql", ["concerned_count = 0", "concerned_count = 1000000"])
def test_the_count_of_accounts_is_not_forged(by_rule, sql):
    run(f"UPDATE notices_servicechange SET {sql} WHERE id = %s", [by_rule.pk])
    by_rule.refresh_from_db()
    assert by_rule.concerned_count == 1


def test_the_moment_postponed_to_is_not_forged(by_rule):
    run(
        "UPDATE notices_servicechange SET postponed_until = %s WHERE id = %s",
        [now() - timedelta(days=9), by_rule.pk],
    )
    by_rule.refresh_from_db()
    assert by_rule.postponed_until is None


@pytest.mark.parametrize(
    "assignment",
    [
        'rule = \'{"kinds": ["personal"]}\'',
        "audience = 'everyone', rule = '{}'",
        "limits = '{\"tokens_per_day\": 1}'",
        "corrects_id = id",
    ],
)
def test_whom_it_is_for_stays_fixed_once_announced(by_rule, assignment):
    refused(
        f"UPDATE notices_servicechange SET {assignment} WHERE id = %s",
        [by_rule.pk],
        match="edited as a draft only",
    )


# --- telling -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "phase"),
    [
        ("draft", "announced"),
        ("approved", "announced"),
        ("announced", "in_effect"),
        ("announced", "lifted"),
        ("announced", "withdrawn"),
        ("announced", "postponed"),
    ],
)
def test_nobody_is_told_what_has_not_happened(account, state, phase):
    if state == "announced":
        change = make_announced(account)
    else:
        change = plan(account)
        if state == "approved":
            propose(change)
            approve(change)
    refused(
        "INSERT INTO notices_expansion (change_id, phase, round, whom, after_id, upto_id)"
        " VALUES (%s, %s, 9, 'joined', 0, 0)",
        [change.pk, phase],
        match="not in a state to be told",
    )


def test_an_expansion_by_hand_is_no_notice(account, clock):
    orphan = make_organization(name="Nobody's")
    change = make_announced(account, orphan)
    run(
        "INSERT INTO notices_expansion (change_id, phase, round, whom, after_id, upto_id)"
        " VALUES (%s, 'announced', 9, 'joined', 1, 0)",
        [change.pk],
    )
    clock.advance(days=60)
    run_jobs()
    assert gate.earliest_effect(change, orphan) is None


def test_a_correction_is_of_one_change(account):
    """What was approved says what it replaces; nobody puts another in its place after."""
    first = make_announced(account)
    other = make_announced(account, service=first.service)
    correction = changes.correct(change=first, planned_by=make_officer())
    propose(correction)
    refused(
        "UPDATE notices_servicechange SET corrects_id = %s WHERE id = %s",
        [other.pk, correction.pk],
        match="edited as a draft only",
    )


def test_selections_say_who_was_looked_at(by_rule):
    assert [(one.round, one.accounts, one.last) for one in by_rule.selections.all()] == [
        (1, 1, True)
    ]
    assert audiences.is_selected(by_rule)
