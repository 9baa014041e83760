"""Between the announcement and the effect: who joined, who left, whose address changed.

Each is handled one by one and holds up nobody else. Accounts that have come to fit the
rule, and people who became owners or administrators, are told in a round of their own,
and the gate counts from then for the accounts; accounts that fit no more are left out;
a newly verified address gets what the old one was sent.
"""

from datetime import datetime

from django.db import connection, transaction
from django.db.models import Max

from common.unhurried import take_time
from notices import audiences
from notices.expansion import open_expansion, readdress
from notices.models import Expansion, Phase, ServiceChange
from notices.pairs import pairs_of, parameters

State = ServiceChange.State
Whom = Expansion.Whom

_ANYBODY = """
SELECT EXISTS (
    SELECT FROM ({pairs}) pair
    JOIN accounts_user person ON person.id = pair.user_id AND person.is_active)
"""


def catch_up(change: ServiceChange, *, at: datetime) -> bool:
    """Whether anything had happened to the audience of an announced change."""
    with transaction.atomic():
        take_time()
        locked = ServiceChange.objects.select_for_update(of=("self",)).get(pk=change.pk)
        if locked.at_once or locked.state not in (
            State.ANNOUNCING,
            State.ANNOUNCED,
            State.TAKING_EFFECT,
        ):
            return False
        return catch_up_locked(locked, at=at)


def catch_up_locked(change: ServiceChange, *, at: datetime) -> bool:
    """As `catch_up`, for a caller who holds the lock on the change."""
    if not audiences.is_selected(change) or not _announced_whole(change):
        return False
    happened = False
    if change.audience != ServiceChange.Audience.CHOSEN:
        joined = audiences.join_late(change)
        if joined:
            open_expansion(change, Phase.ANNOUNCED, Whom.JOINED, after_id=joined.round)
        fallen = audiences.fall_out(change)
        if fallen:
            tell_exempted(change, fallen)
        happened = bool(joined or fallen)
    happened = _tell_unseen(change) or happened
    happened = bool(readdress(change, at=at)) or happened
    ServiceChange.objects.filter(pk=change.pk).update(joined_at=at)
    return happened


def tell_exempted(change: ServiceChange, exempted: audiences.Numbered) -> None:
    """Opens the round that tells people their accounts are left out after all."""
    open_expansion(
        change,
        Phase.WITHDRAWN,
        Whom.EXEMPTED,
        after_id=exempted.first - 1,
        upto_id=exempted.last,
    )


def _announced_whole(change: ServiceChange) -> bool:
    """Whether everybody of the rounds so far has been written to. There may have been none:
    a rule that fitted nobody at first is told of once it fits somebody."""
    return not change.expansions.filter(phase=Phase.ANNOUNCED, completion=None).exists()


def _tell_unseen(change: ServiceChange) -> bool:
    newest = change.concerned.aggregate(at=Max("round"))["at"] if change.concerned_count else None
    told = change.expansions.filter(phase=Phase.ANNOUNCED, whom=Whom.JOINED)
    upto = told.filter(completion__isnull=False).aggregate(at=Max("after_id"))["at"]
    if newest is None or upto is None:
        return False
    probe = Expansion(change=change, phase=Phase.ANNOUNCED, whom=Whom.UNSEEN, after_id=upto)
    with connection.cursor() as cursor:
        cursor.execute(_ANYBODY.format(pairs=pairs_of(Whom.UNSEEN, many=False)), parameters(probe))
        row = cursor.fetchone()
    if row is None or not row[0]:
        return False
    open_expansion(change, Phase.ANNOUNCED, Whom.UNSEEN, after_id=upto)
    return True
