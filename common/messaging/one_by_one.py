"""Handing over a batch to a provider that takes one message at a time."""

from collections.abc import Callable, Sequence
from time import monotonic

from common.messaging.providers import Message, Submission, Verdict

# A batch begins no message after this long, so that its answers are written while its
# claim stands (`notices.delivering.LEASE`) and its task runs, however slow a provider is.
BATCH_SECONDS = 45


def send_each(
    batch: Sequence[Message], send_one: Callable[[Message], Submission]
) -> list[Submission]:
    """One after the other. A line that breaks leaves the message on it in doubt; the ones
    behind it are not tried, or each would wait for its own time-out. Nor are those a slow
    provider leaves no time for."""
    answers: list[Submission] = []
    until = monotonic() + BATCH_SECONDS
    for message in batch:
        if (answers and answers[-1].verdict is Verdict.AMBIGUOUS) or monotonic() > until:
            break
        answers.append(send_one(message))
    return answers + [not_tried(message.reference) for message in batch[len(answers) :]]


def in_groups(
    batch: Sequence[Message],
    size: int,
    send_some: Callable[[Sequence[Message]], list[Submission]],
) -> list[Submission]:
    """The same for a provider that takes `size` messages at the same time."""
    answers: list[Submission] = []
    until = monotonic() + BATCH_SECONDS
    for first in range(0, len(batch), size):
        in_doubt = any(answer.verdict is Verdict.AMBIGUOUS for answer in answers[-size:])
        if in_doubt or monotonic() > until:
            break
        answers += send_some(batch[first : first + size])
    return answers + [not_tried(message.reference) for message in batch[len(answers) :]]


def not_tried(reference: str) -> Submission:
    return Submission(
        reference=reference,
        verdict=Verdict.REJECTED_FOR_NOW,
        answer={
            "error": "NotTried",
            "detail": "the line broke, or time was up, before this message",
        },
    )


def failed(message: Message, verdict: Verdict, error: Exception) -> Submission:
    return Submission(
        reference=message.reference,
        verdict=verdict,
        answer={"error": type(error).__name__, "detail": str(error)[:500]},
    )
