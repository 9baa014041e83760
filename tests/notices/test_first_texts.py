"""What a new installation says, for every kind, phase, channel and language."""

import re

import pytest

from accounts.models.users import Language
from common.changes import kinds_of_change
from notices.examples import EXAMPLES, example_values
from notices.models import Channel, LeadPolicy, Template
from notices.rendering import PLACEHOLDERS, check_placeholders, render
from notices.segments import count_segments

pytestmark = pytest.mark.django_db

OF_ONE_PERSON = re.compile(r"\$\{(name|accounts|account_count)\}")
LEAD_DAYS = {
    "service_change": 7,
    "usage_limit": 3,
    "suspension": 3,
    "termination": 30,
    "permanent_disabling": 30,
    "amendment": 7,
    "incident": 0,
    "case_decision": 0,
    "output_restriction": 3,
    "name_cancellation": 7,
}


def newest(**wanted):
    return list(Template.objects.newest().filter(**wanted))


def test_every_kind_has_every_text_it_may_need():
    there = {(t.kind, t.phase, t.channel, t.language) for t in newest()}
    missing = [
        (kind.name, phase.value, channel, language)
        for kind in kinds_of_change
        for phase in kind.phases
        for channel in Channel.values
        for language in Language.values
        if (kind.name, phase.value, channel, language) not in there
    ]
    assert missing == []


def test_lead_times():
    policies = LeadPolicy.objects.filter(version=1)
    assert {policy.kind: policy.lead_days for policy in policies} == LEAD_DAYS
    assert all(policy.counted_channels == ["email", "sms"] for policy in policies)


def test_no_text_has_a_placeholder_that_is_not_there():
    for template in newest():
        check_placeholders(template.subject)
        check_placeholders(template.body)


def test_chinese_in_chinese_english_in_english():
    chinese = re.compile("[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
    for template in newest():
        bare = re.sub(r"\$\{\w+\}", "", template.subject + template.body)
        assert bool(chinese.search(bare)) == (template.language == "zh-hans"), template
        if template.language == "zh-hans":
            assert not re.search(r"[\u4e00-\u9fff][,;:!?]|账户|帐号", bare), template


def test_announcements_name_nobody():
    for template in newest(channel="announcement"):
        assert not OF_ONE_PERSON.search(template.subject + template.body), template


def test_reasons_of_single_people_are_not_announced():
    personal = (
        "suspension",
        "usage_limit",
        "termination",
        "permanent_disabling",
        "case_decision",
        "output_restriction",
        "name_cancellation",
    )
    for template in newest(channel="announcement", kind__in=personal):
        assert "${reason}" not in template.body, template


def test_nobody_reads_in_public_that_all_stops_when_it_stops_for_some():
    personal = ("suspension", "usage_limit", "termination", "permanent_disabling")
    for template in newest(
        channel="announcement", kind__in=personal, phase__in=["announced", "in_effect"]
    ):
        some = "部分账号" if template.language == "zh-hans" else "some accounts"
        assert some in template.subject.lower(), template
        assert not template.subject.endswith((".", "。")), template


@pytest.mark.parametrize("channel", ["inbox", "email"])
def test_letters_say_what_why_on_what_clause_and_whom_to_ask(channel):
    for template in newest(channel=channel):
        wanted = ["${clause}", "${document}", "${change}", "${url}"]
        if template.phase in ("announced", "postponed", "in_effect"):
            wanted += ["${reason}", "客服" if template.language == "zh-hans" else "support"]
        if template.phase in ("announced", "postponed"):
            wanted.append("${effective}")
        assert [word for word in wanted if word not in template.body] == [], template


def test_text_messages_are_short():
    for template in newest(channel="sms"):
        text = render(template, example_values(template.language)).body
        assert count_segments(text) <= 3, (count_segments(text), text)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_no_label_is_left_without_a_value(language):
    """A scope and a notice replaced are often empty."""
    bare = {**example_values(language), "scope": "", "replaces": ""}
    for template in newest(language=language):
        body = render(template, bare).body
        assert not re.search(r"[:：]\s*$(?!\n[-\n])", body, re.MULTILINE) or body.startswith(
            bare["name"]
        ), body
        assert "\n\n\n" not in re.sub(" +\n", "\n", body), body
        assert "${" not in body


def test_every_placeholder_is_explained_with_an_example():
    assert EXAMPLES.keys() == PLACEHOLDERS
    for name in PLACEHOLDERS:
        assert example_values("zh-hans")[name]
        assert example_values("en")[name]
