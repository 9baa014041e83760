"""What somebody who lost their phone asks for, until our staff have it.

    draw_up ─ code to the new phone ─ hand_in

Whether an account is known is not told: the same happens for one that is not, but for the
last line.
"""

import re
from datetime import datetime

import structlog
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts import one_time_codes
from accounts.exceptions import CodeRefused, LinkIsVoid, NotAPhoneNumber
from accounts.models import OneTimeCode, PhoneRecovery, RecoveryDraft, User
from accounts.phone_numbers import parse_phone
from common.encryption import decrypt, encrypt
from common.public_ids import new_public_id

OPEN_AT_ONCE = 3
"""Requests for one person: more than one, or a stranger who asks first would shut them out."""

log = structlog.get_logger(__name__)


def person_named(written: str) -> User | None:
    """Whom a visitor means by a phone or an identifier of theirs or of their own account."""
    name = written.strip()[:40]
    people = User.objects.filter(is_active=True)
    if re.fullmatch(r"(usr|acc)_[0-9a-z]{20}", name):
        return people.filter(Q(public_id=name) | Q(personal_account__public_id=name)).first()
    try:
        return people.filter(phone=parse_phone(name)).first()
    except NotAPhoneNumber:
        return None


@transaction.atomic
def draw_up(
    *,
    user: User | None,
    new_phone: str,
    drops_factor: bool,
    reason: str,
    language: str,
    at: datetime,
) -> RecoveryDraft:
    """What a visitor asks for; a code goes to `new_phone` (E.164). `user` is None where what
    they named is not known: everything goes on as if it were."""
    public_id = new_public_id("rec")
    draft: RecoveryDraft = RecoveryDraft.objects.create(
        public_id=public_id,
        user=user,
        new_phone=encrypt(new_phone, purpose=_purpose(public_id)),
        drops_factor=drops_factor,
        reason=reason,
        code=one_time_codes.ask(
            purpose=OneTimeCode.Purpose.NEW_PHONE, address=new_phone, language=language, at=at
        ),
    )
    return draft


def find_draft(public_id: str, *, at: datetime) -> RecoveryDraft:
    """Raises `LinkIsVoid` for one that was handed in, is too old or never was."""
    found = (
        RecoveryDraft.objects.select_related("user", "code")
        .filter(public_id=public_id[:32], handed_in_at=None, code__expires_at__gt=at)
        .first()
    )
    if found is None:
        raise LinkIsVoid(_("This took too long or was handed in already. Begin again."))
    return found


def hand_in(
    *, draft: RecoveryDraft, typed: str, ip_address: str | None, at: datetime
) -> PhoneRecovery | None:
    """The code came back from the new phone: staff are asked. None where nobody is known, or
    where enough requests for this person are open; the visitor is told the same.

    Raises `CodeRefused`.
    """
    one_time_codes.prove(code=draft.code, typed=typed, at=at)
    with transaction.atomic():
        if not RecoveryDraft.objects.filter(pk=draft.pk, handed_in_at=None).update(handed_in_at=at):
            raise CodeRefused(_("This was handed in already."), over=True)
        if draft.user is None:
            return None
        user = User.objects.select_for_update().get(pk=draft.user.pk)
        opened = PhoneRecovery.objects.open().filter(user=user)
        if not user.is_active or opened.count() >= OPEN_AT_ONCE:
            log.info("recovery_not_recorded", person=user.public_id)
            return None
        return PhoneRecovery.record(
            public_id=draft.public_id,
            user=user,
            old_phone=user.phone,
            new_phone=decrypt(draft.new_phone, purpose=_purpose(draft.public_id)),
            drops_factor=draft.drops_factor,
            reason=draft.reason,
            ip_address=ip_address,
        )


def _purpose(public_id: str) -> str:
    return f"accounts.recovery_draft:{public_id}"
