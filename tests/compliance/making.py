"""Short ways to make what tests of compliance are about; each area below its name."""

from itertools import count

from django.contrib.auth.models import Group

from common.clock import now
from compliance import cases
from compliance.models import Case, CaseKind
from tests.accounts.making import make_account, make_person

_numbers = count(1)
_subjects = count(1)


def make_staff_of(*groups, **fields):
    """A member of staff in those groups."""
    person = make_person(**{"is_staff": True, "name": f"Staff {next(_numbers)}", **fields})
    person.groups.set(Group.objects.filter(name__in=groups))
    return person


def open_case(account=None, *, kind=CaseKind.VIOLATION, opened_by=None, **fields):
    """A new case about an account, one of its own if none is given."""
    if account is None and not fields.get("subject"):
        account = make_account()
    title = fields.pop("title", "Spam through the API")
    case, _new = cases.open_or_join(
        kind=kind, title=title, account=account, opened_by=opened_by, at=now(), **fields
    )
    return case


def case_of(officer, account=None, **fields):
    """A case that this member of staff works on."""
    return cases.claim(case=open_case(account, **fields), by=officer, at=now())


# -- working days and policies -----------------------------------------------------------------


def make_case(*, at, kind=CaseKind.VIOLATION, severity=2, **fields) -> Case:
    """An open case about a subject of its own, its clocks started at `at`."""
    fields.setdefault("subject", f"subject {next(_subjects)}" if "account" not in fields else "")
    return cases.open_or_join(kind=kind, title="A case", severity=severity, at=at, **fields)[0]
