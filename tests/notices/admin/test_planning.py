"""Planning a change of each kind, for each audience, over HTTP."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.timezone import localtime

from accounts import agreements
from accounts.models import Account, AgreementVersion, Publication, Region
from common.changes import kinds_of_change
from common.clock import now
from notices.models import ServiceChange
from tests.accounts.making import make_clause, make_key, make_service
from tests.desk.signing_in import staff
from tests.notices.making import approve, make_customer, make_organization, plan, propose

pytestmark = pytest.mark.django_db
ADD = "/admin/notices/servicechange/add/"


@pytest.fixture
def clause():
    clause = make_clause("1.3")
    Publication.record(version=clause.version)
    return clause


@pytest.fixture
def browser():
    return staff("compliance", name="Officer")[1]


def page(change):
    return f"/admin/notices/servicechange/{change.pk}/change/"


def form(clause, *, in_days=9, kind="suspension", **fields):
    moment = localtime(now() + timedelta(days=in_days))
    return {
        "kind": kind,
        "clause": clause.pk,
        "title_zh_hans": "标题",
        "title_en": "Title",
        "reason_zh_hans": "原因",
        "reason_en": "Reason",
        "effective_at_0": moment.strftime("%Y-%m-%d"),
        "effective_at_1": moment.strftime("%H:%M:%S"),
        **fields,
    }


def file_of(text, encoding="utf-8", name="accounts.csv"):
    source = text if isinstance(text, bytes) else text.encode(encoding)
    return SimpleUploadedFile(name, source, content_type="text/csv")


def names_of(browser, kind):
    return set(browser.get(ADD, {"kind": kind}).context["adminform"].form.fields)


def test_the_first_page_offers_every_kind_with_its_description(browser):
    shown = browser.get(ADD).text
    for kind in kinds_of_change:
        # What follows from a decision only is not planned by hand.
        assert (f"?kind={kind.name}" in shown) == kind.by_hand
        assert (str(kind.description)[:30] in shown) == kind.by_hand


def test_each_kind_asks_only_for_what_it_has(browser, clause):
    suspension, limit = names_of(browser, "suspension"), names_of(browser, "usage_limit")
    assert {"service", "model", "region", "keys_chosen", "ends_at", "at_once"} <= suspension
    assert limit - suspension == {
        "limit_requests_per_minute",
        "limit_tokens_per_minute",
        "limit_tokens_per_day",
        "limit_concurrent_requests",
    }
    amendment, incident = names_of(browser, "amendment"), names_of(browser, "incident")
    assert "agreement_version" in amendment
    assert not {"service", "ends_at", "at_once", "grounds", "keys_chosen"} & amendment
    assert not {"effective_at", "at_once", "audience", "accounts_chosen"} & incident
    assert "grounds" in incident
    assert "ends_at" not in names_of(browser, "termination")


def test_the_usual_clauses_come_first(browser):
    other, usual = make_clause("1.1"), make_clause("1.2.7")
    Publication.record(version=usual.version)
    choices = list(
        browser.get(ADD, {"kind": "suspension"}).context["adminform"].form.fields["clause"].choices
    )
    assert [label for label, _group in choices[1:]] == ["Usual for this kind", "Others"]
    assert [[key.value for key, _name in group] for _label, group in choices[1:]] == [
        [usual.pk],
        [other.pk],
    ]


def test_a_limit_needs_a_number(browser, clause):
    _li, account = make_customer()
    fields = form(clause, kind="usage_limit", accounts_chosen=account.public_id)
    assert "Set at least one limit." in browser.post(ADD, fields).text
    browser.post(ADD, {**fields, "limit_tokens_per_day": "5000"})
    change = ServiceChange.objects.get()
    assert change.limits == {"tokens_per_day": 5000}
    shown = browser.get(page(change)).context["adminform"].form
    assert shown["limit_tokens_per_day"].value() == 5000


def test_an_amendment_offers_versions_that_are_not_published(browser):
    current = make_clause("14.3").version
    Publication.record(version=current)
    newer = AgreementVersion.record(document=current.document, number=current.number + 1)
    field = browser.get(ADD, {"kind": "amendment"}).context["adminform"].form.fields
    assert list(field["agreement_version"].queryset) == [newer]
    _li, account = make_customer()
    fields = form(current.clauses.get(), kind="amendment", audience="everyone")
    assert "This field is required." in browser.post(ADD, fields).text
    browser.post(ADD, {**fields, "agreement_version": newer.pk})
    assert ServiceChange.objects.get().agreement_version == newer
    assert agreements.citable(current).exists()
    assert account


def test_an_incident_is_for_everybody_and_at_once(browser, clause):
    make_customer()
    fields = form(clause, kind="incident", service=make_service().pk)
    assert "This field is required." in browser.post(ADD, fields).text
    browser.post(ADD, {**fields, "grounds": "Data centre flooded"})
    change = ServiceChange.objects.get()
    assert (change.audience, change.at_once) == ("everyone", True)


def test_a_rule_is_built_from_the_form_and_shown_in_words(browser, clause):
    _li, account = make_customer()
    make_organization(name="A company")
    region = Region.objects.create(slug="cn-east", name_zh_hans="华东", name_en="East China")
    Account.objects.filter(pk=account.pk).update(region=region)
    fields = form(
        clause,
        audience="rule",
        rule_regions=[region.pk],
        rule_kinds=["personal"],
        rule_languages=["zh-hans", "en"],
        rule_opened_since_0="2020-01-01",
        rule_opened_since_1="00:00:00",
    )
    answer = browser.post(ADD, fields, follow=True)
    change = ServiceChange.objects.get()
    assert "It would concern 1 account now." in answer.text
    assert change.rule["kinds"] == ["personal"]
    assert change.rule["regions"] == [region.pk]
    assert "East China" in answer.text
    assert not change.concerned.exists()
    shown = browser.get(page(change)).context["adminform"].form
    assert shown["rule_regions"].value() == [region.pk]
    # Saved as it is, nothing has changed.
    edited = {**fields, **{name: shown[name].value() for name in ("edition_read", "values_read")}}
    browser.post(page(change), edited)
    change.refresh_from_db()
    assert change.rule["kinds"] == ["personal"]
    # Back to chosen accounts: the rule is gone.
    shown = browser.get(page(change)).context["adminform"].form
    edited |= {name: shown[name].value() for name in ("edition_read", "values_read")}
    edited |= {"audience": "chosen", "accounts_chosen": account.public_id}
    browser.post(page(change), edited)
    change.refresh_from_db()
    assert (change.audience, change.rule) == ("chosen", {})
    assert list(change.accounts.all()) == [account]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"audience": "rule"}, "Say below what the accounts have in common."),
        (
            {"audience": "rule", "rule_used_since_0": "2026-01-01", "rule_used_since_1": "00:00"},
            "Choose the services that were used since then.",
        ),
        ({"audience": "chosen"}, "Choose at least one account."),
        ({"audience": "everyone", "keys_chosen": "key_nobody"}, "there is no API key"),
        ({"limit_x": "1", "kind": "unheard of"}, "Select a valid choice."),
    ],
)
def test_an_audience_that_cannot_be_right_says_why(browser, clause, fields, sentence):
    assert sentence in browser.post(ADD, form(clause, **fields)).text
    assert not ServiceChange.objects.exists()


def test_keys_choose_their_accounts(browser, clause):
    _li, account = make_customer()
    key = make_key(account)
    answer = browser.post(ADD, form(clause, keys_chosen=key.public_id), follow=True)
    change = ServiceChange.objects.get()
    assert answer.status_code == 200
    assert list(change.accounts.all()) == [account]
    assert list(change.api_keys.all()) == [key]
    for_everyone = form(clause, audience="everyone", keys_chosen=key.public_id)
    assert "only be named for chosen accounts" in browser.post(ADD, for_everyone).text


@pytest.mark.parametrize(
    ("encoding", "heading"),
    [("utf-8", "account_id"), ("utf-8-sig", "Account ID"), ("gb18030", "名称,账号标识")],
)
def test_accounts_from_a_file(browser, clause, encoding, heading):
    _li, account = make_customer()
    company = make_organization(name="公司", external_ref="o-17")
    comma = "公司，" + "," if "," in heading else ""
    lines = [heading, f"{comma}{account.public_id}", "", f"{comma}o-17", f"{comma}o-17"]
    upload = file_of("\r\n".join(lines), encoding)
    browser.post(ADD, form(clause, accounts_file=upload))
    assert set(ServiceChange.objects.get().accounts.all()) == {account, company}


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("account_id\nacc_nobody\n\nacc_other\n", "Line 4: there is no account “acc_other”."),
        ("name,phone\na,b\n", "Line 1: call the column of accounts account_id or external_ref."),
        ("", "empty"),
        (b"\xff\xfe\x00\xff", "neither in UTF-8 nor in GB18030"),
        ("name,account_id\nx\n", "Line 2 names no account."),
        ("account_id\n" + "acc_x\n" * 30, "And 10 lines more."),
        ("account_id\n" + "a\n" * 200_001, "More than 200000 lines: split the list."),
    ],
    ids=["unknown", "no column", "empty", "binary", "short line", "many", "too many"],
)
def test_a_file_is_refused_whole_and_by_line(browser, clause, source, sentence):
    answer = browser.post(ADD, form(clause, accounts_file=file_of(source)))
    assert sentence in answer.text
    assert not ServiceChange.objects.exists()


def test_too_many_accounts_are_kept_replaced_and_downloaded(browser, clause):
    people = [
        Account(kind="organization", name=f"O{number}", public_id=f"acc_many{number:05}")
        for number in range(5_001)
    ]
    Account.objects.bulk_create(people)
    upload = file_of("account_id\n" + "\n".join(one.public_id for one in people))
    answer = browser.post(ADD, form(clause, accounts_file=upload), follow=True)
    change = ServiceChange.objects.get()
    assert change.accounts.count() == change.concerned_count == 5_001
    assert "5,001 accounts are chosen." in answer.text
    shown = answer.context["adminform"].form
    assert not shown["accounts_chosen"].value()
    read = {name: shown[name].value() for name in ("edition_read", "values_read")}
    browser.post(page(change), {**form(clause), **read, "title_en": "Another"})
    change.refresh_from_db()
    assert (change.title_en, change.concerned_count) == ("Another", 5_001)
    file = browser.get(f"/admin/notices/servicechange/{change.pk}/accounts.csv")
    lines = b"".join(file.streaming_content).decode().splitlines()
    assert lines[:2] == ["account_id,external_ref", 'acc_many00000,""']
    assert len(lines) == 5_002
    read = {
        name: browser.get(page(change)).context["adminform"].form[name].value() for name in read
    }
    browser.post(page(change), {**form(clause), **read, "accounts_chosen": "acc_many00007"})
    change.refresh_from_db()
    assert change.concerned_count == 1


def test_the_earliest_moment_is_used_with_one_click(browser):
    _li, account = make_customer()
    change = plan(account, in_days=1)
    shown = browser.get(page(change))
    earliest = shown.context["dry_run"].earliest
    url = f"/admin/notices/servicechange/{change.pk}/use-earliest"
    assert url in shown.text
    assert browser.get(url).status_code == 405
    refused = browser.post(url, {"edition": "0"}, follow=True)
    assert "Somebody else saved this record" in refused.text
    browser.post(url, {"edition": change.edition})
    change.refresh_from_db()
    assert change.effective_at == earliest
    propose(change)
    assert browser.post(url, {"edition": change.edition}).status_code == 403


def test_the_dry_run_shows_the_texts_for_whoever_is_asked_for(browser):
    li, account = make_customer(name="李华")
    wang, other = make_customer(name="王芳", contact_email="wang@example.com")
    change = plan(account)
    for wanted in (li.public_id, li.phone, "lihua@example.com"):
        shown = browser.get(page(change), {"sample": wanted})
        assert shown.context["dry_run"].sample_of == li
        assert "would be told" not in shown.text
    shown = browser.get(page(change), {"sample": wang.phone})
    assert "is nobody who would be told." in shown.text
    assert other


def test_a_correction_is_made_and_leads_to_its_draft(browser):
    _li, account = make_customer()
    change = plan(account)
    propose(change)
    approve(change)
    url = f"/admin/notices/servicechange/acts/correct/?pks={change.pk}"
    seen = browser.get(url).context["seen"]
    answer = browser.post(url, {"seen": seen}, follow=True)
    draft = ServiceChange.objects.get(corrects=change)
    assert answer.redirect_chain[-1][0] == page(draft)
    assert "Corrects:" in answer.text
    assert "Its correction:" in browser.get(page(change)).text
