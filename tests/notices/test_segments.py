import pytest

from common.messaging.memory import Memory
from notices.segments import count_as_sent, count_segments
from tests.plumbing.receiving import use_provider


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
        # No half of a character goes into the next message: 152 and 66 of them are used.
        ("a" * 152 + "€" + "a" * 151, 2),
        ("a" * 152 + "€" + "a" * 152, 3),
        ("通" * 66 + "😀" + "通" * 65, 2),
        ("通" * 66 + "😀" + "通" * 66, 3),
        ("【apiqik】" + "通" * 62, 1),
        ("【apiqik】" + "通" * 63, 2),
    ],
)
def test_as_carriers_count(text, segments):
    assert count_segments(text) == segments


@pytest.mark.parametrize(
    ("text", "signature", "segments"),
    [
        ("【apiqik】" + "通" * 62, "", 1),
        ("通" * 62, "【apiqik】", 1),
        ("通" * 63, "【apiqik】", 2),
        ("【apiqik】" + "通" * 62, "【apiqik】", 1),  # once, not twice
        ("【apiqik】" + "通" * 62, "【apiqik云】", 2),
        ("[apiqik] " + "a" * 149, "", 1),
        ("[apiqik] " + "a" * 149, "【apiqik】", 3),  # all of it is UCS-2 then
    ],
)
def test_the_provider_s_signature_is_counted(settings, text, signature, segments):
    use_provider(settings, "sms", Memory, signature=signature)
    assert count_as_sent(text) == segments


def test_without_a_provider_the_text_itself_is_counted(settings):
    settings.MESSAGE_PROVIDERS = {}
    assert count_as_sent("通" * 71) == 2
