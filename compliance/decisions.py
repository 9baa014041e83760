"""Decisions: proposed by one person, approved by another, put into effect by the approval.

What was found, on which clause, and what follows; never changed afterwards. The checks here
give each refusal a sentence; the database refuses in any case (`0041_guards_of_decisions`).
Each verb locks the case, so of two people at once the second is told what the first did.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts import agreements, amendments
from accounts.consent import TERMS
from accounts.exceptions import NotAllowed, ReasonMissing
from accounts.limits import METRICS
from accounts.models import Account, ApiKey, Clause, InferenceModel, Region, Service, User
from billing.models import Wallet
from compliance import (
    cases,
    clocks,
    effects,
    names,
    policies,
    statements,
    strikes,
    superseding,
    trail,
)
from compliance.exceptions import NotPossible, SecondPersonNeeded, Stale, WrongStep
from compliance.models import (
    Action,
    Case,
    ClockEntry,
    Decision,
    DecisionApproval,
    DecisionRejection,
    Policy,
    PolicyVersion,
)
from compliance.models.policies import ENDING, NARROWED
from compliance.trail import What

State = Case.State

LONGEST_ORDER = 24 * 30


@dataclass(frozen=True, kw_only=True)
class Measures:
    """What a decision does: the action, to what of the account, how far, and how long.

    Nothing named: the whole account. `amount` in micro-yuan, `days` None until lifted.
    `order` says what the platform has to do with content: `what`, `target`, `instruction`
    and `hours`; or which names cannot stay, as `names.order_of` gives it. `generic_sms`: the
    SMS about it only says “log in to read”.
    """

    action: str
    service: Service | None = None
    model: InferenceModel | None = None
    region: Region | None = None
    api_keys: Collection[ApiKey] = ()
    limits: Mapping[str, int] = field(default_factory=dict)
    order: Mapping[str, Any] = field(default_factory=dict)
    amount: int | None = None
    days: int | None = None
    at_once: bool = False
    grounds: str = ""
    generic_sms: bool = False

    @property
    def is_narrowed(self) -> bool:
        return bool(self.service or self.model or self.region or self.api_keys)

    def columns(self) -> dict[str, Any]:
        """As a `Decision` keeps them."""
        told = dict(vars(self))
        keys = told.pop("api_keys")
        return told | {
            "api_key_ids": sorted(key.pk for key in keys),
            "limits": dict(self.limits),
            "order": dict(self.order),
            "grounds": self.grounds.strip(),
        }


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What was found and why it matters, for the customer to read, in both languages."""

    facts_zh_hans: str
    facts_en: str
    reasons_zh_hans: str
    reasons_en: str


def account_of(case: Case) -> Account | None:
    """The account that a decision in the case is about unless another is named."""
    if case.account_id is None and case.person_id is not None:
        return Account.objects.filter(holder=case.person_id).first()
    return case.account


def subject_digest(*, case: Case, account: Account | None, with_money: bool = False) -> str:
    """SHA-256 over what an approver must have seen, as the database works it out now: name
    and members of the account, restrictions, decisions and strikes that stand, what is on
    hold of its money; evidence, the customer's answers and reports of the case."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT compliance_subject_digest(%s, %s, %s)",
            [case.pk, account.pk if account else None, with_money],
        )
        row = cursor.fetchone()
    assert row is not None  # a SELECT of a function always gives one row
    return str(row[0])


@transaction.atomic
def propose(
    *,
    case: Case,
    proposed_by: User,
    policy: Policy,
    measures: Measures,
    findings: Findings,
    at: datetime,
    account: Account | None = None,
    conduct_at: datetime | None = None,
    supersedes: Decision | None = None,
    lifts_at_once: bool = False,
) -> Decision:
    """Writes a decision down and puts it before a second person. `conduct_at` is when the
    account acted: the clause that bound it then is cited beside the one that binds it now.
    `lifts_at_once`: what it supersedes is given back before it begins (`superseding`).

    Raises `NotAllowed`, `NotYours`, `WrongStep`, `NotPossible`, `ReasonMissing`.
    """
    cases.demand(proposed_by, "compliance.propose_decision")
    locked = cases.lock(case, by=proposed_by, states=[State.INVESTIGATING], act=_("decide"))
    account = account or account_of(locked)
    version = _version(policy, proposed_by, measures.action)
    refuse_unfit(measures, account=account, at=at)
    superseding.refuse_unfit(
        before=supersedes, action=measures.action, days=measures.days, lifts_at_once=lifts_at_once
    )
    clause, at_conduct = _clauses(policy, account, at=at, conduct_at=conduct_at)
    decision = Decision.record(
        case=locked,
        account=account,
        policy_version=version,
        clause=clause,
        clause_at_conduct=at_conduct,
        **{name: _written(text) for name, text in vars(findings).items()},
        **measures.columns(),
        supersedes=supersedes,
        lifts_at_once=lifts_at_once,
        proposed_by=proposed_by,
    )
    decision.refresh_from_db()  # its hashes are the database's
    cases.move(locked, State.PROPOSED)
    trail.record(
        locked,
        What.DECISION_PROPOSED,
        actor=proposed_by,
        decision=decision.public_id,
        action=decision.action,
        policy=policy.code,
    )
    return decision


def _version(policy: Policy, proposed_by: User, action: str) -> PolicyVersion:
    version = policy.current
    if version is None:
        raise NotPossible(_("This policy has no text yet."))
    if policy.supervisors_only:
        cases.demand(proposed_by, "compliance.approve_decision")
    if action not in version.allowed_actions:
        raise NotPossible(_("This policy does not allow: %s.") % Action(action).label)
    return version


def _clauses(
    policy: Policy, account: Account | None, *, at: datetime, conduct_at: datetime | None
) -> tuple[Clause, Clause | None]:
    is_bound = account and amendments.in_force(account=account, slug=TERMS, at=at)
    if account is not None and is_bound:
        clause = policies.clause_for(policy, account=account, at=at)
    else:
        # Nobody agreed to anything for it: what everybody agrees to now is what there is.
        clause = policies.latest_clause(policy)
    if clause is None:
        raise NotPossible(_("This policy stands on no clause that binds the account."))
    if not agreements.citable(clause.version).filter(pk=clause.pk).exists():
        raise NotPossible(_("Clause %(number)s is severed.") % {"number": clause.number})
    if account is None or conduct_at is None:
        return clause, None
    return clause, policies.clause_for(policy, account=account, at=conduct_at)


def refuse_unfit(measures: Measures, *, account: Account | None, at: datetime) -> None:
    """Raises `NotPossible` for measures that do not fit their action or the account."""
    action = measures.action
    label = Action(action).label
    if action != Action.NONE and account is None:
        raise NotPossible(_("Without an account there is nothing that could be done."))
    if measures.is_narrowed and action not in NARROWED:
        raise NotPossible(_("“%s” is always about the whole account.") % label)
    if action == Action.PARTIAL_SUSPENSION and not measures.is_narrowed:
        raise NotPossible(_("Name the service, model, region or keys that are suspended."))
    model, service = measures.model, measures.service
    if model and service and model.service_id != service.pk:
        raise NotPossible(_("The model belongs to another service."))
    if any(account is None or key.account_id != account.pk for key in measures.api_keys):
        raise NotPossible(_("Choose keys of this account only."))
    if bool(measures.limits) != (action == Action.RATE_LIMIT):
        raise NotPossible(_("A rate limit needs at least one limit, and nothing else has any."))
    if set(measures.limits) - set(METRICS) or any(most < 1 for most in measures.limits.values()):
        raise NotPossible(_("Limits are whole numbers of at least one."))
    if measures.days is not None and (action not in ENDING or measures.days < 1):
        raise NotPossible(_("“%s” has no term.") % label)
    if measures.at_once and not measures.grounds.strip():
        raise ReasonMissing(_("Write down the grounds for acting at once."))
    if measures.at_once and action == Action.NAME_CANCELLATION:
        raise NotPossible(_("People are always told before a name is cancelled (1.2.5)."))
    effects.refuse_unapproved_texts(action, generic_sms=measures.generic_sms)
    _refuse_unfit_money(measures, account)
    if action == Action.NAME_CANCELLATION and account is not None:
        names.refuse_unfit(measures.order, account)
    else:
        _refuse_unfit_order(measures)


def _refuse_unfit_money(measures: Measures, account: Account | None) -> None:
    if (measures.amount is not None) != (measures.action == Action.LEDGER_HOLD):
        raise NotPossible(_("A hold on money needs an amount, and nothing else has one."))
    if measures.amount is None:
        return
    wallet = Wallet.objects.filter(account=account).first()
    if measures.amount < 1 or wallet is None or measures.amount > wallet.balance:
        raise NotPossible(_("The account does not have as much."))


def _refuse_unfit_order(measures: Measures) -> None:
    order = measures.order
    if bool(order) != (measures.action == Action.CONTENT_ORDER):
        raise NotPossible(_("An order about content says what is to be done, and with what."))
    if not order:
        return
    complete = {"what", "target", "instruction", "hours"} == order.keys() and order["target"]
    if not complete or not 1 <= order["hours"] <= LONGEST_ORDER:
        raise NotPossible(_("An order about content says what is to be done, and with what."))


def _written(text: str) -> str:
    if not text.strip():
        raise ReasonMissing(_("Write facts and reasons in both languages."))
    return text.strip()


def refuse_own(decision: Decision, person: User) -> None:
    """Raises `SecondPersonNeeded` when it is `person` who proposed it."""
    if person.pk == decision.proposed_by_id:
        raise SecondPersonNeeded(_("You proposed this decision; somebody else has to approve it."))


def is_stale(decision: Decision) -> bool:
    """Whether the subject is not as it was when the decision was proposed."""
    now = subject_digest(
        case=decision.case,
        account=decision.account,
        with_money=decision.action == Action.LEDGER_HOLD,
    )
    if decision.action == Action.NAME_CANCELLATION:
        return now != decision.subject_digest or not _names_are_there(decision)
    return now != decision.subject_digest


def _names_are_there(decision: Decision) -> bool:
    """Whether the names that it is about are those there are, now and until the end of the
    transaction."""
    account = decision.account
    assert account is not None  # by a constraint of the table
    if account.holder_id is not None:
        account.holder = User.objects.select_for_update(no_key=True).get(pk=account.holder_id)
    there: bool = names.standing(decision.order, account).keys() == decision.order.keys()
    return there


def approve(*, decision: Decision, approved_by: User, at: datetime) -> DecisionApproval:
    """Agrees to exactly what was proposed; it is put into effect in the same transaction.

    Raises `SecondPersonNeeded`, `NotAllowed`, `WrongStep`, `NotPossible`; and `Stale` when the
    subject changed since: then the decision has been sent back and the case goes on.
    """
    with transaction.atomic():
        case, waiting = _waiting(decision, by=approved_by, act=_("approve"))
        refuse_own(waiting, approved_by)
        if not is_stale(waiting):
            return _approve(case, waiting, approved_by=approved_by, at=at)
        _reject(
            case,
            waiting,
            by=approved_by,
            reason=_("The account or the case changed after this was proposed."),
            stale=True,
        )
    raise Stale(
        _(
            "The account or the case changed after this was proposed. The decision was sent "
            "back: look at it again and propose anew."
        )
    )


def _waiting(decision: Decision, *, by: User, act: str) -> tuple[Case, Decision]:
    """The case, locked, and its decision, while it waits. Raises `WrongStep`, `NotAllowed`."""
    cases.demand(by, "compliance.approve_decision")
    case, waiting = _locked(decision, act=act)
    if case.confidential and not by.has_perm("compliance.see_confidential_case"):
        raise NotAllowed(_("This case is confidential."))
    return case, waiting


def _locked(decision: Decision, *, act: str) -> tuple[Case, Decision]:
    case: Case = Case.objects.select_for_update().get(pk=decision.case_id)
    if decision.account_id:
        # Cases of one account take turns.
        Account.objects.select_for_update(no_key=True).get(pk=decision.account_id)
    waiting: Decision = Decision.objects.select_related("account", "policy_version__policy").get(
        pk=decision.pk
    )
    decided = hasattr(waiting, "approval") or hasattr(waiting, "rejection")
    if case.state != State.PROPOSED or decided:
        raise WrongStep(
            _("This decision does not wait any more, so you cannot %(act)s it. Reload the page.")
            % {"act": act}
        )
    waiting.case = case
    return case, waiting


def _approve(
    case: Case, decision: Decision, *, approved_by: User, at: datetime
) -> DecisionApproval:
    approval = DecisionApproval.record(
        decision=decision, approved_by=approved_by, digest=decision.digest
    )
    clock = clocks.read(case, ClockEntry.Clock.DECISION, at=at)
    trail.record(
        case,
        What.DECISION_APPROVED,
        actor=approved_by,
        decision=decision.public_id,
        late=clock is not None and clock.breached,
    )
    effect = effects.put_into_effect(decision, approved_by=approved_by, at=at)
    strikes.record(decision, at=at)
    if decision.supersedes is not None and superseding.stands(decision.supersedes):
        superseding.supersede(decision, by=approved_by, at=at)
    if decision.account_id:
        statements.make(decision, effect=effect, at=at)
        trail.record(case, What.STATEMENT_MADE, actor=approved_by, decision=decision.public_id)
    clocks.stop(case, ClockEntry.Clock.DECISION, at=at, actor=approved_by)
    cases.move(case, State.DECIDED)
    return approval


@transaction.atomic
def send_back(*, decision: Decision, by: User, reason: str, at: datetime) -> DecisionRejection:
    """A second person does not agree: the case goes on. Raises as `approve` does."""
    case, waiting = _waiting(decision, by=by, act=_("send back"))
    refuse_own(waiting, by)
    return _reject(case, waiting, by=by, reason=cases.need_reason(reason), stale=False)


@transaction.atomic
def withdraw(*, decision: Decision, by: User, reason: str, at: datetime) -> DecisionRejection:
    """The proposer takes it back: the case goes on. Raises `NotAllowed`, `WrongStep`."""
    case, waiting = _locked(decision, act=_("take back"))
    if by.pk != waiting.proposed_by_id:
        raise NotAllowed(_("Only whoever proposed a decision takes it back."))
    return _reject(case, waiting, by=by, reason=cases.need_reason(reason), stale=False)


def _reject(
    case: Case, decision: Decision, *, by: User, reason: str, stale: bool
) -> DecisionRejection:
    rejection = DecisionRejection.record(
        decision=decision, rejected_by=by, reason=reason, stale=stale
    )
    cases.move(case, State.INVESTIGATING)
    trail.record(
        case,
        What.DECISION_SENT_BACK,
        actor=by,
        decision=decision.public_id,
        stale=stale or None,
        rejection=rejection.pk,
    )
    return rejection
