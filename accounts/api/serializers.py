"""What the access API is asked and what it answers."""

import datetime
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.access import Code, Decision, Explicit
from accounts.api import codes, reports
from accounts.models import Measure
from accounts.uses import Verdict
from common.api.declared import Declared, shaped
from common.api.moments import MomentField
from common.api.problems import TITLES

WHOSE = frozenset({"key_digest", "account", "organization"})
"""Whom a question is about: one of these."""


class AccessQuestionSerializer(serializers.Serializer):
    """One of `key_digest`, `account` and `organization`, a service, and what else narrows the
    question. Nothing else, nothing twice."""

    key_digest = serializers.RegexField(
        codes.whole(codes.KEY_DIGEST),
        required=False,
        max_length=64,
        help_text=_("SHA-256 of the whole API key, as 64 hexadecimal digits in lower case."),
        error_messages={
            "invalid": _("Send SHA-256 of the key as 64 hexadecimal digits, never the key itself.")
        },
    )
    account = serializers.RegexField(
        codes.whole(codes.ACCOUNT),
        required=False,
        max_length=32,
        help_text=_("An account's public identifier, acc_…"),
        error_messages={"invalid": _("Send an account's public identifier, acc_…")},
    )
    organization = serializers.RegexField(
        codes.whole(codes.ACCOUNT),
        required=False,
        max_length=32,
        help_text=_(
            "The public identifier, acc_…, of an account that is an organization's; a person's "
            "own account is unknown here."
        ),
        error_messages={"invalid": _("Send an account's public identifier, acc_…")},
    )
    service = serializers.RegexField(
        codes.whole(codes.SERVICE),
        max_length=40,
        help_text=_("The code of a service, such as image-generation."),
        error_messages={"invalid": _("Send the code of a service, such as image-generation.")},
    )
    model = serializers.RegexField(
        codes.whole(codes.MODEL),
        required=False,
        max_length=60,
        help_text=_("The code of a model of that service; without it, the service as a whole."),
        error_messages={"invalid": _("Send the code of a model of that service.")},
    )
    region = serializers.RegexField(
        codes.whole(codes.REGION),
        required=False,
        max_length=40,
        help_text=_("The code of the region that serves the request, such as cn-south."),
        error_messages={"invalid": _("Send the code of a region, such as cn-south.")},
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if len(WHOSE & attrs.keys()) != 1:
            raise serializers.ValidationError(
                _("Send one of key_digest, account and organization.")
            )
        return attrs

    def to_internal_value(self, data: Any) -> Any:
        strange = {name: [_("This parameter is not known.")] for name in data.keys() - self.fields}
        twice = {
            name: [_("This parameter is there more than once.")]
            for name in data
            if name in self.fields and len(data.getlist(name)) > 1
        }
        # An optional one left empty would be taken for one that was not sent, and so for
        # the wider question.
        empty = {
            name: [_("This parameter is empty: leave it out or name one.")]
            for name in data
            if name in self.fields and data.get(name) == ""
        }
        if strange or twice or empty:
            raise serializers.ValidationError({**strange, **empty, **twice})
        return super().to_internal_value(data)


SHAPES = {
    "key_digest": codes.KEY_DIGEST,
    "account": codes.ACCOUNT,
    "organization": codes.ACCOUNT,
    "service": codes.SERVICE,
    "model": codes.MODEL,
    "region": codes.REGION,
}


def question_in(sent: QueryDict) -> Mapping[str, str]:
    """The question in an address. Raises `ValidationError`.

    Asked with every call of a customer, so what is well formed is seen at a glance; of
    anything else the serializer says what is wrong.
    """
    if (
        "service" in sent
        and len(WHOSE & sent.keys()) == 1
        and all(
            name in SHAPES and len(values) == 1 and SHAPES[name].fullmatch(values[0])
            for name, values in sent.lists()
        )
    ):
        return {name: str(values[0]) for name, values in sent.lists()}
    question = AccessQuestionSerializer(data=sent)
    question.is_valid(raise_exception=True)
    asked: Mapping[str, str] = question.validated_data
    return asked


class ReasonSerializer(serializers.Serializer):
    """A sentence for the customer, in both languages."""

    def get_fields(self) -> dict[str, serializers.Field]:
        # Language tags are no Python names.
        return {"zh-Hans": serializers.CharField(), "en": serializers.CharField()}


class LabelsSerializer(serializers.Serializer):
    """Of what models make (clause 3.6.2)."""

    implicit = serializers.BooleanField(help_text=_("the label in the data: always on"))
    explicit = serializers.ChoiceField(
        choices=[one.value for one in Explicit],
        help_text=_("the label that people see; treat what you do not know as required"),
    )


class AccessDecisionSerializer(serializers.Serializer):
    """The answer. Whatever does not apply is null."""

    decision = serializers.ChoiceField(
        choices=["allow", "limit", "deny"], help_text=_("limit: allowed up to “limits”")
    )
    code = serializers.ChoiceField(
        choices=[code.value for code in Code], help_text=_("why, for programs")
    )
    account = serializers.CharField(
        allow_null=True, help_text=_("the account's public identifier, that of a key's account too")
    )
    service = serializers.CharField(help_text=_("as asked"))
    model = serializers.CharField(allow_null=True, help_text=_("as asked"))
    region = serializers.CharField(allow_null=True, help_text=_("as asked"))
    measure = serializers.ChoiceField(
        choices=Measure.values, allow_null=True, help_text=_("what a restriction does")
    )
    limits = serializers.DictField(
        child=serializers.IntegerField(),
        allow_null=True,
        help_text=_("the most allowed by metric, such as requests_per_minute"),
    )
    document = serializers.CharField(allow_null=True, help_text=_("code of the agreement"))
    version = serializers.IntegerField(allow_null=True, help_text=_("version of the agreement"))
    clause = serializers.CharField(allow_null=True, help_text=_("number of the clause, e.g. 1.3"))
    reason = ReasonSerializer(allow_null=True)
    since = serializers.DateTimeField(
        allow_null=True, default_timezone=datetime.UTC, help_text=_("since when it is denied")
    )
    until = serializers.DateTimeField(
        allow_null=True, default_timezone=datetime.UTC, help_text=_("null: until further notice")
    )
    reference = serializers.CharField(allow_null=True, help_text=_("to quote to support"))
    labels = LabelsSerializer()
    decided_at = serializers.DateTimeField(
        default_timezone=datetime.UTC, help_text=_("the back office's time of the answer")
    )
    max_staleness = serializers.IntegerField(
        help_text=_("for how many seconds after that it may be gone by, at most")
    )

    @classmethod
    def answer(
        cls, decision: Decision, *, asked: Mapping[str, str], at: datetime.datetime
    ) -> dict[str, Any]:
        """The body for `decision` on the question `asked`, made at that moment.

        Put together by hand: going through the fields would take longer than deciding.
        """
        reason = {"zh-Hans": decision.reason_zh_hans, "en": decision.reason_en}
        return {
            "decision": _word(decision),
            "code": decision.code,
            "account": decision.account or None,
            "service": asked["service"],
            "model": asked.get("model"),
            "region": asked.get("region"),
            "measure": decision.measure or None,
            "limits": decision.limits or None,
            "document": decision.document or None,
            "version": decision.version,
            "clause": decision.clause or None,
            "reason": None if decision.code is Code.ALLOWED else reason,
            "since": _utc(decision.since),
            "until": _utc(decision.until),
            "reference": decision.reference or None,
            "labels": {"implicit": decision.labels.implicit, "explicit": decision.labels.explicit},
            "decided_at": _utc(at),
            "max_staleness": settings.ENFORCEMENT_MAX_STALENESS,
        }


def _utc(moment: datetime.datetime | None) -> str | None:
    """As DRF writes it: ISO 8601, in UTC, with a Z."""
    if moment is None:
        return None
    return moment.astimezone(datetime.UTC).isoformat().replace("+00:00", "Z")


def _word(decision: Decision) -> str:
    if not decision.allowed:
        return "deny"
    return "limit" if decision.limits else "allow"


class UseSerializer(Declared):
    """One line of a report; `accounts.api.reports` reads it."""

    one_of = ("account", "key_digest")

    account = shaped(
        reports.SHAPES["account"],
        required=False,
        allow_null=True,
        help_text=_("An account's public identifier, acc_…"),
    )
    key_digest = shaped(
        reports.SHAPES["key_digest"],
        required=False,
        allow_null=True,
        help_text=_("SHA-256 of the whole API key, as 64 hexadecimal digits in lower case."),
    )
    service = shaped(
        reports.SHAPES["service"],
        help_text=_("The code of a service, such as image-generation."),
    )
    region = shaped(
        reports.SHAPES["region"],
        required=False,
        allow_null=True,
        help_text=_("The code of a region, such as cn-south."),
    )
    used_at = MomentField(
        help_text=_("ISO 8601 with an offset, such as 2026-03-01T09:30:00+08:00.")
    )


class UsesSerializer(Declared):
    """A report, as it is documented. A line that cannot be read has a verdict of its own."""

    uses = serializers.ListField(child=UseSerializer(), max_length=reports.MOST_LINES)


class VerdictsSerializer(serializers.Serializer):
    """What became of each line, in their order."""

    recorded = serializers.IntegerField(help_text=_("how many lines were recorded"))
    refused = serializers.IntegerField(help_text=_("how many were not"))
    verdicts = serializers.ListField(
        child=serializers.ChoiceField(choices=[verdict.value for verdict in Verdict])
    )


class ProblemErrorSerializer(serializers.Serializer):
    """What is wrong with one field."""

    parameter = serializers.CharField(
        allow_blank=True,
        help_text=_("the parameter, or the way to the field: evidence.0.count; empty: the whole"),
    )
    code = serializers.CharField(help_text=_("for programs: required, invalid, max_length, …"))
    detail = serializers.CharField(help_text=_("a sentence, in the language asked for"))


class ProblemSerializer(serializers.Serializer):
    """A refusal, RFC 9457."""

    type = serializers.CharField(help_text=_("an address that explains it"))
    title = serializers.CharField(help_text=_("what kind of refusal it is, in words"))
    status = serializers.IntegerField(help_text=_("the HTTP status again"))
    code = serializers.ChoiceField(
        choices=list(TITLES), help_text=_("what kind of refusal it is, for programs")
    )
    detail = serializers.CharField(help_text=_("what to do about it"))

    def get_fields(self) -> dict[str, serializers.Field]:
        # As an attribute, `errors` would hide the serializer's own.
        errors = ProblemErrorSerializer(
            many=True, required=False, help_text=_("field by field, for invalid and unknown")
        )
        return {**super().get_fields(), "errors": errors}
