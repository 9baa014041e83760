"""What kinds of letters there are. Apps add theirs in `AppConfig.ready`.

letter_kinds.register(LetterKind(name="compliance.inquiry", label=_("question to a customer")))
"""

from dataclasses import dataclass

from django.utils.functional import Promise

from common.registries import Registry
from notices.models import Channel, Letter


@dataclass(frozen=True, kw_only=True)
class LetterKind:
    """`name` is `app.what`, 40 characters at most. `channels` are those it goes by beside
    the inbox; `clause` is the number it hangs on, shown on its page."""

    name: str
    label: str | Promise
    channels: tuple[str, ...] = (Channel.EMAIL, Channel.SMS)
    clause: str = ""


letter_kinds: Registry[LetterKind] = Registry("kind of letter")


def label_of(letter: Letter) -> str | Promise:
    """What people call its kind; the bare name of one whose app is gone."""
    return letter_kinds.get(letter.kind).label if letter.kind in letter_kinds else letter.kind


def clause_of(letter: Letter) -> str:
    """The number of the clause its kind hangs on, or nothing."""
    return letter_kinds.get(letter.kind).clause if letter.kind in letter_kinds else ""
