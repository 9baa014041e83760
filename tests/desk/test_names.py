"""Terms for names at the desk, trying a name, names changed by staff (clause 1.2.5)."""

import pytest
from django.urls import reverse

from accounts.models import Account, NameTerm
from common.clock import now
from compliance import names
from compliance.models import Case, Decision, Policy, PolicyBinding
from tests.accounts.making import make_account, make_person
from tests.compliance.deciding import make_clause_with_texts
from tests.compliance.making import case_of
from tests.desk.signing_in import staff
from tests.desk.test_decisions import DECIDE, filled
from tests.desk.test_severe_acts import seen
from tests.stories.test_names import rename

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]

LIST = "/admin/accounts/nameterm/"
TRY = LIST + "try/"


def form(**fields):
    at = now()
    return {
        "term": "foobar",
        "list": "prohibited",
        "match": "part",
        "language": "",
        "note": "Seen in cases",
        "in_force_from_0": f"{at:%Y-%m-%d}",
        "in_force_from_1": f"{at:%H:%M:%S}",
        "in_force_until_0": "",
        "in_force_until_1": "",
        **fields,
    }


def test_a_supervisor_adds_a_term_and_ends_it_and_its_history_says_so(desk):
    member, browser = staff("supervisor")
    answer = browser.post(LIST + "add/", form())
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    term = NameTerm.objects.get(term="foobar")
    assert (term.added_by, term.folded) == (member, "foobar")
    page = reverse("admin:accounts_nameterm_change", args=[term.pk])
    shown = browser.get(page).context["adminform"].form
    changed = form(
        term="foo baz",
        edition_read=shown.initial["edition_read"],
        values_read=shown.initial["values_read"],
    )
    assert browser.post(page, changed).status_code == 302
    term.refresh_from_db()
    assert term.folded == "foobaz"
    assert term.history.first().history_user == member
    history = reverse("admin:accounts_nameterm_history", args=[term.pk])
    assert "foobar" in browser.get(history).text


def test_others_read_or_do_not_see_them(desk):
    for group in ("compliance", "auditor"):
        browser = desk(group)
        assert browser.get(LIST).status_code == 200
        assert browser.get(TRY).status_code == 200
        assert browser.post(LIST + "add/", form()).status_code == 403
    assert desk("billing").get(LIST).status_code == 403
    assert desk("billing").post(TRY, {"name": "admin"}).status_code == 403
    assert not NameTerm.objects.filter(term="foobar").exists()


def test_a_twin_is_refused_with_all_that_was_typed(desk):
    answer = desk("supervisor").post(
        LIST + "add/", form(term="ａdm1n", list="reserved", match="whole")
    )
    assert "on this list already" in answer.text
    assert 'value="ａdm1n"' in answer.text


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("李华", ["may be taken", "It hits no term."]),
        ("小明客服", ["taken, and a case is opened", "客服", "似本平台工作人员"]),
        ("ap1q1k", ["refused", "what the platform is called", "aplqlk"]),
        ("apiq\u200bik", ["refused", "U+200B", "aplqlk"]),
        ("<script>alert(1)</script>", ["may be taken", "&lt;script&gt;"]),
        ("!!!", ["nothing: it has no letters or digits"]),
        ("x" * 300, ["at most 120 characters"]),
    ],
)
def test_trying_a_name(desk, name, shown):
    answer = desk("compliance").post(TRY, {"name": name})
    assert answer.status_code == 200
    for words in shown:
        assert words in answer.text


@pytest.mark.parametrize("name", ["", "a\x00b", "\ufdfa" * 100_000])
def test_what_cannot_be_tried_is_said(desk, name):
    answer = desk("compliance").post(TRY, {"name": name})
    assert answer.status_code == 200
    assert "errorlist" in answer.text


@pytest.mark.parametrize("sent", [b"name=%ED%A0%80", b"name=%FF%FE", b"name=" + b"x" * 3_000_000])
def test_bytes_that_are_no_text_break_nothing(desk, sent):
    form = "application/x-www-form-urlencoded"
    assert desk("compliance").post(TRY, sent, content_type=form).status_code in (200, 400, 413)


def change(browser, record, model, **fields):
    page = reverse(f"admin:accounts_{model}_change", args=[record.pk])
    shown = browser.get(page).context["adminform"].form
    inlines = {}
    for inline in browser.get(page).context["inline_admin_formsets"]:
        prefix = inline.formset.prefix
        inlines |= {f"{prefix}-TOTAL_FORMS": 0, f"{prefix}-INITIAL_FORMS": 0}
    values = {name: value for name, value in shown.initial.items() if value is not None}
    return browser.post(page, {**values, **inlines, **fields})


def test_staff_rename_an_account(desk):
    account = make_account(kind="organization", name="Lab")
    browser = desk("supervisor")
    refused = change(browser, account, "account", name="ap1q1k")
    assert "could be taken for us" in refused.text
    assert Account.objects.get(pk=account.pk).name == "Lab"
    assert change(browser, account, "account", name="网信办实验室").status_code == 302
    assert Case.objects.get().account == account
    assert Account.objects.get(pk=account.pk).name == "网信办实验室"


def test_staff_rename_a_person_and_leave_an_old_name_alone(desk):
    person = make_person(name="apiqik")
    browser = desk("supervisor")
    assert change(browser, person, "user", time_zone="Asia/Tokyo").status_code == 302
    assert "could be taken for us" in change(browser, person, "user", name="官方").text
    assert change(browser, person, "user", name="李华").status_code == 302
    person.refresh_from_db()
    assert (person.name, person.time_zone) == ("李华", "Asia/Tokyo")


def test_the_page_of_the_case_says_why(desk):
    owner = make_person()
    account = make_account(kind="organization", name="Lab")
    account.memberships.create(user=owner, role="owner")
    rename(account, "网信办实验室", by=owner)
    case = Case.objects.get()
    browser = desk("compliance")
    text = browser.get(reverse("admin:compliance_case_change", args=[case.pk])).text
    assert "网信办 · official-sounding · anywhere in the name" in text


def test_a_decision_about_a_name_is_proposed_at_the_desk():
    member, browser = staff("compliance")
    account = make_account(kind="organization", name="网信办实验室")
    policy = Policy.objects.get(code="account-name")
    PolicyBinding.record(policy=policy, clause=make_clause_with_texts("1.2.5"))
    case = case_of(member, account, kind="account_name", policy=policy)
    address = f"{DECIDE}?pks={case.pk}"
    page = browser.get(address).text
    assert "name of the account: 网信办实验室" in page
    assert '<option value="name_cancellation" selected>' in page
    answers = filled(policy, account, action="warning", names=["account"])
    answer = browser.post(address, {**answers, "seen": seen(browser, address)})
    assert "Only where a name is cancelled" in answer.text
    answers["action"] = "name_cancellation"
    first = browser.post(address, {**answers, "seen": seen(browser, address)})
    browser.post(address, {**answers, "seen": first.context["seen"]})
    decision = Decision.objects.get()
    assert decision.order == names.order_of(account, ["account"])
    shown = browser.get(reverse("admin:compliance_decision_change", args=[decision.pk])).text
    assert "name of the account" in shown
