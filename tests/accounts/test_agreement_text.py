"""Texts of agreements: what is found in them and which are refused, with the line."""

from pathlib import Path

import pytest

from accounts.agreement_text import LARGEST, decode, language_of, outline
from accounts.exceptions import AgreementIsMalformed
from accounts.models import Clause

DATA = Path(__file__).parents[1] / "data"
NUMBERS = [
    *["0", "1", "1.1", "1.2", "1.2.1", "1.2.2", "1.2.3", "1.2.3(a)", "1.2.3(b)", "1.3"],
    *["2", "2.1", "2.1(a)", "2.1(b)", "2.2", "3"],
]


def sample(language):
    return (DATA / f"agreement-{language}.txt").read_text(encoding="utf-8")


def parts_of(text):
    return {part.number: part for part in outline(text).parts}


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_both_languages_give_the_same_numbers(language):
    found = outline(sample(language))

    assert found.numbers == NUMBERS
    assert found.count(Clause.Level.ARTICLE) == 3
    assert found.count(Clause.Level.CLAUSE) == 8
    assert found.count(Clause.Level.ITEM) == 4


def test_the_first_line_is_the_title_and_what_follows_the_preamble():
    found = outline(sample("en"))

    assert found.title == "Rules of the Reading Room"
    assert found.parts[0].body.startswith("These rules are agreed")


def test_text_beside_a_number_is_a_heading_when_something_stands_below():
    parts = parts_of(sample("en"))

    assert (parts["1.2"].heading, parts["1.2"].body) == ("Cards", "")
    assert parts["1.2.2"].heading == "Keeping the card safe."
    assert parts["1.2.2"].body.startswith("You keep the card")
    assert parts["1.2.3"].heading == "The card opens:"
    assert parts["1.2.3"].body == "This paragraph stands under the heading."
    assert parts["2.1"].heading == "Please do not:"


def test_text_beside_a_number_is_the_body_when_it_stands_alone():
    part = parts_of(sample("en"))["2.2"]

    assert (part.heading, part.body) == ("", "No umbrellas in the map room.")


def test_text_too_long_for_a_heading_is_the_body():
    part = parts_of("T\n1. A\n1.1 " + "long " * 50 + "\nand more")["1.1"]

    assert part.heading == ""
    assert part.body.endswith("\nand more")


def test_the_body_of_an_article_may_follow_directly():
    part = parts_of(sample("en"))["3"]

    assert part.heading == "Fees"
    assert part.body.endswith("(b) not for snow.")


def test_a_paragraph_after_an_item_stays_with_it_and_is_pointed_out():
    found = outline(sample("en"))

    assert parts_of(sample("en"))["2.1(b)"].body.endswith(
        "\nWhoever does so twice is asked to leave."
    )
    assert found.warnings == ("Line 21: a paragraph after 2.1(b) is kept with that item.",)


def test_an_item_may_have_its_words_on_the_next_line():
    found = outline("T\np\n1. A\n- (a)\nthe words")

    assert found.parts[-1].body == "the words"
    assert found.warnings == ()


def test_letters_go_on_after_z():
    letters = [*"abcdefghijklmnopqrstuvwxyz", "aa", "ab"]
    text = "T\np\n1. A\n" + "\n".join(f"- ({letter}) x" for letter in letters)

    assert outline(text).numbers[-2:] == ["1(aa)", "1(ab)"]


@pytest.mark.parametrize("line", ["3.5% of fees are kept.", "2026.5.1 is the day.", "1.5x the fee"])
def test_a_sentence_that_begins_with_a_figure_is_no_clause(line):
    assert outline(f"T\np\n1. A\n{line}").numbers == ["0", "1"]


def test_windows_line_ends_a_byte_order_mark_and_blank_lines_do_not_matter():
    text = "\ufeff" + sample("en").replace("\n", "\r\n\r\n")

    assert outline(text).numbers == NUMBERS
    assert outline(text).title == "Rules of the Reading Room"


def test_a_text_without_title_or_preamble_is_taken_with_a_warning():
    found = outline("1. A\n1.1 x")

    assert found.title == ""
    assert found.warnings == ("The text has no title line.", "The text has no preamble.")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("1. A\n1.1 x\n1.3 z", "Line 3: 1.3 follows 1.1: 1.2 is missing."),
        ("1. A\n1.1 x\n1.1 y", "Line 3: 1.1 comes again or too late after 1.1."),
        ("1. A\n1.1 x\n1.2 y\n1.1 x", "Line 4: 1.1 comes again or too late after 1.2."),
        ("1. A\n1.1.1 x", "Line 2: 1.1.1 skips a level or a number after 1."),
        ("1. A\n1.1 x\n2.1 y", "Line 3: 2.1 skips a level or a number after 1.1."),
        ("1. A\n1.2 x", "Line 2: 1.2 follows 1: 1.1 is missing."),
        ("1. A\n3. C", "Line 2: 3 follows 1: 2 is missing."),
        ("2. B", "Line 1: numbering begins with 2, not with 1."),
        ("1.1 x", "Line 1: numbering begins with 1.1, not with 1."),
        ("1. A\n- (a) x\n- (c) y", "Line 3: item (c) of 1 is out of order: (b) is due."),
        ("1. A\n- (b) x", "Line 2: item (b) of 1 is out of order: (a) is due."),
        ("1. A\n- (a) x\n2. B\n- (b) y", "Line 4: item (b) of 2 is out of order: (a) is due."),
        ("T\n- (a) x\n1. A", "Line 2: item (a) stands before any article."),
        ("1. A\n1.1\n1.2 x", "Line 2: 1.1 says nothing."),
        ("1. A\n- (a)\n- (b) x", "Line 2: 1(a) says nothing."),
        ("1. A\n1.1.1.1.1.1.1 x", "Line 2: 1.1.1.1.1.1.1 is nested too deeply."),
    ],
)
def test_broken_numbering_is_refused_with_the_line(text, sentence):
    with pytest.raises(AgreementIsMalformed) as refusal:
        outline(text)

    assert str(refusal.value) == sentence


@pytest.mark.parametrize("text", ["", "\n \n", "Only a title\nand some words"])
def test_a_text_without_articles_is_refused(text):
    with pytest.raises(AgreementIsMalformed, match="No article was found"):
        outline(text)


def test_other_encodings_are_refused_with_the_line():
    with pytest.raises(AgreementIsMalformed, match=r"Line 2: the file is not in UTF-8"):
        decode("first\n守则".encode("gb18030"))


def test_a_nul_character_is_refused_with_the_line():
    with pytest.raises(AgreementIsMalformed, match=r"Line 2: the file contains a NUL"):
        decode(b"first\n\x00")


def test_a_file_too_large_for_an_agreement_is_refused():
    with pytest.raises(AgreementIsMalformed, match="larger than 5 MB"):
        decode(b"x" * (LARGEST + 1))


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_language_is_seen_from_the_text(language):
    assert language_of(sample(language)) == language
