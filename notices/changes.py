"""What people do to a service change: plan, propose, approve, reject, withdraw, lift.

One person proposes, another approves exactly what was proposed (clause 1.3 asks for
notice; that nobody acts alone is our own rule). The database enforces both; the checks
here give the refusal a sentence. Each verb locks the change, so of two people acting at
once the second is told what the first did.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts import agreements
from accounts.exceptions import NotAllowed
from accounts.models import Account, User
from accounts.models.users import Language
from common.changes import kinds_of_change
from common.models import AppendOnly
from common.wakeups import wake
from notices import gate
from notices.delivering import cancel_unsent
from notices.dry_run import earliest_for_all
from notices.exceptions import NotReady, SecondPersonNeeded, StaleProposal, WrongState
from notices.expansion import expand
from notices.models import (
    Approval,
    Channel,
    ConcernedAccount,
    LiftingOrder,
    Phase,
    Proposal,
    Rejection,
    ServiceChange,
    Template,
    Withdrawal,
)

State = ServiceChange.State


def _lock(change: ServiceChange, *, states: Collection[str], act: str) -> ServiceChange:
    """The change as it is now, locked. Raises `WrongState` outside `states`."""
    locked = ServiceChange.objects.select_for_update().get(pk=change.pk)
    if locked.state not in states:
        raise WrongState(
            _("This change is “%(state)s” now, so you cannot %(act)s it. Reload the page.")
            % {"state": locked.get_state_display(), "act": act}
        )
    return locked


def _demand(person: User, permission: str) -> None:
    if not (person.is_staff and person.has_perm(f"notices.{permission}_servicechange")):
        raise NotAllowed(_("Your group may not do this. Ask a supervisor."))


def _need_reason(reason: str) -> str:
    if not reason.strip():
        raise NotReady(_("Write down the reason."))
    return reason.strip()


def _wake_senders() -> None:
    wake("notices.send_email")
    wake("notices.send_sms")


def digest(change: ServiceChange) -> str:
    """SHA-256 of what the change contains now, as the database computes it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT notices_change_digest(%s)", [change.pk])
        row = cursor.fetchone()
    assert row is not None  # a SELECT of a function always gives one row
    return str(row[0])


@transaction.atomic
def plan(*, planned_by: User, accounts: Collection[Account], **contents: Any) -> ServiceChange:
    """A new draft. `contents` are the fields of `ServiceChange` that people write."""
    kinds_of_change.get(contents["kind"])
    change = ServiceChange.objects.create(planned_by=planned_by, **contents)
    choose_accounts(change=change, accounts=accounts)
    return change


@transaction.atomic
def choose_accounts(*, change: ServiceChange, accounts: Collection[Account]) -> None:
    """Sets whom a draft is for, replacing an earlier choice."""
    locked = _lock(change, states=[State.DRAFT], act=_("edit"))
    chosen = {account.pk for account in accounts}
    present = set(locked.concerned.values_list("account_id", flat=True))
    locked.concerned.filter(account__in=present - chosen).delete()
    ConcernedAccount.objects.bulk_create(
        [ConcernedAccount(change=locked, account_id=pk) for pk in sorted(chosen - present)]
    )


@transaction.atomic
def revise(*, change: ServiceChange) -> ServiceChange:
    """Takes a change nobody has been told of back to a draft. An approval is void then."""
    locked = _lock(change, states=[State.PROPOSED, State.APPROVED], act=_("edit"))
    locked.move_to(State.DRAFT)
    return locked


def too_early(change: ServiceChange, *, at: datetime) -> str:
    """A sentence if people told at `at` could not feel the change when planned, or `""`.

    What they are told is the planned moment, so it has to be one that can be kept.
    """
    earliest = earliest_for_all(change, at=at)
    if earliest is None or change.at_once or change.effective_at >= earliest:
        return ""
    return _(
        "It is planned for %(planned)s, but people told now may feel it from %(earliest)s on. "
        "Choose that moment or a later one."
    ) % {
        "planned": date_format(localtime(change.effective_at), "DATETIME_FORMAT"),
        "earliest": date_format(localtime(earliest), "DATETIME_FORMAT"),
    }


def missing(change: ServiceChange, *, at: datetime) -> list[str]:
    """Sentences on what keeps a draft from being proposed; empty when nothing does."""
    problems = [sentence] if (sentence := too_early(change, at=at)) else []
    if not change.concerned.exists():
        problems.append(_("Choose at least one account."))
    if not agreements.citable(change.clause.version).filter(pk=change.clause_id).exists():
        problems.append(_("Clause %(number)s is severed.") % {"number": change.clause.number})
    if gate.current_policy(change.kind) is None:
        problems.append(_("There is no lead time for this kind of change."))
    written = {
        (template.phase, template.channel, template.language)
        for template in Template.objects.current(change.kind)
    }
    for phase in Phase:
        for channel in Channel:
            for language in Language:
                if (phase.value, channel.value, language.value) not in written:
                    problems.append(
                        _("No text: %(phase)s, %(channel)s, %(language)s.")
                        % {
                            "phase": phase.label,
                            "channel": channel.label,
                            "language": language.label,
                        }
                    )
    return problems


@transaction.atomic
def propose(*, change: ServiceChange, proposed_by: User, at: datetime) -> Proposal:
    """Pins texts, lead time and contents, and asks for a second person.

    Raises `NotReady` with every reason at once, `WrongState`, `NotAllowed`.
    """
    _demand(proposed_by, "propose")
    locked = _lock(change, states=[State.DRAFT], act=_("propose"))
    problems = missing(locked, at=at)
    if problems:
        raise NotReady(" ".join(problems))
    locked.templates.set(Template.objects.current(locked.kind))
    locked.lead_policy = gate.current_policy(locked.kind)
    locked.save(update_fields=["lead_policy"])
    proposal = Proposal.record(change=locked, proposed_by=proposed_by, digest=digest(locked))
    locked.move_to(State.PROPOSED)
    return proposal


@transaction.atomic
def approve(*, proposal: Proposal, approved_by: User, at: datetime) -> Approval:
    """Agrees to exactly what was proposed. From here on jobs carry it out.

    Raises `SecondPersonNeeded`, `StaleProposal`, `WrongState`, `NotAllowed`, and
    `NotReady` when so much time has passed that the planned moment cannot be kept.
    """
    _demand(approved_by, "approve")
    locked = _lock(proposal.change, states=[State.PROPOSED], act=_("approve"))
    if approved_by.pk == proposal.proposed_by_id:
        raise SecondPersonNeeded(_("You proposed this change; somebody else has to approve it."))
    if locked.proposal != proposal or digest(locked) != proposal.digest:
        raise StaleProposal(_("This change is not what was proposed any more. Reload the page."))
    if sentence := too_early(locked, at=at):
        raise NotReady(sentence)
    approval = Approval.record(proposal=proposal, approved_by=approved_by, digest=proposal.digest)
    locked.move_to(State.APPROVED)
    wake("notices.take_effect" if locked.at_once else "notices.announce")
    return approval


@transaction.atomic
def reject(*, proposal: Proposal, rejected_by: User, reason: str) -> Rejection:
    """Sends a proposal back to be a draft, with the reason."""
    _demand(rejected_by, "approve")
    locked = _lock(proposal.change, states=[State.PROPOSED], act=_("reject"))
    if locked.proposal != proposal:
        raise StaleProposal(_("This change was proposed anew meanwhile. Reload the page."))
    rejection = Rejection.record(
        proposal=proposal, rejected_by=rejected_by, reason=_need_reason(reason)
    )
    locked.move_to(State.DRAFT)
    return rejection


@transaction.atomic
def withdraw(*, change: ServiceChange, withdrawn_by: User, reason: str, at: datetime) -> Withdrawal:
    """Calls a change off before it takes effect. Those told of it are told so."""
    _demand(withdrawn_by, "withdraw")
    states = [
        State.DRAFT,
        State.PROPOSED,
        State.APPROVED,
        State.ANNOUNCING,
        State.ANNOUNCED,
    ]
    locked = _lock(change, states=states, act=_("withdraw"))
    told = locked.state in (State.ANNOUNCING, State.ANNOUNCED)
    withdrawal = Withdrawal.record(
        change=locked, withdrawn_by=withdrawn_by, reason=_need_reason(reason)
    )
    locked.move_to(State.WITHDRAWN)
    if told:
        cancel_unsent(locked)
        everybody = list(locked.concerned.values_list("account_id", flat=True))
        expand(locked, Phase.WITHDRAWN, account_ids=everybody, at=at)
        _wake_senders()
    return withdrawal


@transaction.atomic
def lift(*, change: ServiceChange, lifted_by: User, reason: str, at: datetime) -> LiftingOrder:
    """Takes the effect back for every account that feels it, and tells them."""
    _demand(lifted_by, "lift")
    locked = _lock(change, states=[State.TAKING_EFFECT, State.COMPLETE], act=_("lift"))
    reason = _need_reason(reason)
    order = LiftingOrder.record(change=locked, lifted_by=lifted_by, reason=reason)
    restored = kinds_of_change.get(locked.kind).lift(
        locked.uuid, account_ids=None, lifted_by=lifted_by, reason=reason
    )
    locked.move_to(State.LIFTED)
    expand(locked, Phase.LIFTED, account_ids=restored, at=at)
    _wake_senders()
    return order


def timeline(change: ServiceChange) -> list[tuple[datetime, AppendOnly]]:
    """Every recorded act on the change, newest first."""
    acts: list[AppendOnly] = [
        *change.proposals.select_related("proposed_by"),
        *Approval.objects.filter(proposal__change=change).select_related("approved_by"),
        *Rejection.objects.filter(proposal__change=change).select_related("rejected_by"),
        *Withdrawal.objects.filter(change=change).select_related("withdrawn_by"),
        *LiftingOrder.objects.filter(change=change).select_related("lifted_by"),
        *change.expansions.all(),
    ]
    return sorted(((act.recorded_at, act) for act in acts), key=lambda line: line[0], reverse=True)
