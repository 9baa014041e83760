"""Orders about content: the platform fetches them, does them, and says what came of it (3.2).

An order is over when its latest receipt says `done` or `failed`; one that failed or is late
waits for staff, until it is done or another order about the same thing takes its place.
"""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Case as Choose
from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Subquery, Value, When
from django.utils.translation import gettext as _

from accounts.models import ServiceClient
from compliance import client_keys, trail
from compliance.exceptions import NotPossible, WrongStep
from compliance.models import Case, ContentOrder, ContentOrderReceipt, Decision
from compliance.trail import What

Outcome = ContentOrderReceipt.Outcome
OVER = (Outcome.DONE, Outcome.FAILED)
# How far the platform's clock may be ahead of ours.
AHEAD = timedelta(minutes=5)
WAITING = "waiting"


@dataclass(frozen=True, kw_only=True)
class Said:
    """What the platform says of an order."""

    outcome: str
    reference: str = ""
    done_at: datetime | None = None
    note: str = ""

    def hash_for(self, order: ContentOrder) -> str:
        """SHA-256 that stands for exactly this, about exactly that order."""
        done_at = self.done_at and repr(self.done_at.timestamp())
        whole = {**asdict(self), "done_at": done_at, "order": order.public_id}
        return client_keys.request_hash(whole)


@transaction.atomic
def send(
    *, decision: Decision, what: str, target: str, instruction: str, due_at: datetime
) -> ContentOrder:
    """Orders the platform to do something about `target`, named in its own terms, by then.

    The platform finds it with its next question, once this transaction is over.
    """
    if not target.strip():
        raise NotPossible(_("Name what the order is about, in the platform's terms."))
    order = ContentOrder.record(
        case_id=decision.case_id,
        decision=decision,
        what=what,
        target=target.strip(),
        instruction=instruction.strip(),
        due_at=due_at,
    )
    trail.record(order.case, What.ORDER_SENT, order=order.public_id, decision=decision.public_id)
    return order


@transaction.atomic
def receive(
    *, order: ContentOrder, client: ServiceClient, client_key: str, said: Said, at: datetime
) -> tuple[ContentOrderReceipt, bool]:
    """Takes down what the platform says, and whether it was new.

    The same key with the same words is the same receipt; with others it raises `KeyTaken`.
    Raises `WrongStep` once the order is done, and `NotPossible` for a moment to come.
    """
    digest = said.hash_for(order)
    known = _known(client, client_key, digest)
    if known is not None:
        return known, False
    # One after the other: receipts of a case wait for each other here.
    case = Case.objects.select_for_update().get(pk=order.case_id)
    outcomes = set(order.receipts.values_list("outcome", flat=True))
    if Outcome.DONE in outcomes or (said.outcome == Outcome.FETCHED and outcomes & {*OVER}):
        # The one before may have been this very receipt, a moment ago.
        known = _known(client, client_key, digest)
        if known is not None:
            return known, False
        raise WrongStep(_("This order is over already."))
    if said.done_at is not None and said.done_at > at + AHEAD:
        raise NotPossible(_("It cannot have been done at a moment to come."))
    try:
        with transaction.atomic():
            receipt = ContentOrderReceipt.record(
                order=order, client=client, client_key=client_key, request_hash=digest,
                **asdict(said),
            )  # fmt: skip
    except IntegrityError:
        known = _known(client, client_key, digest)
        if known is None:
            raise
        return known, False
    trail.record(
        case,
        What.ORDER_ANSWERED,
        order=order.public_id,
        outcome=said.outcome,
        client=client.public_id,
    )
    return receipt, True


def _known(client: ServiceClient, key: str, digest: str) -> ContentOrderReceipt | None:
    known: ContentOrderReceipt | None = client_keys.known(
        ContentOrderReceipt.objects.select_related("order"),
        client=client,
        key=key,
        request_hash=digest,
    )
    return known


# -- questions ---------------------------------------------------------------------------


def with_outcome() -> QuerySet[Any]:
    """All orders, as `outcomes_of` has them."""
    return outcomes_of(ContentOrder.objects.all())


def outcomes_of(orders: QuerySet[Any]) -> QuerySet[Any]:
    """Orders with `outcome`, that of the latest receipt, `waiting` without one."""
    latest = ContentOrderReceipt.objects.filter(order=OuterRef("pk")).order_by("-pk")
    said = Subquery(latest.values("outcome")[:1])
    outcome = Choose(When(said=None, then=Value(WAITING)), default="said", output_field=CharField())
    found: QuerySet[Any] = orders.annotate(said=said).annotate(outcome=outcome)
    return found


def not_over() -> QuerySet[Any]:
    """Orders the platform still has to do."""
    return with_outcome().exclude(outcome__in=OVER)


def for_staff(at: Any) -> QuerySet[Any]:
    """Orders that failed, or are late at `at`, and none about the same came after."""
    later = ContentOrder.objects.filter(
        case=OuterRef("case"), target=OuterRef("target"), pk__gt=OuterRef("pk")
    )
    return with_outcome().filter(
        Q(outcome=Outcome.FAILED) | (Q(due_at__lte=at) & ~Q(outcome=Outcome.DONE)), ~Exists(later)
    )


# -- pages for the platform -----------------------------------------------------------------

MOST_OF_A_PAGE = 100
_CURSOR_PARTS = 2


@dataclass(frozen=True)
class Page:
    """Orders in the order they were sent, and the cursor to ask for the next with."""

    orders: list[Any]
    cursor: str
    more: bool


def cursor_in(text: str) -> tuple[int, int]:
    """Where a page ended, as `Page.cursor` wrote it. Raises `ValueError`."""
    parts = [int(part) for part in text.split("-") if part.isascii() and part.isdigit()]
    if len(parts) != _CURSOR_PARTS or text != "-".join(map(str, parts)) or max(parts) >= 2**63:
        raise ValueError(text)
    return parts[0], parts[1]


def page(*, after: str, only_open: bool) -> Page:
    """Up to 100 orders sent after the cursor, all of them or those not over.

    By transaction, and only those before which nothing can commit any more: who goes on from
    a cursor misses none. So an order shows once every older transaction is over.
    """
    orders = not_over() if only_open else with_outcome()
    position = cursor_in(after) if after else (0, 0)
    found = list(
        orders.select_related("case", "decision__clause")
        .extra(
            where=[
                "(compliance_contentorder.transaction, compliance_contentorder.id)"
                " > (%s::text::xid8, %s)",
                "compliance_contentorder.transaction < pg_snapshot_xmin(pg_current_snapshot())",
            ],
            params=[str(position[0]), position[1]],
        )
        .order_by("transaction", "pk")[: MOST_OF_A_PAGE + 1]
    )
    shown = found[:MOST_OF_A_PAGE]
    cursor = f"{shown[-1].transaction}-{shown[-1].pk}" if shown else after
    return Page(shown, cursor, more=len(found) > len(shown))
