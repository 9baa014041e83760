"""Deliveries to route, providers to route them to, and what became of earlier ones."""

from datetime import timedelta

from django.db import transaction

from common.clock import now
from common.messaging import Problem, Provider, Submission, Verdict
from notices import progress, provider_templates, routing
from notices.models import Attempt, Delivery, Outcome, ProviderTemplate, Template
from tests.notices.making import approve, make_customer, make_organization, plan, propose


class Taking(Provider):
    """Takes any text, and is never asked to: these tests stop before anything is sent."""

    def send(self, batch):
        return [Submission(reference=one.reference, verdict=Verdict.ACCEPTED) for one in batch]


class OnlyTemplates(Taking):
    """Takes only texts whose codes are among its `approved` ones."""

    takes_free_text = False

    def preflight(self, messages):
        return [
            self._problem(message.provider_template)
            for message in messages
            if message.provider_template not in self.config.options.get("approved", ())
        ]

    def _problem(self, code):
        if code in self.config.options.get("waiting", ()):
            return Problem(code="pending", message=f"{code} is looked at")
        return Problem(code="rejected", message=f"{code} is an advertisement")


PATH = "tests.notices.routing.making"


def by(**providers):
    """MESSAGE_PROVIDERS of `name=channel`, in order; e-mail has one in any case."""
    return {
        "post": {"class": f"{PATH}.Taking", "channel": "email"},
        **{
            name: {"class": f"{PATH}.Taking", "channel": channel}
            for name, channel in providers.items()
        },
    }


def only_templates(**options):
    return {"class": f"{PATH}.OnlyTemplates", "channel": "sms", "options": options}


def make_waiting(people=1, **contents):
    """An approved change whose messages are written and wait."""
    persons = [
        make_customer(contact_email=f"person{number}@example.com")[0] for number in range(people)
    ]
    change = plan(make_organization(*persons), **{"service": None, **contents})
    propose(change)
    approve(change)
    progress.write_messages()
    return change


def due(channel="sms", *, at=None):
    return list(
        Delivery.objects.select_for_update(of=("self",))
        .due(at or now())
        .filter(channel=channel)
        .select_related("body", "template")
        .order_by("not_before", "pk")
    )


@transaction.atomic
def route(channel="sms", *, at=None):
    """What the claim does: all that is due; the deliveries with what was chosen."""
    at = at or now()
    deliveries = due(channel, at=at)
    chosen = routing.choose(deliveries, at=at)
    routing.set_aside(deliveries, chosen, at=at)
    return [(one, chosen[one.pk]) for one in deliveries]


def providers_of(routed):
    return [getattr(choice, "provider", None) for _delivery, choice in routed]


def attempted(delivery, provider, verdict=None, *, text=""):
    """An attempt as the claim writes it, with its outcome; without one the worker vanished."""
    delivery.fence += 1
    delivery.tries += 1
    Delivery.objects.filter(pk=delivery.pk).update(
        state="sending", fence=delivery.fence, tries=delivery.tries
    )
    attempt = Attempt.record(
        delivery=delivery, provider=provider, fence=delivery.fence, provider_template=text
    )
    if verdict:
        Outcome.record(attempt=attempt, verdict=verdict)
    Delivery.objects.filter(pk=delivery.pk).update(state="retrying")
    return attempt


EVERY = {f"SMS_{kind}_{number}": None for kind in ("own", "generic") for number in range(40)}


def strict_provider():
    """Providers, one of which takes approved texts only and has approved all of `EVERY`."""
    return {**by(), "strict": only_templates(approved=list(EVERY))}


def enter(text, code, **fields):
    """As staff would: every placeholder by its own name."""
    names = provider_templates.Placeholders(text.body).get_identifiers()
    return ProviderTemplate.objects.create(
        provider="strict", template=text, code=code, params={name: name for name in names}, **fields
    )


def enter_all(kind, prefix):
    for number, text in enumerate(Template.objects.current(kind).filter(channel="sms")):
        enter(text, f"SMS_{prefix}_{number}")


def ask():
    return provider_templates.ask_all(at=now(), at_most=timedelta(minutes=1))
