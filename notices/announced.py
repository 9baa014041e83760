"""What people do to a change once it is approved: withdraw it, put it off, leave accounts
out, try again to reach people, lift its effect.

Each act tells those whom it concerns; jobs write the messages. Verbs on some accounts of
a change answer for each of them, so that of hundreds one that cannot be helped does not
undo the others.
"""

from collections.abc import Collection
from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.models import Account, User
from common.changes import kinds_of_change
from common.wakeups import wake
from notices.acting import demand, demand_permission, lock, need_reason, wake_writers
from notices.audiences import exempt
from notices.catching_up import tell_exempted
from notices.delivering import cancel_some
from notices.exceptions import NotPostponed, NotReady, WrongState
from notices.expansion import open_expansion
from notices.models import (
    Expansion,
    LiftingOrder,
    Phase,
    PostponedAccount,
    Postponement,
    ServiceChange,
    Withdrawal,
)
from notices.progress import lift_some, tell_lifted

State = ServiceChange.State
Whom = Expansion.Whom

TOLD = (State.ANNOUNCING, State.ANNOUNCED)
MOVING = (State.ANNOUNCING, State.ANNOUNCED, State.TAKING_EFFECT)


@transaction.atomic
def withdraw(*, change: ServiceChange, withdrawn_by: User, reason: str, at: datetime) -> Withdrawal:
    """Calls a change off before it takes effect. Those told of it are told so, and what
    has not been sent yet never is."""
    demand(withdrawn_by, "withdraw")
    return withdraw_decided(change=change, withdrawn_by=withdrawn_by, reason=reason)


@transaction.atomic
def withdraw_decided(*, change: ServiceChange, withdrawn_by: User, reason: str) -> Withdrawal:
    """As `withdraw`, where an app above calls off what it had carried out, because what it
    asked of a customer was done, say: whether the person may is for the caller to know."""
    states = [State.DRAFT, State.PROPOSED, State.APPROVED, *TOLD]
    locked = lock(change, states=states, act=_("withdraw"))
    told = locked.state in TOLD
    withdrawal = Withdrawal.record(
        change=locked, withdrawn_by=withdrawn_by, reason=need_reason(reason)
    )
    locked.move_to(State.WITHDRAWN)
    if told:
        kinds_of_change.get(locked.kind).withdrawn(locked.uuid)
        cancel_some(locked)
        open_expansion(locked, Phase.WITHDRAWN, Whom.TOLD)
        wake_writers()
    return withdrawal


@transaction.atomic
def postpone(
    *,
    change: ServiceChange,
    until: datetime,
    accounts: Collection[Account] | None = None,
    postponed_by: User,
    reason: str,
) -> Postponement:
    """Puts an announced change off to `until`, for everybody when `accounts` is None.

    Those told of it are told the new moment; that they were told of an earlier one counts
    as notice. Raises `NotPostponed` unless `until` is later than what is planned now.
    """
    demand(postponed_by, "postpone")
    locked = lock(change, states=MOVING, act=_("postpone"))
    if locked.at_once:
        raise NotPostponed(_("What acts at once is lifted, not postponed."))
    if until <= locked.planned_for:
        raise NotPostponed(_("Choose a moment later than the one that is planned now."))
    if locked.ends_at is not None and locked.ends_at <= until:
        raise NotPostponed(_("It would be over before it begins. Withdraw it instead."))
    if accounts is not None and not accounts:
        raise NotReady(_("Choose at least one account."))
    postponement = Postponement.record(
        change=locked,
        was=locked.planned_for,
        until=until,
        everybody=accounts is None,
        postponed_by=postponed_by,
        reason=need_reason(reason),
    )
    if accounts is not None:
        PostponedAccount.objects.bulk_create(
            [PostponedAccount(postponement=postponement, account=account) for account in accounts]
        )
    open_expansion(
        locked,
        Phase.POSTPONED,
        Whom.TOLD if accounts is None else Whom.POSTPONED,
        postponement=postponement,
    )
    wake_writers()
    wake("notices.reckon")
    return postponement


@transaction.atomic
def leave_out(
    *, change: ServiceChange, accounts: Collection[Account], left_out_by: User, reason: str
) -> int:
    """Leaves accounts out of a change that has not reached them; their people are told
    that it is called off for them. Returns how many were left out now.

    Raises `WrongState` when the change has reached one of them already.
    """
    demand(left_out_by, "withdraw")
    return leave_out_decided(
        change=change, accounts=accounts, left_out_by=left_out_by, reason=reason
    )


@transaction.atomic
def leave_out_decided(
    *, change: ServiceChange, accounts: Collection[Account], left_out_by: User, reason: str
) -> int:
    """As `leave_out`, under the same condition as `withdraw_decided`."""
    locked = lock(change, states=MOVING, act=_("leave accounts out of"))
    reached = Account.objects.filter(
        pk__in=[account.pk for account in accounts], permits__change=locked.uuid
    )
    if (first := reached.first()) is not None:
        raise WrongState(_("%s feels the change already. Lift it for this account.") % first)
    exempted = exempt(locked, accounts=accounts, by=left_out_by, reason=need_reason(reason))
    if exempted is None:
        return 0
    locked.at_risk.filter(account__in=accounts).delete()
    ServiceChange.objects.filter(pk=locked.pk).update(look_at=None)
    tell_exempted(locked, exempted)
    wake_writers()
    return exempted.count


_SEND_AGAIN = """
UPDATE notices_delivery delivery
SET state = 'retrying', not_before = %(at)s, tries = 0
FROM notices_noticeaccount about
WHERE about.change_id = %(change)s AND about.account_id = %(account)s
  AND about.phase = 'announced' AND about.notice_id = delivery.notice_id
  AND (delivery.state = 'failed' OR (delivery.state = 'retrying' AND delivery.not_before > %(at)s))
"""


@transaction.atomic
def send_again(*, change: ServiceChange, account: Account, asked_by: User, at: datetime) -> int:
    """Tries the addresses of one account's people again that failed or wait for their next
    try; the number of messages. What a provider may have taken is never repeated. For all who
    look after gates at risk: it changes nothing of what was approved."""
    demand_permission(asked_by, "notices.act_on_gateatrisk")
    locked = lock(change, states=MOVING, act=_("send again"))
    with connection.cursor() as cursor:
        cursor.execute(_SEND_AGAIN, {"change": locked.pk, "account": account.pk, "at": at})
        count = int(cursor.rowcount)
    if count:
        wake("notices.send_email")
        wake("notices.send_sms")
    return count


@transaction.atomic
def lift(*, change: ServiceChange, lifted_by: User, reason: str, at: datetime) -> LiftingOrder:
    """Takes the effect back for every account that feels it, and tells them.

    The first some thousand accounts have their access back when this returns; a job goes
    on with the rest. Raises `WrongState` for a kind whose effect cannot be taken back.
    """
    demand(lifted_by, "lift")
    return lift_decided(change=change, lifted_by=lifted_by, reason=reason, at=at)


@transaction.atomic
def lift_decided(
    *, change: ServiceChange, lifted_by: User, reason: str, at: datetime
) -> LiftingOrder:
    """As `lift`, where an app above undoes what it had carried out, on an appeal say: whether
    the person may decide that is for the caller to know."""
    locked = lock(change, states=[State.TAKING_EFFECT, State.COMPLETE], act=_("lift"))
    _check_liftable(locked)
    order = LiftingOrder.record(change=locked, lifted_by=lifted_by, reason=need_reason(reason))
    locked.move_to(State.LIFTED)
    lift_some(locked)
    wake_writers()
    return order


@transaction.atomic
def lift_for(
    *, change: ServiceChange, accounts: Collection[Account], lifted_by: User, reason: str
) -> list[int]:
    """Takes the effect back for some accounts and tells them; the change stays in effect
    for the others. Returns the accounts that have their access back."""
    demand(lifted_by, "lift")
    locked = lock(change, states=[State.TAKING_EFFECT, State.COMPLETE], act=_("lift"))
    _check_liftable(locked)
    if not kinds_of_change.get(locked.kind).lifts_restrictions:
        raise WrongState(_("This kind of change is lifted as a whole only."))
    lifted = kinds_of_change.get(locked.kind).lift(
        locked.uuid,
        account_ids=[account.pk for account in accounts],
        lifted_by=lifted_by,
        reason=need_reason(reason),
    )
    if lifted:
        tell_lifted(locked)
        wake_writers()
    return lifted


def _check_liftable(change: ServiceChange) -> None:
    if not kinds_of_change.get(change.kind).liftable:
        raise WrongState(_("This kind of change cannot be lifted. Plan another change instead."))
