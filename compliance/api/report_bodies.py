"""Reading a report by API: fields that are declared, and nothing else.

What customers sent to the service or got from it is never among them (3.6.1): references,
digests and counts are. A field that is not declared is refused, not passed over.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from compliance import report_reasons
from compliance.models import Report
from compliance.reports import MOST_TEXT

MOST_SIGNALS = 50
MOST_COUNTED = 10**12

KEY = re.compile(r"[!-~]{1,80}")
SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
REFERENCE = re.compile(r"[0-9A-Za-z][0-9A-Za-z._:/-]{0,79}")
SHA256 = re.compile(r"[0-9a-f]{64}")


class Declared(serializers.Serializer):
    """Refuses fields that are not declared."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            strange = sorted(str(name) for name in data if name not in self.fields)
            if strange:
                raise serializers.ValidationError(
                    {
                        shown(strange[0]): [
                            _("This field is not known here. Content of requests is never sent.")
                        ]
                    }
                )
        return super().to_internal_value(data)


def shown(name: str) -> str:
    """A caller's own name for a field, as far as it can be repeated."""
    return name[:40] if name.isprintable() and name.isascii() else "?"


def shaped(pattern: re.Pattern[str], **kwargs: Any) -> serializers.RegexField:
    whole = re.compile(rf"\A(?:{pattern.pattern})\Z")
    return serializers.RegexField(whole, trim_whitespace=False, **kwargs)


class SignalSerializer(Declared):
    """One thing that the platform found, by reference."""

    signal = shaped(SLUG, help_text=gettext_lazy("What found it, such as burst-of-refusals."))
    observed_at = serializers.DateTimeField(
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
    count = serializers.IntegerField(
        required=False, min_value=0, max_value=MOST_COUNTED, help_text=gettext_lazy("How often.")
    )


class ReportSerializer(Declared):
    """A report by another system of the platform."""

    key = shaped(
        KEY,
        help_text=gettext_lazy("Yours, of printable ASCII; the same key is never filed twice."),
    )
    kind = serializers.ChoiceField(
        choices=[
            (kind, kind)
            for _heading, kinds in report_reasons.GROUPS
            for kind in kinds
            if kind not in report_reasons.NOT_FOR[Report.Channel.API]
        ],
        help_text=gettext_lazy("What it is about."),
    )
    policy = serializers.CharField(
        required=False,
        max_length=40,
        help_text=gettext_lazy("The code of a policy; with the kind violation only."),
    )
    account = serializers.CharField(
        required=False,
        max_length=40,
        help_text=gettext_lazy("An account's public identifier, acc_…; or else “about”."),
    )
    about = serializers.CharField(
        required=False,
        max_length=200,
        help_text=gettext_lazy("What it is about, where no account is known."),
    )
    statement = serializers.CharField(
        max_length=MOST_TEXT,
        help_text=gettext_lazy("What was found, in your own words: no content of requests."),
    )
    evidence = serializers.ListField(
        child=SignalSerializer(), required=False, max_length=MOST_SIGNALS
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("account" in attrs) == ("about" in attrs):
            raise serializers.ValidationError({"account": [_("Send either “account” or “about”.")]})
        return attrs


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


def request_hash(body: Mapping[str, Any]) -> str:
    """SHA-256 of what was sent, however its fields were ordered and spaced."""
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()
