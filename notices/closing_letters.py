"""Telling people that an account is to be closed: at once, before the end, and at the end.

Each is a letter to every address of whoever leaves, or of an organization's owners and
administrators, written in the transaction that does what it tells of.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.dispatch import receiver
from django.urls import reverse
from django.utils import dateformat
from django.utils.timezone import localtime
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from accounts.leaving_checks import Obstacle
from accounts.models import Closing, User
from accounts.signals import (
    closing_asked_for,
    closing_carried_out,
    closing_taken_back,
    closing_waits,
)
from notices import letters
from notices.letter_kinds import LetterKind, letter_kinds
from notices.letters import Words
from notices.models import Letter

ASKED, SOON, DONE = "notices.closing_asked", "notices.closing_soon", "notices.closing_done"
BACK, WAITS = "notices.closing_back", "notices.closing_waits"
KINDS = (
    LetterKind(name=ASKED, label=gettext_lazy("account to be closed"), clause="1.3"),
    LetterKind(name=SOON, label=gettext_lazy("account closed soon"), clause="1.3"),
    LetterKind(name=DONE, label=gettext_lazy("account closed"), clause="1.3"),
    LetterKind(name=BACK, label=gettext_lazy("account stays open"), clause="1.3"),
    LetterKind(name=WAITS, label=gettext_lazy("account not closed yet"), clause="1.3"),
)
REMINDED_BEFORE = timedelta(days=3)


def register() -> None:
    """Called once, when the app is ready."""
    for kind in KINDS:
        letter_kinds.register(kind)


@receiver(closing_asked_for)
def asked(sender: object, closing: Closing, at: datetime, **_news: object) -> None:
    _write(ASKED, closing, at=at)


@receiver(closing_taken_back)
def taken_back(sender: object, closing: Closing, at: datetime, **_news: object) -> None:
    _write(BACK, closing, at=at)


@receiver(closing_carried_out)
def carried_out(sender: object, closing: Closing, at: datetime, **_news: object) -> None:
    _write(DONE, closing, at=at)


@receiver(closing_waits)
def waits(
    sender: object, closing: Closing, obstacles: list[Obstacle], at: datetime, **_news: object
) -> None:
    _write(WAITS, closing, at=at)


def remind(*, at: datetime) -> int:
    """Writes to those whose account is closed within three days, once; how many closings."""
    told = Letter.objects.filter(kind=SOON, key=OuterRef("public_id"))
    soon = Closing.objects.ending_within(REMINDED_BEFORE, at=at).filter(~Exists(told))
    chosen = list(soon.select_related("person", "account", "requested_by").order_by("pk")[:500])
    for closing in chosen:
        _write(SOON, closing, at=at)
    return len(chosen)


def _write(kind: str, closing: Closing, *, at: datetime) -> None:
    letters.write(
        recipients=_concerned(closing),
        kind=kind,
        key=closing.public_id,
        account=closing.account,
        words=lambda person: words_of(kind, closing),
        at=at,
    )


def _concerned(closing: Closing) -> Collection[User]:
    if closing.person is not None:
        return [closing.person]
    assert closing.account is not None  # one of the two is there
    members = closing.account.memberships.noticed().select_related("user").order_by("pk")
    return [one.user for one in members]


def words_of(kind: str, closing: Closing) -> Words:
    """The letter in the language and time zone in use."""
    said = {
        "name": str(closing.concerns),
        "identifier": closing.concerns.public_id,
        "reference": closing.public_id,
        "moment": _moment(closing.ends_at),
        "asked": _moment(closing.recorded_at),
        "url": settings.SITE_URL.rstrip("/") + _page(closing),
    }
    subject, told, sms = _sentences(kind)
    ending = _("Reference: %(reference)s. Basis: clause 1.3 of the agreement.")
    return Words(
        subject=subject % said,
        body=f"{told % said}\n\n{ending % said}\n",
        sms=sms % said,
    )


def _page(closing: Closing) -> str:
    if closing.person_id is not None:
        return reverse("leave")
    assert closing.account is not None
    return reverse("close_account", args=[closing.account.public_id])


def _sentences(kind: str) -> tuple[str, str, str]:
    """Subject, text and SMS of a kind, before their values."""
    if kind == ASKED:
        return (
            _("%(name)s will be closed on %(moment)s"),
            _(
                "You, or an owner of the organization, asked on %(asked)s to close %(name)s "
                "(%(identifier)s). It will be closed on %(moment)s.\n\n"
                "Until then everything works as before, and one click takes it back. If it was "
                "not you, take it back at once and change your password:\n\n%(url)s"
            ),
            _(
                "apiqik: %(name)s will be closed on %(moment)s. Not you? Sign in and take it "
                "back at once."
            ),
        )
    if kind == SOON:
        return (
            _("Reminder: %(name)s will be closed on %(moment)s"),
            _(
                "%(name)s (%(identifier)s) will be closed on %(moment)s, as was asked for on "
                "%(asked)s. That is final: what is left of the balance lapses, API keys stop "
                "working, and nobody can sign in to it any more.\n\n"
                "Download the statements you need, or take it back by one click:\n\n%(url)s"
            ),
            _("apiqik: %(name)s will be closed on %(moment)s, for good. Sign in to take it back."),
        )
    if kind == DONE:
        return (
            _("%(name)s is closed"),
            _(
                "%(name)s (%(identifier)s) was closed, as was asked for on %(asked)s. API keys "
                "no longer work and memberships have ended.\n\n"
                "The agreement goes on to bind you where it says so. Records that the law has "
                "us keep are kept as long as it does."
            ),
            _("apiqik: %(name)s is closed, as was asked for. Thank you for having been with us."),
        )
    if kind == BACK:
        return (
            _("%(name)s stays open"),
            _(
                "The request of %(asked)s to close %(name)s (%(identifier)s) was taken back. "
                "Everything stays as it is.\n\nIf that was not you, change your password and "
                "write to support:\n\n%(url)s"
            ),
            _("apiqik: the request to close %(name)s was taken back. Everything stays."),
        )
    return (
        _("%(name)s is not closed yet"),
        _(
            "%(name)s (%(identifier)s) was to be closed on %(moment)s, but something has to be "
            "settled first. We look again every minute and close it then; until that, you can "
            "take it back. What is in the way:\n\n%(url)s"
        ),
        _("apiqik: %(name)s is not closed yet: something is in the way. Sign in to see what."),
    )


def _moment(at: datetime) -> str:
    form = "Y年n月j日 H:i" if get_language() == "zh-hans" else "j F Y, H:i (e)"
    return dateformat.format(localtime(at), form)
