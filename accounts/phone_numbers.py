"""Phone numbers as E.164, however a person writes them."""

import phonenumbers
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.exceptions import NotAPhoneNumber


def parse_phone(written: str) -> str:
    """`13812345678`, `138 1234 5678`, `+86 138…` -> `+8613812345678`.

    A number without a country code is read as one of `PHONE_DEFAULT_REGION`.
    Raises `NotAPhoneNumber`.
    """
    refusal = NotAPhoneNumber(
        _("“%(written)s” is not a phone number. Write it like 13812345678 or +49 30 1234567.")
        % {"written": written[:40]}
    )
    if len(written) > 40 or "\x00" in written:
        raise refusal
    try:
        number = phonenumbers.parse(written, settings.PHONE_DEFAULT_REGION)
    except phonenumbers.NumberParseException:
        raise refusal from None
    if not phonenumbers.is_valid_number(number):
        raise refusal
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def country_of(phone: str) -> str:
    """The ISO country of an E.164 number, `""` when the number belongs to none."""
    return phonenumbers.region_code_for_number(phonenumbers.parse(phone)) or ""


def mask_phone(phone: str) -> str:
    """`+8613812345678` -> `138****5678`: enough for its owner to know it again."""
    if not phone:
        return ""
    national = phonenumbers.national_significant_number(phonenumbers.parse(phone))
    return f"{national[:3]}****{national[-4:]}" if len(national) > 7 else "****" + national[-2:]


def mask_email(address: str) -> str:
    """`lihua@example.com` -> `li***@example.com`."""
    name, at, domain = address.rpartition("@")
    return f"{name[:2] if len(name) > 2 else name[:1]}***{at}{domain}" if at else ""
