"""What a certificate of notice certifies: the story of one notice, each step with its proof.

Everything is taken from what was sealed, so the same facts come out whenever they are asked
for up to the same moment. Nothing that goes on changing is among them: no names, no states.
`docs/check_certificate.py` checks them without anything of ours.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import rfc8785
from django.db.models import QuerySet

from common.models import AppendOnly
from common.seals.blocks import written_moment
from common.seals.proofs import Proof, Proven, prove
from common.seals.registry import sealed_tables
from notices.models import Announcement, Attempt, Delivery, Notice, RenderedBody
from notices.publishing import page_of

FORMAT = "apiqik certificate of notice, 1"


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing that happened, by the record of it. `shown` are columns of its sealed row."""

    what: str
    record: AppendOnly
    shown: Sequence[str] = ()

    @property
    def recorded_at(self) -> datetime:
        return self.record.recorded_at

    @property
    def row(self) -> tuple[str, int] | None:
        """Table and number under which it is sealed; None if it is from before that."""
        table = self.record._meta.label_lower
        number = getattr(self.record, sealed_tables.get(table).key)
        return (table, number) if number else None


@dataclass(frozen=True)
class Facts:
    """`document` is what is attached to the certificate, `as_of` when the last of it was
    sealed."""

    document: dict[str, Any]
    as_of: datetime

    @property
    def number(self) -> str:
        return str(self.document["number"])

    def attached(self) -> str:
        """The document as JSON by RFC 8785: the same text for the same facts."""
        return rfc8785.dumps(self.document).decode()


def facts_of(notice: Notice, *, upto: datetime | None = None) -> Facts:
    """All there is of a notice, or what had been sealed by `upto`.

    Raises `NotSealedYet`, and `NotAsSealed` for a record that was changed.
    """
    # As it is kept, not as somebody has it in hand.
    notice = Notice.objects.select_related(
        "body", "reading", "recipient", "expansion__change__clause"
    ).get(pk=notice.pk)
    deliveries = deliveries_of(notice.deliveries.order_by("channel", "pk"))
    steps = [*_steps_of_notice(notice), *(s for one in deliveries for s in steps_of_delivery(one))]
    texts = list(_texts_of(notice, deliveries))
    templates = {notice.template_id, *(one.template_id for one in deliveries)}
    wanted = [step.row for step in steps if step.row]
    wanted += [("notices.template", pk) for pk in sorted(templates)]
    wanted += [("notices.renderedbody", one.number) for one in texts if one.number]
    proven = prove(wanted, upto=upto)
    places = {(one.table, one.number): place for place, one in enumerate(proven.proofs)}
    document = {
        "format": FORMAT,
        "notice": notice.public_id,
        "recipient": notice.recipient.public_id,
        "accounts": sorted(one.account.public_id for one in notice.about.select_related("account")),
        "time_zone": min((one.time_zone for one in notice.about.all()), default="UTC"),
        "language": notice.language,
        "change": _change(notice),
        "text": notice.body_id,
        "texts": [_text(one, places) for one in texts if upto is None or _known(one, places)],
        "steps": _written(steps, proven.proofs, places, upto),
        **_proof(proven),
    }
    as_of = max(proof.sealed_at for proof in proven.proofs)
    document["as_of"] = written_moment(as_of)
    document["number"] = _number(document)
    return Facts(document, as_of)


def deliveries_of(deliveries: QuerySet[Delivery]) -> list[Delivery]:
    """With everything that happened to each."""
    return list(
        deliveries.select_related("body", "failure").prefetch_related(
            "attempts__outcome",
            "attempts__bounce",
            "attempts__resolutions",
            "attempts__matches__receipt",
        )
    )


def _steps_of_notice(notice: Notice) -> Iterator[Step]:
    announcement = Announcement.objects.filter(expansion_id=notice.expansion_id).first()
    if announcement is not None:
        yield Step(what="announced", record=announcement, shown=["public_id"])
        if (page := page_of(announcement, notice.language)) is not None:
            yield Step(what="page_published", record=page, shown=["language", "sha256"])
    yield Step(what="in_the_inbox", record=notice, shown=["public_id", "language"])
    if hasattr(notice, "reading"):
        yield Step(what="read", record=notice.reading)


def steps_of_delivery(delivery: Delivery) -> Iterator[Step]:
    """All that is on record of one that `deliveries_of` read."""
    for attempt in sorted(delivery.attempts.all(), key=lambda one: one.fence):
        shown = ["id", "provider", "provider_template", "fence", "repeats_id"]
        yield Step(what="attempt", record=attempt, shown=shown)
        if hasattr(attempt, "outcome"):
            shown = ["attempt_id", "verdict", "provider_reference"]
            yield Step(what="outcome", record=attempt.outcome, shown=shown)
        if hasattr(attempt, "bounce"):
            yield Step(what="bounce", record=attempt.bounce, shown=["attempt_id", "reason"])
        for resolution in attempt.resolutions.all():
            yield Step(what="resolution", record=resolution, shown=["attempt_id", "kind"])
        for match in attempt.matches.all():
            shown = ["provider", "state", "reference", "provider_reference", "said_at"]
            yield Step(what="receipt", record=match.receipt, shown=shown)
            shown = ["attempt_id", "receipt_id"]
            yield Step(what="receipt_matched", record=match, shown=shown)
    if hasattr(delivery, "failure"):
        yield Step(what="failure", record=delivery.failure, shown=["delivery_id", "cause"])


def _texts_of(notice: Notice, deliveries: Sequence[Delivery]) -> Iterator[RenderedBody]:
    """The message's own first."""
    yield notice.body
    others = {one.body_id: one.body for one in deliveries if one.body_id != notice.body_id}
    yield from (others[key] for key in sorted(others))


def _known(text: RenderedBody, places: dict[tuple[str, int], int]) -> bool:
    return not text.number or ("notices.renderedbody", text.number) in places


def _text(text: RenderedBody, places: dict[tuple[str, int], int]) -> dict[str, Any]:
    return {
        "sha256": text.sha256,
        "subject": text.subject,
        "body": text.body,
        "sealed": places.get(("notices.renderedbody", text.number)),
    }


def _change(notice: Notice) -> dict[str, str]:
    change = notice.expansion.change
    return {
        "id": change.public_id,
        "title_zh_hans": change.title_zh_hans,
        "title_en": change.title_en,
        "clause": change.clause.number,
        "phase": notice.expansion.phase,
    }


def _written(
    steps: Sequence[Step],
    proofs: Sequence[Proof],
    places: dict[tuple[str, int], int],
    upto: datetime | None,
) -> list[dict[str, Any]]:
    """Each step as its sealed row says it, in the order in which they were recorded."""
    written = []
    for step in steps:
        if step.row is None:
            recorded = step.recorded_at
            if upto is None or recorded <= upto:
                written.append(_from_before(step, recorded))
        elif step.row in places:
            written.append(_as_sealed(step, places[step.row], proofs[places[step.row]]))
    return sorted(written, key=lambda one: (one["at"], one["sealed"] or 0))


def _as_sealed(step: Step, place: int, proof: Proof) -> dict[str, Any]:
    row = json.loads(proof.canonical)
    said = {name: row[name] for name in step.shown}
    if isinstance(step.record, Attempt):
        [delivery] = row["delivery"]
        said |= {
            "delivery": delivery["id"],
            "channel": delivery["channel"],
            "template": delivery["template_id"],
            "text": delivery["body_id"],
            "address": proof.salted["delivery.address"][1],
        }
    # As the provider wrote it.
    for name in ("answer", "detail"):
        if name in proof.salted:
            said[name] = proof.salted[name][1]
    return {"what": step.what, "at": row["recorded_at"], "said": said, "sealed": place}


def _from_before(step: Step, recorded: datetime) -> dict[str, Any]:
    """Of attempts from before they were sealed by themselves."""
    at = written_moment(recorded).removesuffix("Z")
    said = {name: str(getattr(step.record, name)) for name in step.shown}
    return {"what": step.what, "at": at, "said": said, "sealed": None}


def _proof(proven: Proven) -> dict[str, Any]:
    return {
        "sealed": [
            {
                "table": one.table,
                "number": str(one.number),
                "row": one.canonical,
                "path": [list(step) for step in one.path],
                "block": str(one.block),
                "salted": {name: list(pair) for name, pair in one.salted.items()},
            }
            for one in proven.proofs
        ],
        "blocks": proven.blocks,
        "keys": proven.keys,
    }


def _number(document: dict[str, Any]) -> str:
    """Drawn from the facts themselves: the same for the same, on paper short enough to read
    out and long enough that no two have it."""
    digest = sha256(rfc8785.dumps(document)).hexdigest()[:20]
    return "CN-" + "-".join(digest[at : at + 5] for at in range(0, 20, 5))
