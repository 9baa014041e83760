"""Codes of six digits sent to a phone or an e-mail address: asked for, sent, and proved.

A page asks; the worker makes the code and sends it. So a page answers as fast for a number
nobody has as for a known one, and no code in plain words is ever kept. The row is written
before anything leaves the house; what was claimed is not sent a second time, and whoever got
nothing asks again.
"""

import secrets
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import F
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from accounts.exceptions import CodeRefused
from accounts.models import OneTimeCode
from accounts.models.codes import CODE_LASTS, MOST_TRIES, digest_of, digits_of, new_digits
from common.encryption import decrypt, encrypt
from common.exceptions import BackOfficeError
from common.messaging import texts
from common.public_ids import new_public_id
from common.wakeups import wake

KEPT = timedelta(days=1)
SEND = "accounts.send_codes"

Purpose = OneTimeCode.Purpose

log = structlog.get_logger(__name__)


def ask(*, purpose: str, address: str, language: str, at: datetime) -> OneTimeCode:
    """A code that the worker sends to `address`, an E.164 number or an e-mail address.

    With no address it is asked for all the same, nothing is sent, and none is right.
    """
    public_id = new_public_id("otc")
    code: OneTimeCode = OneTimeCode.objects.create(
        public_id=public_id,
        purpose=purpose,
        address=encrypt(address, purpose=_purpose(public_id)) if address else "",
        language=language,
        expires_at=at + CODE_LASTS,
    )
    wake(SEND)
    return code


def prove(*, code: OneTimeCode, typed: str, at: datetime) -> None:
    """Uses the code up if `typed` is it. Raises `CodeRefused`; every try counts.

    Runs outside a transaction, so that a refusal keeps its count.
    """
    open_codes = OneTimeCode.objects.filter(pk=code.pk, proved_at=None)
    counted = open_codes.filter(expires_at__gt=at, tries__lt=MOST_TRIES)
    if not counted.update(tries=F("tries") + 1):
        raise CodeRefused(
            _("This code was used, is older than 10 minutes or was mistyped too often."), over=True
        )
    code.refresh_from_db()
    kept = code.digest or digest_of(secrets.token_hex(), of=code.public_id)
    right = constant_time_compare(kept, digest_of(digits_of(typed), of=code.public_id))
    if right and open_codes.update(proved_at=at):
        return
    left = max(0, MOST_TRIES - code.tries)
    if not left:
        raise CodeRefused(_("This code was mistyped too often. Ask for a new one."), over=True)
    raise CodeRefused(
        ngettext(
            "This is not the code we sent. You can try once more.",
            "This is not the code we sent. You can try %(left)d more times.",
            left,
        )
        % {"left": left},
        over=False,
    )


def is_open(code: OneTimeCode, *, at: datetime) -> bool:
    """Whether it may still be typed."""
    return code.proved_at is None and code.expires_at > at and code.tries < MOST_TRIES


def to_send(*, at: datetime) -> bool:
    """Whether the worker has something to send."""
    waiting: bool = OneTimeCode.objects.exclude(address="").filter(expires_at__gt=at).exists()
    return waiting


def send_due(*, at: datetime) -> int:
    """Sends every code that waits; returns how many left the house."""
    sent = 0
    while (claimed := _claim(at)) is not None:
        sent += _send(*claimed)
    return sent


def forget(*, at: datetime) -> int:
    """Deletes codes a day old, with the attempts and drafts they belong to."""
    deleted, _by_model = OneTimeCode.objects.filter(asked_at__lt=at - KEPT).delete()
    return deleted


@transaction.atomic
def _claim(at: datetime) -> tuple[OneTimeCode, str, str] | None:
    """Makes the code of one row, keeps its hash and takes the address out of the row."""
    waiting = OneTimeCode.objects.exclude(address="").filter(expires_at__gt=at)
    code = waiting.select_for_update(skip_locked=True).order_by("pk").first()
    if code is None:
        return None
    digits = new_digits()
    try:
        address = decrypt(code.address, purpose=_purpose(code.public_id))
    except BackOfficeError as error:
        log.error("code_not_sent", code=code.public_id, error=str(error))
        address = ""
    code.address, code.digest, code.sent_at = "", digest_of(digits, of=code.public_id), at
    code.save(update_fields=["address", "digest", "sent_at"])
    return code, address, digits


def _send(code: OneTimeCode, address: str, digits: str) -> bool:
    """Hands it to the provider. One that fails is noted; the person asks again."""
    if not address:
        return False
    try:
        with override(code.language):
            if code.purpose == Purpose.RESET_EMAIL:
                _send_email(address, digits)
            else:
                _send_sms(code, address, digits)
    except Exception as error:
        # Whatever a transport raises: the codes after this one must be sent all the same.
        log.error("code_not_sent", code=code.public_id, error=type(error).__name__)
        return False
    return True


def _send_sms(code: OneTimeCode, phone: str, digits: str) -> None:
    if code.purpose == Purpose.NEW_PHONE:
        template, text = (
            "new_phone_code",
            _(
                "%(code)s is your apiqik code to confirm this number, valid for 10 minutes. "
                "We never ask for it: do not pass it on."
            ),
        )
    else:
        template, text = (
            "password_reset_code",
            _(
                "%(code)s is your apiqik code to reset the password, valid for 10 minutes. "
                "Not you? Ignore it, and pass it on to nobody."
            ),
        )
    texts.send_text(
        phone,
        text % {"code": digits},
        template=template,
        params={"code": digits},
        reference=code.public_id,
    )


def _send_email(address: str, digits: str) -> None:
    send_mail(
        subject=_("Your code to reset the password for apiqik"),
        message=_(
            "%(code)s is the code to choose a new password for your apiqik account. It is valid "
            "for 10 minutes and works once.\n\n"
            "Type it on the page where you asked for it, and pass it on to nobody. Somebody "
            "already typed a code from your phone there. If that was not you, sign in and change "
            "your password, or write to support.\n"
        )
        % {"code": digits},
        from_email=settings.DEFAULT_FROM_EMAIL,
        recipient_list=[address],
    )


def _purpose(public_id: str) -> str:
    return f"accounts.one_time_code:{public_id}"
