"""What accounts does on news from the libraries it builds on."""

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from django.dispatch import receiver

from accounts.models import User


@receiver(authenticator_added)
def second_factor_was_shown(
    sender: object, request: Any, user: User, authenticator: Authenticator, **kwargs: Any
) -> None:
    """Setting up an authenticator app takes a code from it: this session has shown one.

    So staff who just did need not type a second code for the back office to open.
    """
    if authenticator.type == Authenticator.Type.TOTP:
        record_authentication(
            request, user, method="mfa", id=authenticator.pk, type=authenticator.type
        )
