"""What Django's checks say about the settings of billing."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from billing.payments.providers import MOST_SECRETS, class_of


@register
def payment_providers(**_: Any) -> list[CheckMessage]:
    """Each provider's class is there, has secrets, and takes real money where it must."""
    found: list[CheckMessage] = []
    for name, written in settings.PAYMENT_PROVIDERS.items():
        try:
            made = class_of(written)
        except (ImportError, KeyError, TypeError):
            found.append(Error(f"Payment provider {name}: no such class.", id="billing.E001"))
            continue
        if made.is_toy and not settings.PAYMENT_TOYS_ALLOWED:
            found.append(Error(f"Payment provider {name} takes no money.", id="billing.E002"))
        if not 1 <= len(written.get("secrets", ())) <= MOST_SECRETS:
            found.append(
                Error(
                    f"Payment provider {name} needs one secret, or a new one and an old one.",
                    id="billing.E003",
                )
            )
    return found
