"""What a reporter reads in the end: texts to begin with, and the letter they come in."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from accounts.models import User
from accounts.models.users import Language
from common.languages import pick
from compliance.models import Report, ReportOutcome
from compliance.report_reading import email_left
from notices import letters
from notices.letter_kinds import LetterKind, letter_kinds
from notices.letters import Words

Verdict = ReportOutcome.Verdict
KIND = "compliance.report_outcome"


def register() -> None:
    """Called once, when the app is ready."""
    letter_kinds.register(LetterKind(name=KIND, label=gettext_lazy("answer to a report")))


@dataclass(frozen=True)
class Suggestion:
    """A text to begin with, in both languages."""

    zh_hans: str
    en: str


def suggested(verdict: str) -> Suggestion:
    """What to say for a verdict. It names nobody and no measure: the reporter is not owed
    what was done to somebody else, only what came of their report."""
    with override(Language.CHINESE):
        zh_hans = _suggested(verdict)
    with override(Language.ENGLISH):
        en = _suggested(verdict)
    return Suggestion(zh_hans, en)


def _suggested(verdict: str) -> str:
    if verdict == Verdict.ACTED:
        return _(
            "We looked into what you reported and found that our rules were broken. We have "
            "taken measures. Thank you for telling us. We do not say which measures concern "
            "others."
        )
    if verdict == Verdict.NOT_ACTED:
        return _(
            "We looked into what you reported and could not establish that our rules were "
            "broken, so we take no measures. If you know more than you told us, you can object "
            "on this page, with files if you have any."
        )
    return _(
        "What you reported is not for us to decide. We have passed it on to those who are "
        "responsible, and close your report here."
    )


def send(outcome: ReportOutcome, *, at: datetime) -> None:
    """To the reporter's inbox, e-mail and phone, or to the address they left; nobody who
    left none is written to, and the tracking page says it all the same."""
    report = outcome.report
    if report.reporter is not None:
        letters.write(
            recipients=[report.reporter],
            kind=KIND,
            key=f"{KIND}:{outcome.pk}",
            account=report.reporter_account,
            words=lambda reader: _words(outcome, reader),
            at=at,
        )
    elif address := email_left(report):
        letters.write_to_address(
            email=address,
            language=report.language,
            kind=KIND,
            key=f"{KIND}:{outcome.pk}",
            words=words_in(report.language, outcome),
            at=at,
        )


def _words(outcome: ReportOutcome, reader: User) -> Words:
    return words_in(reader.language, outcome)


def words_in(language: str, outcome: ReportOutcome) -> Words:
    """The letter in that language. Its SMS says no more than that there is an answer."""
    report = outcome.report
    told = pick(language, zh_hans=outcome.words_zh_hans, en=outcome.words_en)
    with override(language):
        return Words(
            subject=_("What came of your report %(receipt)s") % {"receipt": report.receipt},
            body=_(
                "You reported something to us. This is what came of it.\n\n"
                "%(verdict)s\n\n%(words)s\n\nYour report: %(address)s"
            )
            % {
                "verdict": outcome.get_verdict_display(),
                "words": told,
                "address": tracking_address(report),
            },
            sms=_("There is an answer to your report %(receipt)s. See your inbox.")
            % {"receipt": report.receipt},
        )


def tracking_address(report: Report) -> str:
    """Where the reporter follows it; whoever has this address may."""
    site: str = settings.SITE_URL
    return site.rstrip("/") + reverse("report_tracking", args=[report.receipt])
