"""Public identifiers in addresses. Whatever cannot be one is not found, without asking
the database, which would refuse some characters altogether."""

from django.urls import register_converter
from django.urls.converters import StringConverter

from common.public_ids import ALPHABET, RANDOM_CHARACTERS


class PublicIdConverter(StringConverter):
    """`acc_7k2m…`: what `common.public_ids` makes."""

    regex = rf"[a-z]{{3}}_[{ALPHABET}]{{{RANDOM_CHARACTERS}}}"


register_converter(PublicIdConverter, "public_id")
