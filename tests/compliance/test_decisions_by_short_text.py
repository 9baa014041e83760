"""A decision whose texts a provider has not approved: refused at once, or told by a short SMS."""

import pytest
from django.db import connection

from compliance.exceptions import NotPossible
from compliance.models import Decision
from notices import progress, provider_templates
from notices.models import Delivery
from tests.compliance.deciding import approve, make_officer, propose
from tests.compliance.making import case_of
from tests.notices.making import make_customer
from tests.notices.routing.making import ask, enter_all, strict_provider

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]


@pytest.fixture(autouse=True)
def only_approved_texts(settings):
    settings.MESSAGE_PROVIDERS = strict_provider()


def test_it_is_refused_when_it_is_proposed_and_the_case_stays_where_it_was():
    _person, account = make_customer()
    officer = make_officer()
    case = case_of(officer, account, kind="violation")
    with pytest.raises(NotPossible, match="strict"):
        propose(account, by=officer, case=case)
    case.refresh_from_db()
    assert (case.state, Decision.objects.count()) == ("investigating", 0)


def test_people_are_told_by_the_text_that_says_log_in_to_read():
    enter_all(provider_templates.GENERIC, "generic")
    ask()
    _person, account = make_customer()
    decision = propose(account, generic_sms=True)
    approve(decision)
    progress.write_messages()
    [text] = Delivery.objects.filter(channel="sms")
    assert text.template.kind == provider_templates.GENERIC
    assert decision.public_id in text.notice.body.body


def test_that_it_is_told_so_is_part_of_what_is_approved(settings):
    settings.MESSAGE_PROVIDERS = {}
    _person, account = make_customer()
    decision = propose(account)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT compliance_decision_digest(waiting) = waiting.digest,"
            " compliance_decision_digest(jsonb_populate_record(waiting, %s)) = waiting.digest"
            " FROM compliance_decision waiting WHERE id = %s",
            ['{"generic_sms": true}', decision.pk],
        )
        assert cursor.fetchone() == (True, False)
