"""How a batch of rated lines and its answer are documented."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from rest_framework import serializers

from billing.api.lines import (
    MOST_LINES,
    MOST_OF_A_QUANTITY,
    MOST_QUANTITIES,
    QUANTITY,
    SHAPES,
)
from billing.money import yuan_of
from billing.rated_lines import LineOutcome, LineVerdict
from common.api.declared import Declared, DeclaredInDocument, shaped
from common.api.moments import MomentField


class QuantitiesField(serializers.DictField):
    """Up to twenty, by name."""


class QuantitiesInDocument(OpenApiSerializerFieldExtension):
    target_class = "billing.api.serializers.QuantitiesField"

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> Any:
        schema = auto_schema._map_serializer_field(self.target, direction, bypass_extensions=True)
        named = {"pattern": f"^{QUANTITY.pattern}$"}
        # “Or null” is added afterwards.
        bounds = {"propertyNames": named, "maxProperties": MOST_QUANTITIES}
        return {**schema, "type": "object", **bounds}


class ChargeLineSerializer(Declared):
    """One rated use; `billing.api.lines` reads it. Of the API key either its identifier or its
    digest."""

    key = shaped(
        SHAPES["key"],
        help_text=_("Yours, of printable ASCII; the same key is never charged twice."),
    )
    account = shaped(SHAPES["account"], help_text=_("An account's public identifier, acc_…"))
    amount = shaped(
        SHAPES["amount"],
        help_text=_(
            "Yuan, as text with up to 18 decimals, such as 0.000012345. A number is refused: "
            "it has been rounded already."
        ),
    )
    used_at = MomentField(
        help_text=_("ISO 8601 with an offset, such as 2026-03-01T09:30:00+08:00.")
    )
    api_key = shaped(
        SHAPES["api_key"],
        required=False,
        allow_null=True,
        help_text=_("The API key's identifier, key_…"),
    )
    key_digest = shaped(
        SHAPES["key_digest"],
        required=False,
        allow_null=True,
        help_text=_("Instead of api_key: SHA-256 of the whole API key, in hexadecimal."),
    )
    service = shaped(
        SHAPES["service"],
        required=False,
        allow_null=True,
        help_text=_("The code of a service, such as image-generation."),
    )
    model = shaped(
        SHAPES["model"],
        required=False,
        allow_null=True,
        help_text=_("The code of a model of that service."),
    )
    region = shaped(
        SHAPES["region"],
        required=False,
        allow_null=True,
        help_text=_("The code of a region, such as cn-south."),
    )
    quantities = QuantitiesField(
        child=serializers.IntegerField(min_value=0, max_value=MOST_OF_A_QUANTITY),
        required=False,
        allow_null=True,
        help_text=_("What was used, in whole numbers, such as tokens_in and tokens_out."),
    )


class ChargeLineInDocument(DeclaredInDocument):
    target_class = "billing.api.serializers.ChargeLineSerializer"
    priority = 1

    def map_serializer(self, auto_schema: Any, direction: Any) -> Any:
        schema = super().map_serializer(auto_schema, direction)
        both = ("api_key", "key_digest")
        there = {name: {"type": "string"} for name in both}
        return {**schema, "not": {"required": list(both), "properties": there}}


class ChargesSerializer(Declared):
    """A batch. A line that cannot be read has a verdict of its own."""

    charges = serializers.ListField(child=ChargeLineSerializer(), max_length=MOST_LINES)


class ChargeVerdictSerializer(serializers.Serializer):
    """What became of one line."""

    verdict = serializers.ChoiceField(choices=[verdict.value for verdict in LineVerdict])
    posted = serializers.CharField(
        allow_null=True,
        help_text=_("Yuan that the ledger took, with six decimals; null when nothing was charged."),
    )
    field = serializers.CharField(
        allow_null=True, help_text=_("Of a malformed line, the field at fault.")
    )


class ChargeVerdictsSerializer(serializers.Serializer):
    """The answer."""

    accepted = serializers.IntegerField(help_text=_("how many lines were charged now"))
    known = serializers.IntegerField(help_text=_("how many had been charged before"))
    refused = serializers.IntegerField(help_text=_("how many were not charged"))
    posted = serializers.CharField(help_text=_("yuan taken for the lines charged now"))
    lines = ChargeVerdictSerializer(many=True, help_text=_("of each line, in their order"))

    @classmethod
    def answer(cls, outcomes: Sequence[LineOutcome]) -> dict[str, Any]:
        """The body, put together by hand: ten thousand lines through fields would take
        longer than charging them."""
        verdicts = [outcome.verdict for outcome in outcomes]
        accepted = verdicts.count(LineVerdict.ACCEPTED)
        known = verdicts.count(LineVerdict.KNOWN)
        taken = sum(
            outcome.posted or 0 for outcome in outcomes if outcome.verdict == LineVerdict.ACCEPTED
        )
        return {
            "accepted": accepted,
            "known": known,
            "refused": len(outcomes) - accepted - known,
            "posted": _yuan(taken),
            "lines": [
                {
                    "verdict": outcome.verdict.value,
                    "posted": None if outcome.posted is None else _yuan(outcome.posted),
                    "field": outcome.field or None,
                }
                for outcome in outcomes
            ],
        }


def _yuan(micro: int) -> str:
    return f"{yuan_of(micro):f}"
