"""A customer's pages in Chinese: no English left over, signed in or not, suspended or not."""

import re
import uuid

import pytest
from django.urls import reverse

from accounts import activity, agreements, amendments, transfers
from accounts.models import Account, Activity, AgreementVersion, ApiKey
from common.clock import now
from notices.models import Announcement, Notice
from tests.accounts.making import make_person
from tests.desk.signing_in import proved
from tests.notices.making import make_announced, make_customer, make_organization
from tests.pages import test_sign_up as sign_up
from tests.pages.conftest import PASSWORD
from tests.plumbing.english import english_on

OPEN_PAGES = [
    "account_login",
    "account_signup",
    "account_inactive",
    "password_help",
    "password_forgotten",
    "lost_phone",
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
    "connected_logins",
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
# What programs read of orders, signals and the feed, on that page alone: these are everyday
# words elsewhere.
CODE = {
    "api_docs": "orders:answer after state=open due_at fetched done partly failed waiting "
    "signals:write complaints:write load circumvention attack observed_from "
    "enforcement:read enforcement:apply since through last made_at until wait gone true feed id "
    "rule key exemption exempt required output_blocked decided_at errors parameter email uuid "
    "int UTF Apiqik-Signature HMAC Unix If-None-Match gzip"
}


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


def test_an_organization_has_no_english_left_over(client, reader, terms):
    lab, wang = make_organization(reader, name="星河数据"), make_person(name="王芳")
    lab.memberships.create(user=wang, role="admin")
    key, _secret = ApiKey.issue(account=lab, created_by=wang, name="生产环境")
    transfers.ask_for_ownership(
        account=lab, by=reader, new_owner=wang, remains_as="viewer", reason="交接", at=now()
    )
    activity.note(Activity.Kind.RENAMED, account=lab, by=reader, name="新名称", was="旧名称")
    activity.note(Activity.Kind.ROLE_CHANGED, account=lab, by=reader, was="viewer", role="admin")
    proved(reader, client)
    own = [client.get(reverse("new_organization")), client.post(reverse("new_organization"), {})]
    for name in (
        "members",
        "roles",
        "transfers",
        "transfer_ownership",
        "activity",
        "api_keys",
        "label_exemptions",
    ):
        own.append(client.get(reverse(name, args=[lab.public_id])))
    for name in ("rotate_api_key", "revoke_api_key", "hand_over_api_key"):
        own.append(client.get(reverse(name, args=[lab.public_id, key.public_id])))
    for name in ("member", "remove_member"):
        own.append(client.get(reverse(name, args=[lab.public_id, wang.public_id])))
    own.append(client.get(reverse("new_api_key", args=[lab.public_id])))
    own.append(client.post(reverse("invite", args=[lab.public_id]), {"address": "x"}))
    own.append(client.get(reverse("invitation", args=["x"])))
    for page in own:
        assert page.status_code in (200, 410)
        assert english_on(page, *WORDS, "acc_ trf apq") == set(), page.request["PATH_INFO"]


def test_opening_an_account_has_no_english_left_over(client, terms, texts):
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "zh-CN"
    born = f"{now().year - 10}-01-01"
    answers = [
        sign_up.begin(client),
        client.post(reverse("sign_up_code"), {"code": "1"}),
        client.post(reverse("sign_up_code"), {"code": texts[0].params["code"]}),
        sign_up.choose(client, password="password1234"),
        sign_up.choose(client),
        sign_up.declare(client, occasions=("medical", "none"), details=""),
        sign_up.declare(client, occasions=("medical",), details=""),
        sign_up.declare(client, born=born, details="网店客服"),
        client.get(reverse("sign_up_agreements")),
        sign_up.accept(client),
        client.post(reverse("guardian"), {"phone": "13912345678"}),
        client.get(reverse("guardian")),
        client.get(reverse("account", args=[Account.objects.get().public_id])),
    ]
    link = texts[-1].params["link"]
    answers += [client.get(link), client.post(link, {"action": "code"}), client.get(link)]
    for answer in answers:
        assert english_on(answer, *WORDS, "API SHA-256 English") == set()
    assert all(english_on_text(one.body) == set() for one in texts)


def english_on_text(text):
    return set(re.findall(r"[A-Za-z]{3,}", re.sub(r"apiqik|https?://\S+", "", text)))


def test_a_number_that_is_known_has_no_english_left_over(client, reader, terms, texts):
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "zh-CN"
    sign_up.prove(client, texts)
    assert english_on(client.get(reverse("sign_up_known"))) == set()
    assert english_on(sign_up.begin(client)) == set()


def test_refusals_have_no_english_left_over(client, reader, sign_in):
    assert english_on(client.get("/nothing/")) == set()
    assert english_on(sign_in(password="wrong horse")) == set()
    assert english_on(client.get(reverse("staff_invitation", args=["x"]))) == set()
    client.force_login(reader)
    assert english_on(client.get("/admin/")) == set()
    assert english_on(client.post("/settings/", {"language": "xx"}), "xx") == set()
    short = {"oldpassword": PASSWORD, "password1": "abc", "password2": "abd"}
    assert english_on(client.post(reverse("account_change_password"), short)) == set()
