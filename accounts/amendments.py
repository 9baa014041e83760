"""A new version of an agreement, from its announcement until it binds (clause 14.3).

The cast: an `Offering` lets customers read a version, accept it ahead or object to it. On
the account's date the version binds it, a `VersionInForce`; unless an owner objects: then
services are withheld from that date until somebody accepts after all. Going on using a
service is recorded as `ContinuedUse`. `in_force` says which version counts.

An objection and the date may meet: `_one_after_the_other` lets whoever comes first finish.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from accounts import activity, agreements, consent, permits
from accounts.conditions import ConditionSource
from accounts.exceptions import NotAllowed, NotTheCurrentText
from accounts.models import (
    Acceptance,
    Account,
    Activity,
    AgreementText,
    AgreementVersion,
    Condition,
    Objection,
    ObjectionWithdrawal,
    Offering,
    OfferingWithdrawal,
    Permit,
    User,
    VersionInForce,
)

OBJECTED = ConditionSource(
    name="objected",
    label=_("objects to the new terms"),
    clause_number="14.3",
    reason_zh_hans=(
        "账号所有者不同意新版本的协议，因此自该版本生效之日起停止提供服务。"
        "所有者同意新版本后即可恢复使用，也可以注销账号。"
    ),
    reason_en=(
        "An owner of this account objected to the new version of the agreement, so services "
        "are withheld from its date. They come back as soon as an owner accepts it; "
        "or close the account."
    ),
)

# Any number: the advisory locks of this module, one for each version.
_LOCKS = 1403

_BRING_INTO_FORCE = f"""
WITH {permits.PERMITTED}, refusing AS (
    SELECT permitted.account_id FROM permitted
    WHERE EXISTS (
        SELECT FROM accounts_objection objection
        WHERE objection.account_id = permitted.account_id
          AND objection.version_id = %(version_id)s
          AND NOT EXISTS (
              SELECT FROM accounts_objectionwithdrawal back
              WHERE back.objection_id = objection.id))
    -- Whoever is on the way out because of an earlier version stays out.
    OR EXISTS (
        SELECT FROM accounts_condition withheld
        WHERE withheld.account_id = permitted.account_id
          AND withheld.source = %(source)s AND withheld.cleared_at IS NULL)
), begun AS (
    INSERT INTO accounts_versioninforce (permit_id, account_id, version_id, since)
    SELECT permitted.id, permitted.account_id, %(version_id)s, common_now()
    FROM permitted
    WHERE NOT EXISTS (SELECT FROM refusing WHERE refusing.account_id = permitted.account_id)
    ON CONFLICT (account_id, version_id) DO NOTHING
), withheld AS (
    INSERT INTO accounts_condition (account_id, source, since)
    SELECT account_id, %(source)s, common_now() FROM refusing
    ON CONFLICT (account_id, source) WHERE cleared_at IS NULL DO NOTHING
)
SELECT account_id FROM permitted
"""

_CONTINUED_USE = """
INSERT INTO accounts_continueduse (account_id, version_id, service_id, used_at)
SELECT begun.account_id, begun.version_id, used.service_id, used.at
FROM accounts_versioninforce begun
CROSS JOIN LATERAL (
    SELECT service_id,
           -- The first use we know of that came after.
           CASE WHEN first_used_at >= begun.since THEN first_used_at ELSE last_used_at END AS at
    FROM accounts_serviceuse used
    WHERE used.account_id = begun.account_id
      AND used.last_used_at >= begun.since AND used.last_used_at <= %(at)s
    ORDER BY 2, 1 LIMIT 1
) used
WHERE begun.since <= %(at)s
  AND NOT EXISTS (
      SELECT FROM accounts_continueduse known
      WHERE known.account_id = begun.account_id AND known.version_id = begun.version_id)
  AND NOT EXISTS (
      SELECT FROM accounts_acceptance acceptance
      JOIN accounts_agreementtext text ON text.id = acceptance.text_id
      WHERE acceptance.account_id = begun.account_id AND text.version_id = begun.version_id)
LIMIT %(at_most)s
ON CONFLICT (account_id, version_id) DO NOTHING
"""


@dataclass(frozen=True, kw_only=True)
class InForce:
    """The version that binds an account and since when; `accepted` by a person, or else
    by notice."""

    version: AgreementVersion
    since: datetime
    accepted: bool


def offer(*, change: UUID, version_id: int) -> Offering:
    """Lets customers read the version from now on. A second call changes nothing."""
    offering, _made = Offering.objects.get_or_create(
        change=change, defaults={"version_id": version_id}
    )
    return offering


def call_off(*, change: UUID) -> None:
    """Ends the offer of a change that was withdrawn. A second call changes nothing."""
    for offering in Offering.objects.standing().filter(change=change):
        OfferingWithdrawal.objects.get_or_create(offering=offering)


def in_force(*, account: Account, slug: str, at: datetime) -> InForce | None:
    """The version of the document called `slug` that binds the account: the latest one
    that began for it, by notice or by acceptance. None when it never agreed to any.

    What was accepted ahead of its date binds from that date, so by its notice.
    """
    begun = (
        VersionInForce.objects.filter(account=account, version__document__slug=slug, since__lte=at)
        .select_related("version__document")
        .order_by("-version__number")
        .first()
    )
    accepted = (
        Acceptance.objects.filter(
            account=account, text__version__document__slug=slug, accepted_at__lte=at
        )
        .exclude(method=Acceptance.Method.AHEAD)
        .select_related("text__version__document")
        .order_by("-text__version__number", "accepted_at")
        .first()
    )
    candidates = [
        begun and InForce(version=begun.version, since=begun.since, accepted=False),
        accepted
        and InForce(version=accepted.text.version, since=accepted.accepted_at, accepted=True),
    ]
    return max(
        (one for one in candidates if one),
        key=lambda one: (one.version.number, -one.since.timestamp()),
        default=None,
    )


def ahead_of(*, account: Account, at: datetime) -> list[AgreementVersion]:
    """Versions announced that do not bind the account yet, the next one first."""
    offered = AgreementVersion.objects.filter(offerings__in=Offering.objects.standing())
    return [
        version
        for version in offered.select_related("document").distinct().order_by("number")
        if (now := in_force(account=account, slug=version.document.slug, at=at)) is None
        or now.version.number < version.number
    ]


def objection_of(*, account: Account, version: AgreementVersion) -> Objection | None:
    """The account's standing objection to the version."""
    found: Objection | None = (
        Objection.objects.standing().filter(account=account, version=version).first()
    )
    return found


def is_withheld(account: Account) -> bool:
    """Whether services are withheld because of an objection."""
    return Condition.objects.filter(account=account, source=OBJECTED.name, cleared_at=None).exists()


@transaction.atomic
def object_to(
    *,
    user: User,
    account: Account,
    version: AgreementVersion,
    reason: str,
    ip_address: str | None,
) -> Objection:
    """Records that `user` objects to `version` on behalf of `account`.

    From the account's date its services are withheld. A second call returns the first
    objection while it stands. Raises `NotAllowed` for somebody who may not bind the
    account, for a version that is not announced, and for one that binds it already.
    """
    _one_after_the_other(version, alone=False)
    Account.objects.select_for_update().get(pk=account.pk)
    _check_binds(user, account, _("Only an owner can object for this account."))
    _check_offered(version)
    if VersionInForce.objects.filter(account=account, version=version).exists():
        raise NotAllowed(
            _("This version is in force for the account already. You can close the account.")
        )
    standing = objection_of(account=account, version=version)
    if standing is not None:
        return standing
    activity.note(
        Activity.Kind.OBJECTED,
        account=account,
        by=user,
        name=version.document.slug,
        version=version.number,
    )
    return Objection.record(
        account=account, version=version, user=user, reason=reason.strip(), ip_address=ip_address
    )


@transaction.atomic
def accept(
    *,
    user: User,
    account: Account,
    text: AgreementText,
    ip_address: str | None,
    user_agent: str,
    at: datetime,
) -> Acceptance:
    """Records that `user` accepts an announced version on behalf of `account`.

    It binds from the account's date; at once where that has passed, and services that
    were withheld because of an objection come back. Objections to it and to versions
    before it end. Raises `NotAllowed` as `object_to` does, and `NotTheCurrentText` when a
    later version has begun for the account.
    """
    version = text.version
    _one_after_the_other(version, alone=False)
    Account.objects.select_for_update().get(pk=account.pk)
    _check_binds(user, account, _("Only an owner can agree to the terms for this account."))
    _check_offered(version)
    permit = _due(account, version)
    standing = Objection.objects.standing().filter(
        account=account,
        version__document_id=version.document_id,
        version__number__lte=version.number,
    )
    earlier: Acceptance | None = Acceptance.objects.filter(
        user=user, account=account, text=text
    ).first()
    acceptance = earlier if earlier and not standing.exists() else None
    acceptance = acceptance or consent.record(
        user=user,
        account=account,
        text=text,
        method=Acceptance.Method.PAGE if permit else Acceptance.Method.AHEAD,
        ip_address=ip_address,
        user_agent=user_agent,
        at=at,
    )
    for objection in standing:
        ObjectionWithdrawal.record(objection=objection, acceptance=acceptance)
    if permit:
        _begin(account, version, permit, at)
    return acceptance


def bring_into_force(*, change: UUID, version_id: int, opened: Mapping[int, datetime]) -> list[int]:
    """Lets the version bind each account that `change` has not reached yet, from now on.

    `opened` says since when the gate is open for each account. Whoever objects is not
    bound: services are withheld instead. With the first account the version is
    published. Runs in the caller's transaction; raises `IntegrityError` before the gate
    is open and for a version that was not offered. Returns the accounts newly reached, in
    ascending order.
    """
    version = AgreementVersion.objects.get(pk=version_id)
    _one_after_the_other(version, alone=True)
    reached = permits.account_ids(
        _BRING_INTO_FORCE,
        {
            **permits.parameters(change=change, opened=opened),
            "version_id": version_id,
            "source": OBJECTED.name,
        },
    )
    if reached:
        agreements.publish_if_newest(version=version, published_by=None)
    return reached


def record_continued_use(*, at: datetime, at_most: int = 10_000) -> int:
    """Records for accounts that used a service under a version nobody accepted for them
    that they did, once for each version; for no more than `at_most`.

    Returns how many; fewer than `at_most` when nothing is left.
    """
    with connection.cursor() as cursor:
        cursor.execute(_CONTINUED_USE, {"at": at, "at_most": at_most})
        return int(cursor.rowcount)


def _one_after_the_other(version: AgreementVersion, *, alone: bool) -> None:
    """People's answers to a version go side by side, its coming into force alone."""
    lock = "pg_advisory_xact_lock" if alone else "pg_advisory_xact_lock_shared"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {lock}(%s, %s)", [_LOCKS, version.pk])


def _check_binds(user: User, account: Account, otherwise: object) -> None:
    if not consent.may_accept(user=user, account=account):
        raise NotAllowed(str(otherwise))


def _check_offered(version: AgreementVersion) -> None:
    if not Offering.objects.standing().filter(version=version).exists():
        raise NotAllowed(_("This version has not been announced, or was called off."))


def _due(account: Account, version: AgreementVersion) -> Permit | None:
    """The account's permit for the version, once its date has come."""
    reached = Offering.objects.filter(
        change__in=account.permits.values("change"), version__document_id=version.document_id
    )
    newest = reached.order_by("-version__number").select_related("version").first()
    if newest is not None and newest.version.number > version.number:
        raise NotTheCurrentText(
            _("A newer version of these terms was published. Read it, then agree again.")
        )
    if newest is None or newest.version_id != version.pk:
        return None
    return account.permits.get(change=newest.change)


def _begin(account: Account, version: AgreementVersion, permit: Permit, at: datetime) -> None:
    """Binds an account that objected before, and gives its services back."""
    VersionInForce.objects.get_or_create(
        account=account,
        version=version,
        defaults={
            "permit": permit,
            "since": max(at, permit.not_before, permit.recorded_at),
        },
    )
    Condition.objects.filter(account=account, source=OBJECTED.name, cleared_at=None).update(
        cleared_at=at
    )
