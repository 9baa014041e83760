import pytest
from django.db import connection, transaction
from django.utils.translation import override

from accounts.models import Account, ApiKey
from common.clock import now
from notices.dry_run import dry_run
from notices.models import Notice
from notices.readiness import earliest_for_all
from tests.notices.making import make_announced, make_customer, make_organization, plan

pytestmark = pytest.mark.django_db


def test_what_a_change_would_do():
    li, own = make_customer(name="李华")
    ann, _account = make_customer(name="Ann", language="en", contact_email_verified_at=None)
    company = make_organization(li, ann)
    orphan = make_organization(name="Nobody's")
    ApiKey.issue(account=company, created_by=li, name="k")
    change = plan(own, company, orphan)
    with override("en"):
        run = dry_run(change, at=now(), sample_of=ann)
    assert (run.accounts, run.people, run.keys, run.members) == (3, 2, 1, 3)
    assert run.by_language == {"Simplified Chinese": 1, "English": 1}
    assert run.by_channel == {"e-mail": 1, "SMS": 2}
    assert run.unreachable == [orphan]
    assert run.sample_of == ann
    assert set(run.sample) == {"inbox", "sms"}
    assert "Image generation will be suspended" in run.sample["sms"].body
    assert run.sms_segments >= 3
    assert not run.too_early
    assert not Notice.objects.exists()


def test_the_sample_is_the_first_recipient_s_unless_chosen():
    li, own = make_customer()
    assert dry_run(plan(own), at=now()).sample_of == li


def test_other_changes_under_way_are_named():
    _li, own = make_customer()
    first = make_announced(own)
    second = plan(own, service=first.service)
    assert dry_run(second, at=now()).running == [first]


@pytest.mark.django_db(transaction=True)
def test_thousands_of_accounts_where_the_server_knows_of_none(as_owner):
    """As on a server that has just been filled: plans are made for empty tables."""

    def fill():
        Account.objects.bulk_create(
            [Account(kind="organization", name=f"O{number}") for number in range(2_500)]
        )
        return plan(*Account.objects.all())

    with transaction.atomic():
        fill()
        transaction.set_rollback(True)
    as_owner.execute("ANALYZE")
    with transaction.atomic():
        change = fill()
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = '20s'")  # the products of lists took 240
        run = dry_run(change, at=now())
    assert (run.accounts, run.running) == (2_500, [])


def test_too_early_is_said():
    _li, own = make_customer()
    change = plan(own, in_days=1)
    run = dry_run(change, at=now())
    assert run.too_early
    assert run.earliest == earliest_for_all(change, at=now())
    assert run.earliest > change.effective_at


def test_at_once_is_now():
    _li, own = make_customer()
    moment = now()
    run = dry_run(plan(own, at_once=True, grounds="x", in_days=0), at=moment)
    assert run.earliest == moment
    assert "已暂停" in run.sample["sms"].body


def test_an_empty_change_reaches_nobody():
    run = dry_run(plan(), at=now())
    assert (run.accounts, run.people, run.earliest, run.sample) == (0, 0, None, {})


def test_without_a_lead_policy_nothing_can_be_promised():
    _li, own = make_customer()
    change = plan(own)
    change.kind = "unheard of"
    assert earliest_for_all(change, at=now()) is None
