"""Bodies and questions of declared fields: what is not declared is refused, not passed over.

    class OrderSerializer(Declared):
        one_of = ("account", "about")
        account = shaped(ACCOUNT, required=False)
        about = WordsField(max_length=200, required=False)

A form that people wrote down and the one that is accepted are one: patterns, lengths and
`one_of` are in the OpenAPI document as they are asked for here.
"""

import re
from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.extensions import OpenApiSerializerExtension, OpenApiSerializerFieldExtension
from rest_framework import serializers

MOST_OF_A_NAME = 40
LENGTH_OF_UUID = 36


def shown(name: object) -> str:
    """A caller's own name for a field, as far as it can be repeated."""
    text = str(name)
    return text[:MOST_OF_A_NAME] if text.isprintable() and text.isascii() else "?"


class OnlyText(serializers.CharField):
    """REST framework takes a number for a text that looks like it; here it is none."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        if self.max_length is not None and len(data) > self.max_length:
            # Before blanks around it are left out: the document knows nothing of these.
            self.fail("max_length", max_length=self.max_length)
        text: str = super().to_internal_value(data)
        return text


class ShapedField(OnlyText, serializers.RegexField):
    """Text of one shape."""


def shaped(pattern: re.Pattern[str], **kwargs: Any) -> ShapedField:
    """Text that is of that shape from beginning to end."""
    whole = re.compile(rf"\A(?:{pattern.pattern})\Z")
    return ShapedField(whole, trim_whitespace=False, **kwargs)


class WordsField(OnlyText):
    """What people wrote; unless `allow_blank`, neither empty nor blank."""


class AddressField(OnlyText, serializers.EmailField):
    """An e-mail address."""


class WholeNumberField(serializers.IntegerField):
    """A whole number, never a text that looks like one."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, float) and data.is_integer():
            data = int(data)
        if type(data) is not int:  # True is one, too
            self.fail("invalid")
        return data


class IdentifierField(serializers.UUIDField):
    """A UUID in the form the document names; REST framework takes false for one, and numbers."""

    def to_internal_value(self, data: Any) -> UUID:
        if not isinstance(data, str) or len(data) != LENGTH_OF_UUID:
            self.fail("invalid", value=data)
        identifier: UUID = super().to_internal_value(data)
        return identifier


class WordsInDocument(OpenApiSerializerFieldExtension):
    target_class = "common.api.declared.WordsField"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> Any:
        schema = auto_schema._map_serializer_field(self.target, direction, bypass_extensions=True)
        anything = r"[^\u0000]*"
        # “Or nothing” is added to what may be blank.
        some = r"[^\u0000]+" if self.target.allow_blank else rf"{anything}[^\s\u0000]{anything}"
        return {**schema, "pattern": f"^{some}$"}


class Declared(serializers.Serializer):
    """Refuses fields that are not declared, and more or less than one of `one_of`."""

    one_of: ClassVar[tuple[str, ...]] = ()
    strange = gettext_lazy("This field is not known here.")

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, QueryDict):
            twice = {
                name: [_("This parameter is there more than once.")]
                for name, values in data.lists()
                if len(values) > 1
            }
            if twice:
                raise serializers.ValidationError(twice)
            # No form: what is sent empty is not what is left out.
            data = data.dict()
        if isinstance(data, Mapping):
            strange = sorted(str(name) for name in data if name not in self.fields)
            if strange:
                raise serializers.ValidationError(
                    {strange[0]: [serializers.ErrorDetail(str(self.strange), code="unknown")]}
                )
        return super().to_internal_value(data)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if self.one_of and sum(name in attrs for name in self.one_of) != 1:
            named = ", ".join(f"“{name}”" for name in self.one_of)
            raise serializers.ValidationError(
                {self.one_of[0]: [_("Send exactly one of %(named)s.") % {"named": named}]}
            )
        return attrs


class DeclaredInDocument(OpenApiSerializerExtension):
    target_class = "common.api.declared.Declared"
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: Any) -> Any:
        schema = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        if direction == "request":
            schema["additionalProperties"] = False
            if self.target.one_of:
                schema["oneOf"] = [self._has(name) for name in self.target.one_of]
        return schema

    def _has(self, name: str) -> dict[str, Any]:
        nullable = self.target.fields[name].allow_null
        there = {"properties": {name: {"type": "string"}}} if nullable else {}
        return {"required": [name], **there}
