"""Names of accounts that cannot stay: doubted, decided upon, cancelled after a deadline,
given back (clause 1.2.5).

A doubtful name opens a case or joins the open one. A decision names the names that cannot
stay by their SHA-256, so an approval is of exactly these. Its change tells people and keeps
the deadline; whoever chooses names that pass before it is left out, for the others the names
are replaced by neutral ones.

Locks are taken in this order everywhere: cases, changes, the account, its holder.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override, pgettext

from accounts.models import Account, Membership, NameTerm, Permit, User
from accounts.name_screening import Term
from accounts.naming import Demands
from common.encryption import decrypt, encrypt
from common.look_alikes import fold
from compliance import cases, trail
from compliance.exceptions import NotPossible
from compliance.models import (
    Action,
    Case,
    CaseKind,
    Decision,
    DecisionEffect,
    NameCancellation,
    NameDoubt,
    NameRestoration,
    Policy,
)
from compliance.trail import What
from notices import announced, gate
from notices.models import Exemption, ServiceChange

POLICY = "account-name"
OF_ACCOUNT, OF_HOLDER = "account", "person"
WHOSE = {
    OF_ACCOUNT: gettext_lazy("name of the account"),
    OF_HOLDER: gettext_lazy("name of its holder"),
}

# A change whose deadline may not have passed for the account.
WAITING = (ServiceChange.State.APPROVED, *announced.MOVING)

# --- which names ---------------------------------------------------------------------------


def names_of(account: Account) -> dict[str, str]:
    """The names that an account answers for, by whose they are."""
    found = {OF_ACCOUNT: account.name}
    if account.holder is not None:
        found[OF_HOLDER] = account.holder.name
    return found


def digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def order_of(account: Account, whose: Collection[str]) -> dict[str, str]:
    """What a decision about those names of `account`, as they are now, keeps of them."""
    named = names_of(account)
    return {which: digest(named[which]) for which in sorted(whose) if which in named}


def standing(order: Mapping[str, str], account: Account) -> dict[str, str]:
    """Of the names that an order is about, those that are still there."""
    named = names_of(account)
    return {
        which: named[which]
        for which, known in order.items()
        if which in named and digest(named[which]) == known
    }


def refuse_unfit(order: Mapping[str, str], account: Account) -> None:
    """Raises `NotPossible` unless `order` is about names that `account` has now."""
    if not order or standing(order, account).keys() != order.keys():
        raise NotPossible(_("Say which name cannot stay; it has to be the one there is now."))


def in_words(order: Mapping[str, str]) -> list[str]:
    return [str(label) for which, label in WHOSE.items() if which in order]


# --- a doubtful name -----------------------------------------------------------------------


def doubt(
    *,
    account: Account | None,
    person: User | None,
    name: str,
    hits: Collection[Term],
    by: User,
    at: datetime,
) -> Case:
    """Puts a name that was taken before somebody; several about one subject join one case. In
    the caller's transaction. A case that was decided already is looked into again."""
    whose = account or person
    assert whose is not None  # somebody's name it is
    case, _is_new = cases.open_or_join(
        kind=CaseKind.ACCOUNT_NAME,
        title=name,
        at=at,
        account=account,
        person=None if account else person,
        policy=Policy.objects.filter(code=POLICY).first(),
    )
    doubted = NameDoubt.record(
        case=case,
        account=account,
        person=person,
        name=encrypt(name, purpose=_purpose(whose.public_id)),
        hits=[{"term": hit.pk, "list": hit.list, "match": hit.match} for hit in hits],
        chosen_by=by,
    )
    trail.record(case, What.NAME_DOUBTED, actor=by, doubt=doubted.pk)
    if case.state == Case.State.DECIDED:
        cases.reopen(case=case, by=None, reason=_("Another doubtful name."), at=at)
    return case


def _purpose(whose: str) -> str:
    return f"compliance.name:{whose}"


def decrypted(token: str, *, whose: str) -> str:
    """A name that was doubted or cancelled; `whose` identifies the account that answers for
    it, or the person where there is none."""
    return decrypt(token, purpose=_purpose(whose))


def why(hits: Sequence[Mapping[str, Any]], terms: Mapping[int, NameTerm]) -> list[str]:
    """Each hit of a doubted name: the term as it is called now, its list, its way of matching."""
    own = ", ".join(settings.PLATFORM_NAMES)
    return [
        " · ".join(
            [
                str(terms.get(hit["term"], own)),
                str(NameTerm.List(hit["list"]).label),
                str(NameTerm.Match(hit["match"]).label),
            ]
        )
        for hit in hits
    ]


# --- another name before the deadline ------------------------------------------------------


def pending(account: Account) -> QuerySet[DecisionEffect]:
    """Decisions whose deadline for names of `account` has not passed, nor been met."""
    permit = Permit.objects.filter(change=OuterRef("change__uuid"), account=account)
    exempt = Exemption.objects.filter(change=OuterRef("change"), account=account)
    found = DecisionEffect.objects.filter(
        decision__account=account,
        decision__action=Action.NAME_CANCELLATION,
        decision__reversal=None,
        change__state__in=WAITING,
    )
    found = found.exclude(Exists(permit)).exclude(Exists(exempt))
    return found.select_related("decision__case", "change").order_by("pk")


def deadline(effect: DecisionEffect, account: Account) -> datetime:
    """When the names are cancelled at the earliest, as far as is known now."""
    assert effect.change is not None  # this action always has one
    opens = gate.earliest_effect(effect.change, account)
    return max(filter(None, (opens, effect.change.planned_for)))


def demands_on(account: Account | None) -> Demands:
    """What the next name has to be. Locks what a choice may change, before the account."""
    if account is None:
        return Demands()
    concerned = [effect.decision.case_id for effect in pending(account)]
    touched = Q(account=account, closed_at=None) | Q(pk__in=concerned)
    list(Case.objects.select_for_update().filter(touched).order_by("pk").values("pk"))
    changes = pending(account).values("change")
    list(ServiceChange.objects.select_for_update().filter(pk__in=changes).order_by("pk"))
    waiting = list(pending(account))
    cancelled = NameCancellation.objects.filter(account=account, restoration=None)
    barred = [decrypted(one.name, whose=account.public_id) for one in cancelled]
    for effect in waiting:
        barred += standing(effect.decision.order, account).values()
    return Demands(must_pass=bool(waiting), barred=frozenset(fold(name).whole for name in barred))


def meet(*, account: Account | None, by: User, at: datetime) -> None:
    """A name was chosen that may stand: deadlines whose names are all gone are met."""
    if account is None:
        return
    now = Account.objects.select_related("holder").get(pk=account.pk)
    for effect in pending(now):
        if not standing(effect.decision.order, now):
            _leave_out(effect, account=now, by=by, at=at)


def _leave_out(effect: DecisionEffect, *, account: Account, by: User, at: datetime) -> None:
    assert effect.change is not None  # this action always has one
    reason = _("Another name was chosen.")
    if effect.change.state == ServiceChange.State.APPROVED:
        announced.withdraw_decided(change=effect.change, withdrawn_by=by, reason=reason)
    else:
        announced.leave_out_decided(
            change=effect.change, accounts=[account], left_out_by=by, reason=reason
        )
    trail.record(effect.decision.case, What.RENAMED, actor=by, decision=effect.decision.public_id)


# --- after the deadline, and back ----------------------------------------------------------


def cancel(*, change: UUID, account_ids: Collection[int]) -> list[int]:
    """Replaces the names that the decision behind `change` was about by neutral ones, for
    accounts that just got their permit; those that a name was taken from."""
    effect = DecisionEffect.objects.filter(change__uuid=change).select_related("decision").first()
    if effect is None:
        return []
    accounts = Account.objects.select_for_update().filter(pk__in=account_ids).order_by("pk")
    return [account.pk for account in accounts if _cancel(effect.decision, account, change)]


def _cancel(decision: Decision, account: Account, change: UUID) -> bool:
    if account.holder_id is not None:
        account.holder = User.objects.select_for_update().get(pk=account.holder_id)
    permit = Permit.objects.get(change=change, account=account)
    gone = standing(decision.order, account)
    for which, name in gone.items():
        person = account.holder if which == OF_HOLDER else None
        became = neutral_name(account, whose=which)
        NameCancellation.record(
            permit=permit,
            account=account,
            person=person,
            decision=decision,
            name=encrypt(name, purpose=_purpose(account.public_id)),
            became=became,
        )
        _write(person or account, became, reason=decision.public_id)
    return bool(gone)


def _write(record: Account | User, name: str, *, reason: str) -> None:
    """Gives a locked record a name; whoever has it open meanwhile gets the conflict page."""
    record.claim_edition(record.edition)
    record.name = name
    record._change_reason = reason  # type: ignore[union-attr]  # of django-simple-history
    record.save(update_fields=["name"])


def neutral_name(account: Account, *, whose: str) -> str:
    """A name that says nothing, in the language of who answers for the account."""
    person = account.holder
    if person is None:
        owner = Membership.objects.filter(account=account, role=Membership.Role.OWNER)
        first = owner.select_related("user").order_by("pk").first()
        person = first.user if first else None
    with override(person.language if person else settings.LANGUAGE_CODE):
        if whose == OF_ACCOUNT and account.kind == Account.Kind.ORGANIZATION:
            return pgettext("generated name", "Organization %s") % account.public_id[-8:]
        return pgettext("generated name", "User %s") % account.public_id[-8:]


def restore(
    *, change: UUID, account_ids: Collection[int] | None, by: AbstractBaseUser, reason: str
) -> list[int]:
    """Gives back the names that `change` took, unless another was chosen since; the accounts
    that got one back. Again is harmless."""
    undone = NameCancellation.objects.filter(permit__change=change, restoration=None)
    if account_ids is not None:
        undone = undone.filter(account__in=account_ids)
    pks = sorted(set(undone.values_list("account", flat=True)))
    accounts = Account.objects.select_for_update().filter(pk__in=pks).order_by("pk")
    named = {account.pk: account for account in accounts}
    back = set()
    for one in undone.select_related("person", "account").order_by("pk"):
        record: Account | User = named[one.account_id]
        if one.person_id is not None:
            record = User.objects.select_for_update().get(pk=one.person_id)
        restored = record.name == one.became
        NameRestoration.record(
            cancellation=one, restored=restored, restored_by_id=by.pk, reason=reason
        )
        if restored:
            _write(record, decrypted(one.name, whose=one.account.public_id), reason=reason[:100])
            back.add(one.account_id)
    return sorted(back)
