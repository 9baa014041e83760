"""What of the agreement goes on to bind whoever has left (clause 1.3, its last sentence)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import amendments, consent
from accounts.models import Account, AgreementVersion, Clause, ClauseText

SURVIVAL = "1.3"
OBLIGATIONS: Sequence[tuple[str, str | Promise]] = (
    ("5", _("What you learned in confidence stays confidential.")),
    ("6", _("Fees that were incurred stay due, and fees that were paid are not refunded.")),
    ("7", _("What you received from here stays under export control and sanctions law.")),
    ("10", _("You answer for claims of others that your use of the services brings about.")),
    ("12", _("What either side can claim stays limited as agreed.")),
    ("13", _("Disputes are negotiated, then decided by arbitration in Shenzhen, in Chinese.")),
)


@dataclass(frozen=True)
class Surviving:
    """`words` are those of clause 1.3 in `language`; `obligations` are clauses of the same
    version, each with what it comes to."""

    version: AgreementVersion
    words: ClauseText | None
    language: str
    obligations: Sequence[tuple[Clause, str | Promise]]


def surviving(*, account: Account | None, at: datetime) -> Surviving | None:
    """By the terms that bind the account at `at`, or those published now; None before the
    first. Clauses that version does not have are left out."""
    binding = account and amendments.in_force(account=account, slug=consent.TERMS, at=at)
    version = binding.version if binding else consent.current_terms()
    if version is None:
        return None
    text = version.text_in(None)
    wanted = [number for number, _sentence in OBLIGATIONS]
    clauses = {one.number: one for one in version.clauses.filter(number__in=wanted)}
    words = ClauseText.objects.filter(text=text, clause__number=SURVIVAL).first()
    return Surviving(
        version=version,
        words=words,
        language=text.language,
        obligations=[(clauses[n], said) for n, said in OBLIGATIONS if n in clauses],
    )
