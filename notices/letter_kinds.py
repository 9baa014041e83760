"""What kinds of letters there are. Apps add theirs in `AppConfig.ready`.

letter_kinds.register(LetterKind(name="compliance.inquiry", label=_("question to a customer")))
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.functional import Promise

from common.registries import Registry
from notices.models import Channel, Letter
from notices.models.letters import LetterQuerySet

if TYPE_CHECKING:
    from collections.abc import Callable

    from accounts.models import User
    from common.work_queues import StaffUser


@dataclass(frozen=True, kw_only=True)
class LetterKind:
    """`name` is `app.what`, 40 characters at most. `channels` are those it goes by beside
    the inbox; `clause` is the number it hangs on, shown on its page. Staff without
    `permission`, if it names one, do not see letters of the kind.

    `switches` says where a person turns it off and on: label and address of a page each. A
    kind without it is mandatory, and `why` says so to people; empty: the general reason."""

    name: str
    label: str | Promise
    channels: tuple[str, ...] = (Channel.EMAIL, Channel.SMS)
    clause: str = ""
    permission: str = ""
    switches: "Callable[[User], list[tuple[str, str]]] | None" = None
    why: str | Promise = ""


letter_kinds: Registry[LetterKind] = Registry("kind of letter")


def label_of(letter: Letter) -> str | Promise:
    """What people call its kind; the bare name of one whose app is gone."""
    return letter_kinds.get(letter.kind).label if letter.kind in letter_kinds else letter.kind


def clause_of(letter: Letter) -> str:
    """The number of the clause its kind hangs on, or nothing."""
    return letter_kinds.get(letter.kind).clause if letter.kind in letter_kinds else ""


def seen_by(user: "StaffUser", rows: LetterQuerySet) -> LetterQuerySet:
    """Those of `rows` that this member of staff, who may read letters at all, may read."""
    hidden = [
        kind.name for kind in letter_kinds if kind.permission and not user.has_perm(kind.permission)
    ]
    return rows.exclude(kind__in=hidden)
