"""Providers that carry messages out of the house: what each of them is to us.

By the pattern of `django.core.mail`: a provider is a class that the settings name. It touches
no database, so its caller holds none while it is slow.
"""

from common.messaging.providers import (
    Answer,
    Asked,
    CannotAsk,
    Config,
    Message,
    NotGenuine,
    Posted,
    Problem,
    Provider,
    Receipt,
    ReceiptState,
    Submission,
    Verdict,
)

__all__ = [
    "Answer",
    "Asked",
    "CannotAsk",
    "Config",
    "Message",
    "NotGenuine",
    "Posted",
    "Problem",
    "Provider",
    "Receipt",
    "ReceiptState",
    "Submission",
    "Verdict",
]
