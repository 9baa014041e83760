"""A lost phone, or nothing left to prove oneself by: back in with staff's help (1.2.4, 1.2.6).

    request (`recovery_requests`) ─ check … ─ propose ─ decide ─┬─ waiting ─ carry_out
                                                                └─ stop

Two members of staff decide. Then every address of the person is told, the phone until now
included, and anybody who reads that stops it by a link, until the waiting period is over and
the job carries it out. The new number may be the old one: then nothing changes but that the
person counts as checked, for one reset of their password (`accounts.resets`).
"""

from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from accounts import connected_logins, profile, second_factor, sessions
from accounts.exceptions import (
    LinkIsVoid,
    NotAllowed,
    ReasonMissing,
    RecoveryRefused,
)
from accounts.models import (
    PhoneChange,
    PhoneRecovery,
    RecoveryCheck,
    RecoveryDecision,
    RecoveryProposal,
    RecoveryStop,
    User,
)
from accounts.signals import (
    phone_is_changing,
    phone_was_changed,
    recovery_was_approved,
    recovery_was_stopped,
)

MAY_WORK = "accounts.work_on_recovery"
MAY_APPROVE = "accounts.approve_recovery"
LINK_LETTERS = 20
"""Of the mark in a link by which a recovery is stopped: 80 bits."""

log = structlog.get_logger(__name__)


# -- staff look into it --------------------------------------------------------------------


@transaction.atomic
def check(
    *,
    recovery: PhoneRecovery,
    kind: str,
    passed: bool,
    seen: str,
    case_reference: str,
    by: User,
) -> RecoveryCheck:
    """Records what a member of staff saw. Raises `NotAllowed`, `RecoveryRefused`,
    `ReasonMissing`."""
    _demand(by, MAY_WORK, recovery)
    _lock(recovery)
    if proposal_of(recovery) is not None:
        raise RecoveryRefused(_("It was proposed already: checks come before."))
    if kind == RecoveryCheck.Kind.DOCUMENT and not case_reference.strip():
        raise RecoveryRefused(
            _("Keep the document as evidence of a case, and write down the case's number.")
        )
    return RecoveryCheck.record(
        recovery=recovery,
        kind=kind,
        passed=passed,
        seen=_words(seen),
        case_reference=case_reference.strip(),
        checked_by=by,
    )


@transaction.atomic
def propose(
    *, recovery: PhoneRecovery, drops_factor: bool, reason: str, by: User
) -> RecoveryProposal:
    """Asks a colleague to approve. Raises `NotAllowed`, `RecoveryRefused`, `ReasonMissing`."""
    _demand(by, MAY_WORK, recovery)
    _lock(recovery)
    if proposal_of(recovery) is not None:
        raise RecoveryRefused(_("It was proposed already."))
    if not recovery.checks.filter(passed=True).exists():
        raise RecoveryRefused(_("First check who it is, and record what you saw."))
    if drops_factor and not recovery.drops_factor:
        raise RecoveryRefused(_("They did not ask for their second factor to be removed."))
    others = PhoneRecovery.objects.open().filter(user=recovery.user_id, proposals__isnull=False)
    if others.exists():
        raise RecoveryRefused(
            _("Another request for this person was proposed already. Decide or stop that first.")
        )
    if (taken := _in_the_way(recovery)) is not None:
        raise RecoveryRefused(taken)
    return RecoveryProposal.record(
        recovery=recovery,
        drops_factor=drops_factor,
        reason=_words(reason),
        digest=digest_of(recovery, drops_factor=drops_factor),
        proposed_by=by,
    )


@transaction.atomic
def decide(
    *, recovery: PhoneRecovery, approved: bool, reason: str, by: User, at: datetime
) -> RecoveryDecision:
    """Somebody else says yes, and every address of the person is told, or no.

    Raises `NotAllowed`, `RecoveryRefused`, `ReasonMissing`.
    """
    _demand(by, MAY_APPROVE, recovery)
    _lock(recovery)
    proposal = proposal_of(recovery)
    if proposal is None or hasattr(proposal, "decision"):
        raise RecoveryRefused(_("Nothing waits for a decision here."))
    if proposal.proposed_by_id == by.pk:
        raise NotAllowed(_("Nobody decides about their own proposal: ask a colleague."))
    not_before = at + waiting_period() if approved else None
    decision = RecoveryDecision.record(
        proposal=proposal,
        approved=approved,
        digest=proposal.digest,
        not_before=not_before,
        reason=_words(reason),
        decided_by=by,
    )
    if approved:
        recovery_was_approved.send(
            sender=PhoneRecovery, recovery=recovery, not_before=not_before, at=at
        )
    return decision


# -- it is stopped -------------------------------------------------------------------------


def mark_of(recovery: PhoneRecovery) -> str:
    """What the link to stop it carries beside its number. It can do nothing else."""
    return _mark(recovery.public_id, settings.SECRET_KEY)


def _mark(public_id: str, secret: str) -> str:
    made = salted_hmac("accounts.recoveries.stop", public_id, secret=secret, algorithm="sha256")
    return made.hexdigest()[:LINK_LETTERS]


def find_by_link(*, public_id: str, mark: str) -> PhoneRecovery:
    """The recovery that a link in a message is about. Raises `LinkIsVoid`."""
    found: PhoneRecovery | None = (
        PhoneRecovery.objects.select_related("user").filter(public_id=public_id).first()
    )
    # Compared in any case, so that a wrong mark and an unknown number take as long.
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    ours = any(constant_time_compare(_mark(public_id, secret), mark) for secret in secrets)
    if not ours or found is None:
        raise LinkIsVoid(_("This link is incomplete. Follow the whole link in our message."))
    return found


def stop_by_link(*, recovery: PhoneRecovery, ip_address: str | None, at: datetime) -> RecoveryStop:
    """Somebody who reads the person's messages says no. Raises `RecoveryRefused`."""
    return _stop(recovery, by=RecoveryStop.By.LINK, person=None, ip_address=ip_address, at=at)


def stop_signed_in(
    *, recovery: PhoneRecovery, person: User, ip_address: str | None, at: datetime
) -> RecoveryStop:
    """The person themselves says no. Raises `NotAllowed`, `RecoveryRefused`."""
    if recovery.user_id != person.pk:
        raise NotAllowed(_("This is not about your account."))
    by = RecoveryStop.By.SIGNED_IN
    return _stop(recovery, by=by, person=person, ip_address=ip_address, at=at)


def stop_by_staff(*, recovery: PhoneRecovery, reason: str, by: User, at: datetime) -> RecoveryStop:
    """Staff end it, at any step. Raises `NotAllowed`, `RecoveryRefused`, `ReasonMissing`."""
    _demand(by, MAY_WORK, recovery)
    staff = RecoveryStop.By.STAFF
    return _stop(recovery, by=staff, person=by, reason=_words(reason), at=at)


@transaction.atomic
def _stop(
    recovery: PhoneRecovery,
    *,
    by: RecoveryStop.By,
    person: User | None,
    at: datetime,
    reason: str = "",
    ip_address: str | None = None,
) -> RecoveryStop:
    _lock(recovery)
    if not PhoneRecovery.objects.open().filter(pk=recovery.pk).exists():
        raise RecoveryRefused(
            _("This is over already. If somebody else has your account now, write to support.")
        )
    stop = RecoveryStop.record(
        recovery=recovery, by=by, person=person, reason=reason, ip_address=ip_address
    )
    recovery_was_stopped.send(sender=PhoneRecovery, recovery=recovery, stop=stop, at=at)
    return stop


# -- it is carried out ---------------------------------------------------------------------


def due(*, at: datetime) -> list[PhoneRecovery]:
    """Those whose waiting period is over."""
    ready = PhoneRecovery.objects.waiting().filter(proposals__decision__not_before__lte=at)
    return list(ready.select_related("user").order_by("pk"))


def carry_out_all(*, at: datetime) -> int:
    """Carries out whatever is due; returns how many. One that cannot be is stopped."""
    done = 0
    for recovery in due(at=at):
        try:
            done += _carry_out(recovery, at=at)
        except Exception as error:
            # One of them must not hold up the others; the next run tries it again.
            log.error("recovery_failed", recovery=recovery.public_id, error=type(error).__name__)
    return done


@transaction.atomic
def _carry_out(recovery: PhoneRecovery, *, at: datetime) -> bool:
    """The number is changed, every session ends, the second factor goes if that was approved."""
    _lock(recovery)
    if not PhoneRecovery.objects.open().filter(pk=recovery.pk).exists():
        return False
    user = User.objects.select_for_update().get(pk=recovery.user_id)
    if (reason := _in_the_way(recovery)) is not None:
        _stop(recovery, by=RecoveryStop.By.FACTS, person=None, reason=reason, at=at)
        return False
    proposal = proposal_of(recovery)
    assert proposal is not None  # what is due was approved
    phone_is_changing.send(sender=PhoneRecovery, recovery=recovery, at=at)
    connected_logins.end_all(user=user, why=connected_logins.Why.PHONE, at=at)
    PhoneChange.record(
        recovery=recovery,
        dropped_factors=second_factor.remove(user=user) if proposal.drops_factor else [],
        ended_sessions=sessions.end_all(user=user),
    )
    profile.change(user=user, phone=recovery.new_phone, phone_verified_at=at)
    recovery.user = user
    phone_was_changed.send(sender=PhoneRecovery, recovery=recovery, at=at)
    return True


def _in_the_way(recovery: PhoneRecovery) -> str | None:
    """Why it cannot be carried out as things are, in a sentence."""
    user = User.objects.get(pk=recovery.user_id)
    if user.is_staff:
        return _("Members of staff are not helped here: a supervisor resets their second factor.")
    if not user.is_active:
        return _("This person may not sign in.")
    if user.phone != recovery.old_phone:
        return _("Their phone was changed meanwhile.")
    if User.objects.filter(phone=recovery.new_phone).exclude(pk=user.pk).exists():
        return _("Somebody else signs in with the new phone.")
    return None


# -- looking -------------------------------------------------------------------------------


def waiting_period() -> timedelta:
    """How long the person has to stop it, from the approval on."""
    days: int = settings.PHONE_RECOVERY_WAITING_DAYS
    return timedelta(days=days)


def proposal_of(recovery: PhoneRecovery) -> RecoveryProposal | None:
    """What was proposed, with its decision, if anything was."""
    found: RecoveryProposal | None = (
        RecoveryProposal.objects.select_related("decision", "proposed_by")
        .filter(recovery=recovery)
        .first()
    )
    return found


def waiting_for(user: User) -> PhoneRecovery | None:
    """The approved change of this person's phone that can still be stopped."""
    found: PhoneRecovery | None = PhoneRecovery.objects.waiting().filter(user=user).first()
    return found


def digest_of(recovery: PhoneRecovery, *, drops_factor: bool) -> str:
    """SHA-256 of what is proposed, checks included, as the database reckons it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT accounts_recovery_digest(%s, %s)", [recovery.pk, drops_factor])
        row = cursor.fetchone()
    assert row is not None  # a SELECT of a function always gives one row
    digest: str = row[0]
    return digest


def _lock(recovery: PhoneRecovery) -> None:
    """Steps of one recovery wait for each other; the triggers take the same lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT accounts_recovery_lock(%s)", [recovery.pk])


def _demand(by: User, permission: str, recovery: PhoneRecovery) -> None:
    if not by.has_perm(permission):
        raise NotAllowed(_("You may not do this."))
    if by.pk == recovery.user_id:
        raise NotAllowed(_("Nobody works on their own account: ask a colleague."))


def _words(reason: str) -> str:
    if not reason.strip():
        raise ReasonMissing(_("Write down why."))
    return reason.strip()
