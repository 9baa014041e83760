"""Which statement is wanted: the days, one line for each charge or not, and from where on."""

from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.core import signing
from django.http import Http404
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from accounts.models import Account
from billing import statements
from billing.as_of import Balances
from billing.statements import Place, Statement
from common.clock import local_day, now
from common.moments import validate_moment

SALT = "billing.statement"
FORMATS = ("csv", "xlsx", "pdf")


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class StatementForm(forms.Form):
    """Days of the account's time zone, both included."""

    since = forms.DateField(
        label=gettext_lazy("First day"), widget=DayInput, validators=[validate_moment]
    )
    until = forms.DateField(
        label=gettext_lazy("Last day"), widget=DayInput, validators=[validate_moment]
    )
    detailed = forms.BooleanField(label=gettext_lazy("Each charge on its own"), required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until < since:
            self.add_error("until", _("The last day is before the first."))
        return cleaned


class FileForm(StatementForm):
    """As what, and in which language."""

    format = forms.ChoiceField(choices=[(name, name.upper()) for name in FORMATS])
    language = forms.ChoiceField(
        label=gettext_lazy("Language of the file"), choices=settings.LANGUAGES, required=False
    )

    def clean_language(self) -> str:
        return self.cleaned_data["language"] or get_language() or settings.LANGUAGE_CODE


@dataclass(frozen=True)
class Wanted:
    """An answered form, for an account."""

    account: Account
    first: date
    last: date
    detailed: bool

    def statement(self, known: datetime | None = None) -> Statement:
        zone = ZoneInfo(self.account.time_zone)
        return statements.statement(
            account=self.account,
            since=datetime.combine(self.first, time(), zone),
            until=datetime.combine(self.last + timedelta(days=1), time(), zone),
            known=known,
        )


def wanted(account: Account, form: StatementForm) -> Wanted:
    """What a valid form asks for."""
    answers = form.cleaned_data
    return Wanted(account, answers["since"], answers["until"], answers["detailed"])


def this_month(account: Account) -> dict[str, date]:
    """What the form begins with: the month so far."""
    today = local_day(now(), account.time_zone)
    return {"since": today.replace(day=1), "until": today}


def months(account: Account, most: int = 4) -> list[dict[str, date]]:
    """The latest months, for those who want one of them whole."""
    first = local_day(now(), account.time_zone).replace(day=1)
    found = []
    for _turn in range(most):
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        found.append({"since": first, "until": last})
        first = (first - timedelta(days=1)).replace(day=1)
    return found


def bookmark(which: Wanted, known: datetime, place: Place) -> str:
    """The address of what follows a line. It carries balances, so it is signed."""
    return signing.dumps(
        [
            [which.account.pk, which.first.isoformat(), which.last.isoformat(), which.detailed],
            known.isoformat(),
            [place.day.isoformat(), place.order, place.at.isoformat(), place.number],
            asdict(place.after),
        ],
        salt=SALT,
        compress=True,
    )


def opened(which: Wanted, mark: str) -> tuple[datetime, Place]:
    """The moment the statement was drawn at, and the line. Raises `Http404` for a bookmark
    that is not of this statement."""
    try:
        of, known, (day, order, at, number), after = signing.loads(mark, salt=SALT)
    except signing.BadSignature:
        raise Http404 from None
    if of != [which.account.pk, which.first.isoformat(), which.last.isoformat(), which.detailed]:
        raise Http404
    place = Place(
        date.fromisoformat(day), order, datetime.fromisoformat(at), number, Balances(**after)
    )
    return datetime.fromisoformat(known), place
