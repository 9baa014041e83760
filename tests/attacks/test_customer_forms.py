"""Every form of every page that customers have, filled with what no form is meant for."""

import re
from html.parser import HTMLParser
from urllib.parse import quote_from_bytes, urljoin

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.test import Client
from django.urls import get_resolver

from accounts.models import Account
from tests.accounts.making import make_key, make_service
from tests.billing.making import paid_in
from tests.desk.signing_in import sign_in
from tests.notices.making import make_organization
from tests.pages.conftest import person, terms, texts  # noqa: F401 -- fixtures
from tests.pages.customer_addresses import filled

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]

STRANGE = {
    "NUL": b"a\x00b",
    "half of a surrogate": b"\xed\xa0\x80",
    "no UTF-8": b"\xff\xfe\x80",
    "long": b"x" * 20_000,
    "turned around": "\u202eabc\u2066".encode(),
    "2^63": b"9223372036854775808",
    "1e308": b"1e308",
    "minus": b"-1",
    "markup": b"<script>alert(1)</script>{{7*7}}",
}
# What ends the session or leads away from it, and pages of the desk, the API and of health.
ELSEWHERE = re.compile(
    r"^(admin/|api/|accounts/(logout|with|2fa/login)|healthz|readyz|static|staff/)|^accounts/oidc"
)


FIELDS = ("input", "textarea", "select", "button")


class Forms(HTMLParser):
    """The forms of a page: `(method, action, {name: value})` of each."""

    def __init__(self):
        super().__init__()
        self.found, self.fields = [], None

    def handle_starttag(self, tag, attrs):
        said = dict(attrs)
        if tag == "form":
            self.fields = {}
            self.found.append(
                (said.get("method", "get").lower(), said.get("action", ""), self.fields)
            )
        elif self.fields is not None and tag in FIELDS and said.get("name"):
            self.fields.setdefault(said["name"], said.get("value") or "on")

    def handle_endtag(self, tag):
        if tag == "form":
            self.fields = None


def routes(patterns, before=""):
    for one in patterns:
        route = before + str(one.pattern)
        if ELSEWHERE.match(route):
            continue
        if hasattr(one, "url_patterns"):
            yield from routes(one.url_patterns, route)
        else:
            yield route


@pytest.fixture
def world(person, terms, texts):  # noqa: F811
    """Li Hua with an account of their own and a company, money, a key and a service."""
    own = Account.objects.create(kind="personal", holder=person, name="Li Hua")
    own.memberships.create(user=person, role="owner")
    company = make_organization(person, name="Star Data")
    for account in (own, company):
        paid_in(account, 100)
    make_service()
    make_key(own)
    return person, company


@pytest.fixture
def browser(world):
    """Signed in, and having typed the password once more a moment ago."""
    browser = sign_in(world[0], "password", client=Client(raise_request_exception=False))
    session = browser.session
    for record in session[AUTHENTICATION_METHODS_SESSION_KEY]:
        record["reauthenticated"] = True
    session.save()
    return browser


def pages(company):
    """Addresses that name at most an account."""
    for route in sorted(set(routes(get_resolver().url_patterns))):
        rest = route.replace("<public_id:public_id>", "")
        about_it = route.startswith(("account/", "money/", "matters/")) or rest == route
        if about_it and "<" not in rest and "(?P" not in rest and "\\" not in rest:
            yield "/" + filled(route, company.public_id)


def as_body(fields, strange):
    named = {name: strange for name in fields if name != "csrfmiddlewaretoken"}
    return "&".join(f"{name}={quote_from_bytes(value)}" for name, value in named.items())


def forms_of(page, address):
    if page.status_code != 200 or "text/html" not in page.headers.get("Content-Type", ""):
        return []
    parser = Forms()
    parser.feed(page.content.decode())
    return [(how, urljoin(address, to), fields) for how, to, fields in parser.found]


def test_no_form_answers_strange_input_with_an_error_of_ours(browser, world):
    _person, company = world
    tried, wrong = set(), []
    for address in pages(company):
        shown = browser.get(address)
        if shown.status_code >= 500:
            wrong.append(("get", address, "", shown.status_code))
            continue
        for how, to, fields in forms_of(shown, address):
            key = (how, to, tuple(sorted(fields)))
            if key in tried or ELSEWHERE.match(to.lstrip("/")):
                continue
            tried.add(key)
            for name, strange in STRANGE.items():
                body = as_body(fields, strange)
                if how == "post":
                    answer = browser.post(
                        to, body, content_type="application/x-www-form-urlencoded"
                    )
                else:
                    answer = browser.get(f"{to.partition('?')[0]}?{body}")
                if answer.status_code >= 500:
                    wrong.append((how, to, name, answer.status_code))
    assert not wrong
    # Pages are found by themselves: that there are many shows that they were.
    assert len({to for _how, to, _fields in tried}) > 25, tried


def test_no_page_answers_strange_parameters_with_an_error_of_ours(browser, world):
    _person, company = world
    names = ("q", "page", "after", "before", "kind", "since", "until", "next", "clause", "by")
    wrong = []
    for address in pages(company):
        for name, strange in STRANGE.items():
            value = quote_from_bytes(strange[:2_000])
            answer = browser.get(f"{address}?" + "&".join(f"{one}={value}" for one in names))
            if answer.status_code >= 500:
                wrong.append((address, name, answer.status_code))
    assert not wrong
