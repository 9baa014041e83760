"""Files that prove something in a case: taken in, kept encrypted, shown to few, each view logged.

    file ─ what is it? (file_kinds) ─┬─ picture: drawn anew (pictures)
                                     ├─ PDF: looked into (pdf_files)    ─► encrypted, hashed
                                     └─ text
    a look ─ may they? ─ EvidenceView, committed ─ decrypt ─ is it that file? ─► bytes

Who may see what is kept by the database as well (migration 0030). See docs/evidence.md.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Sum
from django.utils.translation import gettext as _

from accounts.exceptions import NotAllowed
from accounts.models import ServiceClient, User
from common import encryption, names
from common.conflicts import told_in_words
from common.exceptions import CannotDecrypt
from compliance import cases, evidence_grants, interaction_grants, pdf_files, pictures, trail
from compliance.exceptions import NotPossible
from compliance.file_kinds import PDF, kind_of
from compliance.models import (
    Case,
    Evidence,
    EvidenceContent,
    EvidenceView,
    InteractionGrant,
    Sensitivity,
)
from compliance.trail import What

Source = Evidence.Source

PURPOSE = "compliance.evidence"
MEGABYTE = 1024 * 1024
MOST_BYTES = 10 * MEGABYTE
MAY_READ = "compliance.read_evidence"


@dataclass(frozen=True)
class Room:
    """How much a case takes from one source."""

    files: int
    megabytes: int


# Each source has its own room: whoever floods a case with reports leaves that of the
# customer and of the staff untouched. The database has the same bounds: migration 0051.
ROOM = {
    Source.REPORTER: Room(files=60, megabytes=240),
    Source.CUSTOMER: Room(files=40, megabytes=200),
    Source.STAFF: Room(files=40, megabytes=200),
    Source.PLATFORM: Room(files=20, megabytes=100),
}


@dataclass(frozen=True)
class Examined:
    """A file that may be kept: under which name, as what, and which bytes of it."""

    name: str
    media_type: str
    kept: bytes
    sha256: str
    kept_sha256: str


def examine(content: bytes, name: str) -> Examined:
    """Looks at a file before it is taken in. Raises `NotPossible` with what to do instead."""
    if len(content) > MOST_BYTES:
        raise NotPossible(_("The file is larger than 10 MB. Send a smaller one."))
    kind = kind_of(content)
    if kind is PDF:
        pdf_files.refuse_unsafe(content)
    kept = pictures.redraw(content, kind) if kind.is_picture else content
    return Examined(
        name=names.file_name(name, extension=kind.extension),
        media_type=kind.media_type,
        kept=kept,
        sha256=hashlib.sha256(content).hexdigest(),
        kept_sha256=hashlib.sha256(kept).hexdigest(),
    )


def add(
    *,
    case: Case,
    content: bytes,
    name: str,
    source: str,
    at: datetime,
    sensitivity: str = Sensitivity.ORDINARY,
    added_by: User | None = None,
    client: ServiceClient | None = None,
    interaction_grant: InteractionGrant | None = None,
    note: str = "",
) -> Evidence:
    """Takes a file into a case. Members of staff need leave to work on it; that customers and
    reporters have a part in it is for the caller to know.

    Content of the customer's use needs their leave for this case, in force at `at`
    (3.6.1). Raises `NotPossible` and `NotAllowed` with a sentence.
    """
    if source == Source.STAFF:
        _demand_work_on(case, added_by)
    # Before anything is locked: looking at a file takes its time.
    examined = examine(content, name)
    with transaction.atomic():
        locked: Case = Case.objects.select_for_update().get(pk=case.pk)
        _refuse_without_room(locked, source, len(examined.kept))
        _refuse_without_leave(locked, sensitivity, interaction_grant, at)
        added = Evidence.record(
            case=locked,
            name=examined.name,
            media_type=examined.media_type,
            size=len(examined.kept),
            sha256=examined.sha256,
            kept_sha256=examined.kept_sha256,
            sensitivity=sensitivity,
            source=source,
            note=note.strip()[:500],
            added_by=added_by,
            client=client,
            interaction_grant=interaction_grant,
        )
        ciphertext = encryption.encrypt_bytes(examined.kept, purpose=purpose_of(added))
        EvidenceContent.objects.create(
            evidence=added, key_id=encryption.key_id_of(ciphertext), ciphertext=ciphertext
        )
        trail.record(
            locked,
            What.EVIDENCE_ADDED,
            actor=added_by,
            evidence=str(added.uuid),
            sha256=added.sha256,
            sensitivity=sensitivity,
        )
    return added


def open_(*, evidence: Evidence, viewer: User, at: datetime, ip_address: str | None) -> bytes:
    """The bytes of a file for somebody who may see it. That they saw it is committed first.

    Raises `NotAllowed`, `HappenedMeanwhile`, and `NotPossible` for a file that is damaged or
    not the one recorded.
    """
    refuse_to_show(evidence=evidence, viewer=viewer, at=at)
    grant = evidence_grants.live(evidence=evidence, viewer=viewer, at=at)
    # Durable: inside another transaction the view could be rolled back after the look. A grant
    # or leave that was taken back this very moment is refused by the database.
    with told_in_words(), transaction.atomic(durable=True):
        EvidenceView.record(evidence=evidence, viewer=viewer, grant=grant, ip_address=ip_address)
    return content_of(evidence)


def refuse_to_show(*, evidence: Evidence, viewer: User, at: datetime) -> None:
    """Raises `NotAllowed`, with what is missing, unless `viewer` may see the file at `at`."""
    cases.demand(viewer, MAY_READ)
    evidence_grants.refuse_confidential(evidence.case, viewer)
    if evidence.needs_grant and not evidence_grants.live(evidence=evidence, viewer=viewer, at=at):
        raise NotAllowed(_("This file is sensitive. Ask to see it, and a supervisor answers."))
    leave = evidence.interaction_grant
    if leave is not None and not interaction_grants.is_in_force(leave, at=at):
        raise NotAllowed(
            _(
                "The customer's leave to look at this content has ended (clause 3.6.1). "
                "Ask them for a new one."
            )
        )


def content_of(evidence: Evidence) -> bytes:
    """The bytes as kept, for rules that do not show them to anybody. Raises `NotPossible`
    when they are damaged, of another record, or not those that were recorded."""
    kept = EvidenceContent.objects.filter(evidence=evidence).first()
    if kept is None:
        raise NotPossible(_("The content of this file is missing. Tell whoever runs the server."))
    ciphertext = bytes(kept.ciphertext)
    if encryption.key_id_of(ciphertext) not in encryption.key_ids():
        raise NotPossible(
            _(
                "The key “%(key)s” that this file was encrypted with is missing. "
                "Whoever runs the server has to put it back."
            )
            % {"key": kept.key_id}
        )
    try:
        content = encryption.decrypt_bytes(ciphertext, purpose=purpose_of(evidence))
    except CannotDecrypt:
        raise NotPossible(_damaged()) from None
    if hashlib.sha256(content).hexdigest() != evidence.kept_sha256:
        raise NotPossible(_damaged())
    return content


def purpose_of(evidence: Evidence) -> str:
    """What the content is bound to: it decrypts as this record's and as no other's."""
    return f"{PURPOSE}:{evidence.uuid}"


def _damaged() -> str:
    return _(
        "What is stored for this file is damaged or belongs to another one, so it is not shown. "
        "Tell whoever runs the server."
    )


def _demand_work_on(case: Case, person: User | None) -> None:
    if person is None:
        raise NotPossible(_("Say who of the staff adds the file."))
    cases.demand(person, "compliance.work_on_case")
    evidence_grants.refuse_confidential(case, person)


def _refuse_without_room(case: Case, source: str, more: int) -> None:
    """With the case locked, so that two uploads at once do not both find room."""
    room = ROOM[Source(source)]
    sent = Evidence.objects.filter(case=case, source=source)
    taken = sent.aggregate(files=Count("pk"), bytes=Sum("size"))
    full = taken["files"] >= room.files or (taken["bytes"] or 0) + more > room.megabytes * MEGABYTE
    if full and source == Source.REPORTER:
        raise NotPossible(
            _("We have so many files about this that we take no more: report it without files.")
        )
    if full:
        raise NotPossible(
            _("A case holds %(files)d such files and %(megabytes)d MB of them, and this is more.")
            % {"files": room.files, "megabytes": room.megabytes}
        )


def _refuse_without_leave(
    case: Case, sensitivity: str, leave: InteractionGrant | None, at: datetime
) -> None:
    if (sensitivity == Sensitivity.INTERACTION) != (leave is not None):
        raise NotPossible(
            _(
                "Content of the customer's use is kept with the customer's leave, and no other "
                "file is (clause 3.6.1)."
            )
        )
    if leave is None:
        return
    if leave.case_id != case.pk or not interaction_grants.is_in_force(leave, at=at):
        raise NotPossible(
            _("The customer has given no leave for this case, or it has ended (clause 3.6.1).")
        )
