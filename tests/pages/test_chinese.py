"""A customer's pages in Chinese: no English left over, signed in or not, suspended or not."""

import uuid

import pytest
from django.urls import reverse

from accounts import agreements, amendments
from accounts.models import Account, AgreementVersion
from common.clock import now
from notices.models import Announcement, Notice
from tests.notices.making import make_announced, make_customer, make_organization
from tests.pages.conftest import PASSWORD
from tests.plumbing.english import english_on

OPEN_PAGES = [
    "account_login",
    "account_signup",
    "account_inactive",
    "password_help",
    "announcements",
    "agreements",
    "report",
    "api_docs",
]
OWN_PAGES = [
    "home",
    "inbox",
    "reaching",
    "settings",
    "leave",
    "leave_ask",
    "own_reports",
    "new_report",
    "mfa_index",
    "usersessions_list",
    "account_change_password",
    "account_reauthenticate",
    "account_logout",
]
# The demo agreement's and the formats' own words, and the code that programs read.
WORDS = ["date-time", "OpenAPI application/problem+json RFC type title status code detail"]
WORDS += ["1Password Chrome Linux", "access:read allow limit null image-generation acc"]
WORDS += ["uses:write JSON ISO requests_per_minute limits cn-south"]
WORDS += ["charges:write ASCII SHA MiB acc key api_key key_digest tokens_in tokens_out"]
WORDS += ["macOS Windows"]
WORDS += ["accepted known key_taken not_enough"]
WORDS += ["reports:write account about violation burst-of-refusals received looked_into told"]
WORDS += ["appealed acted not_acted elsewhere PDF MB"]
# What programs read of orders, on that page alone: these are everyday words elsewhere.
CODE = {"api_docs": "orders:answer after state=open due_at fetched done partly failed waiting"}


@pytest.fixture
def reader(person):
    person.name, person.language = "李华", "zh-hans"
    person.save()
    return person


@pytest.mark.parametrize("name", OPEN_PAGES)
def test_pages_for_everybody_have_no_english_left_over(client, terms, name):
    page = client.get(reverse(name))
    assert page.status_code == 200
    assert english_on(page, *WORDS, CODE.get(name, "")) == set()


@pytest.mark.parametrize("name", OWN_PAGES)
def test_pages_of_a_person_have_no_english_left_over(client, reader, terms, name):
    Account.objects.create(kind="personal", holder=reader, name="李华")
    client.force_login(reader)
    page = client.get(reverse(name), follow=True)
    assert page.status_code == 200
    assert english_on(page, *WORDS) == set()


def test_an_account_to_be_suspended_and_its_notice_have_no_english_left_over(client, db):
    person, account = make_customer(name="李华", language="zh-hans")
    change = make_announced(account)
    notice = Notice.objects.get(recipient=person)
    client.force_login(person)
    for name, of in [
        ("account", account.public_id),
        ("notice", notice.public_id),
        ("announcement", Announcement.objects.get(expansion__change=change).public_id),
    ]:
        page = client.get(reverse(name, args=[of]))
        assert page.status_code == 200
        assert english_on(page, *WORDS, "http testserver inbox") == set()


def test_a_limited_account_and_new_terms_have_no_english_left_over(client, reader, terms):
    account = make_organization(reader, name="星河数据")
    make_announced(
        account,
        kind="usage_limit",
        limits={"tokens_per_day": 1_000_000, "requests_per_minute": 60},
        effective_at=now(),
        at_once=True,
        grounds="Others time out.",
    )
    for language in ("zh-hans", "en"):
        source = f"{terms.text_in(language).source}\n".encode()
        agreements.import_text(slug="terms", source=source, number=2, language=language)
    version = AgreementVersion.objects.get(number=2)
    amendments.offer(change=uuid.uuid4(), version_id=version.pk)
    client.force_login(reader)
    home = reverse("account", args=[account.public_id])
    there = [account.public_id, "terms", 2]
    answer, objecting = (reverse(n, args=there) for n in ("answer_version", "object_to_version"))

    limited = client.get(home)
    assert "每分钟请求数不超过 60、每日词元数不超过 1,000,000" in limited.content.decode()
    compared = client.get(reverse("agreement_changes", args=["terms", 2, 1]))
    closing = client.get(reverse("close_account", args=[account.public_id]))
    for page in (limited, client.get(answer), client.get(objecting), compared, closing):
        assert english_on(page, *WORDS) == set()
    objected = client.post(objecting, {"understood": "on"}, follow=True)
    assert "提出异议" in objected.content.decode()
    for page in (objected, client.get(answer)):
        assert english_on(page, *WORDS) == set()


def test_refusals_have_no_english_left_over(client, reader, sign_in):
    assert english_on(client.get("/nothing/")) == set()
    assert english_on(sign_in(password="wrong horse")) == set()
    assert english_on(client.get(reverse("staff_invitation", args=["x"]))) == set()
    client.force_login(reader)
    assert english_on(client.get("/admin/")) == set()
    assert english_on(client.post("/settings/", {"language": "xx"}), "xx") == set()
    short = {"oldpassword": PASSWORD, "password1": "abc", "password2": "abd"}
    assert english_on(client.post(reverse("account_change_password"), short)) == set()
