"""Reading a report back: what it says, and who it came from, which few may know.

Contact stays masked. Whoever needs it (`compliance.read_report_contact`) is shown it after
saying why, and that is logged (`compliance.admin.report_acts`).
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.exceptions import NotAllowed
from accounts.models import Account, User
from accounts.phone_numbers import mask_email, mask_phone
from common.encryption import decrypt
from compliance import cases
from compliance.models import Report


def purpose(receipt: str, field: str) -> str:
    """What an encrypted field of a report is bound to: it decrypts in no other place."""
    return f"compliance.report:{receipt}:{field}"


@dataclass(frozen=True, kw_only=True)
class Contact:
    """Who reported and how they are reached. Empty parts are not known."""

    name: str
    email: str
    phone: str

    @property
    def is_empty(self) -> bool:
        return not (self.name or self.email or self.phone)

    def __str__(self) -> str:
        return " · ".join(filter(None, (self.name, self.email, self.phone)))


def statement_of(report: Report, *, reader: User) -> str:
    """What the reporter wrote, for its reporter and for staff who may see the case.

    Raises `NotAllowed`.
    """
    if report.reporter_id is None or report.reporter_id != reader.pk:
        _demand_sees(report, reader)
    return _decrypted(report, "statement")


def own_statement(report: Report, *, account: Account) -> str:
    """What was reported in the name of `account`, for those who answer for it.

    Raises `NotAllowed` for a report that is not theirs.
    """
    if report.reporter_account_id is None or report.reporter_account_id != account.pk:
        raise NotAllowed(_("This was reported by somebody else."))
    return _decrypted(report, "statement")


def masked_contact(report: Report) -> Contact:
    """Enough to tell two reporters apart, and for the reporter to know themselves again."""
    whole = _contact(report)
    return Contact(
        name=mask_name(whole.name),
        email=mask_email(whole.email),
        phone=mask_phone(whole.phone),
    )


def contact_of(report: Report, *, reader: User) -> Contact:
    """Who reported, in full. The caller logs it, with the reason. Raises `NotAllowed`."""
    cases.demand(reader, "compliance.read_report_contact")
    _demand_sees(report, reader)
    return _contact(report)


def email_left(report: Report) -> str:
    """The address a reporter without an account is answered at, `""` for none."""
    return _decrypted(report, "contact_email")


def mask_name(name: str) -> str:
    """`李华` -> `李*`, `Ada Lovelace` -> `A*`."""
    return f"{name[0]}*" if name else ""


def _contact(report: Report) -> Contact:
    person = report.reporter
    return Contact(
        name=_decrypted(report, "contact_name") or (person.name if person else ""),
        email=email_left(report) or (person.contact_email if person else ""),
        phone=person.phone if person else "",
    )


def _decrypted(report: Report, field: str) -> str:
    kept: str = getattr(report, field)
    return decrypt(kept, purpose=purpose(report.receipt, field)) if kept else ""


def _demand_sees(report: Report, reader: User) -> None:
    cases.demand(reader, "compliance.view_report")
    if report.case.confidential and not reader.has_perm("compliance.see_confidential_case"):
        raise NotAllowed(_("This case is confidential."))
