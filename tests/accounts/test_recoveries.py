"""A lost phone: two members of staff, a waiting period, and what the database refuses."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from accounts import recoveries, recovery_requests, second_factor, tasks
from accounts.exceptions import NotAllowed, ReasonMissing, RecoveryRefused
from accounts.models import (
    PhoneChange,
    PhoneRecovery,
    RecoveryDecision,
    RecoveryProposal,
    RecoveryStop,
    User,
)
from common.clock import now
from tests.accounts.making import make_person
from tests.accounts.recovering import (
    NEW_PHONE,
    approved,
    asked,
    checked,
    make_holder,
    proposed,
    supervisor,
    support,
)
from tests.desk.signing_in import staff
from tests.plumbing.receiving import use_texts

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]

EIGHT_DAYS = timedelta(days=8)


def refused(sql, params=(), match=None):
    with (
        pytest.raises(DatabaseError, match=match),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql, params)


def decide_raw(proposal, by, *, digest=None, days=7):
    return (
        "INSERT INTO accounts_recoverydecision"
        " (proposal_id, approved, digest, not_before, reason, decided_by_id)"
        " VALUES (%s, true, %s, common_now() + %s * interval '1 day', 'x', %s)",
        [proposal.pk, digest or proposal.digest, days, by.pk],
    )


# --- the rules ---------------------------------------------------------------------------


def test_nothing_is_proposed_before_somebody_checked():
    recovery = asked(make_holder())
    with pytest.raises(RecoveryRefused, match="First check"):
        recoveries.propose(recovery=recovery, drops_factor=False, reason="x", by=support())
    checked(recovery, passed=False)
    with pytest.raises(RecoveryRefused, match="First check"):
        recoveries.propose(recovery=recovery, drops_factor=False, reason="x", by=support())


def test_a_document_is_kept_with_a_case():
    with pytest.raises(RecoveryRefused, match="number"):
        recoveries.check(
            recovery=asked(make_holder()),
            kind="document",
            passed=True,
            seen="Her passport",
            case_reference=" ",
            by=support(),
        )


def test_nobody_decides_about_their_own_proposal_superusers_included():
    boss = staff(is_superuser=True)[0]
    recovery = proposed(asked(make_holder()), by=boss)
    with pytest.raises(NotAllowed, match="ask a colleague"):
        recoveries.decide(recovery=recovery, approved=True, reason="x", by=boss, at=now())


def test_support_approves_nothing():
    recovery = proposed(asked(make_holder()))
    with pytest.raises(NotAllowed):
        recoveries.decide(recovery=recovery, approved=True, reason="x", by=support(), at=now())


def test_a_second_factor_goes_only_if_it_was_asked_for():
    recovery = checked(asked(make_holder()))
    with pytest.raises(RecoveryRefused, match="did not ask"):
        recoveries.propose(recovery=recovery, drops_factor=True, reason="x", by=support())


def test_a_reason_is_written_down():
    recovery = proposed(asked(make_holder()))
    with pytest.raises(ReasonMissing):
        recoveries.decide(recovery=recovery, approved=True, reason=" ", by=supervisor(), at=now())


def test_numbers_of_staff_are_not_changed():
    recovery = checked(asked(make_holder(is_staff=True)))
    with pytest.raises(RecoveryRefused, match="Members of staff"):
        recoveries.propose(recovery=recovery, drops_factor=False, reason="x", by=support())


def test_a_number_of_somebody_else_is_not_taken():
    make_person().__class__.objects.create_user(NEW_PHONE, name="Other")
    recovery = checked(asked(make_holder()))
    with pytest.raises(RecoveryRefused, match="Somebody else"):
        recoveries.propose(recovery=recovery, drops_factor=False, reason="x", by=support())


def test_a_stranger_who_asks_first_shuts_nobody_out(texts_of_codes):
    person = make_holder()
    theirs = proposed(asked(person))
    mine = hand_in(person, texts_of_codes)
    assert mine.user == person
    checked(mine)
    with pytest.raises(RecoveryRefused, match="Another request"):
        recoveries.propose(recovery=mine, drops_factor=False, reason="x", by=support())
    recoveries.stop_by_staff(recovery=theirs, reason="Not her.", by=support(), at=now())
    recoveries.propose(recovery=mine, drops_factor=False, reason="x", by=support())


def test_there_are_at_most_three_open_requests_for_a_person(texts_of_codes):
    person = make_holder()
    for _time in range(3):
        asked(person)
    assert hand_in(person, texts_of_codes) is None
    assert PhoneRecovery.objects.count() == 3


def test_after_a_refusal_the_person_may_ask_anew(texts_of_codes):
    person = make_holder()
    recoveries.decide(
        recovery=proposed(asked(person)), approved=False, reason="x", by=supervisor(), at=now()
    )
    assert hand_in(person, texts_of_codes).user == person


@pytest.fixture
def texts_of_codes(settings):
    from common.messaging.memory import Memory

    use_texts(settings, "memory://")
    Memory.outbox.clear()
    return Memory.outbox


def hand_in(person, texts):
    draft = recovery_requests.draw_up(
        user=person,
        new_phone="+8613911113333",
        drops_factor=True,
        reason="It is at the bottom of a lake",
        language="en",
        at=now(),
    )
    tasks.send_codes()
    code = texts[-1].params["code"]
    return recovery_requests.hand_in(draft=draft, typed=code, ip_address=None, at=now())


def test_it_is_carried_out_after_the_waiting_period_and_not_before(clock):
    person = make_holder()
    second_factor.set_up(user=person)
    recovery = approved(asked(person))
    assert tasks.look_after_recoveries() == 0
    clock.advance(days=6, hours=23)
    assert tasks.look_after_recoveries() == 0
    clock.advance(hours=2)
    assert tasks.look_after_recoveries() == 1
    person.refresh_from_db()
    assert person.phone == NEW_PHONE
    assert person.phone_verified_at is not None
    assert second_factor.has_one(person)
    assert PhoneChange.objects.get().recovery == recovery
    assert tasks.look_after_recoveries() == 0


def test_the_second_factor_goes_if_that_was_approved(clock):
    person = make_holder()
    second_factor.set_up(user=person)
    approved(asked(person, drops_factor=True), drops_factor=True)
    clock.advance(days=8)
    assert tasks.look_after_recoveries() == 1
    assert not second_factor.has_one(person)
    assert PhoneChange.objects.get().dropped_factors == ["recovery_codes", "totp"]


def test_what_was_stopped_stays_stopped(clock):
    person = make_holder()
    recovery = approved(asked(person))
    recoveries.stop_by_link(recovery=recovery, ip_address="203.0.113.9", at=now())
    with pytest.raises(RecoveryRefused, match="over already"):
        recoveries.stop_by_link(recovery=recovery, ip_address=None, at=now())
    clock.advance(days=8)
    assert tasks.look_after_recoveries() == 0
    assert User.objects.get(pk=person.pk).phone == person.phone


def test_a_number_taken_meanwhile_stops_it(clock):
    approved(asked(make_holder()))
    User.objects.create_user(NEW_PHONE, name="Quick")
    clock.advance(days=8)
    assert tasks.look_after_recoveries() == 0
    assert RecoveryStop.objects.get().by == "facts"


def test_a_person_who_may_not_sign_in_meanwhile_gets_nothing(clock):
    person = make_holder()
    approved(asked(person))
    User.objects.filter(pk=person.pk).update(is_active=False)
    clock.advance(days=8)
    assert tasks.look_after_recoveries() == 0


# --- what the database refuses to the app role --------------------------------------------


def test_raw_sql_cannot_decide_for_oneself():
    boss = staff(is_superuser=True)[0]
    recovery = proposed(asked(make_holder()), by=boss)
    proposal = RecoveryProposal.objects.get(recovery=recovery)
    refused(*decide_raw(proposal, boss), match="their own proposal")
    refused(*decide_raw(proposal, support()), match="may not decide")
    refused(*decide_raw(proposal, make_holder()), match="may not decide")
    refused(*decide_raw(proposal, supervisor(), digest="0" * 64), match="not what was proposed")
    refused(*decide_raw(proposal, supervisor(), days=0.9), match="at least a day")


def test_raw_sql_cannot_propose_what_was_not_checked():
    recovery = asked(make_holder())
    insert = (
        "INSERT INTO accounts_recoveryproposal"
        " (recovery_id, drops_factor, reason, digest, proposed_by_id)"
        " VALUES (%s, false, 'x', accounts_recovery_digest(%s, false), %s)"
    )
    refused(insert, [recovery.pk, recovery.pk, support().pk], match="nobody has checked")
    checked(recovery)
    refused(insert, [recovery.pk, recovery.pk, make_holder().pk], match="may not propose")
    wrong = insert.replace("accounts_recovery_digest(%s, false)", "repeat('0', 64 + 0 * %s)")
    refused(wrong, [recovery.pk, recovery.pk, support().pk], match="digest")


def test_raw_sql_cannot_add_a_check_afterwards():
    recovery = proposed(asked(make_holder()))
    refused(
        "INSERT INTO accounts_recoverycheck"
        " (recovery_id, kind, passed, seen, case_reference, checked_by_id)"
        " VALUES (%s, 'call', true, 'x', '', %s)",
        [recovery.pk, support().pk],
        match="before the proposal",
    )


CHANGE = (
    "INSERT INTO accounts_phonechange (recovery_id, dropped_factors, ended_sessions)"
    " VALUES (%s, '[]', 0)"
)


def test_raw_sql_cannot_carry_out_early_or_unapproved_or_stopped(clock):
    early = approved(asked(make_holder()))
    refused(CHANGE, [early.pk], match="waiting period")
    unapproved = proposed(asked(make_holder(), new_phone="+8613911114444"))
    stopped = approved(asked(make_holder(), new_phone="+8613911115555"))
    recoveries.stop_by_link(recovery=stopped, ip_address=None, at=now())
    clock.advance(days=8)
    refused(CHANGE, [unapproved.pk], match="not approved")
    refused(CHANGE, [stopped.pk], match="stopped")


def test_raw_sql_cannot_stop_what_is_done_nor_take_a_stop_back(clock):
    done = approved(asked(make_holder()))
    stopped = approved(asked(make_holder(), new_phone="+8613911115555"))
    recoveries.stop_by_link(recovery=stopped, ip_address=None, at=now())
    clock.advance(days=8)
    tasks.look_after_recoveries()
    refused(
        "INSERT INTO accounts_recoverystop (recovery_id, by, reason) VALUES (%s, 'link', '')",
        [done.pk],
        match="carried out already",
    )
    for table in ("stop", "decision", "proposal", "check"):
        refused(f"DELETE FROM accounts_recovery{table}", match="permission denied")
    refused("UPDATE accounts_recoverydecision SET not_before = now()", match="permission denied")


def test_raw_sql_cannot_change_a_confirmed_phone():
    person = make_holder()
    refused(
        "UPDATE accounts_user SET phone = '+8613911119999' WHERE id = %s",
        [person.pk],
        match="by a recovery only",
    )


def test_the_waiting_period_is_that_of_the_settings(settings):
    settings.PHONE_RECOVERY_WAITING_DAYS = 3
    approved(asked(make_holder()))
    decision = RecoveryDecision.objects.get()
    assert timedelta(days=3) - (decision.not_before - decision.recorded_at) < timedelta(minutes=1)
