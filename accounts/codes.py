"""Codes by SMS: sent, and compared once they come back."""

import uuid
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.exceptions import CodeRefused
from accounts.models.codes import MOST_TRIES, Judgement, WithCode
from common.messaging import texts


def send(*, phone: str, text: str, template: str, params: dict[str, str]) -> None:
    """Sends one message; whether it may be sent was asked of `accounts.sms_budget` before."""
    texts.send_text(phone, text, template=template, params=params, reference=str(uuid.uuid4()))


def send_code(*, phone: str, code: str, template: str, language: str) -> None:
    """Sends a code in the words that hold for every purpose."""
    with override(language):
        text = _(
            "%(code)s is your apiqik code, valid for 10 minutes. "
            "We never ask for it: do not pass it on."
        ) % {"code": code}
    send(phone=phone, text=text, template=template, params={"code": code})


def check(*, waiting: WithCode, typed: str, at: datetime) -> None:
    """Uses up the code of `waiting`, which may be a copy read earlier. Raises `CodeRefused`;
    what was wrong is counted all the same."""
    with transaction.atomic():
        row = type(waiting)._default_manager.select_for_update().get(pk=waiting.pk)
        judgement = row.judge_code(typed, at=at)
        row.save(update_fields=row.CODE_FIELDS)
    match judgement:
        case Judgement.EXPIRED:
            raise CodeRefused(
                _("This code is older than 10 minutes or was used. Ask for a new one.")
            )
        case Judgement.USED_UP:
            raise CodeRefused(_("Too many wrong codes. Ask for a new one."))
        case Judgement.WRONG:
            left = MOST_TRIES - row.wrong_codes
            raise CodeRefused(
                _("That is not the code we sent. Tries left: %(left)d.") % {"left": left}
            )
