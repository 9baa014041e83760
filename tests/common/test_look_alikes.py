"""Names that look alike come out alike; whatever a name holds, what comes out is harmless."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.look_alikes import LONGEST_FOLDED, fold, folded


@pytest.mark.parametrize(
    "written",
    [
        "аpiqik",  # Cyrillic а
        "АРIQIК",  # Cyrillic capitals
        "αpιqιk",  # Greek
        "ａｐｉｑｉｋ",
        "𝓪𝓹𝓲𝓺𝓲𝓴",
        "ⓐⓟⓘⓠⓘⓚ",
        "apíqík",
        "a\u0338p\u0338iqik",
        "ap1q1k",
        "aplqlk",
        "ap|q|k",
        "apıqık",  # dotless
        "apiq\u200bik",
        "a\u00adpi\ufeffq\u2060ik",
        "a p i q i k",
        "a.p-i_q·i…k",
        "@PIQIK",
        "apiq\x00ik",
        "apiq\ud800ik",
    ],
)
def test_looks_like_the_platform(written):
    assert fold(written).whole == folded("apiqik")


@pytest.mark.parametrize(
    ("one", "other"), [("李华", "李桦"), ("Anna", "Hanna"), ("王一", "王二"), ("Иван", "Ivan")]
)
def test_different_names_stay_different(one, other):
    assert fold(one).whole != fold(other).whole


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("adm1n", "admin"),
        ("Admin01", "admin"),
        ("the_admin", "admin"),
        ("SysAdmin", "admin"),
        ("a d m i n", "admin"),
        ("王a-d-m-i-n", "admin"),
        ("小明admin", "admin"),
    ],
)
def test_words_are_told_apart(name, word):
    assert folded(word) in fold(name).words


@pytest.mark.parametrize("name", ["Badminton Club", "Madmind", "administer"])
def test_what_a_longer_word_holds_is_no_word(name):
    assert folded("admin") not in fold(name).words


@given(st.text(alphabet=st.characters(exclude_categories=[]), max_size=400))
def test_only_letters_and_digits_come_out(name):
    taken_apart = fold(name)
    for piece in (taken_apart.whole, *taken_apart.words):
        assert all(one.isalnum() for one in piece)
        piece.encode()  # no halves of characters
    assert len(taken_apart.whole) <= LONGEST_FOLDED


@given(st.text(max_size=80))
def test_folding_what_was_folded_changes_nothing(name):
    once = fold(name).whole
    assert fold(once).whole == once


def test_a_name_of_ten_megabytes_costs_no_more_than_its_beginning():
    name = "\ufdfa" * 10_000_000  # NFKC makes eighteen characters of each
    begun = time.process_time()
    assert len(fold(name).whole) <= LONGEST_FOLDED
    assert time.process_time() - begun < 0.5


def test_each_look_alike_is_a_single_character_for_a_letter_or_digit():
    from common.look_alikes import _alike

    table = _alike()
    assert len(table) > 400
    for code, letter in table.items():
        assert letter.isascii(), hex(code)
        assert letter.isalnum(), hex(code)
        assert unicodedata.category(chr(code)) not in ("Cn", "Cs"), hex(code)
