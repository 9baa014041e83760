"""Certificates of notice: what one person was told, with proof, on paper and as data.

    facts (sealed) ─► words in a language ─► PDF/A-3, the facts attached ─► an issue on record

Nothing of it is kept but the record of the issue: of the same facts the same bytes are made.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from django.utils.translation import gettext as _

from accounts.exceptions import NotAllowed
from accounts.models import User
from common.typesetting import typeset
from notices.certificate_facts import Facts, facts_of
from notices.certificate_words import contents_of
from notices.exceptions import NotTheSame
from notices.models import CertificateIssue, Notice

PERMISSION = "notices.issue_certificate"
LETTERHEAD = Path(__file__).parent / "letterhead" / "certificate.typ"


@dataclass(frozen=True)
class Certificate:
    number: str
    language: str
    as_of: datetime
    pdf: bytes

    @property
    def sha256(self) -> str:
        return sha256(self.pdf).hexdigest()

    @property
    def file_name(self) -> str:
        return f"{self.number}.{self.language}.pdf"


def make(*, notice: Notice, language: str, upto: datetime | None = None) -> Certificate:
    """The certificate of what had been sealed by `upto`, or of all there is: the same bytes
    for the same facts. Raises `NotSealedYet` and `NotAsSealed`."""
    facts: Facts = facts_of(notice, upto=upto)
    pdf = typeset(
        LETTERHEAD,
        contents_of(facts, language=language),
        at=facts.as_of,
        attached=facts.attached(),
    )
    return Certificate(facts.number, language, facts.as_of, pdf)


def issue(
    *, notice: Notice, language: str, to: User, reason: str = ""
) -> tuple[Certificate, CertificateIssue]:
    """Makes the certificate for its recipient, or for staff who may have it and say why, and
    records that. Raises as `make`, and `NotAllowed`."""
    own = to.pk == notice.recipient_id
    if not own and not (to.is_staff and to.has_perm(PERMISSION) and reason.strip()):
        raise NotAllowed(_("A certificate goes to its recipient, or to staff who say why."))
    made = make(notice=notice, language=language)
    issued = CertificateIssue.record(
        notice=notice,
        number=made.number,
        language=language,
        as_of=made.as_of,
        sha256=made.sha256,
        issued_to=to,
        reason=reason.strip(),
    )
    return made, issued


def again(issued: CertificateIssue) -> Certificate:
    """What was issued, byte for byte. Raises `NotTheSame` where other software sets it."""
    made = make(notice=issued.notice, language=issued.language, upto=issued.as_of)
    if made.sha256 != issued.sha256:
        raise NotTheSame(
            _("This certificate was set by another version of the software. Issue a new one.")
        )
    return made
