"""Policies: which clause each stands on, and writing their next versions.

The cast: a `Policy` is one leaf, its `PolicyVersion`s say what it means, and its
`PolicyBinding`s tie it to a clause of each version of the terms. Terms that are imported or
published are bound by number; what finds no clause waits for somebody (`without_clause`),
and until then nobody can be judged by it.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from accounts import agreements, amendments
from accounts.consent import TERMS, current_terms
from accounts.exceptions import NotAllowed, ReasonMissing
from accounts.models import Account, AgreementVersion, Clause, User
from compliance.exceptions import NotPossible, Stale
from compliance.models import Action, Policy, PolicyBinding, PolicyVersion, Severity
from compliance.models.policies import ENDING, LONGEST_TERM

LONGEST_TITLE = 120
LONGEST_TEXT = 2_000
MOST_POINTS = 100
# Controls, and signs that turn or hide what follows.
UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069\ufeff]")

# --- which clause it stands on -------------------------------------------------------------


def clause_for(policy: Policy, *, account: Account, at: datetime) -> Clause | None:
    """The clause that may be cited against `account`: of the version of the terms in force
    for it at `at`. None if it agreed to none, if the policy has no clause there, and if the
    clause, or what it stands under, is severed (14.2)."""
    found = amendments.in_force(account=account, slug=TERMS, at=at)
    return clause_in(policy, found.version) if found else None


def latest_clause(policy: Policy) -> Clause | None:
    """As `clause_for`, in the newest published version of the terms."""
    version = current_terms()
    return clause_in(policy, version) if version else None


def clause_in(policy: Policy, version: AgreementVersion) -> Clause | None:
    """The clause of `version` that the policy stands on, unless it is severed."""
    bound = binding_in(policy, version)
    if bound is None or not agreements.citable(version).filter(pk=bound.clause_id).exists():
        return None
    return bound.clause


def binding_in(policy: Policy, version: AgreementVersion) -> PolicyBinding | None:
    """The binding that holds in `version`: the newest one, severed clause or not."""
    bindings = policy.bindings.filter(clause__version=version).order_by("-pk")
    found: PolicyBinding | None = bindings.select_related("clause__version__document").first()
    return found


def without_clause() -> QuerySet[Policy]:
    """Policies that stand on no clause of the newest published terms; none of them while
    there are no published terms."""
    newest = AgreementVersion.objects.published().filter(document__slug=TERMS).order_by("-number")
    bound = PolicyBinding.objects.filter(policy=OuterRef("pk"), clause__version__in=newest[:1])
    return Policy.objects.filter(Exists(newest)).exclude(Exists(bound))


@transaction.atomic
def bind_version(version: AgreementVersion) -> list[PolicyBinding]:
    """Binds each policy to the clause of `version` that has its number; returns new bindings.

    Does nothing for another document than the terms, and to policies that are bound there
    already. Safe to repeat.
    """
    if version.document.slug != TERMS:
        return []
    # One after the other, so that none is bound twice.
    policies = Policy.objects.select_for_update().order_by("pk")
    bound = set(
        PolicyBinding.objects.filter(clause__version=version).values_list("policy", flat=True)
    )
    clauses = {clause.number: clause for clause in version.clauses.all()}
    made: list[PolicyBinding] = PolicyBinding.objects.bulk_create(
        PolicyBinding(policy=policy, clause=clauses[policy.clause_number])
        for policy in policies
        if policy.pk not in bound and policy.clause_number in clauses
    )
    return made


@transaction.atomic
def bind_by_hand(*, policy: Policy, clause: Clause, by: User) -> PolicyBinding:
    """From here on the policy stands on `clause` in the version that has it.

    Decisions made before keep what they cited. Raises `NotAllowed`; `NotPossible` for a
    clause of another document, a severed one, and the one it stands on already.
    """
    demand_writer(by, policy, "compliance.add_policybinding")
    Policy.objects.select_for_update().get(pk=policy.pk)
    version = clause.version
    if version.document.slug != TERMS:
        raise NotPossible(_("Policies stand on clauses of the terms only."))
    if not agreements.citable(version).filter(pk=clause.pk).exists():
        raise NotPossible(_("Clause %s is severed, or is none that can be cited.") % clause.number)
    now = binding_in(policy, version)
    if now is not None and now.clause_id == clause.pk:
        raise NotPossible(_("The policy stands on this clause already."))
    return PolicyBinding.record(policy=policy, clause=clause, bound_by=by)


# --- what it says --------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Wording:
    """What somebody typed for a version, saved or not."""

    title_zh_hans: str
    title_en: str
    text_zh_hans: str
    text_en: str
    severity: int
    allowed_actions: tuple[str, ...]
    default_action: str
    default_days: int | None
    strike_points: int
    tell_authority: bool


def wording_of(version: PolicyVersion) -> Wording:
    """A version as it stands."""
    fields = {name: getattr(version, name) for name in Wording.__dataclass_fields__}
    return Wording(**{**fields, "allowed_actions": in_order(version.allowed_actions)})


def in_order(actions: Collection[str]) -> tuple[str, ...]:
    """Actions from the mildest to the most severe, each once."""
    return tuple(action.value for action in Action if action.value in actions)


def problems(wording: Wording) -> Iterator[tuple[str, str]]:
    """What is wrong, as (field, a sentence). Nothing when it may be saved."""
    for name, longest in (
        ("title_zh_hans", LONGEST_TITLE),
        ("title_en", LONGEST_TITLE),
        ("text_zh_hans", LONGEST_TEXT),
        ("text_en", LONGEST_TEXT),
    ):
        written = getattr(wording, name)
        if not written.strip():
            yield name, _("Write it in both languages.")
        elif len(written) > longest:
            yield name, _("Write at most %d characters.") % longest
        elif UNSEEN.search(written) or (name.startswith("title") and "\n" in written):
            yield name, _("There is a sign in it that nobody can see. Type it anew.")
    if wording.severity not in Severity.values:
        yield "severity", _("Choose how grave it is.")
    if not wording.allowed_actions or not set(wording.allowed_actions) <= set(Action.values):
        yield "allowed_actions", _("Choose what may follow.")
    elif wording.default_action not in wording.allowed_actions:
        yield "default_action", _("The usual action has to be one of those allowed.")
    yield from _problems_of_term(wording)
    if not 0 <= wording.strike_points <= MOST_POINTS:
        yield "strike_points", _("Choose a number up to %d.") % MOST_POINTS


def _problems_of_term(wording: Wording) -> Iterator[tuple[str, str]]:
    if wording.default_days is None:
        return
    if not 1 <= wording.default_days <= LONGEST_TERM:
        yield "default_days", _("Choose a number of days up to %d.") % LONGEST_TERM
    if wording.default_action not in ENDING:
        yield "default_days", _("The usual action never ends by itself: leave the days empty.")


@transaction.atomic
def write_next(
    *, before: PolicyVersion, wording: Wording, reason: str, written_by: User
) -> PolicyVersion:
    """Writes the version after `before`, the one the writer read.

    Decisions from now on cite it; those made keep theirs. Raises `NotAllowed`; `Stale` if
    somebody wrote one meanwhile; `ReasonMissing`; `NotPossible` for a wording with
    `problems`, or one that changes nothing.
    """
    # Whoever comes second waits here, then finds another version than they read.
    policy = Policy.objects.select_for_update().get(pk=before.policy_id)
    demand_writer(written_by, policy, "compliance.add_policyversion")
    current = policy.current
    if current is None or current.pk != before.pk:
        raise Stale(
            _("Somebody else wrote a version of this policy meanwhile. Compare, then save again.")
        )
    if not reason.strip():
        raise ReasonMissing(_("Say why the policy changes."))
    for _field, sentence in problems(wording):
        raise NotPossible(sentence)
    if wording == wording_of(before):
        raise NotPossible(_("Nothing is different from the version before."))
    return PolicyVersion.record(
        policy=policy,
        number=before.number + 1,
        **{**asdict(wording), "allowed_actions": list(in_order(wording.allowed_actions))},
        reason=reason.strip(),
        written_by=written_by,
    )


def may_write(person: User, policy: Policy, permission: str) -> bool:
    """Whether `person` may change the policy: with `permission`, and for the catch-all
    (2.2.12) with one more that supervisors have."""
    needed = [permission] + ["compliance.change_catch_all"] * policy.supervisors_only
    return person.is_staff and person.is_active and person.has_perms(needed)


def demand_writer(person: User, policy: Policy, permission: str) -> None:
    """Raises `NotAllowed` unless `may_write`."""
    if not may_write(person, policy, permission):
        raise NotAllowed(
            _("Only supervisors change this policy.")
            if policy.supervisors_only
            else _("Your group may not change policies. Ask a supervisor.")
        )
