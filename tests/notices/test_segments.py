import pytest

from notices.segments import count_segments


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("通" * 70, 1),
        ("通" * 71, 2),
        ("通" * 134, 2),
        ("通" * 135, 3),
        ("a" * 70 + "通", 2),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
    ],
)
def test_as_carriers_count(text, segments):
    assert count_segments(text) == segments
