"""What people do to a service change until jobs carry it out: plan, propose, approve,
reject, revise, correct. What comes later is in `notices.announced`.

One person proposes, another approves exactly what was proposed (clause 1.3 asks for
notice; that nobody acts alone is our own rule). The database enforces both; the checks
here give the refusal a sentence. Each verb locks the change, so of two people acting at
once the second is told what the first did.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.models import Account, ApiKey, User
from common.changes import kinds_of_change
from common.models import AppendOnly
from common.wakeups import wake
from notices import gate, provider_templates
from notices.acting import demand, lock, need_reason
from notices.exceptions import NotReady, SecondPersonNeeded, StaleProposal
from notices.models import (
    Alarm,
    Approval,
    ConcernedAccount,
    ConcernedKey,
    ExpansionCompletion,
    LiftingOrder,
    Proposal,
    Rejection,
    ServiceChange,
    Withdrawal,
)
from notices.readiness import missing, too_early

State = ServiceChange.State
Audience = ServiceChange.Audience

# What a correction begins with: everything people wrote.
CONTENTS = (
    "kind",
    "title_zh_hans",
    "title_en",
    "reason_zh_hans",
    "reason_en",
    "service",
    "model",
    "region",
    "limits",
    "agreement_version",
    "clause",
    "effective_at",
    "ends_at",
    "generic_sms",
    "audience",
    "rule",
)


def digest(change: ServiceChange) -> str:
    """SHA-256 of what the change contains now, as the database computes it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT notices_change_digest(%s)", [change.pk])
        row = cursor.fetchone()
    assert row is not None  # a SELECT of a function always gives one row
    return str(row[0])


@transaction.atomic
def plan(
    *,
    planned_by: User,
    accounts: Collection[Account] = (),
    api_keys: Collection[ApiKey] = (),
    **contents: Any,
) -> ServiceChange:
    """A new draft. `contents` are the fields of `ServiceChange` that people write.

    `accounts` are for an audience of chosen ones; `api_keys` narrow it to these.
    """
    kinds_of_change.get(contents["kind"])
    change = ServiceChange.objects.create(planned_by=planned_by, **contents)
    choose_accounts(change=change, accounts=accounts)
    choose_keys(change=change, api_keys=api_keys)
    return change


@transaction.atomic
def choose_accounts(*, change: ServiceChange, accounts: Collection[Account]) -> None:
    """Sets whom a draft is for, replacing an earlier choice."""
    locked = lock(change, states=[State.DRAFT], act=_("edit"))
    chosen = {account.pk for account in accounts}
    present = set(locked.concerned.values_list("account_id", flat=True))
    if gone := present - chosen:
        locked.concerned.filter(account__in=gone).delete()
    ConcernedAccount.objects.bulk_create(
        [ConcernedAccount(change=locked, account_id=pk) for pk in sorted(chosen - present)],
        batch_size=10_000,
    )


@transaction.atomic
def choose_keys(*, change: ServiceChange, api_keys: Collection[ApiKey]) -> None:
    """Sets which keys a draft is narrowed to; none means whole accounts."""
    locked = lock(change, states=[State.DRAFT], act=_("edit"))
    chosen = {key.pk for key in api_keys}
    present = set(locked.concerned_keys.values_list("api_key_id", flat=True))
    if gone := present - chosen:
        locked.concerned_keys.filter(api_key__in=gone).delete()
    ConcernedKey.objects.bulk_create(
        [ConcernedKey(change=locked, api_key_id=pk) for pk in sorted(chosen - present)]
    )


@transaction.atomic
def correct(*, change: ServiceChange, planned_by: User) -> ServiceChange:
    """A draft with the contents of `change`, to be edited and approved in its place.

    Once approved it replaces `change`: people are told of it anew, and the lead time
    begins anew. Until then `change` goes on. Raises `WrongState` once it takes effect.
    """
    demand(planned_by, "propose")
    states = [State.APPROVED, State.ANNOUNCING, State.ANNOUNCED]
    locked = lock(change, states=states, act=_("correct"))
    correction = ServiceChange.objects.create(
        planned_by=planned_by,
        corrects=locked,
        **{name: getattr(locked, name) for name in CONTENTS},
    )
    if locked.audience == Audience.CHOSEN:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO notices_concernedaccount (change_id, account_id, round)"
                " SELECT %s, account_id, 1 FROM notices_concernedaccount WHERE change_id = %s",
                [correction.pk, locked.pk],
            )
    choose_keys(change=correction, api_keys=list(locked.api_keys.all()))
    correction.refresh_from_db()
    return correction


@transaction.atomic
def revise(*, change: ServiceChange) -> ServiceChange:
    """Takes a change nobody has been told of back to a draft. An approval is void then.

    The approval of a correction is not: what it replaced is called off already.
    """
    states = [State.PROPOSED] if change.corrects_id else [State.PROPOSED, State.APPROVED]
    locked = lock(change, states=states, act=_("edit"))
    locked.move_to(State.DRAFT)
    return locked


@transaction.atomic
def propose(*, change: ServiceChange, proposed_by: User, at: datetime) -> Proposal:
    """Pins texts, lead time and contents, and asks for a second person.

    Raises `NotReady` with every reason at once, `WrongState`, `NotAllowed`.
    """
    demand(proposed_by, "propose")
    if change.kind in kinds_of_change and not kinds_of_change.get(change.kind).by_hand:
        raise NotReady(_("Changes of this kind follow from a decision in a case: decide there."))
    return propose_decided(change=change, proposed_by=proposed_by, at=at)


@transaction.atomic
def propose_decided(*, change: ServiceChange, proposed_by: User, at: datetime) -> Proposal:
    """As `propose`, for a change that carries out what an app above has had proposed: whether
    the person may propose that is for the caller to know. A second person approves it all the
    same."""
    locked = lock(change, states=[State.DRAFT], act=_("propose"))
    problems = missing(locked, at=at)
    if problems:
        raise NotReady(" ".join(problems))
    locked.templates.set(provider_templates.texts_for(locked))
    locked.lead_policy = gate.current_policy(locked.kind)
    locked.save(update_fields=["lead_policy"])
    proposal = Proposal.record(change=locked, proposed_by=proposed_by, digest=digest(locked))
    locked.move_to(State.PROPOSED)
    return proposal


@transaction.atomic
def approve(*, proposal: Proposal, approved_by: User, at: datetime) -> Approval:
    """Agrees to exactly what was proposed. From here on jobs carry it out.

    A correction takes the place of what it corrects. Raises `SecondPersonNeeded`,
    `StaleProposal`, `WrongState`, `NotAllowed`, and `NotReady` when so much time has
    passed that the planned moment cannot be kept, or a provider does not approve a text.
    """
    demand(approved_by, "approve")
    locked = lock(proposal.change, states=[State.PROPOSED], act=_("approve"))
    if approved_by.pk == proposal.proposed_by_id:
        raise SecondPersonNeeded(_("You proposed this change; somebody else has to approve it."))
    if locked.proposal != proposal or digest(locked) != proposal.digest:
        raise StaleProposal(_("This change is not what was proposed any more. Reload the page."))
    if sentence := too_early(locked, at=at):
        raise NotReady(sentence)
    # A provider may have taken its approval back since it was proposed.
    if problems := list(provider_templates.problems(locked.templates.all())):
        raise NotReady(" ".join(problems))
    if locked.corrects:
        _replace(locked.corrects, by=locked, approved_by=approved_by)
    approval = Approval.record(proposal=proposal, approved_by=approved_by, digest=proposal.digest)
    locked.move_to(State.APPROVED)
    wake("notices.take_effect" if locked.at_once else "notices.announce")
    return approval


def _replace(change: ServiceChange, *, by: ServiceChange, approved_by: User) -> None:
    """Calls `change` off in favour of its correction. Those told of it are told by the
    correction's own notice, or, if that does not concern them, that it is called off."""
    states = [State.APPROVED, State.ANNOUNCING, State.ANNOUNCED]
    replaced = lock(change, states=states, act=_("correct"))
    Withdrawal.record(
        change=replaced, withdrawn_by=approved_by, superseded_by=by, reason=by.public_id
    )
    replaced.move_to(State.WITHDRAWN)
    if replaced.expansions.exists():
        kinds_of_change.get(replaced.kind).withdrawn(replaced.uuid)


@transaction.atomic
def reject(*, proposal: Proposal, rejected_by: User, reason: str) -> Rejection:
    """Sends a proposal back to be a draft, with the reason."""
    demand(rejected_by, "approve")
    locked = lock(proposal.change, states=[State.PROPOSED], act=_("reject"))
    if locked.proposal != proposal:
        raise StaleProposal(_("This change was proposed anew meanwhile. Reload the page."))
    rejection = Rejection.record(
        proposal=proposal, rejected_by=rejected_by, reason=need_reason(reason)
    )
    locked.move_to(State.DRAFT)
    return rejection


def timeline(change: ServiceChange) -> list[tuple[datetime, AppendOnly]]:
    """Every recorded act on the change, newest first."""
    acts: list[AppendOnly] = [
        *change.proposals.select_related("proposed_by"),
        *Approval.objects.filter(proposal__change=change).select_related("approved_by"),
        *Rejection.objects.filter(proposal__change=change).select_related("rejected_by"),
        *Withdrawal.objects.filter(change=change).select_related("withdrawn_by"),
        *change.postponements.select_related("postponed_by"),
        *LiftingOrder.objects.filter(change=change).select_related("lifted_by"),
        *Alarm.objects.filter(change=change),
        *ExpansionCompletion.objects.filter(expansion__change=change).select_related("expansion"),
    ]
    return sorted(((act.recorded_at, act) for act in acts), key=lambda line: line[0], reverse=True)
