"""How many messages carriers count an SMS as.

In the GSM 7-bit alphabet 160 characters fit into one, 153 into each of several; with
any other character the whole text is UCS-2 and 70 and 67 fit (3GPP TS 23.038, 23.040).
Of a character that takes two units no half goes into the next message. The signature is
counted like the rest, be it in the text or put in front by the provider.
"""

import re

from common.exceptions import NotRegistered
from common.messaging import configured
from notices.models import Channel

GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_TAKING_TWO = frozenset("\f^{}\\[~]|€")


# A text's own signature, as registered for those who send any text.
SIGNED = re.compile(r"^(?:【[^【】]{2,20}】|\[[^\[\]]{2,20}\] )")


def count_segments(text: str) -> int:
    """The number of messages charged for `text`, its signature included."""
    if all(character in GSM or character in GSM_TAKING_TWO for character in text):
        sizes = [2 if character in GSM_TAKING_TWO else 1 for character in text]
        single, part = 160, 153
    else:
        sizes = [len(character.encode("utf-16-be")) // 2 for character in text]
        single, part = 70, 67
    return 1 if sum(sizes) <= single else _parts(sizes, part)


def _parts(sizes: list[int], part: int) -> int:
    parts, filled = 1, 0
    for size in sizes:
        if filled + size > part:
            parts, filled = parts + 1, 0
        filled += size
    return parts


def count_as_sent(text: str) -> int:
    """The same for a text as the preferred provider sends it: with its own signature in place
    of ours, where it puts one in front."""
    try:
        signature = configured.preferred(Channel.SMS).signature
    except NotRegistered:
        signature = ""
    return count_segments(f"{signature}{SIGNED.sub('', text)}" if signature else text)
