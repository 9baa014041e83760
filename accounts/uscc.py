"""The unified social credit code of an entity, as GB 32100-2015 has it.

Eighteen places: who registered it (1), what it is (2), where (3 to 8), its organization code
(9 to 17) and a check digit (18). Letters are those that nobody takes for a digit.
"""

import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

from django.utils.translation import gettext as _

from accounts.exceptions import CodeIsMalformed

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
LENGTH = 18
REGION = slice(2, 8)
# By who registers, what can be registered there.
CATEGORIES: Mapping[str, str] = MappingProxyType(
    {
        "1": "1239",
        "2": "19",
        "3": "123459",
        "4": "19",
        "5": "1239",
        "6": "129",
        "7": "129",
        "8": "19",
        "9": "123",
        "A": "19",
        "N": "1239",
        "Y": "1",
    }
)


def check_digit(body: str) -> str:
    """The eighteenth place for the first seventeen."""
    total = sum(ALPHABET.index(one) * pow(3, place, 31) for place, one in enumerate(body))
    return ALPHABET[(31 - total % 31) % 31]


def parse(written: str) -> str:
    """The code in `written`, with spaces and hyphens left out and letters made capital.

    Raises `CodeIsMalformed`, which says which place is wrong, counted from 1.
    """
    code = unicodedata.normalize("NFKC", written[:200]).upper()
    code = "".join(one for one in code if not one.isspace() and one != "-")
    if len(code) != LENGTH:
        raise CodeIsMalformed(
            _("A unified social credit code has 18 places; this one has %(count)d.")
            % {"count": len(code)}
        )
    for place, one in enumerate(code, start=1):
        if one not in ALPHABET:
            raise CodeIsMalformed(
                _("Place %(place)d is “%(letter)s”, which no code has: not I, O, S, V or Z.")
                % {"place": place, "letter": one if one.isprintable() else "?"}
            )
    if code[0] not in CATEGORIES:
        raise CodeIsMalformed(_("Place 1 names no registration authority there is."))
    if code[1] not in CATEGORIES[code[0]]:
        raise CodeIsMalformed(_("Place 2 names no kind of entity that this authority registers."))
    for place, one in enumerate(code[REGION], start=REGION.start + 1):
        if not one.isdecimal():
            raise CodeIsMalformed(
                _("Place %(place)d is of the region, so it is a digit.") % {"place": place}
            )
    if code[-1] != check_digit(code[:-1]):
        raise CodeIsMalformed(
            _("Place 18, the check digit, does not fit the others: one of the places is mistyped.")
        )
    return code
