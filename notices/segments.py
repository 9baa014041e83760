"""How many messages carriers count an SMS as.

In the GSM 7-bit alphabet 160 characters fit into one, 153 into each of several; with
any other character the whole text is UCS-2 and 70 and 67 fit (3GPP TS 23.038, 23.040).
"""

GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_TAKING_TWO = frozenset("\f^{}\\[~]|€")


def count_segments(text: str) -> int:
    """The number of messages charged for `text`, its signature included."""
    if all(character in GSM or character in GSM_TAKING_TWO for character in text):
        length = sum(2 if character in GSM_TAKING_TWO else 1 for character in text)
        single, part = 160, 153
    else:
        length = len(text.encode("utf-16-be")) // 2
        single, part = 70, 67
    return 1 if length <= single else -(-length // part)
