"""Agreeing to the terms (preamble, 1.2.1, 1.2.2).

An account whose holder never agreed to any published version of the terms waits: an
access condition stands against it from the moment it is brought in until an owner has
accepted the version published now. Later versions come into force by notice
(clause 14.3) and need no such step.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from accounts import activity, roles
from accounts.conditions import ConditionSource
from accounts.exceptions import NotAllowed, NotTheCurrentText
from accounts.models import (
    Acceptance,
    Account,
    Activity,
    AgreementText,
    AgreementVersion,
    Condition,
    User,
)
from accounts.roles import May

TERMS = "terms"
"""The code of the document that accounts are opened under."""

CONSENT_DUE = ConditionSource(
    name="consent_due",
    label=_("terms not agreed to"),
    clause_number="1.2.1",
    reason_zh_hans="账号尚未同意服务协议。账号所有者登录后同意即可开通使用。",
    reason_en=(
        "Nobody has agreed to the terms of service for this account yet. "
        "It opens as soon as an owner signs in and agrees."
    ),
)
"""Registered with `accounts.conditions` when the app is ready."""


def current_terms() -> AgreementVersion | None:
    """The version of the terms that newcomers are asked to accept; None before the first."""
    return AgreementVersion.objects.current(TERMS)


def has_accepted(account: Account) -> bool:
    """Whether anybody accepted any published version of the terms for this account."""
    accepted: bool = Acceptance.objects.filter(
        account=account,
        text__version__document__slug=TERMS,
        text__version__publication__isnull=False,
    ).exists()
    return accepted


def is_due(account: Account) -> bool:
    """Whether access to this account waits for an acceptance."""
    return Condition.objects.filter(
        account=account, source=CONSENT_DUE.name, cleared_at=None
    ).exists()


def may_accept(*, user: User, account: Account) -> bool:
    """Whether this person binds the account: its owner does (clause 1.2.2)."""
    return roles.person_may(user=user, account=account, act=May.AGREE)


@transaction.atomic
def require(*, account: Account, since: datetime) -> bool:
    """Withholds access from `since` until the terms are accepted.

    Returns False, and changes nothing, for an account that accepted already or waits
    already.
    """
    Account.objects.select_for_update().get(pk=account.pk)
    if has_accepted(account) or is_due(account):
        return False
    Condition.objects.create(account=account, source=CONSENT_DUE.name, since=since)
    return True


def require_of(*, account_ids: Sequence[int], since: datetime) -> None:
    """As `require`, for many new accounts at once, in the caller's transaction."""
    waiting = Account.objects.filter(~_accepted(), pk__in=account_ids)
    Condition.objects.bulk_create(
        [
            Condition(account_id=account_id, source=CONSENT_DUE.name, since=since)
            for account_id in waiting.values_list("pk", flat=True)
        ],
        ignore_conflicts=True,
    )


def settle(*, account_ids: Sequence[int], at: datetime) -> None:
    """Opens those of the accounts that somebody has accepted for, however that came."""
    accepted = Account.objects.filter(_accepted(), pk__in=account_ids)
    Condition.objects.filter(account__in=accepted, source=CONSENT_DUE.name, cleared_at=None).update(
        cleared_at=at
    )


def _accepted() -> Exists:
    return Exists(
        Acceptance.objects.filter(
            account=OuterRef("pk"),
            text__version__document__slug=TERMS,
            text__version__publication__isnull=False,
        )
    )


@transaction.atomic
def accept(
    *,
    user: User,
    account: Account,
    text: AgreementText,
    method: str,
    ip_address: str | None,
    user_agent: str,
    at: datetime,
) -> Acceptance:
    """Records that `user` accepts `text` on behalf of `account`, and opens access.

    `method` is one of `Acceptance.Method`. A second call by the same person for the
    same text returns the first acceptance. Raises `NotAllowed` for somebody who may
    not bind the account and `NotTheCurrentText` when the text is not that of the
    version published now.
    """
    Account.objects.select_for_update().get(pk=account.pk)  # two clicks, one acceptance
    if not may_accept(user=user, account=account):
        raise NotAllowed(_("Only an owner can agree to the terms for this account."))
    version = current_terms()
    if version is None or text.version_id != version.pk:
        raise NotTheCurrentText(
            _("A newer version of these terms was published. Read it, then agree again.")
        )
    earlier: Acceptance | None = Acceptance.objects.filter(
        user=user, account=account, text=text
    ).first()
    acceptance = earlier or record(
        user=user,
        account=account,
        text=text,
        method=method,
        ip_address=ip_address,
        user_agent=user_agent,
        at=at,
    )
    Condition.objects.filter(account=account, source=CONSENT_DUE.name, cleared_at=None).update(
        cleared_at=at
    )
    return acceptance


def record(
    *,
    user: User,
    account: Account,
    text: AgreementText,
    method: str,
    ip_address: str | None,
    user_agent: str,
    at: datetime,
) -> Acceptance:
    """Writes an acceptance, with what is kept about it; the caller has checked who may."""
    activity.note(
        Activity.Kind.ACCEPTED,
        account=account,
        by=user,
        name=text.version.document.slug,
        version=text.version.number,
    )
    return Acceptance.record(
        user=user,
        account=account,
        text=text,
        text_sha256=text.sha256,
        method=method,
        accepted_at=at,
        ip_address=ip_address,
        user_agent=user_agent[: Acceptance._meta.get_field("user_agent").max_length],
    )
