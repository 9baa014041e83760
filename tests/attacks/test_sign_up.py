"""Attacks on opening an account: strange input, used codes, others' links, time.

What a visitor sends is answered with a page or 4xx, never with 500.
"""

import statistics
import time

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import GuardianRequest, SignUp, User
from common import clock as house_clock
from tests.pages.conftest import PASSWORD, terms, texts  # noqa: F401 -- fixtures
from tests.pages.test_sign_up import (
    accept,
    begin,
    choose,
    code_in,
    declare,
    english,
    prove,
    sign_up,
)

STRANGE = ["\x00", "a\x00b", "9" * 5000, "‮​", "１３８１２３４５６７８", "<script>", "%00"]
BROKEN = b"phone=%ED%A0%80&code=%ED%A0%80&name=%ED%A0%80&password=%ED%A0%80"
REFUSALS = (200, 302, 400, 403, 404, 405, 410, 413, 429)
FIELDS = ("phone", "code", "name", "password", "again", "born", "use", "details", "occasions")


@pytest.fixture
def visitor(client, terms, texts, settings):  # noqa: F811
    settings.ACCOUNT_RATE_LIMITS = False
    return english(client)


def pages():
    names = ("code", "credentials", "declarations", "agreements")
    return [reverse("account_signup"), *[reverse(f"sign_up_{name}") for name in names]]


@pytest.fixture
def before(visitor, texts):  # noqa: F811
    """Brings a visitor to each of the pages in turn."""

    def before(place):
        if place == 1:
            begin(visitor)
        if place >= 2:
            prove(visitor, texts)
        if place >= 3:
            choose(visitor)
        if place >= 4:
            declare(visitor)

    return before


@pytest.mark.parametrize("place", range(5))
def test_strange_input_is_a_page_or_4xx(visitor, before, place):
    before(place)
    page = pages()[place]
    for value in STRANGE:
        answer = visitor.post(page, dict.fromkeys(FIELDS, value))
        assert answer.status_code in REFUSALS, (page, value)
    for body in (BROKEN, b"\xff\xfe\xed\xa0\x80", b"&" * 2000):
        answer = visitor.post(page, body, content_type="application/x-www-form-urlencoded")
        assert answer.status_code in REFUSALS, (page, body[:20])
    assert not User.objects.exists()


@pytest.mark.parametrize("place", range(5))
def test_ten_megabytes_are_refused(visitor, before, place):
    before(place)
    body = b"password=" + b"x" * 10_000_000
    answer = visitor.post(pages()[place], body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 400
    assert not User.objects.exists()


def test_the_meter_takes_anything(visitor):
    for value in STRANGE:
        answer = visitor.post(reverse("password_strength"), {"password": value, "name": value})
        assert answer.status_code == 200


def test_birth_dates_of_nobody(visitor, texts):  # noqa: F811
    prove(visitor, texts)
    choose(visitor)
    for born in ("0001-01-01", "9999-12-31", "2023-02-29", "1e9-1-1", "-1-01-01"):
        assert declare(visitor, born=born).status_code == 200
    assert not SignUp.objects.get().declared


def test_a_token_of_somebody_else_has_to_be_known_whole(visitor, texts):  # noqa: F811
    prove(visitor, texts)
    token = visitor.session["sign_up"]
    thief = english(Client())
    for guess in (token[:-1], token.lower(), SignUp.objects.get().digest, "", "\x00"):
        session = thief.session
        session["sign_up"] = guess
        session.save()
        thief.cookies["sessionid"] = session.session_key
        if guess != token:
            answer = thief.get(reverse("sign_up_credentials"))
            assert answer.headers["Location"] == reverse("account_signup")


def test_the_number_cannot_be_swapped_after_the_code(visitor, texts):  # noqa: F811
    prove(visitor, texts)
    said = {"name": "x", "password": PASSWORD, "again": PASSWORD, "phone": "13912345678"}
    visitor.post(reverse("sign_up_credentials"), said | {"phone_token": "x", "verified_at": "x"})
    assert SignUp.objects.get().phone == "+8613812345678"


def test_nobody_makes_themselves_staff(visitor, texts):  # noqa: F811
    prove(visitor, texts)
    said = {"name": "x", "password": PASSWORD, "again": PASSWORD, "is_staff": "on"}
    visitor.post(reverse("sign_up_credentials"), said | {"is_superuser": "1", "groups": "1"})
    declare(visitor, is_staff="on")
    accept(visitor)
    assert User.objects.count() == 1
    assert not User.objects.filter(is_staff=True).exists()


@pytest.mark.parametrize("token", ["x", "%00", "%ED%A0%80", "x" * 3000, "..%2f.."])
def test_links_of_nobody(visitor, token):
    for method in (visitor.get, visitor.post):
        assert method(f"/guardian/{token}/").status_code in (404, 410)


def test_a_guardians_page_takes_no_strange_input(visitor, texts):  # noqa: F811
    sign_up(visitor, texts, born=f"{house_clock.now().year - 10}-01-01")
    for value in STRANGE:
        assert visitor.post(reverse("guardian"), {"phone": value}).status_code in REFUSALS
    visitor.post(reverse("guardian"), {"phone": "13912345678"})
    link = texts[-1].params["link"].removeprefix("http://testserver")
    visitor.post(link, {"action": "code"})
    fields = ("code", "name", "relation", "text", "consents", "personal_data")
    for value in STRANGE:
        answer = visitor.post(link, dict.fromkeys(fields, value))
        assert answer.status_code in REFUSALS
    assert GuardianRequest.objects.exists()


def test_a_code_of_a_sign_up_is_none_of_a_guardian(visitor, texts):  # noqa: F811
    sign_up(visitor, texts, born=f"{house_clock.now().year - 10}-01-01")
    own = code_in(texts)
    visitor.post(reverse("guardian"), {"phone": "13912345678"})
    link = texts[-1].params["link"].removeprefix("http://testserver")
    visitor.post(link, {"action": "code"})
    if own != code_in(texts):
        said = {"name": "x", "relation": "parent", "consents": "on", "personal_data": "on"}
        page = visitor.get(link).context["form"]
        said |= {"text": page["text"].initial.pk, "code": own}
        assert "not the code we sent" in visitor.post(link, said).content.decode()


def seconds(act, value):
    began = time.perf_counter()
    act(value)
    return time.perf_counter() - began


@pytest.mark.parametrize("page", ["sign_in", "sign_up"])
def test_the_time_of_an_answer_does_not_tell_who_has_an_account(visitor, settings, page):
    """A slice of what `make bench FIGURES=timing` measures: a missing hash would show as
    many times, which is what this tells from a busy machine."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    known, unknown = range(13_800_000_000, 13_800_000_009), range(13_900_000_000, 13_900_000_009)
    settings.SMS_LIMITS = {
        name: (1000, period) for name, (_n, period) in settings.SMS_LIMITS.items()
    }
    for number in known:
        User.objects.create_user(str(number), PASSWORD, name="x")

    def ask(number):
        if page == "sign_in":
            answer = visitor.post(
                "/accounts/login/", {"login": str(number), "password": "wrong horse"}
            )
            assert answer.status_code == 200
        else:
            answer = visitor.post("/accounts/signup/", {"phone": str(number)})
            assert answer.status_code == 302

    ask(13_700_000_000)
    taken = [(seconds(ask, a), seconds(ask, b)) for a, b in zip(known, unknown, strict=True)]
    medians = sorted(map(statistics.median, zip(*taken, strict=True)))
    assert medians[1] / medians[0] < 1.6
