"""What became of each clause between two versions."""

import time

from accounts.comparing import Fate, Part, compared_parts


def part(number, body, heading="", level="clause"):
    return Part(number, level, heading, body)


def fates(before, after):
    return [
        (one.fate.value, one.before and one.before.number, one.after and one.after.number)
        for one in compared_parts(tuple(before), tuple(after))
    ]


PRIVACY = "You keep what you learn in confidence to yourself."
FEES = "Fees are due at the end of each month, in yuan."
NOTICE = "We tell you of changes seven days ahead, by e-mail or SMS."


def test_a_clause_put_in_moves_the_others_and_changes_none():
    before = [part("1.1", PRIVACY), part("1.2", FEES)]
    after = [part("1.1", PRIVACY), part("1.2", NOTICE), part("1.3", FEES)]
    assert fates(before, after) == [
        ("same", "1.1", "1.1"),
        ("new", None, "1.2"),
        ("renumbered", "1.2", "1.3"),
    ]


def test_a_clause_taken_out_stands_where_it_stood():
    before = [part("1.1", PRIVACY), part("1.2", NOTICE), part("1.3", FEES)]
    after = [part("1.1", PRIVACY), part("1.2", FEES)]
    assert fates(before, after) == [
        ("same", "1.1", "1.1"),
        ("gone", "1.2", None),
        ("renumbered", "1.3", "1.2"),
    ]


def test_a_clause_moved_and_reworded_is_known_again():
    before = [part("1.1", PRIVACY), part("1.2", FEES), part("1.3", NOTICE)]
    reworded = NOTICE.replace("seven", "fifteen")
    after = [part("1.1", reworded), part("1.2", FEES)]
    found = fates(before, after)
    assert ("changed", "1.3", "1.1") in found
    assert ("gone", "1.1", None) in found


def test_the_same_number_about_something_else_is_another_clause():
    assert fates([part("1.1", "砚台与墨")], [part("1.1", FEES)]) == [
        ("new", None, "1.1"),
        ("gone", "1.1", None),
    ]


def test_words_differ_in_latin_and_signs_in_chinese():
    [one] = compared_parts(
        (part("1.1", "We tell you seven days ahead."),),
        (part("1.1", "We tell you fifteen days ahead."),),
    )
    changed = [(span.kind, span.text) for span in one.body if span.kind != "same"]
    assert changed == [("gone", "seven"), ("new", "fifteen")]
    [one] = compared_parts(
        (part("1.1", "我们提前七天通知您变更内容。"),),
        (part("1.1", "我们提前十天通知您变更内容。"),),
    )
    changed = [(span.kind, span.text) for span in one.body if span.kind != "same"]
    assert changed == [("gone", "七"), ("new", "十")]
    assert one.fate is Fate.CHANGED


def test_fifty_long_clauses_are_compared_quickly():
    words = "The customer shall not use output of this clause for any purpose but its own. "
    before = tuple(part(f"{n}", f"{n} " + words * 25) for n in range(50))
    after = tuple(part(f"{n + 1}", f"{n} " + words * 24 + f"Except {n}.") for n in range(50))
    begun = time.process_time()
    compared_parts(before, after)
    assert time.process_time() - begun < 5
    again = time.process_time()
    compared_parts(before, after)
    assert time.process_time() - again < 0.1
