from datetime import UTC, datetime

import pytest

from notices.exceptions import TemplateIsBroken
from notices.models import RenderedBody, Template
from notices.placeholders import NAMED_ACCOUNTS
from notices.rendering import (
    PLACEHOLDERS,
    Rendered,
    check_placeholders,
    format_moment,
    keep,
    render,
    values,
)
from tests.notices.making import make_customer, make_organization, plan

MIDNIGHT = datetime(2026, 11, 29, 16, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "zone", "expected"),
    [
        ("zh-hans", "Asia/Shanghai", "2026年11月30日 00:00（Asia/Shanghai）"),
        ("en", "Asia/Shanghai", "30 November 2026, 00:00 (Asia/Shanghai)"),
        ("en", "Europe/Berlin", "29 November 2026, 17:00 (Europe/Berlin)"),
    ],
)
def test_moments_are_told_in_the_reader_s_zone(language, zone, expected):
    assert format_moment(MIDNIGHT, language=language, zone=zone) == expected


@pytest.mark.django_db
def test_every_placeholder_has_a_value():
    person, account = make_customer()
    change = plan(account)
    given = values(change, language="en", zone="UTC", name=person.name, accounts=[account])
    assert given.keys() == PLACEHOLDERS
    # A suspension of a whole service for good replaces nothing and limits nothing.
    empty = {name for name, value in given.items() if not value}
    assert empty == {"scope", "limits", "version", "replaces"}


@pytest.mark.django_db
def test_every_first_text_uses_placeholders_that_exist():
    texts = list(Template.objects.current("suspension"))
    assert len(texts) == 5 * 4 * 2
    for template in texts:
        check_placeholders(template.subject)
        check_placeholders(template.body)
        assert "$" in template.body


@pytest.mark.django_db
def test_no_text_is_in_the_wrong_language():
    for template in Template.objects.current("suspension"):
        chinese = any("\u4e00" <= letter <= "\u9fff" for letter in template.body)
        assert chinese == (template.language == "zh-hans"), template


@pytest.mark.django_db
def test_a_long_list_of_accounts_is_cut():
    person, account = make_customer()
    accounts = [make_organization(person, name=f"O{n}") for n in range(NAMED_ACCOUNTS + 3)]
    text = values(plan(account), language="en", zone="UTC", accounts=accounts)["accounts"]
    assert text.splitlines()[-1] == "- and 3 more, listed on the page below"
    assert len(text.splitlines()) == NAMED_ACCOUNTS + 1


def test_an_unknown_placeholder_is_named():
    with pytest.raises(TemplateIsBroken, match="salutation"):
        check_placeholders("Dear ${salutation}")
    with pytest.raises(TemplateIsBroken, match=r"\$"):
        check_placeholders("costs 5$ or so")
    check_placeholders("costs 5$$, dear ${name}")


def test_values_are_never_read_as_templates():
    template = Template(subject="", body="Dear ${name}")
    assert render(template, {"name": "${reason}"}).body == "Dear ${reason}"


def test_a_service_that_begins_a_sentence_begins_with_a_capital():
    template = Template(
        subject="${service} stops", body="Today ${service} stops.\n${service} is off."
    )
    text = render(template, {"service": "every service"})
    assert text.subject == "Every service stops"
    assert text.body == "Today every service stops.\nEvery service is off."


def test_a_missing_value_is_named():
    with pytest.raises(TemplateIsBroken, match="reason"):
        render(Template(subject="", body="${reason}"), {})


@pytest.mark.django_db
def test_a_text_is_kept_once():
    text = Rendered(subject="s", body="b")
    keep([text, text])
    keep([text])
    assert RenderedBody.objects.get().sha256 == text.sha256
