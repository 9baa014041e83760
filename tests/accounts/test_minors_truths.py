"""What the database refuses to the app role with raw SQL about minors (clause 1.1)."""

from datetime import timedelta

import pytest
from django.utils.timezone import localdate

from accounts import guardians
from accounts.models import AgreementText, Condition
from common import clock
from tests.accounts.making import make_account, make_clause
from tests.accounts.test_truths import accepted, make_version, refused

pytestmark = pytest.mark.django_db

DECLARED = (
    "INSERT INTO accounts_capacitydeclaration"
    " (user_id, capacity, of_age_on, version_id, clause, wording, declared_at)"
    " VALUES (%s, %s, %s, %s, '1.1', 1, common_now())"
)
CONSENTED = (
    "INSERT INTO accounts_guardianconsent (user_id, guardian_name, guardian_phone, phone_mark,"
    " relation, personal_data, text_id, text_sha256, wording, consented_at, user_agent)"
    " VALUES (%s, '', '', '', 'parent', %s, %s, %s, 1, common_now(), '')"
)
CLEARED = "UPDATE accounts_condition SET cleared_at = common_now() WHERE source = 'guardian_due'"


def declared(account, capacity="minor", days=400):
    of_age_on = None if capacity == "adult" else localdate(clock.now()) + timedelta(days=days)
    return DECLARED, [account.holder_id, capacity, of_age_on, make_clause("1.1").version_id]


def consented(account, personal_data=False):
    text = make_version(2).texts.get()
    return CONSENTED, [account.holder_id, personal_data, text.pk, text.sha256]


@pytest.fixture
def account():
    return make_account()


@pytest.fixture
def waiting(account):
    guardians.require(account=account, since=clock.now())
    accepted(*declared(account))
    return account


def now(statement, params=()):
    """What is checked at the end of a transaction is checked after this statement."""
    return f"SET CONSTRAINTS ALL IMMEDIATE; {statement}", params


def test_a_minor_without_a_condition_is_none_that_may_go_on(account):
    refused(*now(*declared(account)), match="waits for a guardian from the beginning")
    accepted(*now(*declared(account, "adult")))
    accepted(*now(*declared(account, days=-1)))


def test_what_waits_is_not_opened_by_hand(waiting):
    refused(CLEARED, match="until a guardian consents")
    refused("UPDATE accounts_condition SET source = 'x'", match="until a guardian consents")
    refused("DELETE FROM accounts_condition", match="until a guardian consents|permission denied")
    other = make_account()
    refused("UPDATE accounts_condition SET account_id = %s", [other.pk], match="guardian consents")
    assert Condition.objects.get().cleared_at is None


def test_a_consent_opens_it_and_one_that_ended_does_not(waiting):
    accepted(*consented(waiting))
    accepted(
        "INSERT INTO accounts_guardianconsentwithdrawal (consent_id, withdrawn_by_id, reason)"
        " SELECT id, user_id, 'x' FROM accounts_guardianconsent"
    )
    refused(CLEARED, match="until a guardian consents")
    refused(
        "INSERT INTO accounts_guardianconsentwithdrawal (consent_id, withdrawn_by_id, reason)"
        " SELECT id, user_id, 'y' FROM accounts_guardianconsent",
        match="unique",
    )


def test_a_standing_consent_and_coming_of_age_open_it(waiting):
    accepted(*consented(waiting))
    accepted(CLEARED)
    older = make_account()
    guardians.require(account=older, since=Condition.objects.get().since)
    accepted(*declared(older, days=-1))
    accepted(CLEARED)


def test_nobody_consents_for_an_adult_or_for_a_child_by_half(account):
    refused(*consented(account), match="consents for a minor")
    accepted(*declared(account, "adult"))
    text_of = [account.holder_id, True, *consented_text()]
    refused(CONSENTED, text_of, match="consents for a minor")
    guardians.require(account=account, since=clock.now())
    accepted(*declared(account, "child"))
    refused(CONSENTED, [account.holder_id, False, *consented_text()], match="to its data as well")
    accepted(CONSENTED, [account.holder_id, True, *consented_text()])


def consented_text():
    text = AgreementText.objects.get()
    return text.pk, text.sha256


def test_an_adult_has_no_day_of_coming_of_age_and_others_have(account):
    version = make_clause("1.1").version_id
    for capacity, of_age_on in (("adult", "2030-01-01"), ("minor", None), ("child", None)):
        refused(
            DECLARED, [account.holder_id, capacity, of_age_on, version], match="of_age_iff_minor"
        )
