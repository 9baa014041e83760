"""What the access API is asked and what it answers."""

import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.access import Code, Decision


class AccessQuestionSerializer(serializers.Serializer):
    """One of `key_digest` and `account`, and a service. Nothing else, nothing twice."""

    key_digest = serializers.RegexField(
        r"\A[0-9a-f]{64}\Z",
        required=False,
        max_length=64,
        help_text=_("SHA-256 of the whole API key, as 64 hexadecimal digits in lower case."),
        error_messages={
            "invalid": _("Send SHA-256 of the key as 64 hexadecimal digits, never the key itself.")
        },
    )
    account = serializers.RegexField(
        r"\Aacc_[0-9a-z]{1,28}\Z",
        required=False,
        max_length=32,
        help_text=_("An account's public identifier, acc_…"),
        error_messages={"invalid": _("Send an account's public identifier, acc_…")},
    )
    service = serializers.RegexField(
        r"\A[-a-zA-Z0-9_]{1,40}\Z",
        max_length=40,
        help_text=_("The code of a service, such as image-generation."),
        error_messages={"invalid": _("Send the code of a service, such as image-generation.")},
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("key_digest" in attrs) == ("account" in attrs):
            raise serializers.ValidationError(_("Send either key_digest or account."))
        return attrs

    def to_internal_value(self, data: Any) -> Any:
        strange = {name: [_("This parameter is not known.")] for name in data.keys() - self.fields}
        twice = {
            name: [_("This parameter is there more than once.")]
            for name in data
            if name in self.fields and len(data.getlist(name)) > 1
        }
        if strange or twice:
            raise serializers.ValidationError({**strange, **twice})
        return super().to_internal_value(data)


class ReasonSerializer(serializers.Serializer):
    """A sentence for the customer, in both languages."""

    def get_fields(self) -> dict[str, serializers.Field]:
        # Language tags are no Python names.
        return {"zh-Hans": serializers.CharField(), "en": serializers.CharField()}


class AccessDecisionSerializer(serializers.Serializer):
    """The answer. Whatever does not apply is null."""

    decision = serializers.ChoiceField(choices=["allow", "deny"])
    code = serializers.ChoiceField(
        choices=[code.value for code in Code], help_text=_("why, for programs")
    )
    account = serializers.CharField(
        allow_null=True, help_text=_("the account's public identifier, that of a key's account too")
    )
    service = serializers.CharField(help_text=_("as asked"))
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
    decided_at = serializers.DateTimeField(
        default_timezone=datetime.UTC, help_text=_("the back office's time of the answer")
    )

    @classmethod
    def answer(cls, decision: Decision, *, service: str, at: datetime.datetime) -> dict[str, Any]:
        """The body for `decision`, made at that moment."""
        reason = {"zh-Hans": decision.reason_zh_hans, "en": decision.reason_en}
        return cls(
            {
                "decision": "allow" if decision.allowed else "deny",
                "code": decision.code,
                "account": decision.account or None,
                "service": service,
                "document": decision.document or None,
                "version": decision.version,
                "clause": decision.clause or None,
                "reason": None if decision.allowed else reason,
                "since": decision.since,
                "until": decision.until,
                "reference": decision.reference or None,
                "decided_at": at,
            }
        ).data


class ProblemErrorSerializer(serializers.Serializer):
    parameter = serializers.CharField(allow_blank=True)
    detail = serializers.CharField()


class ProblemSerializer(serializers.Serializer):
    """A refusal, RFC 9457."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField()
    detail = serializers.CharField()

    def get_fields(self) -> dict[str, serializers.Field]:
        # As an attribute, `errors` would hide the serializer's own.
        errors = ProblemErrorSerializer(many=True, required=False)
        return {**super().get_fields(), "errors": errors}
