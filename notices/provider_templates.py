"""Our texts at providers that take no free text: what is approved there, and what fills it.

A text is approved version by version. Whether it is, the provider says (`Provider.preflight`);
nobody types it. A change whose texts are not approved at every provider that needs it cannot
be proposed or approved, unless staff choose the SMS that only says “log in to read” for it:
its texts take the place of the change's own, so what is kept is what was sent.

The parameters are read back out of the text that is kept: what the provider fills in is word
for word what our own text says.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from string import Template as Placeholders

from django.db.models import Q
from django.utils.translation import gettext as _

from common.clock import now
from common.exceptions import NotRegistered
from common.messaging import CannotAsk, Message, configured
from notices.examples import example_values
from notices.exceptions import TemplateRefused
from notices.models import Channel, Delivery, ProviderTemplate, ServiceChange, Template
from notices.provider_orders import providers_in_use
from notices.rendering import PLACEHOLDERS, render

GENERIC = "log_in_to_read"
"""Stands where the kind of change would, in texts that only say that there is something."""
ASKED_AGAIN_AFTER = timedelta(days=1)
PENDING_ASKED_AFTER = timedelta(minutes=10)
PENDING = "pending"
"""The code of a problem that says: not decided yet."""
State = ProviderTemplate.State


# --- what a change needs ---------------------------------------------------------------


def texts_for(change: ServiceChange) -> list[Template]:
    """The newest texts that the change would be told by."""
    return texts_of(change.kind, generic_sms=change.generic_sms)


def texts_of(kind: str, *, generic_sms: bool) -> list[Template]:
    """The newest texts for that kind of change, with the SMS that only says “log in to read”
    where that is chosen."""
    own: Iterable[Template] = Template.objects.current(kind)
    if not generic_sms:
        return list(own)
    phases = {text.phase for text in own}
    generic = Template.objects.current(GENERIC).filter(phase__in=phases)
    return [text for text in own if text.channel != Channel.SMS] + list(generic)


def needing_approval(channel: str) -> list[str]:
    """Providers in use for a channel that take no free text."""
    return [name for name in providers_in_use(channel) if not configured.get(name).takes_free_text]


def lacking(texts: Iterable[Template]) -> Iterator[tuple[str, Template]]:
    """Which of these texts is not approved at which provider that needs it."""
    texts = [text for text in texts if text.channel in Delivery.CHANNELS]
    for channel in sorted({text.channel for text in texts}):
        concerned = [text for text in texts if text.channel == channel]
        for provider in needing_approval(channel):
            approved = set(
                ProviderTemplate.objects.approved()
                .filter(provider=provider, template__in=concerned)
                .values_list("template_id", flat=True)
            )
            yield from ((provider, text) for text in concerned if text.pk not in approved)


def problems(texts: Iterable[Template]) -> Iterator[str]:
    """What `lacking` finds, in sentences."""
    for provider, text in lacking(texts):
        yield _("%(provider)s has not approved the text “%(text)s”.") % {
            "provider": provider,
            "text": text,
        }


# --- what is sent -----------------------------------------------------------------------


class Approved:
    """The approved texts for a batch of deliveries; one question, and none when every
    provider takes free text."""

    def __init__(self, deliveries: Sequence[Delivery], providers: Collection[str]) -> None:
        self._bound = {name for name in providers if not configured.get(name).takes_free_text}
        self._rows = (
            {
                (row.provider, row.template_id): row
                for row in ProviderTemplate.objects.approved().filter(
                    provider__in=self._bound,
                    template__in={delivery.template_id for delivery in deliveries},
                )
            }
            if self._bound
            else {}
        )

    def fitting(
        self, provider: str, delivery: Delivery
    ) -> tuple[str, tuple[tuple[str, str], ...]] | None:
        """The provider's text and what fills it; `("", ())` for free text; None: it cannot
        carry this delivery."""
        if provider not in self._bound:
            return "", ()
        row = self._rows.get((provider, delivery.template_id))
        if row is None:
            return None
        said = read_back(delivery.template.body, delivery.body.body)
        if said is None or not set(row.params.values()) <= set(said):
            return None
        return row.code, tuple((theirs, said[ours]) for theirs, ours in row.params.items())


def read_back(form: str, text: str) -> Mapping[str, str] | None:
    """What the placeholders of `form` stood for when it became `text`; None when it did not
    become that."""
    pattern = ""
    position = 0
    given: set[str] = set()
    for found in Placeholders.pattern.finditer(form):
        pattern += _words(form[position : found.start()])
        name = found.group("named") or found.group("braced")
        if name and name not in given:
            pattern += f"(?P<{name}>.*?)"
            given.add(name)
        elif name:
            # A service that begins a line has a capital there.
            pattern += f"(?i:(?P={name}))"
        else:
            pattern += re.escape("$")
        position = found.end()
    pattern += _words(form[position:])
    matched = re.fullmatch(pattern, text, re.DOTALL)
    return matched.groupdict() if matched else None


def _words(literal: str) -> str:
    """A piece of a form between placeholders; gaps may have closed when it was filled."""
    return r"\s*".join(re.escape(word) for word in re.split(r"\s+", literal))


# --- what staff say and the provider answers ----------------------------------------------


def check(*, provider: str, template: Template, code: str, params: Mapping[str, str]) -> None:
    """Raises `TemplateRefused` with a sentence, `NotRegistered` for an unknown provider."""
    adapter = configured.get(provider)
    if adapter.channel != template.channel:
        raise TemplateRefused(_("This provider does not carry the channel of this text."))
    if adapter.takes_free_text:
        raise TemplateRefused(_("This provider takes any text: nothing has to be approved."))
    if not re.fullmatch(r"[\w.-]{1,100}", code):
        raise TemplateRefused(_("Write the provider’s code, such as SMS_123456789."))
    named = set(Placeholders(template.body).get_identifiers())
    for theirs, ours in params.items():
        if not (isinstance(ours, str) and re.fullmatch(r"\w{1,40}", theirs)):
            raise TemplateRefused(_('Write parameters as {"theirs": "ours"}.'))
        if ours not in PLACEHOLDERS or ours not in named:
            raise TemplateRefused(
                _("The text has no placeholder “%(name)s”.") % {"name": ours[:40]}
            )
    if missing := sorted(named - set(params.values())):
        raise TemplateRefused(
            _("These placeholders have no parameter: %(names)s.") % {"names": ", ".join(missing)}
        )


def ask(row: ProviderTemplate, *, at: datetime) -> ProviderTemplate:
    """Asks the provider whether the text may be sent, and writes down what it says. No
    transaction may be open, as it may be slow. Raises `CannotAsk`; nothing changes then."""
    found = configured.get(row.provider).preflight([_example(row)])
    if not found:
        row.state, row.said = State.APPROVED, ""
    else:
        waits = all(problem.code == PENDING for problem in found)
        row.state = State.PENDING if waits else State.REJECTED
        row.said = " ".join(problem.message for problem in found)[:2000]
    row.checked_at = at
    fields = ["state", "said", "checked_at"]
    # Only what was asked about: somebody may have entered another code meanwhile.
    same = ProviderTemplate.objects.filter(pk=row.pk, code=row.code, params=row.params)
    same.update(**{name: getattr(row, name) for name in fields})
    return row


def _example(row: ProviderTemplate) -> Message:
    text = row.template
    said = example_values(text.language)
    shown = render(text, said)
    return Message(
        reference="00000000-0000-0000-0000-000000000000",
        address="",
        body=shown.body,
        template=str(text),
        language=text.language,
        provider_template=row.code,
        params={theirs: said.get(ours, "") for theirs, ours in row.params.items()},
    )


def to_ask(*, at: datetime) -> list[ProviderTemplate]:
    """Entries whose provider has not been asked for a while."""
    waiting = Q(state=State.PENDING, checked_at__lte=at - PENDING_ASKED_AFTER)
    old = Q(checked_at__lte=at - ASKED_AGAIN_AFTER)
    return list(
        ProviderTemplate.objects.filter(Q(checked_at=None) | waiting | old)
        .select_related("template")
        .order_by("checked_at", "pk")[:200]
    )


def ask_all(*, at: datetime, at_most: timedelta) -> int:
    """Asks after what is due, beginning with none after `at_most`; how many were answered
    for. A provider that is away is asked again next time."""
    begun, answered = now(), 0
    for row in to_ask(at=at):
        if now() - begun > at_most:
            break
        try:
            ask(row, at=at)
        except (CannotAsk, NotRegistered):
            continue
        answered += 1
    return answered
