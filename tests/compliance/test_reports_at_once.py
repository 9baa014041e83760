"""Reports filed at the same moment by processes of their own: one case, one report per key."""

import pytest

from accounts.models import ServiceClient
from compliance.models import Case, CaseEvent, CaseLink, Report
from compliance.reports import ByApi
from tests.accounts.making import make_account, make_person
from tests.compliance.making import file_report, make_staff_of, tell_reporter
from tests.plumbing.together import refusals, together

pytestmark = pytest.mark.django_db(transaction=True)


def test_reports_at_the_same_moment_end_in_one_open_case():
    account = make_account()
    made = together(*[lambda: file_report(about=account)] * 6)
    assert len({one.pk for one in made}) == 6
    assert Case.objects.open().count() == 1
    assert {one.case_id for one in Report.objects.all()} == {Case.objects.get().pk}
    assert CaseEvent.objects.filter(what="opened").count() == 1
    assert CaseEvent.objects.filter(what="joined").count() == 5


def test_reports_about_a_name_at_the_same_moment_too():
    together(*[lambda: file_report(about_text="Harbour Ltd")] * 4)
    assert Case.objects.open().count() == 1


def test_kinds_reported_at_the_same_moment_are_linked():
    account = make_account()
    kinds = ("violation", "leak", "account_name")
    together(*[lambda kind=kind: file_report(about=account, kind=kind) for kind in kinds])
    assert Case.objects.open().count() == 3
    assert CaseLink.objects.count() == 3


def test_one_key_at_the_same_moment_is_one_report():
    client, _secret = ServiceClient.issue(name="risk", scopes=[], created_by=make_person())
    account = make_account()
    by_api = ByApi(client=client, key="one", request_hash="a" * 64)
    made = together(*[lambda: file_report(about=account, channel="api", by_api=by_api)] * 5)
    assert len({one.pk for one in made}) == 1
    assert Report.objects.count() == 1


def test_two_people_tell_a_reporter_once():
    report = file_report()
    boss, colleague = make_staff_of("supervisor"), make_staff_of("supervisor")
    came_to = together(
        lambda: tell_reporter(report, by=boss), lambda: tell_reporter(report, by=colleague)
    )
    assert len(refusals(came_to)) == 1
    assert report.outcomes.count() == 1
