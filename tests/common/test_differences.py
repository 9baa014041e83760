import pytest

from common.differences import difference


def side(spans, *kinds):
    return "".join(span.text for span in spans if span.kind in kinds)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("", "new"),
        ("gone", ""),
        ("Dear ${name},\n\nOne.\nTwo.\n", "Dear ${name},\n\nOne!\nTwo.\nThree.\n"),
        ("图像生成将于 ${effective}暂停。", "图像生成将于 ${was}恢复。"),
    ],
)
def test_both_texts_are_in_it(before, after):
    spans = difference(before, after)
    assert side(spans, "same", "gone") == before
    assert side(spans, "same", "new") == after


def test_only_the_words_that_changed_are_marked():
    spans = difference("It will stop on ${was}.\nBye.\n", "It will end on ${effective}.\nBye.\n")
    assert [span.text for span in spans if span.kind == "gone"] == ["stop", "${was}"]
    assert [span.text for span in spans if span.kind == "new"] == ["end", "${effective}"]
    assert spans[-1].text.endswith("Bye.\n")


def test_a_placeholder_is_one_word():
    [gone, new] = difference("${url}", "${until}")
    assert (gone.text, new.text) == ("${url}", "${until}")
