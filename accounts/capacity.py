"""Who may open an account, by age (clause 1.1), and what is kept of it.

A birth date is asked of everybody in the same words, so that nobody is told which answer
opens the door. It is judged and forgotten: of adults only that they are, of others the
month from which they will be.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.exceptions import AgeRefused
from accounts.models import AgreementVersion, Capacity, CapacityDeclaration, User
from common.clock import local_day

CLAUSE = "1.1"
WORDING = 1
"""Number of the sentence below: raise it with every change of its meaning."""

SENTENCE = _(
    "I have full legal capacity, or I am a minor and will use the account only once my guardian "
    "has consented. The law where I live does not forbid this agreement."
)
OLDEST = 120


@dataclass(frozen=True)
class Standing:
    """What a birth date comes to; `of_age_on` is None for adults."""

    capacity: Capacity
    of_age_on: date | None


def judge(*, born: date, at: datetime) -> Standing:
    """Whether somebody born then is an adult, a minor or a child today, in the platform's
    time zone. Raises `AgeRefused`."""
    today = local_day(at, settings.TIME_ZONE)
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    if not 0 <= age <= OLDEST:
        raise AgeRefused(_("Is that your birth date? Please look at the year again."))
    if age >= settings.ADULT_AGE:
        return Standing(Capacity.ADULT, None)
    capacity = Capacity.MINOR if age >= settings.CHILD_AGE else Capacity.CHILD
    if capacity == Capacity.CHILD and not settings.CHILDREN_MAY_SIGN_UP:
        raise AgeRefused(
            _("Accounts are for people of %(age)d and older.") % {"age": settings.CHILD_AGE}
        )
    return Standing(capacity, _of_age_on(born))


def _of_age_on(born: date) -> date:
    """The first of the month after the birthday: the day itself is nobody's business."""
    year = born.year + settings.ADULT_AGE
    return date(year + 1, 1, 1) if born.month == 12 else date(year, born.month + 1, 1)


def declare(
    *, user: User, standing: Standing, version: AgreementVersion, at: datetime
) -> CapacityDeclaration:
    """Records what `user` declared, in the caller's transaction."""
    return CapacityDeclaration.record(
        user=user,
        capacity=standing.capacity,
        of_age_on=standing.of_age_on,
        version=version,
        clause=CLAUSE,
        wording=WORDING,
        declared_at=at,
    )


def declared(user: User) -> CapacityDeclaration | None:
    """What this person declared last; None for whoever came before it was asked."""
    found: CapacityDeclaration | None = user.capacities.order_by("-pk").first()
    return found
