"""Opening an account: page after page, without scripts."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from accounts import agreements, consent, sms_budget, tasks
from accounts.exceptions import TooManyMessages
from accounts.models import (
    Acceptance,
    Account,
    CapacityDeclaration,
    Condition,
    Membership,
    SignUp,
    UseDeclaration,
    User,
)
from accounts.models.codes import DIGITS, MOST_TRIES
from apiqik_backoffice.settings.messages import SMS_LIMITS
from tests.pages.conftest import DATA, PASSWORD

PHONE = "13812345678"
NUMBER = "+8613812345678"
START = "/accounts/signup/"


def english(client):
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


@pytest.fixture
def visitor(client, terms, texts):
    return english(client)


def begin(visitor, phone=PHONE):
    return visitor.post(START, {"phone": phone})


def code_in(texts):
    return texts[-1].params["code"]


def prove(visitor, texts, phone=PHONE):
    begin(visitor, phone)
    return visitor.post(reverse("sign_up_code"), {"code": code_in(texts)})


def choose(visitor, name="李华", password=PASSWORD, again=None):
    said = {"name": name, "password": password, "again": again or password}
    return visitor.post(reverse("sign_up_credentials"), said)


def declare(visitor, born="1990-05-17", occasions=("none",), **more):
    said = {
        "born": born,
        "use": "text",
        "details": "a chat for our shop",
        "occasions": occasions,
        "capable": "on",
        **more,
    }
    return visitor.post(reverse("sign_up_declarations"), said)


def terms_now() -> Any:
    return consent.current_terms()


def accept(visitor):
    version = terms_now()
    text = version.text_in("en")
    said = {f"text_{version.document_id}": text.pk, f"agreed_{version.document_id}": "on"}
    return visitor.post(reverse("sign_up_agreements"), said)


def sign_up(visitor, texts, born="1990-05-17"):
    prove(visitor, texts)
    choose(visitor)
    declare(visitor, born=born)
    return accept(visitor)


def where(response):
    return response.headers.get("Location")


def test_an_account_is_opened_step_by_step(visitor, texts):
    assert where(begin(visitor)) == reverse("sign_up_code")
    assert texts[-1].address == NUMBER
    assert texts[-1].template == "sign_up_code"
    page = visitor.get(reverse("sign_up_code")).content.decode()
    assert "138****5678" in page
    assert PHONE not in page
    code = reverse("sign_up_code")
    assert where(visitor.post(code, {"code": code_in(texts)})) == reverse("sign_up_credentials")
    assert not User.objects.exists()
    assert where(choose(visitor)) == reverse("sign_up_declarations")
    assert where(declare(visitor)) == reverse("sign_up_agreements")
    assert not User.objects.exists()
    assert where(accept(visitor)) == reverse("welcome")
    assert visitor.get(reverse("welcome")).status_code == 200

    person = User.objects.get()
    assert (person.phone, person.name, person.language) == (NUMBER, "李华", "en")
    assert person.phone_verified_at
    assert person.check_password(PASSWORD)
    assert visitor.session["_auth_user_id"] == str(person.pk)
    account = Account.objects.get()
    assert (account.holder, account.kind, account.name) == (person, "personal", "李华")
    assert Membership.objects.get(account=account).role == "owner"
    acceptance = Acceptance.objects.get()
    assert acceptance.method == "sign_up"
    assert acceptance.text_sha256 == terms_now().text_in("en").sha256
    assert acceptance.ip_address == "127.0.0.1"
    assert not Condition.objects.exists()
    assert not SignUp.objects.exists()


def test_what_is_declared_is_kept_and_no_birth_date(visitor, texts):
    sign_up(visitor, texts)
    capacity = CapacityDeclaration.objects.get()
    assert (capacity.capacity, capacity.of_age_on, capacity.clause) == ("adult", None, "1.1")
    use = UseDeclaration.objects.get()
    assert (use.use, use.clause, use.list_version) == ("text", "1.2.8(b)", 1)
    assert len(use.excluded) == 4
    assert use.version == terms_now()


def test_nobody_skips_a_step(visitor, texts):
    later = ["sign_up_code", "sign_up_credentials", "sign_up_declarations", "sign_up_agreements"]
    for name in later:
        assert where(visitor.get(reverse(name))) == START
    begin(visitor)
    for name in later[1:]:
        assert where(visitor.get(reverse(name))) == reverse("sign_up_code")
    prove(visitor, texts)
    assert where(accept(visitor)) == reverse("sign_up_credentials")
    assert where(visitor.get(reverse("sign_up_code"))) == reverse("sign_up_credentials")
    assert not User.objects.exists()


def test_what_was_typed_is_there_on_the_way_back(visitor, texts):
    prove(visitor, texts)
    choose(visitor, name="Li Hua")
    assert 'value="Li Hua"' in visitor.get(reverse("sign_up_credentials")).content.decode()
    declare(visitor)
    assert "a chat for our shop" in visitor.get(reverse("sign_up_declarations")).content.decode()
    refused = choose(visitor, name="Li Ming", again="something else")
    assert refused.status_code == 200
    assert 'value="Li Ming"' in refused.content.decode()


def test_who_it_is_about_is_encrypted_and_the_token_a_hash(visitor, texts):
    prove(visitor, texts)
    choose(visitor, name="Li Hua")
    row = SignUp.objects.values().get()
    kept = str(row)
    for secret in (PHONE, "Li Hua", PASSWORD, code_in(texts), visitor.session["sign_up"]):
        assert secret not in kept


def test_wrong_codes_are_counted_and_five_end_it(visitor, texts):
    begin(visitor)
    right = code_in(texts)
    wrong = "000000" if right != "000000" else "111111"
    for left in (4, 3, 2, 1):
        said = visitor.post(reverse("sign_up_code"), {"code": wrong}).content.decode()
        assert f"Tries left: {left}" in said
    for code in (wrong, right):
        said = visitor.post(reverse("sign_up_code"), {"code": code}).content.decode()
        assert "Too many wrong codes" in said
    assert SignUp.objects.get().verified_at is None


def test_a_code_lasts_ten_minutes_and_a_sign_up_a_day(visitor, texts, clock):
    begin(visitor)
    clock.advance(minutes=10)
    said = visitor.post(reverse("sign_up_code"), {"code": code_in(texts)}).content.decode()
    assert "older than 10 minutes" in said
    visitor.post(reverse("sign_up_code"), {"action": "resend"})
    clock.advance(hours=24)
    answer = visitor.post(reverse("sign_up_code"), {"code": code_in(texts)})
    assert where(answer) == START
    assert "older than a day" in visitor.get(START).content.decode()
    assert tasks.look_after_sign_ups.apply().get() == 1
    assert not SignUp.objects.exists()


def test_a_code_is_used_once_and_a_new_one_voids_it(visitor, texts, clock):
    begin(visitor)
    first = code_in(texts)
    clock.advance(minutes=2)
    visitor.post(reverse("sign_up_code"), {"action": "resend"})
    if first != code_in(texts):
        said = visitor.post(reverse("sign_up_code"), {"code": first}).content.decode()
        assert "not the code we sent" in said
    assert where(visitor.post(reverse("sign_up_code"), {"code": code_in(texts)}))
    again = visitor.post(reverse("sign_up_code"), {"code": code_in(texts)})
    assert where(again) == reverse("sign_up_credentials")


def test_a_code_of_one_sign_up_is_none_of_another(visitor, texts):
    begin(visitor)
    theirs = code_in(texts)
    other = english(Client())
    begin(other, "13912345678")
    if theirs != code_in(texts):
        answer = other.post(reverse("sign_up_code"), {"code": theirs})
        assert answer.status_code == 200
    assert SignUp.objects.filter(verified_at=None).count() == 2


@pytest.fixture
def somebody(db):
    return User.objects.create_user(PHONE, PASSWORD, name="Li Hua")


def test_a_known_number_is_answered_like_an_unknown_one_until_it_is_proven(
    visitor, texts, somebody
):
    stranger = english(Client())
    known = [begin(visitor), visitor.get(reverse("sign_up_code"))]
    unknown = [begin(stranger, "13912345678"), stranger.get(reverse("sign_up_code"))]
    wrong = {"code": "12"}
    known.append(visitor.post(reverse("sign_up_code"), wrong))
    unknown.append(stranger.post(reverse("sign_up_code"), wrong))
    assert [r.status_code for r in known] == [r.status_code for r in unknown] == [302, 200, 200]
    assert [bare(r) for r in known] == [bare(r) for r in unknown]
    assert [m.template for m in texts] == ["sign_up_code"] * 2
    assert bare_text(texts[0]) == bare_text(texts[1])

    answer = visitor.post(reverse("sign_up_code"), {"code": texts[0].params["code"]})
    assert where(answer) == reverse("sign_up_known")
    page = visitor.get(reverse("sign_up_known")).content.decode()
    assert reverse("account_login") in page
    assert "_auth_user_id" not in visitor.session
    assert where(choose(visitor)) == reverse("sign_up_known")
    assert User.objects.count() == 1


def bare(response):
    """The page without what belongs to the browser: tokens and the masked number."""
    page = response.content.decode()
    page = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", page)
    return page.replace("139****5678", "138****5678")


def bare_text(message):
    return message.body.replace(message.params["code"], "")


def test_two_who_open_with_one_number_get_one_account(visitor, texts, clock):
    other = english(Client())
    for one in (visitor, other):
        prove(one, texts)
        choose(one)
        declare(one)
        clock.advance(minutes=2)
    assert where(accept(visitor)) == reverse("welcome")
    assert where(accept(other)) == reverse("sign_up_known")
    assert User.objects.count() == Account.objects.count() == 1


def test_an_excluded_occasion_is_refused_with_its_clause(visitor, texts):
    prove(visitor, texts)
    choose(visitor)
    said = declare(visitor, occasions=("medical", "infrastructure")).content.decode()
    assert "not for medical information services" in said
    assert "#1.2.8(b)" in said
    said = declare(visitor, occasions=("medical", "none")).content.decode()
    assert "you ticked both" in said
    said = declare(visitor, occasions=()).content.decode()
    assert "Tick what applies" in said
    assert where(accept(visitor)) == reverse("sign_up_declarations")


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("password1234", "too easy to guess"),
        ("short", "at least 10 characters"),
        ("13812345678", "too easy to guess"),
        ("1234567890", "common"),
        ("woaini1314520", "too easy to guess"),
    ],
)
def test_a_weak_password_is_refused_with_reasons(visitor, texts, password, said):
    prove(visitor, texts)
    answer = choose(visitor, password=password)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert said in page
    assert "<meter" in page


@pytest.mark.parametrize(
    "password", ["tulpe wagen sieben", "四个互不相关的词语吧", "x" * 3 + "kQ9f2mzt"]
)
def test_no_kind_of_character_is_demanded(visitor, texts, password):
    prove(visitor, texts)
    assert where(choose(visitor, password=password)) == reverse("sign_up_declarations")


def test_a_name_that_looks_like_ours_is_refused_at_its_step(visitor, texts):
    prove(visitor, texts)
    answer = choose(visitor, name="apiqik")
    assert answer.status_code == 200
    assert SignUp.objects.get().password == ""


def test_every_document_has_to_be_accepted_in_its_newest_version(visitor, texts):
    prove(visitor, texts)
    choose(visitor)
    declare(visitor)
    assert visitor.post(reverse("sign_up_agreements"), {}).status_code == 200
    version = terms_now()
    old = {
        f"text_{version.document_id}": version.text_in("en").pk,
        f"agreed_{version.document_id}": "on",
    }
    source = (DATA / "agreement-en.txt").read_bytes()
    agreements.import_text(
        slug="terms", source=source + b"\n", number=2, language="en", publish=True
    )
    answer = visitor.post(reverse("sign_up_agreements"), old)
    assert where(answer) == reverse("sign_up_agreements")
    assert "newer version" in visitor.get(reverse("sign_up_agreements")).content.decode()
    agreements.import_text(slug="privacy", source=source, number=1, language="en", publish=True)
    page = visitor.get(reverse("sign_up_agreements")).content.decode()
    assert page.count('type="checkbox"') == 2
    assert not User.objects.exists()


def test_without_terms_no_account_is_opened(client, db, texts):
    answer = english(client).post(START, {"phone": PHONE})
    assert answer.status_code == 503
    assert "before the terms are published" in answer.content.decode()
    assert not texts


def test_too_many_codes_are_429_and_say_when(visitor, texts, clock):
    begin(visitor)
    answer = begin(visitor)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert "Try again in 1 minute" in answer.content.decode()
    assert len(texts) == 1
    visitor.post(reverse("sign_up_code"), {"action": "resend"})
    assert len(texts) == 1
    for _turn in range(4):
        clock.advance(minutes=2)
        assert begin(visitor).status_code == 302
    clock.advance(minutes=2)
    answer = begin(visitor)
    assert answer.status_code == 429
    assert 40 * 60 < int(answer.headers["Retry-After"]) < 60 * 60


def test_a_country_we_do_not_serve_is_told_so(visitor, texts):
    answer = begin(visitor, "+49 30 123456")
    assert answer.status_code == 200
    assert "numbers of that country" in answer.content.decode()
    assert not texts


def test_every_page_counts_attempts_by_address(visitor, texts):
    for _turn in range(30):
        visitor.post(reverse("sign_up_code"), {"code": "1"})
    answer = visitor.post(reverse("sign_up_code"), {"code": "1"})
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0


def test_who_is_signed_in_opens_no_second_account(visitor, person):
    visitor.force_login(person)
    assert where(visitor.get(START)) == reverse("home")


def test_somebody_may_begin_again(visitor, texts):
    prove(visitor, texts)
    assert where(visitor.post(reverse("sign_up_start_over"))) == START
    assert not SignUp.objects.exists()


def test_the_session_is_another_one_once_signed_in(visitor, texts):
    prove(visitor, texts)
    before = visitor.session.session_key
    choose(visitor)
    declare(visitor)
    accept(visitor)
    assert visitor.session.session_key != before
    assert not Session.objects.filter(session_key=before).exists()
    assert "sign_up" not in visitor.session


def test_the_meter_answers_while_one_types(visitor):
    address = reverse("password_strength")
    assert "<meter" not in visitor.post(address, {"password": ""}).content.decode()
    weak = visitor.post(address, {"password": "password"}).content.decode()
    assert 'value="0"' in weak
    assert "one of the most common passwords" in weak
    strong = visitor.post(address, {"password1": "tulpe wagen sieben"}).content.decode()
    assert 'value="4"' in strong
    assert visitor.post(address, {"password": "x" * 5000}).status_code == 200
    assert visitor.get(address).status_code == 405


def test_the_code_counts_in_the_budget_before_it_is_sent(visitor, texts, monkeypatch):
    def nothing_left(**_asked):
        raise TooManyMessages("later", retry_after=90)

    monkeypatch.setattr(sms_budget, "spend", nothing_left)
    answer = begin(visitor)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "90")
    assert not texts
    assert not SignUp.objects.exists()


def test_the_guess_of_a_day_is_small():
    """Five tries of a code, ten codes a day: one in twenty thousand."""
    codes, period = SMS_LIMITS["number_day"]
    assert period == timedelta(days=1)
    assert codes * MOST_TRIES / 10**DIGITS <= 1 / 20_000


def test_a_code_may_be_typed_as_people_type_it(visitor, texts):
    begin(visitor)
    code = code_in(texts)
    wide = "".join(chr(ord(digit) - ord("0") + ord("０")) for digit in code)
    typed = f" {wide[:3]} - {wide[3:]}"
    answer = visitor.post(reverse("sign_up_code"), {"code": typed})
    assert where(answer) == reverse("sign_up_credentials")
