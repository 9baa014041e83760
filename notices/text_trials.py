"""Trying a text before it is saved: as somebody would get it, and as it arrives.

A test goes to the writer's own address through the channel's preferred provider. It is no notice:
it makes no delivery and no attempt, and no gate knows of it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from accounts.exceptions import NotAllowed
from accounts.models import User
from accounts.models.users import Language
from accounts.phone_numbers import mask_email, mask_phone
from common.messaging import Message, configured
from notices import channels
from notices.audiences import Recipient, sample_recipient
from notices.examples import example_values
from notices.exceptions import TemplateIsBroken, TooManyTests
from notices.models import Channel, ServiceChange, Template, TestOutcome, TestSend
from notices.rendering import Rendered, render, values
from notices.segments import count_segments
from notices.texts import LONGEST_SUBJECT, SIGNED, Wording, demand_writer, problems

MOST_TESTS = 20
TESTS_WITHIN = timedelta(hours=1)
# Read by everybody, so in one zone: the platform's own.
PUBLIC_ZONE = "Asia/Shanghai"
MARKS = {Language.CHINESE.value: "（测试）", Language.ENGLISH.value: "(test) "}


@dataclass(frozen=True)
class Preview:
    """A text as somebody would get it. Without `change`, filled with plausible values."""

    rendered: Rendered
    segments: int
    change: ServiceChange | None
    recipient: User | None


def changes_to_show(kind: str) -> list[ServiceChange]:
    """The most recent changes of a kind, to try a text with."""
    return list(ServiceChange.objects.filter(kind=kind).order_by("-pk")[:20])


def preview(
    wording: Wording, *, change: ServiceChange | None = None, person: User | None = None
) -> Preview:
    """The text filled as for `person` (else for the first who would be told) about `change`.

    Raises `TemplateIsBroken`.
    """
    language = wording.text.language
    recipient = sample_recipient(change, person) if change else None
    given = _given(change, recipient, language, wording.text.channel)
    rendered = render(wording.as_template(), given)
    is_sms = wording.text.channel == Channel.SMS
    return Preview(
        rendered=rendered,
        segments=count_segments(rendered.body) if is_sms else 0,
        change=change,
        recipient=recipient.user if recipient else None,
    )


def _given(
    change: ServiceChange | None, recipient: Recipient | None, language: str, channel: str
) -> dict[str, str]:
    if change is None:
        return example_values(language)
    if channel == Channel.ANNOUNCEMENT or recipient is None:
        return dict(values(change, language=language, zone=PUBLIC_ZONE))
    user = recipient.user
    return dict(
        values(
            change,
            language=language,
            zone=user.time_zone,
            name=user.name,
            accounts=recipient.accounts,
        )
    )


def own_address(channel: str, person: User) -> str:
    """Where a test of that channel would go; empty if it cannot."""
    own = {Channel.EMAIL.value: person.reachable_email, Channel.SMS.value: person.phone}
    return own.get(channel, "")


def masked_address(channel: str, person: User) -> str:
    mask = mask_email if channel == Channel.EMAIL else mask_phone
    return mask(own_address(channel, person))


def send_test(*, wording: Wording, shown: Preview, sent_by: User, at: datetime) -> TestOutcome:
    """Sends the text as previewed to the writer's own address, marked as a test.

    No notice to anybody: it makes no delivery and no gate knows of it. Call it outside a
    transaction, as the record stands before anything leaves. Raises `NotAllowed`,
    `TemplateIsBroken` for a text that may not be saved, `TooManyTests`.
    """
    text = wording.text
    demand_writer(sent_by)
    address = own_address(text.channel, sent_by)
    if not address:
        raise NotAllowed(
            _("There is no verified address of yours for this channel. Add it to your profile.")
        )
    for _field, sentence in problems(wording):
        raise TemplateIsBroken(sentence)
    recent = TestSend.objects.filter(sent_by=sent_by, recorded_at__gt=at - TESTS_WITHIN)
    if recent.count() >= MOST_TESTS:
        raise TooManyTests(
            _("You sent %(most)d tests within an hour. Wait a while.") % {"most": MOST_TESTS}
        )
    provider = configured.preferred(text.channel)
    test = TestSend.record(
        sent_by=sent_by,
        kind=text.kind,
        phase=text.phase,
        channel=text.channel,
        language=text.language,
        text_sha256=wording.sha256,
        address=masked_address(text.channel, sent_by),
        provider=provider.name,
    )
    message = _marked(test, wording, shown.rendered, address)
    [answer] = channels.send(provider, [message])
    return TestOutcome.record(test_send=test, verdict=answer.verdict, answer=answer.answer)


def _marked(test: TestSend, wording: Wording, rendered: Rendered, address: str) -> Message:
    """Marked, so that nobody takes it for a notice, the writer least of all."""
    is_sms = wording.text.channel == Channel.SMS
    mark = MARKS[wording.text.language]
    signed = SIGNED.match(rendered.body) if is_sms else None
    body = rendered.body
    if signed:
        body = f"{signed[0]}{mark}{body[signed.end() :]}"
    return channels.write(
        wording.text.channel,
        reference=str(test.pk),
        address=address,
        subject="" if is_sms else f"{mark}{rendered.subject}"[:LONGEST_SUBJECT],
        body=body,
        template=str(wording.text),
        language=wording.text.language,
    )


def tests_of(text: Template) -> list[TestSend]:
    """The newest test sends of a text, with their outcomes."""
    return list(
        TestSend.objects.filter(
            kind=text.kind, phase=text.phase, channel=text.channel, language=text.language
        )
        .select_related("sent_by", "outcome")
        .order_by("-recorded_at")[:20]
    )
