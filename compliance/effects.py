"""How decisions take effect: through service changes, which tell people and keep the gate,
holds on money, and orders to the platform; and how that is undone.

Nothing here takes anything away by itself. The change is planned, proposed and approved in
the names of those who proposed and approved the decision; jobs carry it out as any other,
and tell of it (`begun`). The trail says that a decision is in effect once it really is.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import Account, ApiKey, Permit, User
from billing import money_in
from billing.models import Journal
from common.changes import kinds_of_change
from compliance import orders, trail
from compliance.exceptions import NotPossible
from compliance.models import Action, Decision, DecisionEffect, DecisionReversal
from compliance.models.appeals import Appeal
from compliance.service_changes import CaseDecision, NameCancellation
from compliance.trail import What
from notices import announced, changes, gate, provider_templates
from notices.models import ServiceChange

State = ServiceChange.State
TO_COME = (State.APPROVED, State.ANNOUNCING, State.ANNOUNCED)
IN_EFFECT = (State.TAKING_EFFECT, State.COMPLETE)

# As `compliance_kind_of` in the database; an action that is not here changes nothing.
KIND_OF = {
    Action.WARNING: CaseDecision.name,
    Action.NAME_CANCELLATION: NameCancellation.name,
    Action.CONTENT_ORDER: CaseDecision.name,
    Action.LEDGER_HOLD: CaseDecision.name,
    Action.OUTPUT_RESTRICTION: "output_restriction",
    Action.RATE_LIMIT: "usage_limit",
    Action.PARTIAL_SUSPENSION: "suspension",
    Action.SUSPENSION: "suspension",
    Action.TERMINATION: "termination",
    Action.PERMANENT_DISABLING: "permanent_disabling",
}

# What customers read beside a change has room for a thousand characters; the statement of
# reasons says everything.
LONGEST_REASON = 800


def address_of(decision: Decision) -> str:
    """The page of the decision, where its statement and the way to appeal are."""
    site: str = settings.SITE_URL
    return site.rstrip("/") + reverse("decision", args=[decision.public_id])


def put_into_effect(decision: Decision, *, approved_by: User, at: datetime) -> DecisionEffect:
    """What the approval of a decision brings about, in the caller's transaction."""
    effect = DecisionEffect.record(
        decision=decision,
        change=_change(decision, approved_by=approved_by, at=at),
        journal=_hold(decision, approved_by=approved_by, at=at),
    )
    if decision.action == Action.CONTENT_ORDER:
        asked = decision.order
        orders.send(
            decision=decision,
            what=asked["what"],
            target=asked["target"],
            instruction=asked["instruction"],
            due_at=at + timedelta(hours=asked["hours"]),
        )
    if effect.change is None or effect.journal is not None:
        # There is nothing to wait for: it does nothing, or the money is put aside by now.
        _record_effective(effect, actor=approved_by)
    return effect


def begun(change: ServiceChange, *, at: datetime) -> None:
    """What follows once `change` has reached its account, in the transaction that wrote the
    permit: the trail says so, and what the decision takes the place of is given back."""
    effect = (
        DecisionEffect.objects.filter(change=change)
        .select_related("decision__case", "decision__approval__approved_by")
        .first()
    )
    if effect is None:
        return
    decision: Decision = effect.decision
    if effect.journal_id is None:
        _record_effective(effect, actor=None)
    if decision.supersedes is not None:
        _take_back_all(
            decision.supersedes,
            by=decision.approval.approved_by,
            reason=_("Superseded by %s") % decision.public_id,
            at=at,
        )


def _record_effective(effect: DecisionEffect, *, actor: User | None) -> None:
    trail.record(
        effect.decision.case,
        What.DECISION_EFFECTIVE,
        actor=actor,
        decision=effect.decision.public_id,
        change=effect.change.public_id if effect.change else None,
        journal=effect.journal_id,
    )


def takes_away(decision: Decision) -> bool:
    """Whether a change takes something away from the account for it."""
    return KIND_OF.get(Action(decision.action)) not in (None, CaseDecision.name)


def _change(decision: Decision, *, approved_by: User, at: datetime) -> ServiceChange | None:
    kind = KIND_OF.get(Action(decision.action))
    if kind is None:
        return None
    assert decision.account is not None  # by a constraint of the table
    takes_nothing = kind == CaseDecision.name
    at_once = decision.at_once or takes_nothing
    effective_at = at if at_once else planned_for(kind, decision.account, at=at)
    change = changes.plan(
        planned_by=decision.proposed_by,
        accounts=[decision.account],
        api_keys=list(ApiKey.objects.filter(pk__in=decision.api_key_ids)),
        kind=kind,
        **_words(decision),
        service=decision.service,
        model=decision.model,
        region=decision.region,
        limits=decision.limits,
        clause=decision.clause,
        effective_at=effective_at,
        ends_at=effective_at + timedelta(days=decision.days) if decision.days else None,
        at_once=at_once,
        grounds=decision.grounds
        or (_("It takes nothing away: %s") % decision.public_id if takes_nothing else ""),
        generic_sms=decision.generic_sms,
    )
    proposal = changes.propose_decided(change=change, proposed_by=decision.proposed_by, at=at)
    changes.approve(proposal=proposal, approved_by=approved_by, at=at)
    return change


def refuse_unapproved_texts(action: str, *, generic_sms: bool) -> None:
    """Raises `NotPossible` where a provider has not approved a text that the change would be
    told by: said when it is proposed, since it could not be approved."""
    kind = KIND_OF.get(Action(action))
    if kind is None:
        return
    texts = provider_templates.texts_of(kind, generic_sms=generic_sms)
    if problems := list(provider_templates.problems(texts)):
        raise NotPossible(" ".join(problems))


def planned_for(kind: str, account: Account, *, at: datetime) -> datetime:
    """From when an account told at `at` may feel a change of that kind. Raises `NotPossible`
    while the kind has no lead time."""
    policy = gate.current_policy(kind)
    if policy is None:
        raise NotPossible(_("There is no lead time for this kind of change."))
    return gate.opens_if_told(told_at=at, lead_days=policy.lead_days, zone=account.time_zone)


def _words(decision: Decision) -> dict[str, str]:
    """Title and reason of the change in both languages: in short, and where all of it is."""
    words = {}
    for language, suffix in (("zh-hans", "zh_hans"), ("en", "en")):
        with override(language):
            title = _("%(action)s: %(policy)s") % {
                "action": Action(decision.action).label,
                "policy": decision.policy_version.title_in(language),
            }
            reasons = getattr(decision, f"reasons_{suffix}")
            short = reasons if len(reasons) <= LONGEST_REASON else reasons[:LONGEST_REASON] + "…"
            words[f"title_{suffix}"] = " ".join(title.split())[:120]
            words[f"reason_{suffix}"] = (
                short + "\n" + _("Statement of reasons and appeal: %s") % address_of(decision)
            )
    return words


def _hold(decision: Decision, *, approved_by: User, at: datetime) -> Journal | None:
    if decision.action != Action.LEDGER_HOLD:
        return None
    assert decision.account is not None  # by a constraint of the table
    assert decision.amount is not None  # by another
    journal: Journal = money_in.hold(
        account=decision.account,
        amount=decision.amount,
        key=f"decision:{decision.public_id}",
        at=at,
        actor=approved_by,
        memo=f"{decision.case.public_id} {decision.public_id}",
    )
    return journal


def undo(
    decision: Decision,
    *,
    by: User,
    reason: str,
    at: datetime,
    appeal: Appeal | None = None,
    keeping_effect: bool = False,
) -> DecisionReversal:
    """Takes back what this decision brought about and nothing else: what remains in force is
    computed from what is left. Its strike no longer counts from here on.

    `keeping_effect`: what it took away stays away until the one that takes its place begins.
    What it kept in that way itself is given back with its own.
    """
    reversal = DecisionReversal.record(
        decision=decision, reversed_by=by, appeal=appeal, reason=reason
    )
    if not keeping_effect:
        _take_back_all(decision, by=by, reason=reason, at=at)
    effect = getattr(decision, "effect", None)
    if effect is not None and effect.journal is not None:
        money_in.release(
            held=effect.journal,
            actor=by,
            memo=f"{decision.case.public_id} {decision.public_id}",
        )
    return reversal


def _take_back_all(decision: Decision, *, by: User, reason: str, at: datetime) -> None:
    """Of this decision and of all whose place it took: of those that are over by now nothing
    is left to take back."""
    current: Decision | None = decision
    while current is not None:
        effect = getattr(current, "effect", None)
        if effect is not None and effect.change is not None:
            _take_back(effect.change, by=by, reason=reason, at=at)
        current = current.supersedes


def _take_back(change: ServiceChange, *, by: User, reason: str, at: datetime) -> None:
    """Calls off what has not begun, lifts what has; what is over or lifted stays so."""
    current = ServiceChange.objects.select_for_update().get(pk=change.pk)
    if current.state in TO_COME:
        announced.withdraw_decided(change=current, withdrawn_by=by, reason=reason)
    elif _can_be_lifted(current):
        announced.lift_decided(change=current, lifted_by=by, reason=reason, at=at)


def _can_be_lifted(change: ServiceChange) -> bool:
    """Not what is over without ever having reached the account."""
    if change.state == State.COMPLETE and not Permit.objects.filter(change=change.uuid).exists():
        return False
    return change.state in IN_EFFECT and kinds_of_change.get(change.kind).liftable
