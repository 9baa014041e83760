"""Writing the texts of notices, one version after the other. Trying them: `text_trials`.

A text is one kind, phase, channel and language; a version of it is a `Template` and never
changes. What a proposed change pinned stays pinned, so a new version speaks only for
changes proposed after it.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.exceptions import NotAllowed, ReasonMissing
from accounts.models import User
from common.changes import kinds_of_change
from notices.examples import example_values
from notices.exceptions import TemplateIsBroken, WrittenMeanwhile
from notices.models import Channel, Phase, ServiceChange, Template
from notices.rendering import check_placeholders, render
from notices.segments import SIGNED, count_as_sent

LONGEST_SUBJECT = 200
LONGEST_BODY = 10_000
MOST_SEGMENTS = 5
"""More than this no carrier delivers in one piece for sure, and nobody reads."""
OF_ONE_PERSON = re.compile(r"\$\{(?:name|accounts|account_count)\}")
UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")
# Changes that may yet send one of the texts they pinned.
MAY_YET_SEND = (
    ServiceChange.State.PROPOSED,
    *ServiceChange.UNDER_WAY,
    ServiceChange.State.COMPLETE,
)


@dataclass(frozen=True)
class Wording:
    """What somebody typed for a text, saved or not."""

    text: Template
    subject: str
    body: str

    @property
    def sha256(self) -> str:
        """Over the UTF-8 of subject, a newline and text, placeholders unfilled, in hex."""
        return hashlib.sha256(f"{self.subject}\n{self.body}".encode()).hexdigest()

    def as_template(self) -> Template:
        """A template that is in no table, for rendering."""
        text = self.text
        return Template(
            kind=text.kind,
            phase=text.phase,
            channel=text.channel,
            language=text.language,
            version=text.version + 1,
            subject=self.subject,
            body=self.body,
        )


def wording_of(template: Template) -> Wording:
    """A version as it stands."""
    return Wording(text=template, subject=template.subject, body=template.body)


def demand_writer(person: User) -> None:
    """Raises `NotAllowed` for whoever may not write texts."""
    if not (person.is_staff and person.has_perm("notices.add_template")):
        raise NotAllowed(_("Your group may not write texts. Ask a supervisor."))


# --- what a text has to be -----------------------------------------------------------------


def problems(wording: Wording) -> Iterator[tuple[str, str]]:
    """What is wrong, as (`subject` or `body`, a sentence). Nothing when it may be saved."""
    for name, text in (("subject", wording.subject), ("body", wording.body)):
        try:
            check_placeholders(text)
        except TemplateIsBroken as refusal:
            yield name, str(refusal)
        if UNSEEN.search(text):
            yield name, _("There is a sign in it that nobody can see. Type it anew.")
        if wording.text.channel == Channel.ANNOUNCEMENT and OF_ONE_PERSON.search(text):
            yield name, _("Everybody reads announcements: name no person and no account.")
    yield from _problems_of_subject(wording)
    yield from _problems_of_body(wording)


def _problems_of_subject(wording: Wording) -> Iterator[tuple[str, str]]:
    if wording.text.channel == Channel.SMS:
        if wording.subject:
            yield "subject", _("An SMS has no subject.")
        return
    if not wording.subject.strip():
        yield "subject", _("Write a subject.")
    if "\n" in wording.subject or "\t" in wording.subject:
        yield "subject", _("A subject is one line.")
    if len(wording.subject) > LONGEST_SUBJECT:
        yield (
            "subject",
            _("It has %(count)d characters; write at most %(most)d.")
            % {"count": len(wording.subject), "most": LONGEST_SUBJECT},
        )


def _problems_of_body(wording: Wording) -> Iterator[tuple[str, str]]:
    if not wording.body.strip():
        yield "body", _("Write a text.")
    elif len(wording.body) > LONGEST_BODY:
        yield (
            "body",
            _("It has %(count)d characters; write at most %(most)d.")
            % {"count": len(wording.body), "most": LONGEST_BODY},
        )
    elif wording.text.channel == Channel.SMS:
        if not SIGNED.match(wording.body):
            yield (
                "body",
                _("An SMS begins with its registered signature: 【apiqik】 or [apiqik]."),
            )
        segments = segments_of(wording)
        if segments > MOST_SEGMENTS:
            yield (
                "body",
                ngettext(
                    "With a plausible change it takes %(count)d segment; at most %(most)d.",
                    "With a plausible change it takes %(count)d segments; at most %(most)d.",
                    segments,
                )
                % {"count": segments, "most": MOST_SEGMENTS},
            )


def segments_of(wording: Wording) -> int:
    """How many messages an SMS is charged as with plausible values, signature included;
    0 where the text cannot be filled."""
    try:
        return count_as_sent(
            render(wording.as_template(), example_values(wording.text.language)).body
        )
    except TemplateIsBroken:
        return 0


# --- the next version ----------------------------------------------------------------------


def newest_of(text: Template) -> Template:
    """The newest version of the text that `text` is a version of."""
    newest: Template = Template.objects.versions_of(text).select_related("written_by")[0]
    return newest


def write_next(
    *, before: Template, subject: str, body: str, reason: str, written_by: User
) -> Template:
    """Writes the version after `before`, which the writer has seen to be the newest.

    Raises `NotAllowed`, `ReasonMissing`, `TemplateIsBroken`, or `WrittenMeanwhile` when
    somebody was faster; nothing is written then.
    """
    demand_writer(written_by)
    if not reason.strip():
        raise ReasonMissing(_("Say why the text changes."))
    wording = tidy(text=before, subject=subject, body=body)
    for _field, sentence in problems(wording):
        raise TemplateIsBroken(sentence)
    if wording.sha256 == wording_of(before).sha256:
        raise TemplateIsBroken(_("Nothing is different from the version before."))
    overtaken = WrittenMeanwhile(
        _("Somebody else wrote the next version meanwhile. Yours is kept below; compare them.")
    )
    if newest_of(before).pk != before.pk:
        raise overtaken
    new = wording.as_template()
    new.reason, new.written_by = reason.strip(), written_by
    try:
        with transaction.atomic():
            new.save()
    except IntegrityError as error:
        # Of two at the same moment: a version has its number once.
        raise overtaken from error
    return new


def tidy(*, text: Template, subject: str, body: str) -> Wording:
    """The wording that is saved for what was typed: plain line ends, nothing trailing."""
    kept = body.replace("\r\n", "\n").replace("\r", "\n").rstrip()
    is_letter = text.channel != Channel.SMS
    return Wording(
        text=text, subject=subject.strip(), body=kept + "\n" * (is_letter and kept != "")
    )


@dataclass(frozen=True)
class Pinned:
    """A change that may yet send an older version of a text."""

    change: ServiceChange
    version: int


def still_with_older(text: Template) -> list[Pinned]:
    """Changes proposed or under way that pinned a version before the newest, newest first.

    At most a hundred.
    """
    older = Template.objects.versions_of(text).filter(version__lt=newest_of(text).version)
    through = ServiceChange.templates.through.objects.filter(
        template__in=older.order_by(), servicechange__state__in=MAY_YET_SEND
    )
    rows = through.select_related("servicechange", "template").order_by("-servicechange")[:100]
    return [Pinned(change=row.servicechange, version=row.template.version) for row in rows]


def phases_of(kind: str) -> list[Phase]:
    """The phases that people are told of about that kind; of one that is no longer
    registered, those there are texts for."""
    if kind in kinds_of_change:
        return [Phase(phase.value) for phase in kinds_of_change.get(kind).phases]
    there = set(Template.objects.filter(kind=kind).values_list("phase", flat=True))
    return [phase for phase in Phase if phase in there]
