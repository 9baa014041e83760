"""The unified social credit code (GB 32100-2015)."""

import pytest

from accounts import uscc
from accounts.exceptions import CodeIsMalformed

# Published codes of companies, a hospital; their check digits are not ours.
KNOWN = ["91110108551385082Q", "9144030071526726XG", "91330100799655058B", "914403001922038216"]


@pytest.mark.parametrize("code", KNOWN)
def test_known_codes(code):
    assert uscc.parse(code) == code


@pytest.mark.parametrize(
    "written",
    [
        "91110108551385082q",
        " 9111 0108 5513 8508 2Q ",
        "９１１１０１０８５５１３８５０８２Ｑ",
        "91110108-55138508-2Q",
        "9111010855138508\u30002Q",
    ],
)
def test_written_otherwise(written):
    assert uscc.parse(written) == "91110108551385082Q"


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("", "has 18 places; this one has 0"),
        ("9111010855138508", "has 18 places; this one has 16"),
        ("9" * 10_000, "has 18 places"),
        ("9I110108551385082Q", "Place 2 is “I”"),
        ("91110108551385O82Q", "Place 15 is “O”"),
        ("91110108551385S82Q", "Place 15 is “S”"),
        ("9111010855138508中Q", "Place 17 is “中”"),
        ("91110108551385\x0082Q", "Place 15 is “\\?”"),
        ("C1110108551385082Q", "Place 1 names no registration authority"),
        ("97110108551385082Q", "Place 2 names no kind of entity"),
        ("91A10108551385082Q", "Place 3 is of the region"),
        ("91110108551385082R", "Place 18, the check digit"),
    ],
)
def test_what_is_wrong_is_named(written, says):
    with pytest.raises(CodeIsMalformed, match=says):
        uscc.parse(written)


@pytest.mark.parametrize("code", KNOWN)
def test_every_single_slip_is_found(code):
    """Weights are powers of 3 modulo a prime: no other letter at one place fits."""
    for place in range(uscc.LENGTH):
        for letter in uscc.ALPHABET:
            slipped = code[:place] + letter + code[place + 1 :]
            if slipped != code:
                with pytest.raises(CodeIsMalformed):
                    uscc.parse(slipped)


@pytest.mark.parametrize("code", KNOWN)
def test_neighbours_that_changed_places_are_found(code):
    for place in range(uscc.LENGTH - 1):
        swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
        if swapped != code:
            with pytest.raises(CodeIsMalformed):
                uscc.parse(swapped)
