"""Addresses that nothing is sent to any more (clause 1.3: best efforts do not go on at an
address that is known not to work).

A message that came back for good or was complained of suppresses its address for notices.
What should go there counts as failed, and the person's other addresses remain. Staff lift a
suppression with a reason; the owner of the address does by verifying it once more.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.exceptions import NotAllowed, ReasonMissing
from accounts.models import User
from common import prepared
from common.arrays import array
from notices.due import Routable
from notices.exceptions import WrongState
from notices.models import (
    Attempt,
    Channel,
    Delivery,
    Failure,
    Suppression,
    SuppressionLifting,
)

MAY_SUPPRESS = "notices.add_suppression"
MAY_LIFT = "notices.add_suppressionlifting"
Source = Suppression.Source

_NOTED = "SELECT address FROM notices_suppression WHERE address = ANY(%s::text[])"

# A suppression says nothing about an address verified since.
_SUPPRESSED = """
SELECT delivery.id
FROM notices_delivery delivery
JOIN notices_notice notice ON notice.id = delivery.notice_id
JOIN accounts_user person ON person.id = notice.recipient_id
JOIN notices_suppression suppression
    ON suppression.address = delivery.address AND suppression.channel = delivery.channel
LEFT JOIN notices_suppressionlifting lifting ON lifting.suppression_id = suppression.id
WHERE delivery.id = ANY(%(ids)s) AND lifting.id IS NULL
  AND suppression.recorded_at >= coalesce(
      CASE WHEN delivery.channel = 'email' AND person.contact_email = delivery.address
           THEN person.contact_email_verified_at
           WHEN delivery.channel = 'sms' AND person.phone = delivery.address
           THEN person.phone_verified_at END,
      '-infinity')
"""


def suppressed(deliveries: Sequence[Routable]) -> set[int]:
    """The primary keys of those whose address is suppressed; one question, and another if any
    of the addresses ever was."""
    addresses = array([delivery.address for delivery in deliveries])
    noted = {address for (address,) in prepared.rows(_NOTED, (addresses,))}
    ids = [delivery.pk for delivery in deliveries if delivery.address in noted]
    if not ids:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(_SUPPRESSED, {"ids": ids})
        return {pk for (pk,) in cursor.fetchall()}


# The same of addresses alone, each with the moment its owner last verified it.
_STOPPED = """
SELECT DISTINCT said.address
FROM unnest(%(addresses)s::text[], %(verified)s::timestamptz[]) AS said (address, verified_at)
JOIN notices_suppression suppression
    ON suppression.address = said.address AND suppression.channel = %(channel)s
LEFT JOIN notices_suppressionlifting lifting ON lifting.suppression_id = suppression.id
WHERE lifting.id IS NULL
  AND suppression.recorded_at >= coalesce(said.verified_at, '-infinity')
"""


def stopped(channel: str, addresses: Mapping[str, datetime | None]) -> set[str]:
    """Those of `addresses` that nothing is sent to. Each names the moment its owner verified it
    last, None for one that nobody did; one question."""
    if not addresses:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            _STOPPED,
            {
                "channel": channel,
                "addresses": list(addresses),
                "verified": list(addresses.values()),
            },
        )
        return {address for (address,) in cursor.fetchall()}


def note(*, attempt: Attempt, source: str, reason: str) -> Suppression | None:
    """A message came back for good, or its reader complained: nothing more goes to its
    address. In the caller's transaction. None when it is suppressed already."""
    delivery = attempt.delivery
    standing = Suppression.objects.standing().filter(
        channel=delivery.channel, address=delivery.address
    )
    if standing.exists():
        return None
    return Suppression.record(
        channel=delivery.channel,
        address=delivery.address,
        source=source,
        reason=reason,
        attempt=attempt,
        provider=attempt.provider,
    )


@transaction.atomic
def suppress(*, channel: str, address: str, suppressed_by: User, reason: str) -> Suppression:
    """Staff know that an address must not be used. `address` is an e-mail address or E.164.

    Raises `NotAllowed`, `ReasonMissing`, and `WrongState` for one suppressed already.
    """
    _demand(suppressed_by, MAY_SUPPRESS, reason)
    if channel not in (Channel.EMAIL, Channel.SMS):
        raise WrongState(_("Choose e-mail or SMS."))
    if Suppression.objects.standing().filter(channel=channel, address=address).exists():
        raise WrongState(_("This address is suppressed already."))
    return Suppression.record(
        channel=channel,
        address=address,
        source=Source.STAFF,
        reason=reason.strip(),
        suppressed_by=suppressed_by,
    )


@transaction.atomic
def lift(*, suppression: Suppression, lifted_by: User, reason: str) -> SuppressionLifting:
    """The address is used again, by messages from now on. Raises as `suppress`."""
    _demand(lifted_by, MAY_LIFT, reason)
    if SuppressionLifting.objects.filter(suppression=suppression).exists():
        raise WrongState(_("This suppression is lifted already."))
    return SuppressionLifting.record(
        suppression=suppression, lifted_by=lifted_by, reason=reason.strip()
    )


def _demand(person: User, permission: str, reason: str) -> None:
    if not (person.is_staff and person.has_perm(permission)):
        raise NotAllowed(_("Your group may not do this. Ask a supervisor."))
    if not reason.strip():
        raise ReasonMissing(_("Say why."))


def fail(deliveries: Sequence[int], *, at: datetime) -> None:
    """Deliveries to suppressed addresses have failed. In the claiming transaction."""
    Delivery.objects.filter(pk__in=deliveries).update(
        state=Delivery.State.FAILED, not_before=at, lease_until=None, held_by=""
    )
    Failure.objects.bulk_create(
        [Failure(delivery_id=pk, cause=Failure.Cause.SUPPRESSED) for pk in sorted(deliveries)],
        ignore_conflicts=True,
    )
