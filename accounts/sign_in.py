"""Signing in with phone and password (clause 1.2.4): what django-allauth asks of us.

Accounts are opened by `accounts.sign_up`, so allauth's own sign-up is closed. A known and
an unknown number are answered alike, in words and in time.
"""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import codes, leaving, profile, sms_budget
from accounts.exceptions import NotAllowed, NotAPhoneNumber
from accounts.models import User
from accounts.phone_numbers import parse_phone
from common import clock


class SignInAdapter(DefaultAccountAdapter):
    """Phones of `accounts.User` for allauth."""

    def is_open_for_signup(self, request: Any) -> bool:
        return False

    def get_login_redirect_url(self, request: Any) -> str:
        """Staff go to the back office, customers to their accounts, and whoever asked to
        leave to the page that takes it back."""
        if getattr(request.user, "is_staff", False):
            return reverse("admin:index")
        return reverse("leave" if leaving.open_closing_of(request.user) else "home")

    def _get_login_attempts_cache_key(self, request: Any, **credentials: Any) -> str:
        """Counts wrong passwords by the number they were for (clause 1.2.4).

        allauth's own key knows e-mails and user names only: with phones it would be the
        same for everybody, and five slips of one person would lock out all the others.
        """
        return f"phone:{credentials.get('phone', '')}"

    def phone_form_field(self, **kwargs: Any) -> Any:
        from accounts.pages.fields import (
            PhoneField,
        )  # pages import this module's user model

        return PhoneField(**kwargs)

    def get_phone(self, user: User) -> tuple[str, bool] | None:
        return (user.phone, user.phone_verified_at is not None) if user.phone else None

    def get_user_by_phone(self, phone: str) -> User | None:
        try:
            return User.objects.filter(phone=parse_phone(phone)).first()
        except NotAPhoneNumber:
            return None

    def set_phone(self, user: User, phone: str, verified: bool) -> None:
        # A changed number is a change of who holds the account (clause 1.2.6): staff do it.
        raise NotAllowed(_("Write to support to change the phone you sign in with."))

    def set_phone_verified(self, user: User, phone: str) -> None:
        """Called with the number the code went to, which must still be this person's."""
        if user.phone != phone:
            self.set_phone(user, phone, True)
        profile.change(user=user, phone_verified_at=clock.now())

    def send_verification_code_sms(self, user: User, phone: str, code: str, **kwargs: Any) -> None:
        sms_budget.spend(
            phone=phone,
            address=self.get_client_ip(context.request),
            purpose=sms_budget.Purpose.SIGN_IN,
            at=clock.now(),
        )
        codes.send_code(phone=phone, code=code, template="sign_in_code", language=user.language)

    def send_unknown_account_sms(self, phone: str, **kwargs: Any) -> None:
        """Nothing: a stranger's number must not be sent messages on a visitor's word."""

    def send_account_already_exists_sms(self, phone: str) -> None:
        """Nothing: allauth's own sign-up is closed."""
