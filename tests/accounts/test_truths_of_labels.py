"""What the database refuses about label exemptions, to the app role with raw SQL (3.6.2)."""

from datetime import timedelta

import pytest
from django.db import connection, transaction

from accounts import label_exemptions, label_promises
from accounts.models import (
    LabelApplication,
    LabelApplicationEnd,
    LabelExemption,
    LabelExemptionEnd,
    LabelProposal,
    LabelUndertaking,
)
from common.clock import now
from tests.accounts.exempting import (
    ask,
    bind,
    exempt,
    grant,
    make_staff,
    make_terms,
    owner_of,
    propose,
)
from tests.accounts.making import make_account, make_clause, make_person, make_service
from tests.accounts.test_truths import accepted, refused

pytestmark = pytest.mark.django_db

ASK = """
INSERT INTO accounts_labelapplication (public_id, account_id, whole_account, services, purpose,
    clause_id, text_id, text_sha256, asked_by_id)
VALUES ('lap_' || substr(md5(random()::text), 1, 20), %(account)s, %(whole)s, %(services)s,
    'x', %(clause)s, %(text)s, %(sha256)s, %(by)s)
"""
PROMISE = """
INSERT INTO accounts_labelundertaking (application_id, clause_id, words_id, sha256)
VALUES (%s, %s, %s, %s)
"""
PROPOSE = """
INSERT INTO accounts_labelproposal (application_id, last_day, digest, case_reference, reason,
    proposed_by_id)
VALUES (%s, %s, %s, '', 'x', %s)
"""
GRANT = """
INSERT INTO accounts_labelexemption (public_id, proposal_id, account_id, service_id, label,
    last_day, ends_at, digest, reason, approved_by_id)
VALUES ('lex_' || substr(md5(random()::text), 1, 20), %(proposal)s, %(account)s, %(service)s,
    %(label)s, %(last_day)s, 'infinity', %(digest)s, 'x', %(by)s)
"""
END = """
INSERT INTO accounts_labelexemptionend (exemption_id, kind, reason_zh_hans, reason_en, clause_id,
    case_reference, ended_by_id)
VALUES (%s, %s, %s, %s, %s, '', %s)
"""
END_APPLICATION = """
INSERT INTO accounts_labelapplicationend (application_id, kind, reason_zh_hans, reason_en,
    ended_by_id)
VALUES (%s, %s, %s, %s, %s)
"""


@pytest.fixture
def account():
    return make_account()


def asked(account, **other):
    promised = label_promises.promised(account, language="en", at=now())
    return {
        "account": account.pk,
        "whole": True,
        "services": [],
        "clause": promised.clause.pk,
        "text": promised.words.text_id,
        "sha256": promised.sha256,
        "by": owner_of(account).pk,
        **other,
    }


def granted(proposal, **other):
    return {
        "proposal": proposal.pk,
        "account": proposal.application.account_id,
        "service": None,
        "label": "explicit",
        "last_day": proposal.last_day,
        "digest": proposal.digest,
        "by": make_staff().pk,
        **other,
    }


def refused_at_commit(sql, params, match):
    """As `refused`, by what is looked at when all of a transaction is there."""
    with transaction.atomic():
        accepted(sql, params)
        refused("SET CONSTRAINTS ALL IMMEDIATE", match=match)
        transaction.set_rollback(True)


def test_an_owner_asks_under_the_terms_in_force_in_the_words_shown(account):
    bind(account)
    refused(ASK, asked(account, by=make_person().pk), match="an owner asks")
    refused(ASK, asked(account, clause=make_clause("1.3").pk), match="terms in force")
    refused(ASK, asked(account, sha256="0" * 64), match="not that of the version")
    refused(ASK, asked(account, whole=False), match="whole_or_services")
    refused(ASK, asked(account, whole=False, services=["time-travel"]), match="on sale")
    service = make_service().slug
    refused(ASK, asked(account, whole=False, services=[service, service]), match="each once")
    before = asked(account)
    bind(account, make_terms(version=2))
    refused(ASK, before, match="terms in force")


def test_without_all_four_promises_nothing_is_asked(account):
    bind(account)
    refused_at_commit(ASK, asked(account), match="all four")


def test_what_is_promised_is_what_was_shown(account):
    bind(account)
    promised = label_promises.promised(account, language="en", at=now())
    # As much as a writer of rows can get to: an application without its promises.
    with connection.cursor() as cursor:
        cursor.execute(ASK + " RETURNING id", asked(account))
        [pk] = cursor.fetchone()
    words = promised.undertakings[0]
    sha256 = label_promises.sha256_of(words)
    whole = promised.words
    refused(PROMISE, [pk, whole.clause_id, whole.pk, sha256], match=r"3\.6\.2\(a\)")
    refused(PROMISE, [pk, words.clause_id, words.pk, "0" * 64], match="not the words")
    for each in promised.undertakings:
        accepted(PROMISE, [pk, each.clause_id, each.pk, label_promises.sha256_of(each)])
    refused(PROMISE, [pk, words.clause_id, words.pk, sha256], match="each_once")
    accepted("SET CONSTRAINTS ALL IMMEDIATE", [])


def test_an_account_has_one_open_application(account):
    ask(account)
    refused(ASK, asked(account), match="open already")


def test_proposed_by_who_may_for_a_day_within_bounds(account):
    application = ask(account)
    today = now().date()
    by = make_staff("compliance").pk

    def proposal(days, by=by):
        day = today + timedelta(days=days)
        return [application.pk, day, label_exemptions.digest_of(application, day), by]

    refused(PROPOSE, proposal(368), match="more than 366 days")
    refused(PROPOSE, proposal(-2), match="is over")
    refused(PROPOSE, proposal(9, make_person().pk), match="may not propose")
    refused(PROPOSE, proposal(9, make_staff("billing").pk), match="may not propose")
    refused(PROPOSE, [*proposal(9)[:2], "0" * 64, by], match="digest")
    accepted(PROPOSE, proposal(9))


def test_granted_by_another_who_may_as_it_was_proposed(account):
    service = make_service()
    supervisor = make_staff()
    proposal = propose(ask(account), by=supervisor)
    later = proposal.last_day + timedelta(days=1)

    refused(GRANT, granted(proposal, by=supervisor.pk), match="their own proposal")
    refused(GRANT, granted(proposal, by=make_staff("compliance").pk), match="may not grant")
    refused(GRANT, granted(proposal, last_day=later), match="not what was proposed")
    refused(GRANT, granted(proposal, service=service.pk), match="not what was proposed")
    refused(GRANT, granted(proposal, account=make_account().pk), match="not what was proposed")
    refused(GRANT, granted(proposal, digest="0" * 64), match="not what was proposed")
    propose(proposal.application, days=2)
    refused(GRANT, granted(proposal), match="a later proposal")


def test_the_implicit_label_is_never_off(account):
    proposal = propose(ask(account))

    for label in ("implicit", "", "all"):
        refused(GRANT, granted(proposal, label=label), match="never_of_the_implicit_label")
    accepted(GRANT, granted(proposal))


def test_the_database_reckons_the_end_and_not_the_writer(account):
    proposal = propose(ask(account), days=3)
    accepted(GRANT, granted(proposal))

    [one] = LabelExemption.objects.filter(account=account)
    assert now() + timedelta(days=3) < one.ends_at < now() + timedelta(days=5)


def test_one_exemption_stands_for_an_account_and_service(account):
    service = make_service()
    exempt(account, service)
    refused(GRANT, granted(propose(ask(account))), match="another exemption stands")
    accepted(
        END_APPLICATION,
        [LabelApplication.objects.open().get().pk, "withdrawn", "", "", owner_of(account).pk],
    )
    proposal = propose(ask(account, service))
    refused(GRANT, granted(proposal, service=service.pk), match="another exemption stands")


def test_what_was_granted_is_not_granted_again_or_ended_as_an_application(account):
    application = ask(account)
    grant(application)
    by = make_staff("compliance").pk

    refused(END_APPLICATION, [application.pk, "declined", "否", "No", by], match="granted")


def test_an_application_ends_by_who_may_and_with_reasons(account):
    application = ask(account)
    by = make_staff("compliance").pk
    stranger = make_person().pk

    refused(END_APPLICATION, [application.pk, "declined", "", "No", by], match="says_why")
    refused(END_APPLICATION, [application.pk, "declined", "否", "No", stranger], match="may not")
    refused(END_APPLICATION, [application.pk, "withdrawn", "", "", stranger], match="an owner")
    accepted(END_APPLICATION, [application.pk, "declined", "否", "No", by])
    proposal = [application.pk, now().date(), "0" * 64, by]
    refused(PROPOSE, proposal, match="is over")


def test_an_exemption_ends_by_who_may_and_with_reasons(account):
    [one] = exempt(account)
    by, clause = make_staff("compliance").pk, one.proposal.application.clause_id

    refused(END, [one.pk, "revoked", "否", "No", None, by], match="says_why")
    refused(END, [one.pk, "revoked", "否", "", clause, by], match="says_why")
    refused(END, [one.pk, "revoked", "否", "No", clause, owner_of(account).pk], match="may not")
    refused(END, [one.pk, "given_up", "", "", None, by], match="an owner")
    accepted(END, [one.pk, "revoked", "否", "No", clause, by])
    refused(END, [one.pk, "given_up", "", "", None, owner_of(account).pk], match="duplicate")


def test_what_gives_way_gives_way_to_another(account):
    [one] = exempt(account)
    replaced = [one.pk, "replaced", "", "", None, make_staff().pk]
    refused_at_commit(END, replaced, match="nothing was granted in its place")


@pytest.mark.parametrize(
    "model",
    [
        LabelApplication,
        LabelApplicationEnd,
        LabelExemption,
        LabelExemptionEnd,
        LabelProposal,
        LabelUndertaking,
    ],
)
def test_nothing_of_it_is_edited_or_deleted(account, model):
    exempt(account)
    table = model._meta.db_table
    refused(f"UPDATE {table} SET id = id", [], match="permission denied")
    refused(f"DELETE FROM {table}", [], match="permission denied")
