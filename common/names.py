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


def deceives(character: str) -> bool:
    """Whether it is a line break, a control character or an invisible one."""
    return character in DECEIVING or unicodedata.category(character) in BREAKING


def validate_name(name: str) -> None:
    """Raises `ValidationError` for line breaks, control and invisible characters."""
    for character in name:
        if deceives(character):
            raise ValidationError(
                _("A name is one line of visible characters. Remove the one numbered U+%(code)s."),
                params={"code": f"{ord(character):04X}"},
                code="not_a_name",
            )


# What file systems and shells take for something else; "/" and "\\" end a folder's name.
UNSAFE_IN_FILES = frozenset('<>:"|?*')


def file_name(name: str, *, extension: str, most: int = 120) -> str:
    """The name of an uploaded file as it is kept and offered: its last part only, on one
    visible line, ending with `extension` whatever it claimed to be."""
    bare = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    bare = "".join("_" if one in UNSAFE_IN_FILES else one for one in bare if not deceives(one))
    bare = " ".join(bare.split()).strip(". ")
    ending = f".{extension}"
    if bare.lower().endswith(ending):
        bare = bare[: -len(ending)].rstrip(". ")
    return (bare or "file")[: most - len(ending)] + ending
