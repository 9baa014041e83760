"""Telling people about their money: a letter each, of every occasion.

The letters are written in the transaction that notes the occasion as told, so each person
is told once of it; `notices` sends them and keeps the proof.
"""

from datetime import datetime
from functools import partial

from django.db import transaction
from django.urls import reverse

from accounts.models import User
from billing.applications import FEES_CLAUSE
from billing.letter_texts import words_for
from billing.models import Occasion
from billing.roles import ACTING_ROLES
from notices import letters
from notices.letter_kinds import LetterKind, letter_kinds
from notices.letters import Mailing

# Occasions in one transaction.
MOST = 200


def register() -> None:
    """Called once, when the apps are ready."""
    for kind in Occasion.Kind:
        letter_kinds.register(
            LetterKind(
                name=f"billing.{kind.value}",
                label=kind.label,
                clause=FEES_CLAUSE if kind in Occasion.OF_APPLICATIONS else "",
                # What is in them is for those who see money.
                permission="billing.view_occasion",
                switches=_alert_pages if kind == Occasion.Kind.LOW_BALANCE else None,
            )
        )


def _alert_pages(user: User) -> list[tuple[str, str]]:
    """Where this person chooses below what balance each account is told of, or never."""
    looked_after = user.memberships.filter(role__in=ACTING_ROLES).select_related("account")
    return [
        (str(one.account), reverse("money_alert", args=[one.account.public_id]))
        for one in looked_after.order_by("account__name")
    ]


@transaction.atomic
def write_letters(*, at: datetime, most: int = MOST) -> int:
    """Writes the letters of up to `most` occasions nobody was told of yet; the number of
    occasions. One that concerns nobody, for want of members, is settled too."""
    occasions = list(
        Occasion.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(told_at=None)
        .select_related("account", "lot", "application__asked_by", "application__clause")
        .order_by("pk")[:most]
    )
    letters.write_all([_mailing(one) for one in occasions], at=at)
    Occasion.objects.filter(pk__in=[one.pk for one in occasions]).update(told_at=at)
    return len(occasions)


def _mailing(occasion: Occasion) -> Mailing:
    return Mailing(
        recipients=_concerned(occasion),
        kind=f"billing.{occasion.kind}",
        key=occasion.key,
        account=occasion.account,
        words=partial(words_for, occasion),
    )


def _concerned(occasion: Occasion) -> list[User]:
    """Those who look after the account's money; of an answer to a refund application whoever
    made it, as long as they are one of them."""
    looking_after = occasion.account.memberships.filter(role__in=ACTING_ROLES, user__is_active=True)
    people = [one.user for one in looking_after.select_related("user").order_by("pk")]
    applicant = occasion.application.asked_by if occasion.application else None
    return [applicant] if applicant in people else people
