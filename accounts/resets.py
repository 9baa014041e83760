"""A forgotten password: phone, second proof, new password (clause 1.2.4).

    begin ─ code by SMS ─ prove_phone ─┬─ code by e-mail ─ prove_email ───┬─ finish
                                       ├─ authenticator or recovery code ─┤
                                       └─ recovery carried out by staff ──┘

A phone alone is not enough: operators give numbers away again. Who has no second proof
goes to `accounts.recoveries`. Known and unknown numbers go the same way until the first
code, which for an unknown one nobody gets.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.db.models import F
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from accounts import connected_logins, one_time_codes, sessions
from accounts.exceptions import CodeRefused, ResetIsOver
from accounts.models import OneTimeCode, PasswordReset, PhoneChange, ResetAttempt, SecondProof, User
from accounts.models.codes import MOST_TRIES
from accounts.signals import password_was_reset

LASTS = timedelta(minutes=30)
"""How long the whole way may take."""

RECOVERY_COUNTS = timedelta(days=14)
"""How long a carried-out recovery stands in for the second proof, once."""


@dataclass(frozen=True)
class Ways:
    """By what this person can show the second proof."""

    email: str
    """The contact e-mail, masked; empty without a verified one."""
    authenticator: bool
    recovery: PhoneChange | None

    def __bool__(self) -> bool:
        return bool(self.email or self.authenticator or self.recovery)


def begin(*, phone: str, language: str, at: datetime) -> ResetAttempt:
    """The first step for the number `phone` (E.164), whoever's it is, if anybody's."""
    user = User.objects.filter(phone=phone, is_active=True).first()
    with transaction.atomic():
        code = one_time_codes.ask(
            purpose=OneTimeCode.Purpose.RESET_PHONE,
            address=phone if user else "",
            language=user.language if user else language,
            at=at,
        )
        attempt: ResetAttempt = ResetAttempt.objects.create(
            user=user, phone_code=code, ends_at=at + LASTS
        )
        return attempt


def find(public_id: str, *, at: datetime) -> ResetAttempt:
    """The attempt of that name, if it still goes on. Raises `ResetIsOver`."""
    found = (
        ResetAttempt.objects.select_related("user", "phone_code", "email_code", "recovery")
        .filter(public_id=public_id[:32], finished_at=None, ends_at__gt=at)
        .first()
    )
    if found is None or (found.user is not None and not found.user.is_active):
        raise ResetIsOver(_("This took too long or was finished already. Begin again."))
    return found


def prove_phone(*, attempt: ResetAttempt, typed: str, at: datetime) -> None:
    """Raises `CodeRefused`."""
    one_time_codes.prove(code=attempt.phone_code, typed=typed, at=at)


def ways(attempt: ResetAttempt, *, at: datetime) -> Ways:
    """Raises `ResetIsOver` before the phone was proved."""
    user = _proven(attempt)
    return Ways(
        email=user.masked_email if user.reachable_email else "",
        authenticator=Authenticator.objects.filter(user=user).exists(),
        recovery=PhoneChange.objects.filter(
            recovery__user=user, recorded_at__gt=at - RECOVERY_COUNTS, password_reset=None
        ).first(),
    )


@transaction.atomic
def send_email_code(*, attempt: ResetAttempt, at: datetime) -> None:
    """Asks for a code to the contact e-mail. Raises `ResetIsOver`, `CodeRefused`."""
    user = _proven(attempt)
    locked = ResetAttempt.objects.select_for_update(of=["self"]).get(pk=attempt.pk)
    if locked.email_code is not None and one_time_codes.is_open(locked.email_code, at=at):
        return
    if locked.email_code is not None and locked.email_code.tries >= MOST_TRIES:
        raise CodeRefused(_("The code was mistyped too often. Begin again."), over=True)
    if not user.reachable_email:
        raise ResetIsOver(_("There is no confirmed contact e-mail."))
    locked.email_code = one_time_codes.ask(
        purpose=OneTimeCode.Purpose.RESET_EMAIL,
        address=user.reachable_email,
        language=user.language,
        at=at,
    )
    locked.email_digest = _mark(user.reachable_email)
    locked.save(update_fields=["email_code", "email_digest"])


def prove_email(*, attempt: ResetAttempt, typed: str, at: datetime) -> None:
    """Raises `CodeRefused`, and `ResetIsOver` if the address was changed meanwhile."""
    user = _proven(attempt)
    if attempt.email_code is None:
        raise CodeRefused(_("Ask for a code first."), over=True)
    if attempt.email_digest != _mark(user.reachable_email):
        raise ResetIsOver(_("The contact e-mail was changed meanwhile. Begin again."))
    one_time_codes.prove(code=attempt.email_code, typed=typed, at=at)
    _accept(attempt, SecondProof.EMAIL)


def count_factor_try(attempt: ResetAttempt) -> None:
    """One more code of an authenticator or of recovery is typed. Raises `CodeRefused`."""
    _proven(attempt)
    left = ResetAttempt.objects.filter(pk=attempt.pk, factor_tries__lt=MOST_TRIES)
    if not left.update(factor_tries=F("factor_tries") + 1):
        raise CodeRefused(_("The code was mistyped too often. Begin again."), over=True)
    attempt.refresh_from_db(fields=["factor_tries"])


def accept_factor(*, attempt: ResetAttempt, authenticator: Authenticator) -> None:
    """The person showed a code of `authenticator`, which whoever calls this has checked."""
    if authenticator.user_id != _proven(attempt).pk:
        raise ResetIsOver(_("This took too long or was finished already. Begin again."))
    totp = authenticator.type == Authenticator.Type.TOTP
    _accept(attempt, SecondProof.AUTHENTICATOR if totp else SecondProof.RECOVERY_CODE)


def accept_recovery(*, attempt: ResetAttempt, at: datetime) -> None:
    """Staff have checked lately who it is. Raises `ResetIsOver`."""
    recovery = ways(attempt, at=at).recovery
    if recovery is None:
        raise ResetIsOver(_("Staff have not checked lately who you are."))
    _accept(attempt, SecondProof.RECOVERY, recovery=recovery)


@transaction.atomic
def finish(
    *, attempt: ResetAttempt, password: str, ip_address: str | None, at: datetime
) -> PasswordReset:
    """Sets the password, ends every session and tells every address.

    Raises `ResetIsOver` without both proofs or the second time, and Django's
    `ValidationError` for a password that is too weak.
    """
    user = _proven(attempt)
    if not attempt.second_proof:
        raise ResetIsOver(_("The second proof is missing. Begin again."))
    validate_password(password, user)
    mine = ResetAttempt.objects.filter(pk=attempt.pk, finished_at=None, ends_at__gt=at)
    if not mine.update(finished_at=at):
        raise ResetIsOver(_("This took too long or was finished already. Begin again."))
    user = User.objects.select_for_update().get(pk=user.pk)
    user.set_password(password)
    user.save(update_fields=["password"])
    sessions.end_all(user=user)
    connected_logins.end_all(user=user, why=connected_logins.Why.RESET, at=at)
    done = PasswordReset.record(
        user=user,
        attempt=attempt.public_id,
        second_proof=attempt.second_proof,
        recovery=attempt.recovery,
        ip_address=ip_address,
    )
    # Others that were begun for the same person lead nowhere any more.
    ResetAttempt.objects.filter(user=user, finished_at=None).update(finished_at=at)
    password_was_reset.send(sender=PasswordReset, reset=done, at=at)
    return done


def _proven(attempt: ResetAttempt) -> User:
    if attempt.user is None or attempt.phone_code.proved_at is None:
        raise ResetIsOver(_("The code from your phone is missing. Begin again."))
    return attempt.user


def _accept(
    attempt: ResetAttempt, proof: SecondProof, *, recovery: PhoneChange | None = None
) -> None:
    attempt.second_proof, attempt.recovery = proof, recovery
    attempt.save(update_fields=["second_proof", "recovery"])


def _mark(address: str) -> str:
    return salted_hmac("accounts.resets", address.lower(), algorithm="sha256").hexdigest()
