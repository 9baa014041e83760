"""The desk in Chinese: no English left over on any page, and the person's own choice counts."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils.translation import override

from accounts.models import ServiceClient
from common.changes import label_of
from common.languages import listed
from notices.models import Template
from tests.accounts.making import make_account, make_clause, make_key, make_person, make_service
from tests.desk.signing_in import staff
from tests.plumbing.english import english_on

pytestmark = pytest.mark.django_db

LISTS = [
    reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    for model in admin.site._registry
    if model is not Template  # the texts themselves, of both languages
]
OTHERS = [
    reverse(f"admin:{name}")
    for name in [
        "index",
        "records",
        "search",
        "notices_servicechange_add",
        "notices_delivery_health",
        "notices_delivery_health_live",
        "accounts_service_add",
        "accounts_serviceclient_issue",
        "accounts_staffinvitation_invite",
    ]
]
OWN_PAGES = [
    reverse(name)
    for name in ["mfa_index", "usersessions_list", "account_set_password", "settings", "home"]
]


@pytest.fixture
def chinese(db):
    return staff(is_superuser=True, language="zh-hans", name="林若溪")[1]


@pytest.mark.parametrize("address", LISTS + OTHERS + OWN_PAGES)
def test_no_page_of_staff_has_english_left_over(chinese, address):
    page = chinese.get(address)
    assert page.status_code == 200
    assert english_on(page) == set()


def test_no_record_has_english_left_over(chinese):
    account = make_account(kind="organization", name="海港智能")
    clause = make_clause("14.2")
    client, _secret = ServiceClient.issue(
        name="网关", scopes=list(ServiceClient.Scope.values), created_by=make_person(name="王芳")
    )
    token = client.tokens.get()
    records = [account, make_key(account), make_service(), clause, clause.version, client, token]
    data = [str(value) for record in records for value in vars(record).values()]
    data += [str(clause.version.document), clause.version.document.slug, "Li Hua"]
    for record in records:
        opts = record._meta
        address = reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[record.pk])
        for page in (chinese.get(address), chinese.get(address.replace("/change/", "/history/"))):
            assert page.status_code == 200
            assert english_on(page, *data) == set()


def test_no_act_on_a_calling_system_has_english_left_over(chinese):
    client, _secret = ServiceClient.issue(
        name="网关", scopes=list(ServiceClient.Scope.values), created_by=make_person(name="王芳")
    )
    token = client.tokens.get()
    for address in (
        f"serviceclient/acts/rotate/?pks={client.pk}",
        f"serviceclient/acts/bounds/?pks={client.pk}",
        f"clienttoken/acts/end/?pks={token.pk}",
    ):
        page = chinese.get(f"/admin/accounts/{address}")
        assert page.status_code == 200
        assert english_on(page, str(token)) == set()


def test_the_persons_own_language_counts_and_not_the_browsers(chinese):
    page = chinese.get("/admin/", headers={"accept-language": "en"})
    assert "今日" in page.content.decode()
    assert 'lang="zh-hans"' in page.content.decode()


def test_the_switch_changes_the_page_and_is_kept(chinese):
    answer = chinese.post(
        reverse("set_language"), {"language": "en", "next": "/admin/"}, follow=True
    )
    assert "Today" in answer.content.decode()
    chinese.cookies.pop("django_language", None)
    assert "Today" in chinese.get("/admin/").content.decode()


def test_kinds_and_lists_are_said_in_the_language_in_use():
    with override("zh-hans"):
        assert label_of("suspension") == "暂停"
        assert listed(["甲", "乙"]) == "甲、乙"
    with override("en"):
        assert label_of("suspension") == "suspension"
        assert listed(["one", 2]) == "one, 2"
    assert label_of("of-a-later-release") == "of-a-later-release"


def test_a_group_says_what_its_members_may_do_in_words(chinese):
    group = Group.objects.get(name="supervisor")
    page = chinese.get(reverse("admin:auth_group_change", args=[group.pk]))
    assert "查看：许可" in page.content.decode()
    assert "可以批准服务变更" in page.content.decode()
    assert english_on(page, group.name) == set()
