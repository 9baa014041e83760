"""Pills of deliveries and of what providers answered."""

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from common.admin import pill
from common.messaging import Verdict
from notices.letter_kinds import label_of
from notices.models import Attempt, Delivery, Letter, LetterDelivery

register = template.Library()

VERDICT_TONES = {
    Verdict.ACCEPTED: "good",
    Verdict.REJECTED_FOR_NOW: "warn",
    Verdict.REJECTED_FOR_GOOD: "bad",
    Verdict.AMBIGUOUS: "warn",
}


@register.simple_tag
def delivery_state(delivery: Delivery) -> SafeString:
    """`{% delivery_state delivery %}`"""
    from notices.admin.delivery_columns import delivery_pill

    return SafeString(delivery_pill(delivery))


@register.simple_tag
def letter_delivery_state(delivery: LetterDelivery) -> SafeString:
    """`{% letter_delivery_state delivery %}`"""
    from notices.admin.letters import letter_delivery_pill

    return SafeString(letter_delivery_pill(delivery))


@register.simple_tag
def letter_kind(letter: Letter) -> str:
    """What people call the kind of a letter."""
    return str(label_of(letter))


@register.simple_tag
def verdict_of(attempt: Attempt) -> SafeString:
    """What the provider answered; `unanswered` for an attempt without an outcome."""
    from notices.delivery_words import VERDICTS

    if not hasattr(attempt, "outcome"):
        return pill(_("unanswered"), "warn")
    verdict = Verdict(attempt.outcome.verdict)
    return pill(VERDICTS[verdict], VERDICT_TONES[verdict])
