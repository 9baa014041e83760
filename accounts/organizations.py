"""Opening an organization (clauses 1.2.2 and 1.2.7).

The same person may open several. Who opens one declares for which entity and by what
authority, agrees on its behalf to every document in force, and owns it. An entity may have
several accounts: a code that is there already is no reason to refuse, but staff see it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import activity, consent, naming, sign_up, uscc
from accounts.exceptions import NotTheCurrentText, TooManyOfThem
from accounts.models import (
    Acceptance,
    Account,
    Activity,
    AgreementText,
    AuthorityDeclaration,
    Membership,
    User,
)
from accounts.name_screening import Verdict

A_DAY = timedelta(days=1)

STATEMENT_VERSION = 1
"""Raised with every change of the sentences below; what was declared keeps its own words."""
STATEMENTS = {
    AuthorityDeclaration.Capacity.REPRESENTATIVE: gettext_lazy(
        "I am the legal representative of %(name)s and declare that it is bound by the agreements "
        "accepted here, as I am."
    ),
    AuthorityDeclaration.Capacity.AUTHORISED: gettext_lazy(
        "I am authorised by %(name)s to open this account and to accept agreements on its behalf, "
        "and declare that it is bound by them, as I am."
    ),
}


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A new organization, and what its name came to when it was screened."""

    account: Account
    verdict: Verdict


def statement_of(*, name: str, capacity: str) -> str:
    """The sentence that somebody agrees to who acts for `name`, in the language in use."""
    return str(STATEMENTS[AuthorityDeclaration.Capacity(capacity)]) % {"name": name}


@transaction.atomic
def open_organization(
    *,
    by: User,
    name: str,
    code: str,
    capacity: str,
    position: str,
    texts: Collection[AgreementText],
    ip_address: str | None,
    user_agent: str,
    at: datetime,
) -> Opened:
    """A new organization with `by` as its owner, who declares to act for the entity `code`.

    `texts` are those that were agreed to: one of every document in force. Raises
    `CodeIsMalformed`, `NameRefused`, `NotTheCurrentText`, `SignUpIsClosed` before the terms are
    published, and `TooManyOfThem` for somebody who opened as many within a day as one may.
    """
    code = uscc.parse(code)
    name = name.strip()
    User.objects.select_for_update().get(pk=by.pk)  # two clicks count one after the other
    _refuse_too_many(by, at)
    _check_texts(texts, at)
    choice = naming.choose(name=name, at=at)
    account = Account.objects.create(
        kind=Account.Kind.ORGANIZATION, name=name, time_zone=by.time_zone
    )
    Membership.objects.create(user=by, account=account, role=Membership.Role.OWNER)
    browser = user_agent[: AuthorityDeclaration._meta.get_field("user_agent").max_length]
    AuthorityDeclaration.record(
        account=account,
        registered_name=name,
        uscc=code,
        capacity=capacity,
        position=position.strip(),
        statement=statement_of(name=name, capacity=capacity),
        statement_version=STATEMENT_VERSION,
        declared_by=by,
        ip_address=ip_address,
        user_agent=browser,
    )
    activity.note(Activity.Kind.OPENED, account=account, by=by, name=name)
    for text in texts:
        consent.record(
            user=by,
            account=account,
            text=text,
            method=Acceptance.Method.PAGE,
            ip_address=ip_address,
            user_agent=user_agent,
            at=at,
        )
    consent.require(account=account, since=at)
    naming.chosen(
        naming.Choice(account=account, person=None, name=name, verdict=choice.verdict),
        by=by,
        at=at,
    )
    return Opened(account=account, verdict=choice.verdict)


def _refuse_too_many(by: User, at: datetime) -> None:
    opened = AuthorityDeclaration.objects.filter(declared_by=by, recorded_at__gt=at - A_DAY).count()
    if opened >= settings.ORGANIZATIONS_PER_DAY:
        raise TooManyOfThem(
            _("You opened %(count)d organizations within a day. Open the next one tomorrow.")
            % {"count": opened}
        )


def _check_texts(texts: Collection[AgreementText], at: datetime) -> None:
    if {one.version_id for one in texts} != {one.pk for one in sign_up.documents(at=at)}:
        raise NotTheCurrentText(
            _("A newer version of an agreement was published. Read it, then agree again.")
        )
