"""Lists of the back office: found, paged and never counted to the end."""

import re
from urllib.parse import quote

import pytest
from django.contrib import admin
from django.contrib.admin.templatetags.admin_list import results
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from accounts.models import Account, ApiKey, Membership, ServiceClient, User
from common import search
from common.admin import rows
from common.admin.paginators import LimitedPaginator
from notices.models import Delivery, Notice
from tests.accounts.making import make_clause, make_key, make_person
from tests.notices.making import make_announced, make_customer

pytestmark = pytest.mark.django_db

ACCOUNTS = "/admin/accounts/account/"
PEOPLE = "/admin/accounts/user/"
NOTICES = "/admin/notices/notice/"
DELIVERIES = "/admin/notices/delivery/"


@pytest.fixture
def organizations():
    """Three hundred and twenty of them: seven pages."""
    made = [Account(kind="organization", name=f"Org {n:03}") for n in range(320)]
    return Account.objects.bulk_create(made)


def rows_of(page):
    return re.findall(r'<th [^>]*><a href="[^"]*/(\d+)/change/', page)


def link(page, rel):
    found = re.search(rf'<a href="([^"]*)" rel="{rel}">', page)
    return found and found[1].replace("&amp;", "&")


def standing(page):
    return re.sub(r"<[^>]*>", "", page.partition('class="paginator"')[2].partition("</div>")[0])


def get(client, address):
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def test_pages_follow_each_other_with_filter_and_search(desk, organizations):
    client = desk("support")
    page = get(client, f"{ACCOUNTS}?kind__exact=organization&q=Org")
    seen = rows_of(page)
    while address := link(page, "next"):
        assert "kind__exact=organization" in address
        assert "q=Org" in address
        page = get(client, ACCOUNTS + address)
        seen += rows_of(page)
    assert seen == [str(account.pk) for account in reversed(organizations)]
    assert "301–320 of 320" in standing(page)
    assert link(page, "last") is None
    assert "251–300 of 320" in standing(get(client, ACCOUNTS + link(page, "prev")))
    assert "1–50 of 320" in standing(get(client, ACCOUNTS + link(page, "first")))


def test_the_last_page_and_back(desk, organizations):
    client = desk("support")
    last = get(client, ACCOUNTS + link(get(client, ACCOUNTS), "last"))
    assert rows_of(last)[-1] == str(organizations[0].pk)
    assert link(last, "next") is None
    before = get(client, ACCOUNTS + link(last, "prev"))
    assert rows_of(get(client, ACCOUNTS + link(before, "next"))) == rows_of(last)


def test_beyond_what_is_counted_the_page_says_so(desk, organizations, monkeypatch):
    monkeypatch.setattr(LimitedPaginator, "COUNTED_TO", 80)
    client = desk("support")
    first = get(client, ACCOUNTS)
    second = get(client, ACCOUNTS + link(first, "next"))
    third = get(client, ACCOUNTS + link(second, "next"))
    last = get(client, ACCOUNTS + link(first, "last"))
    assert "1–50 of more than 80" in standing(first)
    assert "51–100 of more than 80" in standing(second)
    assert "Beyond the first 80" in standing(third)
    assert "The last 50 of more than 80" in standing(last)


def test_a_column_with_an_index_is_sorted_by_keyset_another_by_numbers(desk, organizations):
    client = desk(is_superuser=True)
    by_name = get(client, f"{ACCOUNTS}?o=1")
    by_kind = get(client, f"{ACCOUNTS}?o=2")
    assert rows_of(get(client, ACCOUNTS + link(by_name, "next")))[0] == str(organizations[50].pk)
    assert "o=1" in link(by_name, "last")
    assert link(by_kind, "next") is None
    assert "?o=2&amp;p=2" in by_kind


def test_filters_and_search_begin_at_the_first_page(desk, organizations):
    client = desk("support")
    page = get(client, ACCOUNTS + link(get(client, ACCOUNTS), "next"))
    form = page.partition('id="changelist-search"')[2].partition("</form>")[0]
    assert 'name="p"' not in form
    assert "p=after" not in re.search(r'href="(\?kind__exact=organization[^"]*)"', page)[1]


UNBOUNDED = re.compile(r"count\((?!.*\blimit\b)", re.IGNORECASE | re.DOTALL)


@pytest.mark.parametrize(
    "address",
    [
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        for model in admin.site._registry
    ],
)
def test_no_list_counts_to_the_end(desk, organizations, address):
    client = desk(is_superuser=True)
    for query in ("", "?q=org", "?p=end", "?all=1"):
        with CaptureQueriesContext(connection) as captured:
            client.get(address + query)
        counting = [one["sql"] for one in captured.captured_queries if UNBOUNDED.search(one["sql"])]
        assert not counting


def test_an_action_is_for_ticked_rows_even_when_all_are_asked_for(desk, organizations):
    client = desk("supervisor", "officer", is_superuser=True)
    actions = re.findall(r'<option value="(\w+)"', get(client, ACCOUNTS))
    answer = client.post(
        ACCOUNTS,
        {
            "action": actions[0],
            "index": "0",
            "select_across": "1",
            "_selected_action": [str(organizations[0].pk)],
        },
    )
    assert organizations[0].public_id in answer["Location"] or (
        str(organizations[0].pk) in answer["Location"]
    )
    assert organizations[1].public_id not in answer["Location"]


def test_rows_say_what_djangos_own_would(desk, rf):
    """Of every list, with a world in which most of them have rows."""
    ada, account = make_customer(name="Ada <b>", contact_email="ada@example.com")
    make_announced(account)
    ApiKey.objects.filter(pk=make_key(account).pk).update(name="   ")
    ServiceClient.issue(name="gateway & co", scopes=[], created_by=ada)
    make_clause("14.2")
    user = make_person(is_staff=True, is_superuser=True)
    compared = 0
    for model, model_admin in admin.site._registry.items():
        request = rf.get("/admin/", {"o": "1"})
        request.user, request.session, request._messages = user, {}, []
        with override("en"), timezone.override("Asia/Shanghai"):
            cl = model_admin.get_changelist_instance(request)
            cl.formset = None
            ours = html_of(rows.table(cl).partition("<tbody>")[2])
            theirs = html_of("</tr><tr>".join("".join(row) for row in results(cl)))
        assert ours == theirs, model
        compared += len(cl.result_list)
    assert compared > 15


def html_of(rows):
    """What is shown and where it leads, without the classes and the names of columns."""
    return re.sub(r"</?t(r|body)>|^<tr>", "", re.sub(r' (data-label|class)="[^"]*"', "", rows))


def test_a_link_to_a_record_comes_back_to_the_filtered_list(desk, organizations):
    page = get(desk("support"), f"{ACCOUNTS}?q=Org&kind__exact=organization")
    link = re.search(r'<th [^>]*><a href="([^"]*)"', page)[1]
    assert "_changelist_filters=q%3DOrg%26kind__exact%3Dorganization" in link


def test_heads_sort_say_how_they_do_and_select_all(desk, organizations):
    page = get(desk("supervisor", is_superuser=True), f"{ACCOUNTS}?o=1")
    head = page.partition("<thead>")[2].partition("</thead>")[0]
    assert '<input type="checkbox" id="action-toggle"' in head
    assert 'aria-sort="ascending"' in head
    assert '<a href="?o=-1">Name<span aria-hidden="true"> ↑</span></a>' in head
    assert '<a href="?o=2.1">Kind</a>' in head


def test_a_popup_hands_over_what_is_chosen(desk, organizations):
    page = get(desk("support"), f"{ACCOUNTS}?_popup=1")
    assert f'data-popup-opener="{organizations[-1].pk}"' in page
    assert "data-label=" in page


# -- search -----------------------------------------------------------------------


@pytest.fixture
def ada():
    person = make_person(name="Ada Lovelace", contact_email="Ada@Example.com")
    User.objects.filter(pk=person.pk).update(phone="+8613912345678")
    other = make_person(name="Xada", contact_email="xada@example.com")
    organization = Account.objects.create(kind="organization", name="Analytical Engines")
    Membership.objects.create(account=organization, user=person, role="admin")
    Membership.objects.create(account=organization, user=other, role="viewer")
    Account.objects.create(kind="organization", name="Other")
    return person


FINDS_ADA = [
    "13912345678",
    "139 1234 5678",
    "+86 139-1234-5678",
    "139 1234",
    "0086 139 1234",
    "2345678",
    "ada@example.com",
    "ADA@EXAMPLE.COM",
]


@pytest.mark.parametrize("text", [*FINDS_ADA, "lovelace", "Love Ada"])
def test_people_are_found_by_any_way_of_writing(desk, ada, text):
    page = get(desk("support"), f"{PEOPLE}?q={quote(text)}")
    assert rows_of(page) == [str(ada.pk)]


def test_a_whole_phone_is_shown_to_who_typed_it_a_part_is_not(desk, ada):
    client = desk("support")
    assert "+8613912345678" in get(client, f"{PEOPLE}?q=13912345678")
    assert "+8613912345678" not in get(client, f"{PEOPLE}?q=139+1234")


@pytest.mark.parametrize("text", [*FINDS_ADA, "example.com", "analytical"])
def test_accounts_are_found_by_their_members_once(desk, ada, text):
    page = get(desk("support"), f"{ACCOUNTS}?q={quote(text)}")
    assert rows_of(page) == [str(ada.memberships.get().account_id)]


def test_a_part_is_looked_for_when_the_whole_is_nobodys(desk, ada):
    client = desk("support")
    assert rows_of(get(client, f"{PEOPLE}?q=da@example.com")) != []
    User.objects.filter(pk=ada.pk).update(contact_email="13800001111@example.com")
    assert rows_of(get(client, f"{PEOPLE}?q=13800001111")) == [str(ada.pk)]


def test_a_text_that_finds_very_many_finds_the_same(desk, ada, monkeypatch):
    client = desk("support")
    addresses = [f"{PEOPLE}?q=ada", f"{ACCOUNTS}?q=example", f"{ACCOUNTS}?q=a"]
    few = [rows_of(get(client, address)) for address in addresses]
    monkeypatch.setattr(search, "MOST_FOUND_FIRST", 0)
    assert [rows_of(get(client, address)) for address in addresses] == few
    assert all(few)


@pytest.fixture
def told():
    """Two people told of a change, one of whom has moved to another address since."""
    ada, account = make_customer(name="Ada", contact_email="ada@example.com")
    bob, his = make_customer(name="Bob", contact_email="bob@example.com")
    make_announced(account, his)
    User.objects.filter(pk=ada.pk).update(contact_email="ada@elsewhere.example")
    return ada, bob


def test_notices_are_found_by_their_recipient(desk, told):
    client = desk("supervisor")
    for text in ("ada", "ada@elsewhere.example", told[0].phone, told[0].public_id):
        found = rows_of(get(client, f"{NOTICES}?q={quote(text)}"))
        assert found == [str(Notice.objects.get(recipient=told[0]).pk)], text
    notice = Notice.objects.get(recipient=told[1])
    assert rows_of(get(client, f"{NOTICES}?q={notice.public_id}")) == [str(notice.pk)]


def test_deliveries_are_found_by_former_and_present_addresses(desk, told, monkeypatch):
    client = desk("supervisor")
    hers = Delivery.objects.filter(notice__recipient=told[0]).order_by("-pk")
    to_the_old = hers.filter(address="ada@example.com")
    attempt = to_the_old.get().attempts.get()
    for limit in (search.MOST_FOUND_FIRST, 0):
        monkeypatch.setattr(search, "MOST_FOUND_FIRST", limit)
        for text, wanted in (
            ("ada@example.com", to_the_old),
            ("elsewhere", hers),
            (told[0].phone, hers),
            (str(attempt.pk), to_the_old),
            (to_the_old.get().notice.public_id, hers),
        ):
            found = rows_of(get(client, f"{DELIVERIES}?q={quote(text)}"))
            assert found == [str(delivery.pk) for delivery in wanted], text


@pytest.mark.parametrize("model", ["apikey", "restriction", "permit", "condition"])
def test_what_accounts_have_is_found_by_account(desk, told, model):
    client = desk(is_superuser=True)
    address = f"/admin/accounts/{model}/"
    assert get(client, f"{address}?q=nobody") is not None
    account = told[0].memberships.get().account
    key, _other = make_key(account), make_key(told[1].memberships.get().account)
    if model == "apikey":
        for text in ("ada@elsewhere.example", account.public_id, key.prefix, key.public_id):
            assert rows_of(get(client, f"{address}?q={quote(text)}")) == [str(key.pk)], text
