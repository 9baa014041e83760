"""Bringing in people and accounts from elsewhere, a batch of rows at a time.

A row says who somebody is and their place in one account; a person may appear in many.
What is there already stays as it is: an import adds and never overwrites, so the same
file may be run again, and a run that was interrupted continued. A row that contradicts
what is there, or another row, is refused with the reason; the others are kept.

The cast: `store` takes the rows; a `_Batch` is what the database knows about them; an
`Outcome` counts what was added and lists each `Refusal`, and each `DoubtedName`: names that
people have elsewhere are taken as they are, and looked at afterwards.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from accounts import consent, name_screening, uses
from accounts.exceptions import RowRefused
from accounts.import_rows import ImportRow
from accounts.models import (
    Acceptance,
    Account,
    AgreementText,
    Membership,
    NameTerm,
    Region,
    Service,
    User,
)
from common import clock

# Two imports at once would each add what the other is about to.
_ONE_AT_A_TIME = 20_260_101


@dataclass(frozen=True)
class DoubtedName:
    """A line that was taken though its name would not be at sign-up (1.2.5), and why."""

    line: int
    name: str
    reason: str


@dataclass(frozen=True)
class Refusal:
    """A line that was not taken, and why."""

    line: int
    reason: str


@dataclass
class Outcome:
    """What came of some rows. `unchanged` rows brought nothing new."""

    people: int = 0
    accounts: int = 0
    memberships: int = 0
    acceptances: int = 0
    unchanged: int = 0
    refusals: list[Refusal] = field(default_factory=list)
    doubted: list[DoubtedName] = field(default_factory=list)

    def __iadd__(self, other: "Outcome") -> "Outcome":
        self.people += other.people
        self.accounts += other.accounts
        self.memberships += other.memberships
        self.acceptances += other.acceptances
        self.unchanged += other.unchanged
        self.refusals += other.refusals
        self.doubted += other.doubted
        return self


@transaction.atomic
def store(*, rows: Sequence[ImportRow]) -> Outcome:
    """Adds what `rows` bring: all but the refused ones, or on a database error nothing."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_AT_A_TIME])
    batch = _Batch(rows, at=clock.now())
    for row in rows:
        try:
            batch.take(row)
        except RowRefused as refusal:
            batch.outcome.refusals.append(Refusal(row.line, str(refusal)))
    batch.save()
    batch.screen_names()
    return batch.outcome


class _Batch:
    """The people, accounts and memberships that some rows touch, known or to be added.

    Accounts are looked up by their public identifier, which a new one has before it
    is saved.
    """

    def __init__(self, rows: Sequence[ImportRow], *, at: datetime) -> None:
        self.at = at
        self.outcome = Outcome()
        self.new_people: list[User] = []
        self.new_accounts: list[Account] = []
        self.new_memberships: list[Membership] = []
        self.new_acceptances: list[Acceptance] = []
        phones = {row.phone for row in rows}
        refs = {row.account_ref for row in rows if row.account_ref}
        self.people = {person.phone: person for person in User.objects.filter(phone__in=phones)}
        self.by_ref = {a.external_ref: a for a in Account.objects.filter(external_ref__in=refs)}
        self.personal = {
            account.holder.phone: account
            for account in Account.objects.filter(holder__phone__in=phones).select_related("holder")
            if account.holder
        }
        known = [*self.by_ref.values(), *self.personal.values()]
        self.roles: dict[tuple[str, str], str] = {
            (phone, account): role
            for phone, account, role in Membership.objects.filter(
                user__phone__in=phones, account__in=known
            ).values_list("user__phone", "account__public_id", "role")
        }
        self.owned = set(
            Membership.objects.filter(account__in=known, role=Membership.Role.OWNER).values_list(
                "account__public_id", flat=True
            )
        )
        self.accepted = set(
            Acceptance.objects.filter(user__phone__in=phones, account__in=known).values_list(
                "user__phone", "account__public_id", "text__version"
            )
        )
        self.texts = _published_texts(rows)
        self.regions = {one.slug: one for one in Region.objects.all()}
        self.services = set(Service.objects.values_list("slug", flat=True))
        self.uses: list[uses.Use] = []
        self.new_names: list[tuple[int, str]] = []

    def take(self, row: ImportRow) -> None:
        """Plans what the row adds. Raises `RowRefused` before anything is planned."""
        person, account = self.people.get(row.phone), self._account_of(row)
        place = self.roles.get((row.phone, account.public_id)) if account else None
        text = self._text_of(row)
        self._check_codes(row)
        if place is None:
            self._check_names(row, person, account)
            self._check_owner(row, account)
        elif place != row.role:
            raise RowRefused(
                _("This person is in the account already, as %(role)s.") % {"role": place}
            )
        person = person or self._add_person(row)
        account = account or self._add_account(row, person)
        if place is None:
            self._add_membership(row, person, account)
        accepts = text is not None and self._add_acceptance(row, person, account, text)
        self.outcome.unchanged += place is not None and not accepts

    def save(self) -> None:
        """Writes what was planned, a statement a table."""
        _save(User, self.new_people, self.at)
        _save(Account, self.new_accounts, self.at)
        _save(Membership, self.new_memberships, self.at)
        Acceptance.objects.bulk_create(self.new_acceptances)
        uses.record(lines=self.uses, at=self.at)
        consent.require_of(account_ids=[account.pk for account in self.new_accounts], since=self.at)
        consent.settle(
            account_ids=[acceptance.account_id for acceptance in self.new_acceptances], at=self.at
        )

    def screen_names(self) -> None:
        """Says which of the new names would not be taken without more at sign-up."""
        verdicts = name_screening.screen_many([name for _line, name in self.new_names], at=self.at)
        self.outcome.doubted += [
            DoubtedName(line, name, _reason_of(verdicts[name]))
            for line, name in self.new_names
            if verdicts[name].outcome != name_screening.Outcome.PASS
        ]

    def _account_of(self, row: ImportRow) -> Account | None:
        """The account the row means, None when it is a new one."""
        by_ref = self.by_ref.get(row.account_ref)
        if by_ref and by_ref.kind != row.kind:
            raise RowRefused(_("The account of this reference is not of this kind."))
        if row.kind == Account.Kind.ORGANIZATION:
            return by_ref
        own = self.personal.get(row.phone)
        if by_ref is not own and (by_ref or (own and row.account_ref)):
            raise RowRefused(_("The reference and the phone belong to different accounts."))
        return own

    def _text_of(self, row: ImportRow) -> AgreementText | None:
        if row.accepted is None or row.accepted_at is None:
            return None
        if row.accepted_at > self.at:
            raise RowRefused(_("accepted_at is in the future."))
        texts = self.texts.get(row.accepted)
        if not texts:
            raise RowRefused(
                _("There is no published version %(number)s of “%(slug)s”.")
                % {"slug": row.accepted[0], "number": row.accepted[1]}
            )
        return texts.get(row.language) or next(iter(texts.values()))

    def _check_codes(self, row: ImportRow) -> None:
        if row.region and row.region not in self.regions:
            raise RowRefused(_("There is no region “%(code)s”.") % {"code": row.region})
        if unknown := [one for one in row.services_used if one not in self.services]:
            raise RowRefused(_("There is no service “%(code)s”.") % {"code": unknown[0]})

    def _check_names(self, row: ImportRow, person: User | None, account: Account | None) -> None:
        """A slip in a phone or a reference must not let a stranger into an account."""
        if person and not _same(person.name, row.name):
            raise RowRefused(_("This phone belongs to somebody of another name."))
        if row.kind == Account.Kind.PERSONAL:
            return
        if account is None and not row.account_name:
            raise RowRefused(_("“account_name” is empty, and no account has this reference."))
        if account and row.account_name and not _same(account.name, row.account_name):
            raise RowRefused(_("This reference belongs to an account of another name."))

    def _check_owner(self, row: ImportRow, account: Account | None) -> None:
        """Who joins the owners of an account that is there takes over control of it (1.2.6)."""
        owned = account is not None and account.public_id in self.owned
        if owned and row.role == Membership.Role.OWNER:
            raise RowRefused(
                _(
                    "This account has an owner already. Import them as an administrator; another "
                    "owner comes by a transfer, with the platform's recorded consent."
                )
            )

    def _add_person(self, row: ImportRow) -> User:
        person = User(
            phone=row.phone,
            phone_verified_at=row.phone_verified_at,
            name=row.name,
            contact_email=row.email,
            contact_email_verified_at=row.email_verified_at,
            language=row.language,
            time_zone=row.time_zone,
            date_joined=self.at,
            password=make_password(None),
        )
        self.people[row.phone] = person
        self.new_names.append((row.line, row.name))
        self.new_people.append(person)
        self.outcome.people += 1
        return person

    def _add_account(self, row: ImportRow, person: User) -> Account:
        personal = row.kind == Account.Kind.PERSONAL
        account = Account(
            kind=row.kind,
            name=row.account_name,
            holder=person if personal else None,
            time_zone=row.time_zone,
            region=self.regions.get(row.region),
            external_ref=row.account_ref,
            created_at=self.at,
        )
        if personal:
            self.personal[row.phone] = account
        if row.account_name != person.name:
            self.new_names.append((row.line, row.account_name))
        if row.account_ref:
            self.by_ref[row.account_ref] = account
        # Of new accounts only: for one known already it would look like use going on.
        self.uses += [
            uses.Use(
                account=account.public_id,
                service=service,
                region=row.region or None,
                used_at=self.at,
            )
            for service in row.services_used
        ]
        self.new_accounts.append(account)
        self.outcome.accounts += 1
        return account

    def _add_membership(self, row: ImportRow, person: User, account: Account) -> None:
        self.roles[row.phone, account.public_id] = row.role
        self.new_memberships.append(
            Membership(user=person, account=account, role=row.role, since=self.at)
        )
        self.outcome.memberships += 1

    def _add_acceptance(
        self, row: ImportRow, person: User, account: Account, text: AgreementText
    ) -> bool:
        """Whether the acceptance is new: one for each person, account and version."""
        key = (row.phone, account.public_id, text.version_id)
        if key in self.accepted:
            return False
        self.accepted.add(key)
        self.new_acceptances.append(
            Acceptance(
                user=person,
                account=account,
                text=text,
                text_sha256=text.sha256,
                method=Acceptance.Method.IMPORT,
                accepted_at=row.accepted_at or self.at,
            )
        )
        self.outcome.acceptances += 1
        return True


def _reason_of(verdict: name_screening.Verdict) -> str:
    """For staff, so with the term."""
    if verdict.unreadable:
        return str(verdict.unreadable)
    hit = verdict.hits[0]
    return f"{NameTerm.List(hit.list).label}: {hit.term}"


def _published_texts(
    rows: Sequence[ImportRow],
) -> dict[tuple[str, int], dict[str, AgreementText]]:
    wanted = {row.accepted for row in rows if row.accepted}
    texts = AgreementText.objects.filter(
        version__publication__isnull=False,
        version__document__slug__in={slug for slug, _number in wanted},
    ).select_related("version__document")
    found: dict[tuple[str, int], dict[str, AgreementText]] = {}
    for text in texts:
        version = (text.version.document.slug, text.version.number)
        if version in wanted:
            found.setdefault(version, {})[text.language] = text
    return found


def _save(model: type[User | Account | Membership], rows: list[Any], at: datetime) -> None:
    """Writes the rows and, as saving one by one would, the beginning of their history."""
    model._default_manager.bulk_create(rows)
    model.history.bulk_history_create(rows, default_change_reason="import", default_date=at)


def _same(one: str, other: str) -> bool:
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()
