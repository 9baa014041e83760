"""Leave to go without the explicit label (3.6.2): asked for, promised, granted, ended."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from accounts import checks, label_exemptions, label_news, label_promises
from accounts.access import Explicit, decide, decide_for_key, state_of
from accounts.exceptions import NotAllowed, NotPossibleNow, ReasonMissing
from accounts.models import (
    AgreementText,
    LabelApplication,
    LabelApplicationState,
    LabelExemption,
    Membership,
    User,
)
from common import clock
from common.clock import now
from notices.models import Letter
from tests.accounts.exempting import (
    ask,
    bind,
    exempt,
    grant,
    make_staff,
    make_terms,
    owner_of,
    propose,
    revoke,
)
from tests.accounts.making import make_account, make_clause, make_key, make_person, make_service

pytestmark = pytest.mark.django_db
MOMENT = timedelta(microseconds=1)


@pytest.fixture
def account():
    return make_account()


@pytest.fixture
def service():
    return make_service()


def explicit(account, service, at=None):
    decision = decide(account=account, service=service, at=at or clock.now())
    assert decision.labels.implicit is True
    return decision.labels.explicit


# --- what access says -----------------------------------------------------------------------


def test_the_label_is_required_unless_an_exemption_stands(account, service):
    assert explicit(account, service) is Explicit.REQUIRED
    application = ask(account)
    assert explicit(account, service) is Explicit.REQUIRED
    grant(application)

    assert explicit(account, service) is Explicit.EXEMPT
    assert explicit(account, None) is Explicit.EXEMPT
    assert explicit(make_account(), service) is Explicit.REQUIRED


def test_an_exemption_of_one_service_leaves_the_others_and_the_whole_as_they_were(account, service):
    speech = make_service("speech")
    exempt(account, service)

    assert explicit(account, service) is Explicit.EXEMPT
    assert explicit(account, speech) is Explicit.REQUIRED
    assert explicit(account, None) is Explicit.REQUIRED


def test_it_is_asked_about_by_a_key_and_a_model_too(account, service):
    key = make_key(account)
    exempt(account, service)

    found = decide_for_key(digest=key.digest, service=service.slug, at=clock.now())
    assert found.labels.explicit is Explicit.EXEMPT
    unknown = decide_for_key(digest="0" * 64, service=service.slug, at=clock.now())
    assert unknown.labels.explicit is Explicit.REQUIRED


def test_it_holds_through_its_last_day_and_not_a_moment_longer(account, service):
    [granted] = exempt(account, days=3)

    local = granted.ends_at.astimezone(ZoneInfo(account.time_zone))
    assert (local.date() - timedelta(days=1), local.hour, local.minute) == (granted.last_day, 0, 0)
    assert explicit(account, service, granted.ends_at - MOMENT) is Explicit.EXEMPT
    assert explicit(account, service, granted.ends_at) is Explicit.REQUIRED
    assert explicit(account, service, granted.recorded_at - MOMENT) is Explicit.REQUIRED


def test_revoked_it_ends_at_once_and_the_time_before_stays_as_it_was(account, service):
    [granted] = exempt(account)
    before = clock.now()
    end = revoke(granted)
    end.refresh_from_db()

    assert explicit(account, service) is Explicit.REQUIRED
    assert explicit(account, service, end.recorded_at - MOMENT) is Explicit.EXEMPT
    assert before <= end.recorded_at


def test_the_services_of_an_account_are_told_with_their_labels(account, service):
    make_service("speech", position=1)
    exempt(account, service)

    labels = [one.decision.labels.explicit for one in state_of(account=account, at=clock.now())]
    assert labels == [Explicit.EXEMPT, Explicit.REQUIRED]


def test_it_takes_no_further_query(account, service, django_assert_num_queries):
    exempt(account)
    at = clock.now()
    with django_assert_num_queries(1):
        decide(account=account, service=service, at=at)


# --- asking ---------------------------------------------------------------------------------


def test_an_application_keeps_what_was_promised_and_under_which_text(account, service):
    application = ask(account, service, language="zh-hans")

    version = application.clause.version
    assert (application.services, application.whole_account) == ([service.slug], False)
    assert (application.clause.number, application.text.language) == ("3.6.2", "zh-hans")
    assert application.text_sha256 == version.texts.get(language="zh-hans").sha256
    promised = application.undertakings.order_by("clause__position")
    assert [one.clause.number for one in promised] == list(label_promises.UNDERTAKINGS)
    assert all(one.sha256 == label_promises.sha256_of(one.words) for one in promised)
    assert application.state is LabelApplicationState.WAITING


def test_three_undertakings_are_not_enough(account):
    bind(account)
    promised = label_promises.promised(account, language="en", at=clock.now())

    with pytest.raises(NotPossibleNow, match="all four"):
        ask(account, accepted=promised.undertakings[:3])
    with pytest.raises(NotPossibleNow, match="all four"):
        ask(account, accepted=[])


def test_undertakings_of_terms_that_bind_no_more_are_not_taken(account):
    bind(account)
    before = label_promises.promised(account, language="en", at=clock.now())
    bind(account, make_terms(version=2))

    with pytest.raises(NotPossibleNow, match="word them now"):
        ask(account, accepted=before.undertakings)
    assert ask(account).clause.version.number == 2


def test_terms_without_the_clause_provide_for_none(account):
    bind(account)
    bind(account, bare_terms(version=3))

    assert label_promises.promised(account, language="en", at=clock.now()) is None
    with pytest.raises(NotPossibleNow, match="provide for no exemption"):
        ask(account, accepted=[])


def bare_terms(version):
    clause = make_clause("1.1", version=version)
    AgreementText.record(version=clause.version, language="en", source="x", sha256="0" * 64)
    return clause.version


def test_only_an_owner_asks_and_says_what_for(account):
    admin = make_person()
    Membership.objects.create(user=admin, account=account, role="admin")

    with pytest.raises(NotAllowed):
        ask(account, by=admin)
    with pytest.raises(ReasonMissing):
        ask(account, purpose="  ")


def test_one_application_is_open_at_a_time(account, service):
    first = ask(account, service)
    with pytest.raises(NotPossibleNow, match="under way"):
        ask(account)
    label_exemptions.withdraw(application=first, by=owner_of(account))

    second = ask(account)
    assert first.state is LabelApplicationState.WITHDRAWN
    grant(second)
    assert not LabelApplication.objects.open().exists()


# --- deciding -------------------------------------------------------------------------------


def test_nobody_grants_what_they_proposed(account):
    supervisor = make_staff()
    application = ask(account)
    proposal = propose(application, by=supervisor)

    asked = {"application": application, "reason": "Agreed", "at": clock.now()}
    with pytest.raises(NotAllowed, match="themselves"):
        label_exemptions.approve(by=supervisor, digest=proposal.digest, **asked)
    with pytest.raises(NotAllowed, match="may not decide"):
        label_exemptions.approve(by=make_staff("compliance"), digest=proposal.digest, **asked)
    with pytest.raises(NotPossibleNow, match="Something else"):
        label_exemptions.approve(by=make_staff(), digest="0" * 64, **asked)
    assert not LabelExemption.objects.exists()


def test_a_member_of_the_account_does_not_decide_about_it(account):
    colleague = make_staff("compliance")
    Membership.objects.create(user=colleague, account=account, role="viewer")

    with pytest.raises(NotAllowed, match="belong to this account"):
        propose(ask(account), by=colleague)


def test_the_last_day_is_bounded(account, settings):
    settings.LABEL_EXEMPTION_MOST_DAYS = 90
    application = ask(account)

    with pytest.raises(NotPossibleNow, match="at the latest"):
        propose(application, days=91)
    with pytest.raises(NotPossibleNow, match="at the latest"):
        propose(application, days=-1)
    assert propose(application, days=90).last_day


def test_a_later_proposal_takes_the_place_of_the_one_before(account):
    application = ask(account)
    propose(application, days=300)

    [granted] = grant(application, days=10)
    assert (granted.ends_at - clock.now()).days in (10, 11)


def test_each_service_asked_for_has_its_exemption(account, service):
    speech = make_service("speech")
    granted = exempt(account, service, speech)

    assert {one.service for one in granted} == {service, speech}


def test_a_grant_takes_the_place_of_what_stands_for_the_same(account, service):
    speech = make_service("speech")
    old = {one.service: one for one in exempt(account, service, speech)}
    [renewed] = exempt(account, service, days=60)

    assert old[service].end.kind == "replaced"
    assert not hasattr(LabelExemption.objects.get(pk=old[speech].pk), "end")
    exempt(account, days=90)
    assert LabelExemption.objects.standing(clock.now()).count() == 1
    assert explicit(account, service) is Explicit.EXEMPT
    assert renewed.last_day > old[service].last_day
    with pytest.raises(NotPossibleNow, match="whole account is exempt"):
        ask(account, service)


def test_declined_with_a_reason_in_both_languages(account):
    application = ask(account)
    asked = {"application": application, "by": make_staff("compliance"), "at": clock.now()}
    with pytest.raises(ReasonMissing, match="in Chinese and in English"):
        label_exemptions.decline(reason_zh_hans="", reason_en="Too wide", **asked)

    label_exemptions.decline(reason_zh_hans="范围过大", reason_en="Too wide", **asked)
    assert application.end.reason_in("en") == "Too wide"
    with pytest.raises(NotPossibleNow, match="over"):
        propose(application)


def test_an_owner_gives_it_up(account, service):
    [granted] = exempt(account)
    with pytest.raises(NotAllowed):
        label_exemptions.give_up(exemption=granted, by=make_person(), at=clock.now())

    label_exemptions.give_up(exemption=granted, by=owner_of(account), at=clock.now())
    assert explicit(account, service) is Explicit.REQUIRED
    with pytest.raises(NotPossibleNow, match="ended already"):
        revoke(granted)


def test_it_goes_by_where_the_account_is(clock):
    clock.set(datetime(2026, 3, 1, 17, 30, tzinfo=UTC))
    [here] = exempt(make_account(), days=0)
    [there] = exempt(make_account(time_zone="America/New_York"), days=0)

    # Already the second of March in Shanghai.
    assert (str(here.last_day), str(there.last_day)) == ("2026-03-02", "2026-03-01")


# --- people are told ------------------------------------------------------------------------


def letters_of(account, kind):
    return Letter.objects.filter(account=account, kind=f"accounts.{kind}").order_by("pk")


def test_owners_are_told_of_what_was_decided_in_their_language(account, service):
    [granted] = exempt(account, service)
    revoke(granted, reason_en="Broke (c)", reason_zh_hans="违反(c)项")

    [told] = letters_of(account, "labels_granted")
    assert told.recipient == owner_of(account)
    assert "图像生成" in told.body
    assert str(granted.last_day) in told.body
    [told] = letters_of(account, "labels_revoked")
    assert "违反(c)项" in told.body
    assert "Broke" not in told.body
    assert granted.public_id in told.body
    assert "3.6.2" in told.body


def test_owners_who_read_english_are_told_in_english(account):
    User.objects.filter(pk=owner_of(account).pk).update(language="en")
    label_exemptions.decline(
        application=ask(account), by=make_staff("compliance"), at=clock.now(),
        reason_zh_hans="范围过大", reason_en="Too wide",
    )  # fmt: skip

    [told] = letters_of(account, "labels_declined")
    assert "Too wide" in told.body
    assert "the whole account" in told.body


def test_before_the_end_they_are_told_twice_and_once_of_each(account, clock):
    [granted] = exempt(account, days=60)
    for days, expected in ((29, 0), (31, 1), (32, 1), (53, 1), (55, 2), (59, 2)):
        clock.set(granted.recorded_at + timedelta(days=days))
        label_news.tell_of_expiring(at=now())
        label_news.tell_of_expiring(at=now())
        assert letters_of(account, "labels_expire").count() == expected, days
    keys = letters_of(account, "labels_expire").values_list("key", flat=True)
    assert list(keys) == [f"{granted.public_id}:30", f"{granted.public_id}:7"]
    assert label_news.tell_of_expiring(at=now()) == 0


@pytest.mark.parametrize(("days", "reminded"), [(5, []), (20, [7])])
def test_nobody_is_reminded_of_what_they_were_just_told(account, clock, days, reminded):
    [granted] = exempt(account, days=days)
    for hours in range(0, 24 * days, 12):
        clock.set(granted.recorded_at + timedelta(hours=hours, minutes=1))
        label_news.tell_of_expiring(at=now())
    keys = letters_of(account, "labels_expire").values_list("key", flat=True)
    assert list(keys) == [f"{granted.public_id}:{one}" for one in reminded]


def test_of_what_ended_nobody_is_reminded(account):
    [granted] = exempt(account, days=20)
    revoke(granted)

    assert label_news.tell_of_expiring(at=clock.now()) == 0


@pytest.mark.parametrize(("days", "troubles"), [(0, 1), (1, 0), (366, 0), (367, 1)])
def test_the_settings_cannot_promise_what_the_database_refuses(settings, days, troubles):
    settings.LABEL_EXEMPTION_MOST_DAYS = days
    assert len(checks.label_exemptions()) == troubles
