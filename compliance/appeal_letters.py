"""What whoever appeals is told: that we have it and by when, and what came of it."""

from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from accounts.models import Account
from common.languages import pick
from compliance.effects import address_of
from compliance.models import Appeal, AppealDecision
from compliance.report_reading import email_left
from compliance.telling import those_who_answer_for
from notices import letters
from notices.letter_kinds import LetterKind, letter_kinds
from notices.letters import Words

RECEIVED = "compliance.appeal_received"
DECIDED = "compliance.appeal_decided"


def register() -> None:
    """Called once, when the apps are ready."""
    letter_kinds.register(LetterKind(name=RECEIVED, label=gettext_lazy("receipt of an appeal")))
    letter_kinds.register(LetterKind(name=DECIDED, label=gettext_lazy("answer to an appeal")))


def received(appeal: Appeal, *, at: datetime) -> None:
    """The customer has in writing that their appeal is there, and by when it is answered."""
    account = _account(appeal)
    letters.write(
        recipients=those_who_answer_for(account),
        kind=RECEIVED,
        key=appeal.public_id,
        account=account,
        words=lambda _reader: _of_receipt(appeal),
        at=at,
    )


def decided(answer: AppealDecision, *, at: datetime) -> None:
    """Those who answer for the account, or the reporter, read what came of the appeal. A
    reporter who left no address sees it on the page of their receipt."""
    appeal = answer.appeal
    if appeal.decision is not None:
        account = _account(appeal)
        letters.write(
            recipients=those_who_answer_for(account),
            kind=DECIDED,
            key=appeal.public_id,
            account=account,
            words=lambda _reader: _of_answer(answer),
            at=at,
        )
        return
    report = appeal.report
    assert report is not None  # by a constraint of the table
    if report.reporter is not None:
        letters.write(
            recipients=[report.reporter],
            kind=DECIDED,
            key=appeal.public_id,
            account=report.reporter_account,
            words=lambda _reader: _of_answer(answer),
            at=at,
        )
    elif address := email_left(report):
        with override(report.language):
            words = _of_answer(answer)
        letters.write_to_address(
            email=address,
            language=report.language,
            kind=DECIDED,
            key=appeal.public_id,
            words=words,
            at=at,
        )


def _account(appeal: Appeal) -> Account:
    assert appeal.decision is not None
    assert appeal.decision.account is not None
    return appeal.decision.account


def _address(appeal: Appeal) -> str:
    if appeal.decision is not None:
        return address_of(appeal.decision)
    assert appeal.report is not None  # by a constraint of the table
    path = reverse("report_tracking", args=[appeal.report.receipt])
    site: str = settings.SITE_URL
    return site.rstrip("/") + path


def _of_receipt(appeal: Appeal) -> Words:
    by = date_format(localtime(appeal.answer_by), "DATETIME_FORMAT")
    return Words(
        subject=_("We have your appeal"),
        body=_(
            "We have your appeal %(appeal)s. Somebody who had no part in the decision will "
            "answer it by %(by)s.\n\n%(address)s\n"
        )
        % {"appeal": appeal.public_id, "by": by, "address": _address(appeal)},
        sms=_("[apiqik] We have your appeal; it will be answered by %(by)s.") % {"by": by},
    )


def _of_answer(answer: AppealDecision) -> Words:
    reasons = pick(None, zh_hans=answer.reasons_zh_hans, en=answer.reasons_en)
    result = answer.get_result_display()
    return Words(
        subject=_("Your appeal: %s") % result,
        body=_(
            "Your appeal %(appeal)s has been decided: %(result)s.\n\n%(reasons)s\n\n%(address)s\n"
        )
        % {
            "appeal": answer.appeal.public_id,
            "result": result,
            "reasons": reasons,
            "address": _address(answer.appeal),
        },
        sms=_("[apiqik] Your appeal has been decided: %s. Please sign in.") % result,
    )
