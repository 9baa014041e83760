"""Customers report other accounts (1.5) and see how their own reports stand."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from compliance.models import Case, Report
from notices.models import Letter
from tests.accounts.making import make_account
from tests.compliance.making import file_report, tell_reporter
from tests.notices.making import make_customer, make_organization
from tests.plumbing.english import english_on

pytestmark = pytest.mark.django_db
NEW, OWN = "/reports/new/", "/reports/"


@pytest.fixture
def company(person):
    return make_organization(person, name="Harbour Ltd")


@pytest.fixture
def customer(client, person, company):
    client.force_login(person)
    return client


def filled(company, **fields):
    return {
        "own": company.public_id,
        "reason": "violation",
        "name": "Northwind",
        "statement": "They copy our work.",
        **fields,
    }


def body(answer):
    return " ".join(answer.content.decode().split())


def test_a_customer_reports_and_follows_it(customer, person, company):
    other = make_account(name="Northwind Labs")
    answer = customer.post(NEW, filled(company, account=other.public_id), follow=True)
    report = Report.objects.get()
    assert (report.channel, report.reporter, report.reporter_account) == (
        "customer",
        person,
        company,
    )
    assert report.about == other
    assert "What you reported" in body(answer)
    assert "They copy our work." in body(answer)
    assert "Northwind Labs" not in body(answer)
    page = body(customer.get(OWN))
    assert report.receipt in page
    assert "received" in page
    tell_reporter(report)
    assert "answered" in body(customer.get(OWN))
    assert Letter.objects.get().recipient == person


def test_what_was_written_is_shown_to_its_reporter_alone(customer, company):
    customer.post(NEW, filled(company))
    report = Report.objects.get()
    stranger, _account = make_customer()
    other = Client()
    other.force_login(stranger)
    for reader in (other, Client()):
        page = body(reader.get(f"/report/{report.receipt}/"))
        assert report.receipt in page
        assert "They copy our work." not in page
        assert "Northwind" not in page
    assert report.receipt not in body(other.get(OWN))


def test_another_tenants_account_cannot_be_reported_for(customer, company):
    theirs = make_account(name="Theirs")
    page = body(customer.get(NEW, {"account": theirs.public_id}))
    assert "Theirs" not in page
    answer = customer.post(NEW, filled(theirs))
    assert answer.status_code == 200
    assert "errorlist" in body(answer)
    assert not Report.objects.exists()


def test_the_account_it_is_for_is_chosen_beforehand(customer, person, company):
    second = make_organization(person, name="Second Ltd")
    page = body(customer.get(NEW, {"account": second.public_id}))
    assert f'<option value="{second.public_id}" selected>' in page
    assert customer.get(NEW, {"account": "\x00"}).status_code == 200


def test_ones_own_account_is_not_reported(customer, company):
    answer = customer.post(NEW, filled(company, account=company.public_id))
    assert "your own account" in body(answer)
    assert "They copy our work." in body(answer)
    assert not Report.objects.exists()


def test_a_dispute_has_two_sides(customer, company):
    other = make_account()
    customer.post(NEW, filled(company, reason="user_dispute", account=other.public_id))
    case = Case.objects.get()
    assert (case.kind, case.account, case.opponent) == ("user_dispute", other, company)


def test_twenty_a_day(customer, company):
    for _turn in range(20):
        assert customer.post(NEW, filled(company)).status_code == 302
    answer = customer.post(NEW, filled(company, statement="The last."))
    assert answer.status_code == 429
    assert "The last." in body(answer)
    assert Report.objects.count() == 20


def test_strangers_sign_in_first_and_other_sites_post_nothing(client, person, company):
    for address in (OWN, NEW):
        assert "/accounts/login/" in client.get(address)["Location"]
    assert client.post(NEW, filled(company)).status_code == 302
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(person)
    assert strict.post(NEW, filled(company)).status_code == 403
    assert not Report.objects.exists()


def test_files_of_a_customer_name_who_added_them(customer, person, company):
    file = SimpleUploadedFile("a.txt", b"a contract")
    customer.post(NEW, filled(company, attachments=[file]))
    assert Case.objects.get().evidence.get().added_by == person


def test_a_list_costs_the_same_however_long(
    customer, person, company, django_assert_max_num_queries
):
    from compliance.reports import Reporter

    for _turn in range(25):
        file_report(channel="customer", reporter=Reporter(user=person, account=company))
    customer.get(OWN)
    with django_assert_max_num_queries(16):
        assert "page 1 of 2" in body(customer.get(OWN))


def test_own_pages_are_in_chinese(customer, person, company):
    person.language, person.name = "zh-hans", "李华"
    person.save()
    customer.post(NEW, filled(company))
    report = Report.objects.get()
    words = ("acc", "PDF MB", "Harbour Ltd", "Northwind", "They copy our work", report.receipt)
    for address in (NEW, OWN, f"/report/{report.receipt}/"):
        assert english_on(customer.get(address), *words) == set()
