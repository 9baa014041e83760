"""Links and words on the customer's pages of matters."""

from django import template
from django.urls import NoReverseMatch, reverse

from accounts.models import Account, User
from accounts.roles import May
from accounts.templatetags.customer import tab_address
from common.languages import pick
from compliance import answer_texts
from compliance.models import Inquiry, InquiryAnswer, ReportOutcome

register = template.Library()


@register.simple_tag
def matters_address(user: User, account: Account | None) -> str:
    """Where the tab “Matters” leads, for those who answer for an account."""
    return tab_address("matters", user=user, account=account, act=May.ANSWER)


@register.simple_tag
def address_of(name: str, *args: str) -> str:
    """The address called `name`; nothing where there is no such page."""
    for given in (args, ()):
        try:
            return reverse(name, args=given)
        except NoReverseMatch:
            continue
    return ""


@register.filter
def question(inquiry: Inquiry) -> str:
    """What was asked, in the page's language."""
    return pick(None, zh_hans=inquiry.question_zh_hans, en=inquiry.question_en)


@register.filter
def answered_text(answer: InquiryAnswer) -> str:
    """What the customer answered, or the sentence that says why it cannot be shown."""
    kept, inquiry = answer.words, answer.inquiry.public_id
    return answer_texts.shown(kept.ciphertext, sha256=kept.sha256, inquiry=inquiry)


@register.filter
def words(outcome: ReportOutcome) -> str:
    """What a reporter was told, in the page's language."""
    return pick(None, zh_hans=outcome.words_zh_hans, en=outcome.words_en)
