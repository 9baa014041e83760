"""API keys of customers (clause 2.2.2): created, shown once, rotated, revoked.

A key is never renewed: its last day only moves nearer. To go on, rotate it: a new key begins,
and the old one ends after an overlap in which both work.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from accounts import activity, roles
from accounts.exceptions import NotPossibleNow, ReasonMissing, TooManyOfThem
from accounts.models import Account, Activity, ApiKey, Membership, Service, User
from accounts.news import News, tell
from accounts.roles import ROLES, May

LONGEST_OVERLAP = timedelta(days=30)
EXPIRES_SOON = timedelta(days=14)
# Keys told of in one go.
MOST = 500


def keys_of(account: Account) -> QuerySet[ApiKey]:
    """All keys of an account with what a list of them shows, the newest first."""
    found: QuerySet[ApiKey] = (
        ApiKey.objects.filter(account=account)
        .select_related("created_by", "use", "rotated_from", "rotated_to")
        .prefetch_related("services")
        .annotate(
            maker_is_gone=~Exists(
                Membership.objects.filter(account=OuterRef("account"), user=OuterRef("created_by"))
            )
        )
        .order_by("-pk")
    )
    return found


@transaction.atomic
def create(
    *,
    account: Account,
    by: User,
    name: str,
    services: Collection[Service],
    expires_at: datetime | None,
    at: datetime,
) -> tuple[ApiKey, str]:
    """A new key and its secret, which nobody can show again. `services` empty: for all.

    Raises `NotAllowed`, `TooManyOfThem`, and `NotPossibleNow` for an end that has passed.
    """
    _look(account, by)
    _refuse_too_many(account, at)
    if expires_at is not None and expires_at <= at:
        raise NotPossibleNow(_("The key would have expired already: choose a later day."))
    key, secret = ApiKey.issue(
        account=account, created_by=by, name=name.strip(), expires_at=expires_at
    )
    key.services.set(services)
    _note(Activity.Kind.KEY_CREATED, key, by, services=[one.slug for one in services])
    return key, secret


@transaction.atomic
def rotate(
    *, api_key: ApiKey, by: User, overlap: timedelta, expires_at: datetime | None, at: datetime
) -> tuple[ApiKey, str]:
    """A new key of the same name and services; the old one ends after `overlap`, or when it
    would have ended anyway. Raises as `create`; each key is rotated once."""
    _look(api_key.account, by)
    old = _usable(api_key, at)
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise NotPossibleNow(
            _("Both keys can work for at most %(days)d days.") % {"days": LONGEST_OVERLAP.days}
        )
    if ApiKey.objects.filter(rotated_from=old).exists():
        raise NotPossibleNow(_("This key was rotated already; it ends by itself."))
    _refuse_too_many(old.account, at)
    if expires_at is not None and expires_at <= at:
        raise NotPossibleNow(_("The key would have expired already: choose a later day."))
    services = list(old.services.all())
    key, secret = ApiKey.issue(
        account=old.account,
        created_by=by,
        name=old.name,
        expires_at=expires_at,
        rotated_from=old,
    )
    key.services.set(services)
    ends = min(filter(None, [old.expires_at, at + overlap]))
    ApiKey.objects.filter(pk=old.pk).update(expires_at=ends)
    _note(Activity.Kind.KEY_ROTATED, old, by, until=ends.isoformat(timespec="minutes"))
    return key, secret


@transaction.atomic
def revoke(*, api_key: ApiKey, by: User, reason: str, at: datetime) -> None:
    """Ends a key at once and for good. Raises `NotAllowed`, `ReasonMissing`, and
    `NotPossibleNow` when it has ended already."""
    _look(api_key.account, by)
    if not reason.strip():
        raise ReasonMissing(_("Say why the key is revoked."))
    key = _usable(api_key, at)
    key.revoke(at=at)
    _note(Activity.Kind.KEY_REVOKED, key, by, reason=reason.strip())


@transaction.atomic
def tell_of_expiring(*, at: datetime, most: int = MOST) -> int:
    """Has those who look after keys told of the ones that end within two weeks, once of each
    end; the number of keys. One that was rotated ends as planned, and is left out."""
    expiring = (
        ApiKey.objects.usable(at)
        .filter(
            expires_at__lte=at + EXPIRES_SOON,
            rotated_to=None,
            told_of_end=False,
        )
        .select_for_update(skip_locked=True, of=("self",))
        .select_related("account")
        .order_by("pk")[:most]
    )
    keys = list(expiring)
    for key in keys:
        members = key.account.memberships.filter(
            role__in=ROLES[May.USE_KEYS], user__is_active=True
        ).select_related("user")
        assert key.expires_at is not None  # by the filter
        tell(
            kind=News.KEY_EXPIRES,
            account=key.account,
            people=[one.user for one in members.order_by("pk")],
            key=key.public_id,
            page="api_keys",
            facts={"what": str(key), "until": key.expires_at.isoformat()},
            at=at,
        )
    ApiKey.objects.filter(pk__in=[one.pk for one in keys]).update(told_of_end=True)
    return len(keys)


def _look(account: Account, by: User) -> None:
    """Of two who make keys at once the second counts those of the first."""
    roles.demand(user=by, account=account, act=May.USE_KEYS)
    Account.objects.select_for_update().get(pk=account.pk)


def _usable(api_key: ApiKey, at: datetime) -> ApiKey:
    found: ApiKey | None = (
        ApiKey.objects.usable(at)
        .select_for_update(of=("self",))
        .select_related("account")
        .filter(pk=api_key.pk, account=api_key.account)
        .first()
    )
    if found is None:
        raise NotPossibleNow(_("This key works no more."))
    return found


def _refuse_too_many(account: Account, at: datetime) -> None:
    most = settings.API_KEYS_PER_ACCOUNT
    if ApiKey.objects.usable(at).filter(account=account).count() >= most:
        raise TooManyOfThem(
            _("The account has %(count)d keys that work, as many as it may. Revoke one first.")
            % {"count": most}
        )


def _note(kind: Activity.Kind, key: ApiKey, by: User, **facts: Any) -> None:
    activity.note(kind, account=key.account, by=by, api_key=key, name=key.name, **facts)
