"""Fields that bodies of several addresses have.

What customers sent to the service or got from it is never among them (3.6.1): references,
digests and counts are. A field that is not declared is refused, and so are words that look
like content.
"""

import re
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from accounts.api import codes
from common.api.declared import Declared, WholeNumberField, WordsField, shaped
from common.api.moments import MomentField
from common.api.problems import ContentIsSent
from compliance.interaction_content import looks_like_content
from compliance.reports import MOST_TEXT

MOST_EVIDENCE = 50
MOST_COUNTED = 10**12

KEY = re.compile(r"[!-~]{1,80}")
SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
POLICY = re.compile(r"[-a-zA-Z0-9_]{1,40}")
REFERENCE = re.compile(r"[0-9A-Za-z][0-9A-Za-z._:/-]{0,79}")
SHA256 = re.compile(r"[0-9a-f]{64}")


class WithoutContent(Declared):
    """A body in which content of requests and answers is refused."""

    strange = gettext_lazy("This field is not known here. Content of requests is never sent.")


class OwnWordsField(WordsField):
    """What was found, in a system's own words."""

    def to_internal_value(self, data: Any) -> str:
        text: str = super().to_internal_value(data)
        if looks_like_content(text):
            sentence = _(
                "This looks like content of a request or an answer, which is never sent. Say "
                "what was found in a few words, and name it by reference or SHA-256."
            )
            raise ContentIsSent({str(self.field_name): [sentence]})
        return text


def client_key() -> serializers.RegexField:
    return shaped(
        KEY, help_text=gettext_lazy("Yours, of printable ASCII; the same key counts once.")
    )


def account() -> serializers.RegexField:
    return shaped(
        codes.ACCOUNT,
        required=False,
        help_text=gettext_lazy("An account's public identifier, acc_…"),
    )


def about() -> WordsField:
    return OwnWordsField(
        required=False,
        max_length=200,
        help_text=gettext_lazy("What it is about, where no account is known."),
    )


def statement() -> WordsField:
    return OwnWordsField(
        max_length=MOST_TEXT,
        help_text=gettext_lazy("What was found, in your own words: no content of requests."),
    )


class EvidenceSerializer(WithoutContent):
    """One thing that the platform found, by reference."""

    signal = shaped(SLUG, help_text=gettext_lazy("What found it, such as burst-of-refusals."))
    observed_at = MomentField(
        help_text=gettext_lazy("ISO 8601 with an offset, such as 2026-03-01T09:30:00+08:00.")
    )
    reference = shaped(
        REFERENCE,
        required=False,
        help_text=gettext_lazy(
            "Where the platform finds it again, such as a request's identifier."
        ),
    )
    sha256 = shaped(
        SHA256, required=False, help_text=gettext_lazy("SHA-256 of a file, in hexadecimal.")
    )
    count = WholeNumberField(
        required=False, min_value=0, max_value=MOST_COUNTED, help_text=gettext_lazy("How often.")
    )


class EvidenceListField(serializers.ListField):
    """Up to fifty of them."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            **{
                "child": EvidenceSerializer(),
                "required": False,
                "max_length": MOST_EVIDENCE,
                **kwargs,
            }
        )


def as_json(evidence: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What was read by `EvidenceSerializer`, as it is kept."""
    return [{**one, "observed_at": one["observed_at"].isoformat()} for one in evidence]


class ReportStandingSerializer(serializers.Serializer):
    """The answer: how the report stands."""

    receipt = serializers.CharField(help_text=gettext_lazy("The receipt number, R-…"))
    state = serializers.ChoiceField(
        choices=["received", "looked_into", "told", "appealed"],
        help_text=gettext_lazy("received, looked_into, told or appealed"),
    )
    received_at = serializers.DateTimeField(help_text=gettext_lazy("When it came in."))
    outcome = serializers.ChoiceField(
        choices=["acted", "not_acted", "elsewhere"],
        allow_null=True,
        help_text=gettext_lazy("acted, not_acted or elsewhere; null until it is answered."),
    )
    words = serializers.CharField(
        allow_null=True, help_text=gettext_lazy("The answer in words, in the language asked for.")
    )
