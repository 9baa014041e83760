"""Leaving the platform, and closing an organization (clauses 1.3, 8.1 and 14.3).

Asked for, it cools off: for `COOLING_OFF_DAYS` whole days of the account's time zone nothing
changes, and it is taken back by one click. Then a job carries it out, unless something has
come in the way (`leaving_checks`) or staff put it on hold; it goes on trying. What evidence,
books and the law need stays; who the person was is encrypted, apart from the rest, until its
day comes (`identities`), and their phone is free for somebody new.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import (
    activity,
    connected_logins,
    identities,
    leaving_checks,
    roles,
    second_factor,
    sessions,
)
from accounts.conditions import ConditionSource
from accounts.exceptions import NotAllowed, ReasonMissing
from accounts.leaving_checks import Obstacle
from accounts.models import (
    Account,
    Activity,
    ApiKey,
    Closing,
    ClosingCancellation,
    ClosingHold,
    ClosingHoldRelease,
    Closure,
    Condition,
    ConnectionConsentEnd,
    Invitation,
    Membership,
    User,
)
from accounts.roles import May
from accounts.signals import (
    closing_asked_for,
    closing_carried_out,
    closing_taken_back,
    closing_waits,
)
from common.clock import local_day

log = structlog.get_logger(__name__)

CLOSED = ConditionSource(
    name="closed",
    label=_("account closed"),
    clause_number="1.3",
    reason_zh_hans="账号已应其所有者的要求注销。注销不可撤回，需要使用服务请重新注册。",
    reason_en=(
        "This account was closed because its owner asked for it. That is final: "
        "to use the services again, sign up anew."
    ),
)
"""Registered with `accounts.conditions` when the app is ready; never cleared."""


def ends_at(*, asked_at: datetime, zone: str) -> datetime:
    """When what is asked for now will be carried out: 00:00 in `zone` of the day after as
    many whole days as `COOLING_OFF_DAYS` says."""
    day = local_day(asked_at, zone) + timedelta(days=settings.COOLING_OFF_DAYS + 1)
    # In UTC, because a midnight that the clocks skip equals nothing in its own zone.
    return datetime.combine(day, clock_time.min, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def accounts_of(*, person: User | None, account: Account | None) -> list[Account]:
    """Those that are closed: a person's own, or the organization's."""
    if person is not None:
        return list(Account.objects.filter(holder=person))
    return [account] if account is not None else []


def open_closing_of(person: User) -> Closing | None:
    """Their leaving that was asked for and is not over."""
    found: Closing | None = Closing.objects.open().filter(person=person).first()
    return found


def open_closing_of_account(account: Account) -> Closing | None:
    """The account's closing that is not over, be it with its holder or on its own."""
    found: Closing | None = Closing.objects.open().filter(account=account).first()
    return found


def obstacles_of(closing: Closing, *, at: datetime) -> list[Obstacle]:
    """What is in the way of it now."""
    accounts = accounts_of(person=closing.person, account=closing.account)
    return leaving_checks.obstacles(accounts=accounts, person=closing.person, at=at)


@transaction.atomic
def leave(*, person: User, reason: str, ip_address: str | None, at: datetime) -> Closing:
    """Records that this person wants to leave. A second call returns the first while it
    stands. Raises `NotAllowed` while something is in the way."""
    User.objects.select_for_update().get(pk=person.pk)  # two clicks, one closing
    if standing := open_closing_of(person):
        return standing
    own = Account.objects.filter(holder=person).first()
    _refuse_obstacles(accounts_of(person=person, account=own), person, at)
    return _ask(
        person=person,
        account=own,
        requested_by=person,
        reason=reason,
        ip_address=ip_address,
        zone=own.time_zone if own else person.time_zone,
        at=at,
    )


@transaction.atomic
def close_organization(
    *, account: Account, by: User, reason: str, ip_address: str | None, at: datetime
) -> Closing:
    """Records that an owner wants their organization's account closed. A second call returns
    the first while it stands. Raises `NotAllowed` for anybody but an owner, for a personal
    account, and while something is in the way."""
    locked = Account.objects.select_for_update().get(pk=account.pk)
    demand_may_close(account=locked, user=by)
    if standing := open_closing_of_account(locked):
        return standing
    _refuse_obstacles([locked], None, at)
    return _ask(
        person=None,
        account=locked,
        requested_by=by,
        reason=reason,
        ip_address=ip_address,
        zone=locked.time_zone,
        at=at,
    )


def demand_may_close(*, account: Account, user: User) -> None:
    """Raises `NotAllowed` unless `user` may close this account, an organization's."""
    if account.kind != Account.Kind.ORGANIZATION or account.closed_at:
        raise NotAllowed(_("Only the account of an organization is closed on its own."))
    roles.demand(user=user, account=account, act=May.CLOSE)


def _refuse_obstacles(accounts: Sequence[Account], person: User | None, at: datetime) -> None:
    found = leaving_checks.obstacles(accounts=accounts, person=person, at=at)
    if found:
        raise NotAllowed(found[0].sentence)


def _ask(*, zone: str, at: datetime, reason: str, **said: Any) -> Closing:
    closing = Closing.record(
        cooling_off_days=settings.COOLING_OFF_DAYS,
        ends_at=ends_at(asked_at=at, zone=zone),
        reason=reason.strip(),
        **said,
    )
    closing.refresh_from_db()
    _note(Activity.Kind.CLOSING_ASKED, closing, closing.requested_by)
    closing_asked_for.send(sender=Closing, closing=closing, at=at)
    return closing


@transaction.atomic
def take_back(*, closing: Closing, by: User, at: datetime) -> ClosingCancellation:
    """Everything stays as it is. A second call returns the first cancellation. Raises
    `NotAllowed` for anybody but the person, or an owner of the organization, and once it is
    closed."""
    locked = _locked(closing)
    if hasattr(locked, "cancellation"):
        return locked.cancellation
    if hasattr(locked, "closure"):
        raise NotAllowed(_("The account is closed already: that is final."))
    if locked.person_id is not None:
        allowed = locked.person_id == by.pk
    else:
        assert locked.account is not None  # the database sees to it
        allowed = roles.person_may(user=by, account=locked.account, act=May.CLOSE)
    if not allowed:
        raise NotAllowed(_("Only whoever may ask for it can take it back."))
    cancellation = ClosingCancellation.record(closing=locked, cancelled_by=by)
    _note(Activity.Kind.CLOSING_BACK, locked, by)
    closing_taken_back.send(sender=Closing, closing=locked, at=at)
    return cancellation


def _note(kind: Activity.Kind, closing: Closing, by: User) -> None:
    """In the log of the account, where there is one: who leaves may have none of their own."""
    if closing.account is not None:
        activity.note(kind, account=closing.account, by=by, reference=closing.public_id)


def _locked(closing: Closing) -> Closing:
    """Whoever acts on a closing takes its person or account first, one after the other."""
    if closing.person is not None:
        User.objects.select_for_update().get(pk=closing.person.pk)
    elif closing.account is not None:
        Account.objects.select_for_update().get(pk=closing.account.pk)
    related = ("person", "account", "cancellation", "closure")
    found: Closing = Closing.objects.select_related(*related).get(pk=closing.pk)
    return found


# --- carrying it out ---------------------------------------------------------------------


def close_all_due(*, at: datetime, at_most: int = 100) -> int:
    """Carries out what has cooled off, each in a transaction of its own; how many."""
    closed = 0
    for closing in Closing.objects.due(at).order_by("ends_at")[:at_most]:
        try:
            closed += close(closing=closing, at=at) is not None
        except Exception:
            # One that cannot be carried out does not keep the others from it.
            log.exception("closing_failed", closing=closing.public_id)
    return closed


@transaction.atomic
def close(*, closing: Closing, at: datetime) -> Closure | None:
    """Closes what `closing` asks for; None where something is in the way, which people are
    told. Raises `NotAllowed` before it has cooled off, and `IntegrityError` where only the
    database knows better."""
    locked = _locked(closing)
    if locked not in Closing.objects.due(at):
        raise NotAllowed(_("It is not due: taken back, on hold, or not cooled off."))
    accounts = list(
        Account.objects.select_for_update().filter(
            pk__in=[one.pk for one in accounts_of(person=locked.person, account=locked.account)]
        )
    )
    found = leaving_checks.obstacles(accounts=accounts, person=locked.person, at=at)
    if found:
        closing_waits.send(sender=Closing, closing=locked, obstacles=found, at=at)
        return None
    answers: list[tuple[Any, Any]] = closing_carried_out.send(
        sender=Closing, closing=locked, accounts=accounts, person=locked.person, at=at
    )
    ended = _end(accounts, locked.person, at)
    for _receiver, answer in answers:
        ended.update(answer or {})
    closure = Closure.record(closing=locked, ended=ended)
    closure.refresh_from_db()
    _shut_accounts(accounts, closure)
    if locked.person is not None:
        identities.keep(person=locked.person, at=at)
        _empty_person(locked.person, closure)
    return closure


def _end(accounts: Sequence[Account], person: User | None, at: datetime) -> dict[str, Any]:
    """Keys, memberships and ways to sign in end; how many of each."""
    memberships = Membership.objects.filter(account__in=accounts)
    invitations = Invitation.objects.open(at).filter(account__in=accounts)
    if person is not None:
        memberships |= Membership.objects.filter(user=person)
        invitations |= Invitation.objects.open(at).filter(invited_by=person)
    keys = ApiKey.objects.filter(account__in=accounts, revoked_at=None)
    ended: dict[str, Any] = {"keys": keys.update(revoked_at=at), "memberships": 0}
    ended["invitations"] = invitations.update(withdrawn_at=at)
    for membership in memberships.distinct():
        membership.delete()  # one by one: its history says so
        ended["memberships"] += 1
    if person is not None:
        ended["sessions"] = sessions.end_all(user=person)
        ended["second_factors"] = len(second_factor.remove(user=person))
        ended["connected_logins"] = connected_logins.end_all(
            user=person, why=ConnectionConsentEnd.Why.LEFT, at=at
        )
    return ended


def _shut_accounts(accounts: Sequence[Account], closure: Closure) -> None:
    for account in accounts:
        account.closed_at = closure.recorded_at
        changed = ["closed_at"]
        if account.kind == Account.Kind.PERSONAL:
            account.name = ""
            changed.append("name")
        account.claim_edition(account.edition)
        account.save(update_fields=changed)
        Condition.objects.create(account=account, source=CLOSED.name, since=closure.recorded_at)


def _empty_person(person: User, closure: Closure) -> None:
    """What is personal leaves the row; the row stays, for evidence names it."""
    person.refresh_from_db()
    person.claim_edition(person.edition)
    person.phone, person.phone_verified_at = f"#{person.pk}", None
    person.name = person.contact_email = ""
    person.contact_email_verified_at = None
    person.is_active, person.closed_at = False, closure.recorded_at
    person.set_unusable_password()
    person.last_login = None
    person.save()


# --- legal holds -------------------------------------------------------------------------


@transaction.atomic
def place_hold(*, closing: Closing, by: User, reason: str) -> ClosingHold:
    """Keeps the closing from being carried out, and what is kept of a closed person from being
    erased. Raises `ReasonMissing`, and `NotAllowed` where one stands."""
    if not reason.strip():
        raise ReasonMissing(_("Say why everything has to stay as it is."))
    locked = _locked(closing)
    if locked.standing_hold is not None:
        raise NotAllowed(_("It is on hold already."))
    if hasattr(locked, "cancellation"):
        raise NotAllowed(_("It was taken back: there is nothing to hold."))
    return ClosingHold.record(closing=locked, placed_by=by, reason=reason.strip())


@transaction.atomic
def release_hold(*, closing: Closing, by: User, reason: str) -> ClosingHoldRelease:
    """Ends the hold; what is due is carried out by the next job. Raises `ReasonMissing`, and
    `NotAllowed` for whoever placed it and where none stands."""
    if not reason.strip():
        raise ReasonMissing(_("Say why the hold ends."))
    hold = _locked(closing).standing_hold
    if hold is None:
        raise NotAllowed(_("There is no hold to release."))
    if hold.placed_by_id == by.pk:
        raise NotAllowed(_("Somebody else than who placed a hold releases it."))
    return ClosingHoldRelease.record(hold=hold, released_by=by, reason=reason.strip())
