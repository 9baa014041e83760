"""Opening an account (1.1, 1.2.1, 1.2.4, 1.2.8(b)), step by step.

    begin ─ prove ─ credentials ─ declare ─ finish

A `SignUp` holds what was typed. There is no person before the code that was sent to their
phone came back, and none before everything was declared and accepted: `finish` writes
person, account and evidence in one transaction. Until the code is right nothing is looked
up by the number, so a known and an unknown one are the same to a visitor.
"""

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts import capacity, codes, consent, declared_use, guardians, naming, sms_budget
from accounts.exceptions import (
    NotTheCurrentText,
    NumberIsTaken,
    SignUpIsClosed,
    SignUpIsOver,
)
from accounts.models import (
    Acceptance,
    Account,
    AgreementText,
    AgreementVersion,
    Capacity,
    Membership,
    SignUp,
    User,
)
from accounts.models.sign_ups import SIGN_UP_LASTS


class Step(StrEnum):
    """Where somebody is; each has a page of that name."""

    PHONE = "phone"
    CODE = "code"
    KNOWN = "known"
    CREDENTIALS = "credentials"
    DECLARATIONS = "declarations"
    AGREEMENTS = "agreements"


def digest(token: str) -> str:
    """SHA-256 in hex: what is kept of the token in a visitor's session."""
    return hashlib.sha256(token.encode()).hexdigest()


def begin(*, phone: str, address: str | None, language: str, at: datetime) -> str:
    """Sends a code to `phone` (E.164); gives back the token by which the sign-up is found.

    Raises `SignUpIsClosed` and `TooManyMessages`. Call it outside a transaction.
    """
    documents(at=at)
    sms_budget.spend(phone=phone, address=address, purpose=sms_budget.Purpose.SIGN_UP, at=at)
    token = secrets.token_urlsafe(32)
    sign_up = SignUp(
        digest=digest(token), language=language, began_at=at, expires_at=at + SIGN_UP_LASTS
    )
    sign_up.phone = phone
    sign_up.save()  # before the code, which is bound to the row
    _send_code(sign_up, at=at)
    return token


def send_again(*, sign_up: SignUp, address: str | None, at: datetime) -> None:
    """A new code; the one before is void. Raises `TooManyMessages`."""
    sms_budget.spend(
        phone=sign_up.phone, address=address, purpose=sms_budget.Purpose.SIGN_UP, at=at
    )
    _send_code(sign_up, at=at)


def _send_code(sign_up: SignUp, *, at: datetime) -> None:
    code = sign_up.renew_code(at=at)
    sign_up.save(update_fields=sign_up.CODE_FIELDS)
    codes.send_code(
        phone=sign_up.phone, code=code, template="sign_up_code", language=sign_up.language
    )


def find(*, token: str, at: datetime) -> SignUp:
    """The sign-up of that token. Raises `SignUpIsOver`."""
    found = SignUp.objects.filter(digest=digest(token)).first()
    if found is None or found.is_over(at):
        raise SignUpIsOver(
            _("This sign-up was finished or is older than a day. Begin again with your phone.")
        )
    return found


def step_of(sign_up: SignUp) -> Step:
    """What comes next. Whether the number is known is asked only once it was proven."""
    if sign_up.verified_at is None:
        return Step.CODE
    if User.objects.filter(phone=sign_up.phone).exists():
        return Step.KNOWN
    if not sign_up.password:
        return Step.CREDENTIALS
    return Step.AGREEMENTS if sign_up.declared else Step.DECLARATIONS


def prove(*, sign_up: SignUp, typed: str, at: datetime) -> None:
    """The code came back. Raises `CodeRefused`."""
    codes.check(waiting=sign_up, typed=typed, at=at)
    sign_up.verified_at = at
    sign_up.save(update_fields=["verified_at"])


def choose_credentials(*, sign_up: SignUp, name: str, password: str, at: datetime) -> None:
    """Keeps the name, encrypted, and the hash of the password.

    Raises `NameRefused` (1.2.5) and Django's `ValidationError` for a weak password.
    """
    with transaction.atomic():
        naming.choose(name=name, at=at)
    validate_password(password, User(phone=sign_up.phone, name=name))
    sign_up.name = name
    sign_up.password = make_password(password)
    sign_up.save(update_fields=["name_token", "password"])


def declare(
    *,
    sign_up: SignUp,
    born: date,
    use: str,
    details: str,
    occasions: Collection[str],
    at: datetime,
) -> Capacity:
    """Judges the birth date, which is not kept, and keeps the declared use.

    Raises `AgeRefused` and `UseIsExcluded`.
    """
    standing = capacity.judge(born=born, at=at)
    declared_use.refuse_excluded(occasions)
    sign_up.declared = {
        "capacity": standing.capacity.value,
        "of_age_on": standing.of_age_on.isoformat() if standing.of_age_on else None,
        "use": use,
        "details": details,
    }
    sign_up.save(update_fields=["declared"])
    return standing.capacity


def documents(*, at: datetime) -> list[AgreementVersion]:
    """The version in force of each document, the terms first. Raises `SignUpIsClosed`."""
    newest: dict[int, AgreementVersion] = {}
    rows = AgreementVersion.objects.published().select_related("document").order_by("number")
    for version in rows.prefetch_related("texts"):
        newest[version.document_id] = version
    found = sorted(newest.values(), key=lambda one: one.document.slug != consent.TERMS)
    if not found or found[0].document.slug != consent.TERMS:
        raise SignUpIsClosed(_("No account can be opened before the terms are published."))
    return found


@dataclass(frozen=True, kw_only=True)
class Origin:
    """From where a person accepts: kept with each acceptance."""

    ip_address: str | None
    user_agent: str


def finish(
    *, sign_up: SignUp, texts: Collection[AgreementText], origin: Origin, at: datetime
) -> User:
    """Makes the person and their personal account, with what they declared and accepted.

    `texts` are those they were shown and accepted, one of each document in force. A minor's
    account waits for a guardian. Raises `SignUpIsOver`, `NumberIsTaken`, `NameRefused` and
    `NotTheCurrentText`; nothing is written then.
    """
    try:
        with transaction.atomic():
            return _open(sign_up, texts, origin, at)
    except IntegrityError:
        if User.objects.filter(phone=sign_up.phone).exists():
            raise NumberIsTaken(_("There is an account with this number already.")) from None
        raise


def _open(sign_up: SignUp, texts: Collection[AgreementText], origin: Origin, at: datetime) -> User:
    # Two clicks, one account: the second finds no row.
    row = SignUp.objects.select_for_update().filter(pk=sign_up.pk).first()
    if row is None or row.is_over(at) or step_of(row) != Step.AGREEMENTS:
        raise SignUpIsOver(_("This sign-up was finished meanwhile. Sign in with your phone."))
    versions = documents(at=at)
    if {text.version_id for text in texts} != {version.pk for version in versions}:
        raise NotTheCurrentText(
            _("A newer version of these terms was published. Read it, then agree again.")
        )
    user, account = _person_and_account(row, at)
    naming.begin(person=user, account=account, at=at)
    for text in texts:
        consent.record(
            user=user,
            account=account,
            text=text,
            method=Acceptance.Method.SIGN_UP,
            ip_address=origin.ip_address,
            user_agent=origin.user_agent,
            at=at,
        )
    _declarations(row, user, account, versions[0], at)
    row.delete()
    return user


def _person_and_account(row: SignUp, at: datetime) -> tuple[User, Account]:
    user = User(
        phone=row.phone,
        phone_verified_at=row.verified_at,
        name=row.name,
        language=row.language,
        password=row.password,
    )
    user.full_clean(exclude=["phone"])  # that it is taken is told apart
    user.save()
    account = Account.objects.create(kind=Account.Kind.PERSONAL, holder=user, name=row.name)
    Membership.objects.create(user=user, account=account, role=Membership.Role.OWNER)
    return user, account


def _declarations(
    row: SignUp, user: User, account: Account, terms: AgreementVersion, at: datetime
) -> None:
    said = row.declared
    until = date.fromisoformat(said["of_age_on"]) if said["of_age_on"] else None
    standing = capacity.Standing(Capacity(said["capacity"]), until)
    capacity.declare(user=user, standing=standing, version=terms, at=at)
    declared_use.declare(
        user=user,
        account=account,
        use=said["use"],
        details=said["details"],
        version=terms,
        at=at,
    )
    if standing.capacity != Capacity.ADULT:
        guardians.require(account=account, since=at)


def forget(*, at: datetime) -> int:
    """Deletes sign-ups that are over; returns how many."""
    deleted, _by_model = SignUp.objects.filter(expires_at__lte=at).delete()
    return deleted
