"""What a delivery becomes on its way out: a message, composed here, for whichever provider.

Touches no database, so the caller can hold none while a provider is slow.
"""

from collections.abc import Mapping, Sequence
from time import monotonic

from common.messaging import Message, Provider, Submission, Verdict
from common.messaging.one_by_one import BATCH_SECONDS, not_tried
from notices.letter import compose, proof_of
from notices.models import Channel


def write(
    channel: str,
    *,
    reference: str,
    address: str,
    subject: str,
    body: str,
    template: str,
    language: str = "zh-hans",
    provider_template: str = "",
    params: Mapping[str, str] | None = None,
) -> Message:
    """The message of one attempt. `reference` is its UUID, `language` the text's."""
    is_email = channel == Channel.EMAIL
    return Message(
        reference=reference,
        address=address,
        subject=subject,
        body=body,
        html=compose(subject=subject, body=body, language=language).html if is_email else "",
        template=template,
        language=language,
        provider_template=provider_template,
        params=params or {},
    )


def send(provider: Provider, batch: Sequence[Message]) -> list[Submission]:
    """One answer per message, in order; that to an accepted e-mail keeps the proof of its
    letter. Begins nothing that would outlast the claim. No transaction may be open."""
    until = monotonic() + BATCH_SECONDS
    answers: list[Submission] = []
    for first in range(0, len(batch), provider.most_at_once):
        some = batch[first : first + provider.most_at_once]
        in_time = monotonic() <= until
        answers += provider.send(some) if in_time else [not_tried(one.reference) for one in some]
    return [_with_proof(message, answer) for message, answer in zip(batch, answers, strict=True)]


def _with_proof(message: Message, answer: Submission) -> Submission:
    if not message.html or answer.verdict is not Verdict.ACCEPTED:
        return answer
    return Submission(
        reference=answer.reference,
        verdict=answer.verdict,
        provider_reference=answer.provider_reference,
        answer={**answer.answer, **proof_of(message)},
    )
