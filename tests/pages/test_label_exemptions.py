"""The customer's page of label exemptions (3.6.2): asked, promised, seen, given up."""

import re

import pytest
from django.urls import reverse

from accounts import label_exemptions, label_promises
from accounts.models import LabelApplication, LabelExemption, Membership
from common import clock
from tests.accounts.exempting import WORDS, ask, bind, exempt, grant, make_staff, revoke
from tests.accounts.making import make_person, make_service
from tests.desk.signing_in import proved
from tests.notices.making import make_organization
from tests.plumbing.english import english_on

PROMISES = {f"promise_{letter}": "on" for letter in "abcd"}
TEN_MEGABYTES = "x" * 10_000_000


@pytest.fixture
def account(person):
    account = make_organization(person, name="Harbour Ltd")
    bind(account)
    return account


@pytest.fixture
def service(db):
    return make_service()


@pytest.fixture
def owner(client, person):
    return proved(person, client)


def page_of(account, name="label_exemptions"):
    return reverse(name, args=[account.public_id])


def shown(client, account):
    return " ".join(client.get(page_of(account)).text.split())


def send(client, account, service, **fields):
    promised = label_promises.promised(account, language="en", at=clock.now())
    assert promised is not None
    words = " ".join(label_promises.sha256_of(one) for one in promised.undertakings)
    form = {"extent": "some", "services": service.pk, "purpose": "Subtitles", "words": words}
    address = page_of(account, "ask_for_label_exemption")
    return client.post(address, {**form, **PROMISES, **fields}, follow=True)


def test_asked_for_with_each_promise_by_itself(owner, account, service, person):
    form = owner.get(page_of(account, "ask_for_label_exemption")).text
    for letter, words in zip("abcd", ("No false", "prominent", "Declare", "Comply"), strict=True):
        assert f'name="promise_{letter}"' in form
        assert words in form

    answer = send(owner, account, service)

    assert "We have your application" in answer.text
    made = LabelApplication.objects.get()
    assert (made.asked_by, made.purpose, made.services) == (person, "Subtitles", [service.slug])
    assert made.undertakings.count() == 4
    assert made.ip_address
    assert "Apply for an exemption" not in shown(owner, account)


@pytest.mark.parametrize("letter", "abcd")
def test_a_promise_that_is_missing_is_asked_for(owner, account, service, letter):
    answer = send(owner, account, service, **{f"promise_{letter}": ""})

    assert answer.status_code == 200
    assert "This field is required" in answer.text
    assert not LabelApplication.objects.exists()


def test_words_that_were_shown_no_more_are_not_accepted(owner, account, service):
    answer = send(owner, account, service, words="of before")

    assert "The terms were changed meanwhile" in answer.text
    assert not LabelApplication.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"purpose": ""},
        {"purpose": "   "},
        {"purpose": "a\x00b"},
        {"purpose": "x" * 5000},
        {"services": ""},
        {"services": "999999"},
        {"services": "a\x00b"},
        {"extent": "everything"},
        {"words": "a\x00b"},
    ],
)
def test_strange_input_is_told_and_nothing_is_kept(owner, account, service, fields):
    answer = send(owner, account, service, **fields)

    assert answer.status_code == 200
    assert "errorlist" in answer.text
    assert not LabelApplication.objects.exists()


def test_ten_megabytes_are_refused(owner, account, service):
    assert send(owner, account, service, purpose=TEN_MEGABYTES).status_code in (200, 400, 413)
    assert not LabelApplication.objects.exists()


def test_who_has_not_proved_who_they_are_is_asked_first(client, person, account):
    client.force_login(person)
    address = page_of(account, "ask_for_label_exemption")
    assert "reauthenticate" in client.get(address).headers["Location"]


def test_the_page_says_what_stands_until_when_and_what_was_promised(owner, account, service):
    assert "The visible label is required for everything" in shown(owner, account)
    [granted] = exempt(account, service)

    page = shown(owner, account)
    assert "no visible label required" in page
    assert f"{granted.last_day:%Y-%m-%d}" in page
    assert granted.public_id in page
    assert "Declare it as AI-generated" in page
    revoke(granted, reason_en="Broke (c)")
    page = shown(owner, account)
    assert "Broke (c)" in page
    assert "The visible label is required for everything" in page


def test_declined_is_told_with_the_reason(owner, account):
    label_exemptions.decline(
        application=ask(account), by=make_staff("compliance"), at=clock.now(),
        reason_zh_hans="范围过大", reason_en="Too wide",
    )  # fmt: skip
    assert "Too wide" in shown(owner, account)


def test_given_up_and_taken_back(owner, account, service):
    [granted] = exempt(account, service)
    give_up = reverse("give_up_label_exemption", args=[account.public_id, granted.public_id])
    assert owner.get(give_up).status_code == 405
    assert "Given up" in owner.post(give_up, follow=True).text
    assert "ended already" in owner.post(give_up, follow=True).text
    assert not LabelExemption.objects.standing(clock.now()).exists()

    made = ask(account)
    back = reverse("withdraw_label_application", args=[account.public_id, made.public_id])
    assert "taken back" in owner.post(back, follow=True).text
    assert "over" in owner.post(back, follow=True).text


def test_those_who_may_only_read_see_it_and_get_no_buttons(client, account, service):
    viewer = make_person(language="en")
    Membership.objects.create(user=viewer, account=account, role="viewer")
    [granted] = exempt(account, service)
    client.force_login(viewer)

    page = shown(client, account)
    assert granted.public_id in page
    assert "Give it up" not in page
    give_up = reverse("give_up_label_exemption", args=[account.public_id, granted.public_id])
    assert client.post(give_up).status_code == 403


def told_of_nothing(answer):
    """The page but for its own address and tokens."""
    text = answer.text.replace(answer.request["PATH_INFO"], "")
    return re.sub(r'(value|content|hx-headers)=("[^"]{40,}"|\'[^\']{40,}\')', "", text)


def test_what_is_anothers_is_as_good_as_not_there(owner, account):
    theirs = make_organization(make_person(), name="Their secret")
    [granted] = grant(ask(theirs))
    application = granted.proposal.application
    nothing = "lex_" + "0" * 20
    own = [account.public_id, granted.public_id], [account.public_id, nothing]
    answers = [owner.post(reverse("give_up_label_exemption", args=args)) for args in own]
    args = [account.public_id, application.public_id]
    answers.append(owner.post(reverse("withdraw_label_application", args=args)))
    answers.append(owner.post(reverse("withdraw_label_application", args=own[1])))
    for name in ("label_exemptions", "ask_for_label_exemption"):
        answers.append(owner.get(reverse(name, args=[theirs.public_id])))
        answers.append(owner.get(reverse(name, args=["acc_" + "0" * 20])))

    assert {answer.status_code for answer in answers} == {404}
    assert len({told_of_nothing(answer) for answer in answers}) == 1
    assert hasattr(granted, "end") is False


def test_terms_without_the_clause_offer_no_form(owner, person):
    account = make_organization(person, name="No terms")
    assert "provide for no exemption" in shown(owner, account)
    answer = owner.get(page_of(account, "ask_for_label_exemption"), follow=True)
    assert "provide for no exemption" in answer.text


def test_the_log_of_the_account_tells_it(owner, account, service):
    [granted] = exempt(account, service)
    revoke(granted)

    page = owner.get(page_of(account, "activity")).text
    for words in ("asked for a label", "exemption was granted", "exemption was revoked"):
        assert words in page


def test_no_english_is_left_over_in_chinese(owner, person, account, service):
    person.name, person.language = "李华", "zh-hans"
    person.save()
    proved(person, owner)
    [granted] = exempt(account, service)
    revoke(granted)
    ask(account, language="zh-hans", purpose="字幕")

    page = owner.get(page_of(account))
    words = "Harbour Ltd acc lex lap SHA-256 Film subtitles"
    assert english_on(page, words, *WORDS["en"].values()) == set()
    label_exemptions.withdraw(application=LabelApplication.objects.open().get(), by=person)
    form = owner.get(page_of(account, "ask_for_label_exemption"))
    assert english_on(form, words) == set()
    sent = send(owner, account, service, purpose="", promise_a="")
    assert english_on(sent, words) == set()


def test_an_application_is_shown_as_good_only_while_what_was_granted_is(owner, account, service):
    [granted] = exempt(account, service)
    assert shown(owner, account).count("pill good") == 2  # the exemption and its application
    revoke(granted)
    assert "pill good" not in shown(owner, account)
