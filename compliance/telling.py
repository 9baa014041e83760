"""What customers are told of cases, by letters: asked, reminded, thanked; a dispute.

Decisions and the outcomes of reports have modules of their own. A letter says nothing of
the other side of a dispute, and nothing of the matter itself where it is confidential.
"""

from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Membership, User
from accounts.roles import ROLES, May
from compliance import letter_texts
from compliance.letter_texts import ASKED, DISPUTE, REMINDED, THANKED
from compliance.models import Case, CaseKind, Inquiry, InquiryAnswer
from notices import letters
from notices.letter_kinds import LetterKind, letter_kinds
from notices.models import Channel, Letter

KINDS = (
    LetterKind(name=ASKED, label=_("question to a customer")),
    LetterKind(name=REMINDED, label=_("reminder of a question")),
    LetterKind(name=THANKED, label=_("thanks for an answer"), channels=(Channel.EMAIL,)),
    LetterKind(name=DISPUTE, label=_("dispute between users"), clause="1.5"),
)


def register() -> None:
    """Called once, when the apps are ready."""
    for kind in KINDS:
        letter_kinds.register(kind)


def those_who_answer_for(account: Account) -> list[User]:
    """The owners and administrators of an account who can sign in."""
    members = Membership.objects.filter(
        account=account, role__in=ROLES[May.ANSWER], user__is_active=True
    )
    return [one.user for one in members.select_related("user").order_by("pk")]


def asked(inquiry: Inquiry, *, at: datetime) -> list[Letter]:
    """Those who answer for the account read the question and by when."""
    return _about(inquiry, ASKED, at=at)


def remind(inquiry: Inquiry, *, at: datetime) -> list[Letter]:
    """They are reminded, once."""
    return _about(inquiry, REMINDED, at=at)


def reminded() -> QuerySet[Letter, str]:
    """The identifiers of inquiries that somebody was reminded of."""
    return Letter.objects.filter(kind=REMINDED).values_list("key", flat=True)


def _about(inquiry: Inquiry, kind: str, *, at: datetime) -> list[Letter]:
    return letters.write(
        recipients=those_who_answer_for(inquiry.account),
        kind=kind,
        key=inquiry.public_id,
        account=inquiry.account,
        words=lambda person: letter_texts.of_inquiry(kind, inquiry, person),
        at=at,
    )


def answered(given: InquiryAnswer, *, at: datetime) -> list[Letter]:
    """Whoever answered has it in writing that we have it."""
    inquiry = given.inquiry
    return letters.write(
        recipients=[given.answered_by],
        kind=THANKED,
        key=inquiry.public_id,
        account=inquiry.account,
        words=lambda person: letter_texts.of_inquiry(THANKED, inquiry, person),
        at=at,
    )


def dispute_opened(case: Case, *, at: datetime) -> list[Letter]:
    """Each side of a dispute between users hears that there is one (1.5), once somebody of
    ours has looked at it. Nothing for cases of other kinds."""
    if case.kind != CaseKind.USER_DISPUTE:
        return []
    return [
        letter
        for side in (case.account, case.opponent)
        if side is not None
        for letter in letters.write(
            recipients=those_who_answer_for(side),
            kind=DISPUTE,
            # Somebody may belong to both sides, and hears of each.
            key=f"{case.public_id}:{side.public_id}",
            account=side,
            words=lambda person, side=side: letter_texts.of_dispute(case, side, person),  # type: ignore[misc]
            at=at,
        )
    ]
