"""Names people write that others will read."""

import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

# Invisible, or turning what follows around: in a name they only deceive. The joiners
# U+200C and U+200D stay, since scripts and emoji need them.
DECEIVING = frozenset("\u200b\u200e\u200f\u2060\ufeff") | frozenset(
    chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
)
BREAKING = ("Cc", "Zl", "Zp", "Cs")  # control characters, line ends, halves of characters


def validate_name(name: str) -> None:
    """Raises `ValidationError` for line breaks, control and invisible characters."""
    for character in name:
        if character in DECEIVING or unicodedata.category(character) in BREAKING:
            raise ValidationError(
                _("A name is one line of visible characters. Remove the one numbered U+%(code)s."),
                params={"code": f"{ord(character):04X}"},
                code="not_a_name",
            )
