"""The demo world, loaded once for all of these tests and rolled back at their end."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.core.management import CommandError, call_command
from django.db import connections, transaction
from django.db.models import Sum

from accounts import guardians
from accounts.access import Code, decide, state_of
from accounts.models import (
    Acceptance,
    Account,
    AgreementVersion,
    CapacityDeclaration,
    Closing,
    Condition,
    Invitation,
    PhoneRecovery,
    Service,
    ServiceClient,
    Transfer,
    User,
)
from apiqik_backoffice.database_roles import APP, OWNER
from apiqik_backoffice.demo import signins, world
from apiqik_backoffice.demo.story import look
from apiqik_backoffice.demo.timeline import _set_clock
from billing.models import (
    BankReceipt,
    Charge,
    Entry,
    Journal,
    Occasion,
    PaymentOrder,
    PostingRequest,
    QuarantinedPayment,
    RefundApplication,
    Wallet,
)
from common import clock
from common.models import ClockOffset
from notices.models import Delivery, Outcome, ServiceChange


@pytest.fixture(scope="module")
def var(tmp_path_factory):
    return tmp_path_factory.mktemp("var")


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker, test_database, var):
    """Its sign-ins. Loaded as the owner, who alone may shift the clock."""
    connection = connections["default"]
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(signins, "place", lambda: var / "demo-signins.json")
        connection.close()
        connection.settings_dict.update(test_database.as_django_settings(OWNER))
        try:
            with transaction.atomic():
                yield world.load()
                transaction.set_rollback(True)
        finally:
            connection.close()
            connection.settings_dict.update(test_database.as_django_settings(APP))


@pytest.fixture(autouse=True)
def undone(demo):
    """What a test does is undone before the next."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def test_there_are_people_of_both_languages_and_organizations():
    assert User.objects.filter(is_staff=False, language="zh-hans").count() > 100
    assert User.objects.filter(is_staff=False, language="en").count() > 50
    assert Account.objects.filter(kind="organization").count() > 50
    assert User.objects.filter(memberships__account__kind="organization").count() > 100


def test_every_group_of_staff_is_there(demo):
    groups = [one.about for one in demo.staff]

    assert {name: groups.count(name) for name in set(groups)} == {
        "superuser": 1,
        "compliance": 3,
        "supervisor": 2,
        "support": 2,
        "billing": 2,
        "auditor": 1,
    }


def test_all_sign_ins_work(demo):
    for one in [*demo.staff, *demo.customers]:
        person = User.objects.get(phone=one.phone)
        assert person.check_password(one.password)
        assert person.is_staff == bool(one.secret)
        if one.secret:
            factor = Authenticator.objects.get(user=person, type=Authenticator.Type.TOTP)
            assert TOTP(factor).validate_code(one.code())


def test_the_sign_ins_are_kept_for_the_servers_user_alone(demo, var):
    assert (var / "demo-signins.json").stat().st_mode & 0o777 == 0o600
    assert signins.SignIns.read() == demo


def test_sign_ins_are_printed_with_their_codes(demo, var, monkeypatch, capsys):
    monkeypatch.setattr(signins, "place", lambda: var / "demo-signins.json")

    call_command("signins")

    printed = capsys.readouterr().out
    for one in [*demo.staff, *demo.customers]:
        assert one.phone in printed
        assert one.password in printed
    assert demo.gateway_token in printed


@pytest.mark.parametrize("content", [None, "{}", "not json"])
def test_without_a_demo_world_the_command_says_so(tmp_path, monkeypatch, content):
    place = tmp_path / "demo-signins.json"
    if content is not None:
        place.write_text(content)
    monkeypatch.setattr(signins, "place", lambda: place)

    with pytest.raises(CommandError, match=r"no demo world|没有|cannot be read|无法读取"):
        call_command("signins")


def test_there_is_a_change_in_every_state():
    states = set(ServiceChange.objects.values_list("state", flat=True))

    # Approved ones are announced within the second.
    assert states == set(ServiceChange.State) - {ServiceChange.State.APPROVED}


def test_deliveries_have_every_kind_of_outcome():
    assert set(Outcome.objects.values_list("verdict", flat=True)) == {
        "accepted",
        "rejected_for_good",
        "rejected_for_now",
    }
    assert Delivery.objects.filter(state="failed").exists()
    assert not Delivery.objects.filter(state="retrying").exists()


def test_the_agreements_are_published_in_both_languages_and_accepted():
    for slug in ("terms", "privacy"):
        version = AgreementVersion.objects.current(slug)
        assert version is not None
        assert version.texts.count() == 2
    assert Acceptance.objects.count() > 300
    assert Condition.objects.filter(source="consent_due", cleared_at=None).exists()


def test_accounts_have_money_and_months_of_usage():
    charges = Charge.objects.all()
    assert charges.count() > 2_000
    assert charges.values("model").distinct().count() == 5
    assert charges.exclude(api_key=None).exists()
    assert charges.earliest("used_at").used_at < clock.now() - timedelta(days=60)
    kinds = set(Journal.objects.values_list("kind", flat=True))
    assert {"top_up", "grant", "charge", "expiry"} <= kinds
    assert Journal.objects.filter(recorded_at__gt=clock.now()).count() == 0
    assert Occasion.objects.filter(kind="credit_expiring").exclude(told_at=None).exists()
    # The ledger adds up, wallets and lots with it.
    assert Entry.objects.aggregate(sum=Sum("amount"))["sum"] == 0
    for wallet in Wallet.objects.all():
        left = wallet.lots.aggregate(sum=Sum("remaining"))["sum"]
        assert wallet.balance == left


def test_a_newcomer_sees_a_balance_that_is_spent(demo):
    person = User.objects.get(phone=demo.customers[3].phone)
    decision = decide(account=person.personal_account, service=None, at=clock.now())

    assert (decision.code, decision.clause) == (Code.CONDITION, "6")
    assert person.letters.filter(kind="billing.low_balance").exists()
    assert person.personal_account.wallet.balance < 10_000_000


def test_a_balance_is_low_and_its_owner_was_told(demo):
    person = User.objects.get(phone=demo.customers[1].phone)

    assert person.personal_account.wallet.balance == 6_400_000
    letter = person.letters.filter(kind="billing.low_balance").latest("recorded_at")
    assert "CNY 6.40" in letter.sms
    assert decide(account=person.personal_account, service=None, at=clock.now()).allowed


def test_a_refund_waits_for_a_second_person():
    request = PostingRequest.objects.get(kind="refund")

    assert request.consent.cap == 1_000_000_000
    assert not hasattr(request, "journal")


def test_each_queue_of_money_in_has_something_to_show():
    assert BankReceipt.objects.filter(unsettled__isnull=False).count() == 3
    assert QuarantinedPayment.objects.filter(unsettled__isnull=False).count() == 1
    assert set(PaymentOrder.objects.values_list("state", flat=True)) >= {"paid", "pending"}
    assert RefundApplication.objects.waiting().count() == 1


def test_the_clock_is_right_again():
    assert not ClockOffset.objects.exists()
    assert not User.objects.filter(date_joined__gt=clock.now()).exists()


def test_a_newcomer_can_watch_a_change_take_effect(demo):
    person = User.objects.get(phone=demo.customers[0].phone)
    service = Service.objects.get(slug="image-generation")
    assert decide(account=person.personal_account, service=service, at=clock.now()).allowed

    _set_clock(clock.now() + timedelta(minutes=5))
    look()

    decision = decide(account=person.personal_account, service=service, at=clock.now())
    assert (decision.code, decision.clause) == (Code.RESTRICTED, "2.2.4")


def test_a_newcomer_sees_a_suspended_organization(demo):
    person = User.objects.get(phone=demo.customers[0].phone)
    states = [
        state
        for account in Account.objects.filter(kind="organization").of(person)
        for state in state_of(account=account, at=clock.now())
    ]

    assert {state.clause for state in states if not state.allowed} >= {"1.4"}
    assert any(state.allowed for state in states)


def test_the_gateways_token_is_good(demo):
    client = ServiceClient.objects.live(clock.now()).get(name="gateway")

    assert demo.gateway_token.startswith(client.tokens.get().prefix)


def test_a_database_with_people_is_left_alone(demo, settings):
    settings.DEMO = True
    before = User.objects.count()

    with pytest.raises(CommandError, match=r"people already|已有"):
        call_command("load_demo_world")

    assert User.objects.count() == before


def test_an_installation_for_real_people_is_left_alone(settings):
    settings.DEMO = False

    with pytest.raises(CommandError, match="DEMO"):
        call_command("load_demo_world")


def test_each_queue_of_compliance_has_something(demo):
    from compliance.models import Appeal, Case, Decision, Inquiry, Report

    states = set(Case.objects.values_list("state", flat=True))
    assert {"new", "waiting", "proposed", "investigating", "closed"} <= states
    assert Case.objects.overdue(clock.now()).exists()
    assert Report.objects.filter(outcomes=None).exists()
    assert Report.objects.filter(outcomes__verdict="acted").exists()
    assert Decision.objects.filter(approval=None, rejection=None).exists()
    assert Appeal.objects.filter(answer=None).exists()
    asked = Inquiry.objects.get(answer=None)
    assert asked.account.holder.phone in {one.phone for one in demo.customers}


def test_people_live_with_their_accounts(demo):
    assert guardians.waits(CapacityDeclaration.objects.get().user)
    assert Closing.objects.open().count() == 1
    assert PhoneRecovery.objects.open().get().checks.count() == 1
    assert Transfer.objects.to_approve().get().kind == Transfer.Kind.OWNERSHIP
    assert Transfer.objects.open().filter(kind=Transfer.Kind.KEY).count() == 1
    assert Invitation.objects.open(clock.now()).count() == 1
