"""Policies at the desk: found in either language, read, written on, bound."""

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from accounts import agreements
from common.clock import now
from common.work_queues import counts_of, work_queues
from compliance import policies
from compliance.models import Policy
from tests.compliance.agreement_of_policies import agreement_with, numbers_of_policies
from tests.compliance.making import make_case
from tests.desk.signing_in import staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]

LIST = "/admin/compliance/policy/"


def policy(number="2.2.8"):
    return Policy.objects.get(clause_number=number)


def page(one):
    return reverse("admin:compliance_policy_change", args=[one.pk])


def import_terms(without=()):
    numbers = [number for number in numbers_of_policies() if number not in without]
    source = agreement_with(numbers)
    return agreements.import_text(slug="terms", source=source, language="en", publish=True)


def test_all_of_them_by_clause():
    import_terms()
    _member, browser = staff("support", "auditor")
    answer = browser.get(LIST)
    groups = answer.context["groups"]
    shown = [row["policy"].clause_number for _group, rows in groups for row in rows]
    assert sorted(shown) == sorted(numbers_of_policies())
    starts = [group["start"] for group, _rows in groups]
    assert starts == ["1", "2.2", "2.2.5", "3", "4", "5"]
    assert "warnnote" not in answer.text


@pytest.mark.parametrize("q", ["spam", "垃圾信息", "2.2.8", "NOBODY ASKED", "无人索取"])
def test_found_in_either_language(q):
    _member, browser = staff("compliance")
    groups = browser.get(LIST, {"q": q}).context["groups"]
    assert "2.2.8" in [row["policy"].clause_number for _group, rows in groups for row in rows]
    assert browser.get(LIST, {"q": "nothing like it"}).context["groups"] == []


def test_what_finds_no_clause_is_a_warning_on_the_list_and_in_the_side_bar():
    import_terms(without=["5", "2.2.12"])
    member, browser = staff("compliance")
    answer = browser.get(LIST)
    assert "2 policies find no clause" in answer.text
    assert answer.text.count("no clause</span>") == 2
    assert counts_of([work_queues.get("policies")], member) == [2]


def test_a_severed_clause_shows():
    version = import_terms().text.version
    member, browser = staff("compliance")
    clause = version.clauses.get(number="2.2.8")
    agreements.sever(clause=clause, severed_by=member, reason="Void by judgment")
    assert browser.get(LIST).text.count("clause severed</span>") == 1
    assert "clause severed" in browser.get(page(policy())).text


def test_the_page_of_one_in_both_languages(django_assert_max_num_queries):
    import_terms()
    one = policy()
    seen = make_case(at=now(), policy=one)
    hidden = make_case(at=now(), policy=one, confidential=True)
    _member, browser = staff("compliance")
    browser.get(page(one))
    with django_assert_max_num_queries(30):
        text = browser.get(page(one)).text
    for words in ("Spam", "垃圾信息", "What the installation began with.", "by its number"):
        assert words in text
    assert reverse("admin:compliance_case_change", args=[seen.pk]) in text
    assert reverse("admin:compliance_case_change", args=[hidden.pk]) not in text


def filled(one, **changed):
    version = one.current
    answers = {name: getattr(version, name) for name in policies.Wording.__dataclass_fields__}
    answers |= {"before": version.pk, "reason": "Counsel asked for it", "act": "save", **changed}
    return {name: value for name, value in answers.items() if value not in (False, None)}


def test_written_after_seeing_what_is_different():
    _member, browser = staff("compliance")
    one = policy()
    following = reverse("admin:compliance_policy_next", args=[one.pk])
    assert "Write the next version" in browser.get(page(one)).text
    assert 'value="Spam"' in browser.get(following).text
    answers = filled(one, title_en="Spam and chains", tell_authority="on", act="preview")
    shown = browser.post(following, answers)
    assert "<ins> and chains</ins>" in shown.text
    assert "<del>no</del><ins>yes</ins>" in shown.text
    assert one.versions.count() == 1
    done = browser.post(following, {**answers, "act": "save"}, follow=True)
    assert "Version 2 is written" in done.text
    assert "<ins> and chains</ins>" in done.text
    entry = LogEntry.objects.get(object_id=str(one.pk))
    assert "Counsel asked for it" in entry.change_message


def test_a_usual_term_is_written_shown_and_compared():
    _member, browser = staff("compliance")
    one = policy("2.2.4")
    assert "<strong>rate limit for 7 days</strong>" in browser.get(page(one)).text
    assert "rate limit for 7 days" in browser.get(LIST).text
    following = reverse("admin:compliance_policy_next", args=[one.pk])
    assert 'name="default_days" value="7"' in browser.get(following).text
    shown = browser.post(following, filled(one, default_days="14", act="preview"))
    assert "<del>7</del><ins>14</ins>" in shown.text
    browser.post(following, filled(one, default_days="14"))
    assert one.current.default_days == 14
    refused = browser.post(following, filled(one, default_action="warning"))
    assert "never ends by itself" in refused.text
    # Emptied, it lasts until it is lifted.
    browser.post(following, filled(one, default_days=""))
    assert one.current.default_days is None
    assert "<ins>until it is lifted</ins>" in browser.get(page(one)).text


def test_the_slower_of_two_keeps_what_they_typed():
    _member, browser = staff("compliance")
    _other, theirs = staff("supervisor", name="Faster")
    one = policy()
    following = reverse("admin:compliance_policy_next", args=[one.pk])
    mine = filled(one, title_en="Mine")
    theirs.post(following, filled(one, title_en="Theirs", reason="I was first"))
    conflict = browser.post(following, mine)
    assert conflict.status_code == 409
    for words in ("I was first", "Faster", 'value="Mine"', "<del>Theirs</del>"):
        assert words in conflict.text
    again = {**mine, "before": conflict.context["form"].data["before"]}
    assert browser.post(following, again).status_code == 302
    assert (one.current.title_en, one.current.number) == ("Mine", 3)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"reason": ""}, "Say why the policy changes."),
        ({"title_zh_hans": ""}, "Write it in both languages."),
        ({"allowed_actions": ["none"], "default_action": "warning"}, "one of those allowed"),
        ({"strike_points": "-1"}, "greater than or equal to 0"),
        ({"title_en": "a\x00b"}, "Null characters"),
        ({}, "Nothing is different"),
    ],
)
def test_what_cannot_be_saved_comes_back(changed, sentence):
    _member, browser = staff("compliance")
    one = policy()
    following = reverse("admin:compliance_policy_next", args=[one.pk])
    assert sentence in browser.post(following, filled(one, **changed)).text
    assert one.versions.count() == 1


def test_bound_by_hand_with_a_reason():
    version = import_terms(without=["2.2.12"]).text.version
    one, clause = policy("2.2.12"), version.clauses.get(number="2.2.11")
    address = f"{LIST}acts/bind/?pks={one.pk}"
    _member, browser = staff("supervisor")
    seen = browser.get(address).context["seen"]
    answers = {"clause": clause.pk, "reason": "Renumbered", "seen": seen}
    assert "stands on 2.2.11" in browser.post(address, answers, follow=True).text
    assert policies.latest_clause(one) == clause
    assert "Renumbered" in LogEntry.objects.get(object_id=str(one.pk)).change_message


@pytest.mark.parametrize(
    ("group", "number", "may"),
    [
        ("support", "2.2.8", False),
        ("auditor", "2.2.8", False),
        ("compliance", "2.2.8", True),
        ("compliance", "2.2.12", False),
        ("supervisor", "2.2.12", True),
    ],
)
def test_who_may_write_and_bind(group, number, may):
    import_terms()
    _member, browser = staff(group)
    one = policy(number)
    following = reverse("admin:compliance_policy_next", args=[one.pk])
    assert browser.get(following).status_code == (200 if may else 403)
    answer = browser.post(following, filled(one, title_en="Another"))
    assert answer.status_code == (302 if may else 403)
    opened = browser.get(page(one))
    if opened.status_code == 200:
        assert ("Bind to a clause" in opened.text) == may
        assert ("Write the next version" in opened.text) == may
