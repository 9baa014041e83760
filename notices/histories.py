"""One person's whole history: every notice, message, attempt and answer, with the exact
texts, change by change. What somebody may have to be shown years later."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db.models import Prefetch, QuerySet

from accounts.models import User
from notices.letter_kinds import seen_by
from notices.models import Attempt, Delivery, Letter, Notice, NoticeAccount, ServiceChange

if TYPE_CHECKING:
    from common.work_queues import StaffUser

NOTICES_SHOWN = 50
LETTERS_SHOWN = 20


@dataclass
class ChangeHistory:
    """What one person was told of one change, newest first."""

    change: ServiceChange
    notices: list[Notice] = field(default_factory=list)


@dataclass(frozen=True)
class History:
    """A page of it. `before` is the number of the notice the next page begins below, None
    on the last one."""

    changes: Sequence[ChangeHistory]
    before: int | None


def history_of(
    person: User, *, change: ServiceChange | None = None, before: int | None = None
) -> History:
    """What `person` was told, of `change` only if one is given; `NOTICES_SHOWN` notices from
    the one below the number `before` on. Reads a fixed number of statements."""
    notices = _with_everything(Notice.objects.filter(recipient=person))
    if change is not None:
        notices = notices.filter(expansion__change=change)
    if before is not None:
        notices = notices.filter(pk__lt=before)
    found = list(notices.order_by("-pk")[: NOTICES_SHOWN + 1])
    shown = found[:NOTICES_SHOWN]
    by_change: dict[int, ChangeHistory] = {}
    for notice in shown:
        of = notice.expansion.change
        by_change.setdefault(of.pk, ChangeHistory(of)).notices.append(notice)
    return History(list(by_change.values()), shown[-1].pk if len(found) > len(shown) else None)


def letters_to(person: User, *, reader: "StaffUser") -> tuple[Sequence[Letter], bool]:
    """The newest `LETTERS_SHOWN` letters to `person` that `reader` may see, with their
    deliveries, and whether there are more."""
    letters = seen_by(reader, Letter.objects.of(person)).select_related("reading", "account")
    found = list(letters.prefetch_related("deliveries")[: LETTERS_SHOWN + 1])
    return found[:LETTERS_SHOWN], len(found) > LETTERS_SHOWN


def _with_everything(notices: QuerySet[Notice]) -> QuerySet[Notice]:
    attempts = Attempt.objects.select_related("outcome", "bounce__reported_by").order_by(
        "recorded_at", "pk"
    )
    deliveries = (
        Delivery.objects.select_related("body", "template", "failure")
        .prefetch_related(Prefetch("attempts", attempts))
        .order_by("pk")
    )
    return notices.select_related(
        "body", "template", "reading", "expansion__change__clause", "expansion__postponement"
    ).prefetch_related(
        Prefetch("deliveries", deliveries),
        Prefetch("about", NoticeAccount.objects.select_related("account").order_by("account_id")),
    )
