"""Texts at a provider that takes no free text: asked about, needed for approval, filled."""

import pytest

from accounts.models.users import Language
from common.clock import now
from notices import changes, dry_run, progress, provider_templates, readiness
from notices.exceptions import NotReady, TemplateRefused
from notices.models import Delivery, Proposal, ProviderTemplate, ServiceChange, Template
from notices.routing import Route
from tests.notices.making import (
    approve,
    make_customer,
    make_organization,
    plan,
    propose,
)
from tests.notices.routing.making import (
    ask,
    by,
    enter,
    enter_all,
    make_waiting,
    only_templates,
    route,
    strict_provider,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def only_approved_texts(settings):
    settings.MESSAGE_PROVIDERS = strict_provider()


def make_draft(**contents):
    person, _account = make_customer()
    return plan(make_organization(person), **{"service": None, **contents})


def test_a_change_is_not_proposed_while_a_text_lacks_its_approval():
    change = make_draft()
    with pytest.raises(NotReady, match="strict"):
        propose(change)
    enter_all("suspension", "own")
    with pytest.raises(NotReady, match="strict"):
        propose(change)  # nobody has asked the provider yet
    assert ask() == ProviderTemplate.objects.count()
    propose(change)
    change.refresh_from_db()
    approve(change)


def test_a_change_is_not_approved_when_the_approval_of_a_text_was_taken_back():
    enter_all("suspension", "own")
    ask()
    change = make_draft()
    propose(change)
    ProviderTemplate.objects.filter(code="SMS_own_0").update(state="rejected")
    change.refresh_from_db()
    with pytest.raises(NotReady, match="strict"):
        approve(change)


def test_the_text_that_says_log_in_to_read_takes_its_place():
    enter_all(provider_templates.GENERIC, "generic")
    ask()
    change = make_draft(generic_sms=True)
    change = ServiceChange.objects.get(pk=change.pk)
    assert readiness.missing(change, at=now()) == []
    run = dry_run.dry_run(change, at=now())
    assert change.public_id in run.sample["sms"].body
    assert run.sample["inbox"].body != run.sample["sms"].body
    propose(change)
    change.refresh_from_db()
    approve(change)
    progress.write_messages()
    [delivery] = Delivery.objects.filter(channel="sms")
    assert delivery.template.kind == provider_templates.GENERIC
    assert delivery.body.body == run.sample["sms"].body
    assert delivery.notice.body.body == run.sample["inbox"].body
    [(_one, choice)] = route()
    assert isinstance(choice, Route)
    assert choice.provider_template.startswith("SMS_generic_")
    assert dict(choice.params)["change"] == change.public_id
    assert dict(choice.params)["url"].startswith("http")


def test_choosing_it_is_part_of_what_is_approved():
    enter_all(provider_templates.GENERIC, "generic")
    enter_all("suspension", "own")
    ask()
    change = make_draft()
    before = changes.digest(change)
    change.generic_sms = True
    change.save()
    assert changes.digest(change) != before
    propose(change)
    pinned = Proposal.objects.get().change.templates.filter(channel="sms")
    assert {text.kind for text in pinned} == {provider_templates.GENERIC}
    assert {text.language for text in pinned} == set(Language.values)


def test_what_the_provider_fills_in_is_what_is_kept():
    enter_all("suspension", "own")
    ask()
    make_waiting()
    [(delivery, choice)] = route()
    params = dict(choice.params)
    filled = delivery.template.body
    for name, value in params.items():
        filled = filled.replace("${" + name + "}", value)
    assert filled == delivery.body.body


def test_without_an_approved_text_it_waits(settings):
    enter_all("suspension", "own")
    ask()
    make_waiting()
    ProviderTemplate.objects.update(state="rejected")
    [(_delivery, choice)] = route()
    assert choice.reason == "no_template"
    settings.MESSAGE_PROVIDERS = {**settings.MESSAGE_PROVIDERS, **by(second="sms")}
    Delivery.objects.filter(channel="sms").update(not_before=now())
    [(_delivery, choice)] = route()
    assert choice == Route(provider="second")


def test_what_the_provider_says_is_written_down(settings):
    settings.MESSAGE_PROVIDERS = {
        **by(),
        "strict": only_templates(approved=["SMS_1"], waiting=["SMS_2"]),
    }
    texts = list(Template.objects.filter(channel="sms")[:3])
    for number, text in enumerate(texts, start=1):
        enter(text, f"SMS_{number}")
    assert ask() == 3
    said = dict(ProviderTemplate.objects.values_list("code", "state"))
    assert said == {"SMS_1": "approved", "SMS_2": "pending", "SMS_3": "rejected"}
    assert "advertisement" in ProviderTemplate.objects.get(code="SMS_3").said
    assert ask() == 0


def test_a_provider_that_is_away_is_asked_again(settings):
    enter(Template.objects.filter(channel="sms").first(), "SMS_1")
    settings.MESSAGE_PROVIDERS = by()
    assert ask() == 0
    assert ProviderTemplate.objects.get().checked_at is None


@pytest.mark.parametrize(
    ("form", "text", "said"),
    [
        (
            "To ${name}: see ${url}",
            "To Li Hua: see http://x",
            {"name": "Li Hua", "url": "http://x"},
        ),
        (
            "${service} ends. ${service} is gone.",
            "Images ends. images is gone.",
            {"service": "Images"},
        ),
        ("costs $$5, ${name}", "costs $5, 50% (a|b)", {"name": "50% (a|b)"}),
        ("a ${until}\n\n\nb", "a \n\nb", {"until": ""}),
        ("a ${name}", "b c", None),
    ],
)
def test_reading_back(form, text, said):
    assert provider_templates.read_back(form, text) == said


@pytest.mark.parametrize(
    "wrong",
    [
        {"provider": "post"},
        {"code": "not a code"},
        {"code": ""},
        {"params": {}},
        {"params": {"url": "nothing"}},
        {"params": {"url": 5}},
    ],
)
def test_what_staff_enter_is_checked(wrong):
    text = Template.objects.current(provider_templates.GENERIC).filter(language="en").first()
    sound = {
        "provider": "strict",
        "template": text,
        "code": "SMS_1",
        "params": {"url": "url", "change": "change"},
    }
    provider_templates.check(**sound)
    with pytest.raises(TemplateRefused):
        provider_templates.check(**{**sound, **wrong})


def test_a_provider_of_free_text_needs_nothing(settings):
    settings.MESSAGE_PROVIDERS = by(free="sms")
    assert list(provider_templates.lacking(Template.objects.current("suspension"))) == []
    with pytest.raises(TemplateRefused):
        provider_templates.check(
            provider="free",
            template=Template.objects.filter(channel="sms").first(),
            code="SMS_1",
            params={},
        )
