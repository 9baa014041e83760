"""A minor's account waits for a guardian (clause 1.1); what is kept of whom."""

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts import capacity, consent, guardians, tasks
from accounts.exceptions import AgeRefused, GuardianRefused, NotAllowed, TooManyMessages
from accounts.models import (
    Capacity,
    CapacityDeclaration,
    Condition,
    GuardianConsent,
    GuardianRequest,
    User,
)
from common import clock as house_clock
from tests.accounts.making import make_person
from tests.pages.conftest import terms, texts  # noqa: F401 -- fixtures
from tests.pages.test_sign_up import english, sign_up

GUARDIAN = "13912345678"
PARENT = {"name": "李明", "relation": "parent", "consents": "on"}
NOON = datetime(2026, 11, 29, 12, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.mark.parametrize(
    ("born", "standing", "of_age_on"),
    [
        (date(2008, 11, 29), Capacity.ADULT, None),
        (date(2008, 11, 30), Capacity.MINOR, date(2026, 12, 1)),
        (date(2008, 12, 31), Capacity.MINOR, date(2027, 1, 1)),
        (date(2012, 11, 29), Capacity.MINOR, date(2030, 12, 1)),
        (date(2012, 11, 30), Capacity.CHILD, date(2030, 12, 1)),
        (date(2012, 2, 29), Capacity.MINOR, date(2030, 3, 1)),
    ],
)
def test_age_is_counted_in_full_years_and_rounded_to_a_month(born, standing, of_age_on):
    found = capacity.judge(born=born, at=NOON)
    assert (found.capacity, found.of_age_on) == (standing, of_age_on)


@pytest.mark.parametrize("born", [date(2026, 11, 30), date(1890, 1, 1)])
def test_a_birth_date_of_nobody_alive_is_refused(born):
    with pytest.raises(AgeRefused):
        capacity.judge(born=born, at=NOON)


def test_ages_are_configured(settings):
    settings.CHILDREN_MAY_SIGN_UP = False
    settings.CHILD_AGE = 16
    with pytest.raises(AgeRefused, match="16 and older"):
        capacity.judge(born=date(2011, 1, 1), at=NOON)
    settings.ADULT_AGE = 20
    assert capacity.judge(born=date(2007, 1, 1), at=NOON).capacity == Capacity.MINOR


@pytest.fixture
def visitor(client, terms, texts):  # noqa: F811 -- the fixtures
    return english(client)


@pytest.fixture
def minor(visitor, texts):  # noqa: F811
    """Signed up a moment ago, by the browser `visitor`; of 15 years."""
    answer = sign_up(visitor, texts, born=f"{house_clock.now().year - 15}-01-01")
    assert answer.headers["Location"] == reverse("guardian")
    connection.check_constraints()  # as at the end of the transaction, before the clock moves
    return User.objects.get()


@pytest.fixture
def child(visitor, texts):  # noqa: F811
    sign_up(visitor, texts, born=f"{house_clock.now().year - 10}-01-01")
    return User.objects.get()


def ask(visitor, phone=GUARDIAN):
    return visitor.post(reverse("guardian"), {"phone": phone})


def link_in(texts):  # noqa: F811
    return re.search(r"/guardian/[^ ]+/", texts[-1].body)[0]


def consents(browser, texts, clock, **more):  # noqa: F811
    """Opens the link of the last message, asks for a code and consents."""
    link = link_in(texts)
    assert browser.get(link).status_code == 200
    browser.post(link, {"action": "code"})
    text = consent.current_terms().text_in("en")
    said = {**PARENT, "text": text.pk, "code": texts[-1].params["code"], **more}
    return browser.post(link, said)


def waiting():
    return Condition.objects.filter(source="guardian_due", cleared_at=None).count()


def test_a_minor_waits_and_a_guardian_opens_the_account(visitor, minor, texts, clock):  # noqa: F811
    assert waiting() == 1
    said = CapacityDeclaration.objects.get()
    assert (said.capacity, said.of_age_on.day) == ("minor", 1)
    assert "not of age" in visitor.get(reverse("guardian")).content.decode()
    assert ask(visitor).headers["Location"] == reverse("guardian")
    assert texts[-1].address == "+8613912345678"
    assert "李华" not in texts[-1].body
    assert "139****5678" in visitor.get(reverse("guardian")).content.decode()

    answer = consents(english(Client()), texts, clock)
    assert "You consented" in answer.content.decode()
    assert waiting() == 0
    given = GuardianConsent.objects.get()
    assert (given.user, given.relation, given.personal_data) == (minor, "parent", False)
    assert given.text_sha256 == consent.current_terms().text_in("en").sha256
    assert (given.name_of_guardian, given.masked_guardian_phone) == ("李明", "139****5678")
    kept = str(GuardianConsent.objects.values().get())
    assert "李明" not in kept
    assert GUARDIAN not in kept
    assert visitor.get(reverse("guardian")).headers["Location"] == reverse("welcome")
    assert not GuardianRequest.objects.exists()


def test_a_childs_data_needs_a_consent_of_its_own(visitor, child, texts, clock):  # noqa: F811
    ask(visitor)
    browser = english(Client())
    answer = consents(browser, texts, clock)
    assert answer.status_code == 200
    assert waiting() == 1
    link = re.search(r"/guardian/[^ ]+/", texts[-2].body)[0]
    text = consent.current_terms().text_in("en")
    said = {**PARENT, "text": text.pk, "code": texts[-1].params["code"], "personal_data": "on"}
    browser.post(link, said)
    assert waiting() == 0
    assert GuardianConsent.objects.get().personal_data


def test_the_rule_itself_refuses_a_child_without_it(visitor, child, texts):  # noqa: F811
    ask(visitor)
    request = GuardianRequest.objects.get()
    given = guardians.Given(
        name="x",
        relation="parent",
        personal_data=False,
        text=consent.current_terms().text_in("en"),
        ip_address=None,
        user_agent="",
    )
    with pytest.raises(GuardianRefused):
        guardians.give(request=request, code="1", given=given, at=house_clock.now())


def test_nothing_is_done_while_the_account_waits(visitor, minor):
    for address in (
        "/money/",
        "/api-keys/",
        reverse("account_name", args=[minor.personal_account.public_id]),
    ):
        answer = visitor.post(address, {"name": "another"})
        assert answer.status_code in (302, 404), address
    answer = visitor.post(
        reverse("account_name", args=[minor.personal_account.public_id]), {"name": "x"}
    )
    assert answer.headers["Location"] == reverse("guardian")
    assert visitor.get(reverse("inbox")).status_code == 200
    answer = visitor.post(reverse("set_language"), {"language": "en", "next": "/"})
    assert answer.headers["Location"] != reverse("guardian")


def test_access_says_what_is_waited_for(visitor, minor):
    page = visitor.get(reverse("account", args=[minor.personal_account.public_id]))
    assert "no guardian has consented yet" in page.content.decode()


def test_ones_own_number_and_a_stranger_are_no_guardian(visitor, minor):
    assert "your own number" in ask(visitor, "13812345678").content.decode()
    with pytest.raises(NotAllowed):
        guardians.ask(
            user=make_person(), phone="+8613912345678", address=None, at=house_clock.now()
        )


def test_a_link_lasts_seven_days_and_a_newer_one_voids_it(visitor, minor, texts, clock):  # noqa: F811
    ask(visitor)
    first = link_in(texts)
    clock.advance(minutes=2)
    ask(visitor)
    browser = english(Client())
    answer = browser.get(first)
    assert answer.status_code == 410
    assert "replaced by a newer one" in answer.content.decode()
    second = link_in(texts)
    assert browser.get(second).status_code == 200
    clock.advance(days=7)
    assert browser.get(second).status_code == 410
    assert tasks.look_after_sign_ups.apply().get() == 1


def test_a_link_that_was_used_is_void_and_wrong_codes_are_counted(visitor, minor, texts, clock):  # noqa: F811
    ask(visitor)
    link = link_in(texts)
    browser = english(Client())
    browser.post(link, {"action": "code"})
    text = consent.current_terms().text_in("en")
    for _turn in range(5):
        answer = browser.post(link, {**PARENT, "text": text.pk, "code": "12"})
    assert "Too many wrong codes" in answer.content.decode()
    clock.advance(minutes=2)
    browser.post(link, {"action": "code"})
    said = {**PARENT, "text": text.pk, "code": texts[-1].params["code"]}
    assert browser.post(link, said).status_code == 200
    assert waiting() == 0
    assert browser.post(link, said).status_code == 410
    assert GuardianConsent.objects.count() == 1


def test_guardians_are_asked_within_the_budget(visitor, minor, texts):  # noqa: F811
    ask(visitor)
    assert ask(visitor).status_code == 429
    with pytest.raises(TooManyMessages):
        guardians.ask(user=minor, phone="+8613912345678", address=None, at=house_clock.now())


def test_a_consent_ends_and_the_account_waits_again(visitor, minor, texts, clock):  # noqa: F811
    ask(visitor)
    consents(english(Client()), texts, clock)
    given = GuardianConsent.objects.get()
    staff = make_person(is_staff=True)
    ended = guardians.withdraw(
        consent_given=given, withdrawn_by=staff, reason="The mother called.", at=house_clock.now()
    )
    assert ended.reason == "The mother called."
    assert waiting() == 1
    assert guardians.standing(minor) is None
    with pytest.raises(NotAllowed, match="before"):
        guardians.withdraw(
            consent_given=given, withdrawn_by=staff, reason="again", at=house_clock.now()
        )


def test_who_comes_of_age_waits_for_nobody(visitor, minor, clock):
    of_age = CapacityDeclaration.objects.get().of_age_on
    clock.set(datetime(of_age.year, of_age.month, 1, 0, 0, tzinfo=ZoneInfo("Asia/Shanghai")))
    assert guardians.settle_of_age(at=house_clock.now()) == 1
    assert waiting() == 0
