"""Rotating, bounding and ending what other systems of the platform call the API with.

A token is never renewed: its end only moves nearer. To go on, rotate it: a new token begins,
and the old one ends after an overlap in which both work. A client as a whole is revoked at
once: the API asks for token and client with every call.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.exceptions import NotPossibleNow
from accounts.models import ClientToken, ServiceClient, User

LONGEST_OVERLAP = timedelta(days=30)
TOKENS_AT_A_TIME = 2


@transaction.atomic
def rotate(
    *,
    client: ServiceClient,
    by: User,
    overlap: timedelta,
    expires_at: datetime | None,
    at: datetime,
) -> tuple[ClientToken, str]:
    """A new token and its secret; those before it end after `overlap`, or when they would
    have ended anyway.

    Raises `NotPossibleNow` for a client that is revoked, an end that has passed, an overlap
    that is too long, and when two tokens work already and are not to end at once.
    """
    locked = _not_revoked(client)
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise NotPossibleNow(
            _("Both tokens can work for at most %(days)d days.") % {"days": LONGEST_OVERLAP.days}
        )
    if expires_at is not None and expires_at <= at:
        raise NotPossibleNow(_("The token would have expired already: choose a later day."))
    before = list(ClientToken.objects.live(at).filter(client=locked).select_for_update())
    if len(before) >= TOKENS_AT_A_TIME and overlap:
        raise NotPossibleNow(
            _("Two tokens of this system work already. End the one it no longer shows first.")
        )
    for token in before:
        token.expires_at = min(filter(None, [token.expires_at, at + overlap]))
        token.save(update_fields=["expires_at"])
    return ClientToken.issue(client=locked, created_by=by, expires_at=expires_at)


@transaction.atomic
def end_token(*, token: ClientToken, at: datetime) -> None:
    """Ends one token at once; the others go on. Raises `NotPossibleNow` if it has ended."""
    live = ClientToken.objects.live(at).filter(pk=token.pk)
    if not live.update(revoked_at=at):
        raise NotPossibleNow(_("This token works no more."))
    token.refresh_from_db(fields=["revoked_at"])


@transaction.atomic
def set_bounds(
    *,
    client: ServiceClient,
    scopes: Iterable[str],
    allowed_addresses: Iterable[str],
    requests_per_minute: int,
) -> None:
    """What a client may do from its next request on, from where and how often.

    Raises `NotPossibleNow` for a client that is revoked, and if nothing would change.
    """
    locked = _not_revoked(client)
    wanted = {
        "scopes": list(scopes),
        "allowed_addresses": list(allowed_addresses),
        "requests_per_minute": requests_per_minute,
    }
    if all(getattr(locked, name) == value for name, value in wanted.items()):
        raise NotPossibleNow(_("Nothing would change."))
    for name, value in wanted.items():
        setattr(locked, name, value)
        setattr(client, name, value)
    locked.save(update_fields=[*wanted])


def _not_revoked(client: ServiceClient) -> ServiceClient:
    """Its row, locked: of two who rotate at once the second sees the first's token."""
    locked = ServiceClient.objects.select_for_update().get(pk=client.pk)
    if locked.revoked_at is not None:
        raise NotPossibleNow(_("This system is revoked. Issue a token for a new one."))
    return locked
