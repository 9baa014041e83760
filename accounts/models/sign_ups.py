"""Opening an account, as far as somebody has come."""

from datetime import datetime, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models.codes import WithCode
from accounts.models.users import Language
from common.encryption import decrypt, encrypt

SIGN_UP_LASTS = timedelta(hours=24)


class SignUp(WithCode):
    """What a visitor has typed so far; nobody's yet.

    Found by a token in the visitor's session, of which a hash is kept. Who it is about is
    encrypted, and all of it is deleted when the account is open or a day has passed.
    """

    digest = models.CharField(max_length=64, unique=True, editable=False)
    phone_token = models.TextField(_("phone"), blank=True, editable=False)
    verified_at = models.DateTimeField(_("phone verified at"), null=True, editable=False)
    name_token = models.TextField(pgettext_lazy("of a person", "name"), blank=True, editable=False)
    password = models.CharField(_("password"), max_length=128, blank=True, editable=False)
    declared = models.JSONField(_("declared"), default=dict, editable=False)
    language = models.CharField(_("language"), max_length=10, choices=Language.choices)
    began_at = models.DateTimeField(_("began at"), editable=False)
    expires_at = models.DateTimeField(_("expires at"), editable=False)

    class Meta:
        verbose_name = _("sign-up under way")
        verbose_name_plural = _("sign-ups under way")
        indexes = [models.Index(fields=["expires_at"], name="accounts_signup_over")]

    def __str__(self) -> str:
        return f"sign-up {self.pk}"

    @property
    def phone(self) -> str:
        """The number, as E.164."""
        return decrypt(self.phone_token, purpose=self._purpose("phone"))

    @phone.setter
    def phone(self, number: str) -> None:
        self.phone_token = encrypt(number, purpose=self._purpose("phone"))

    @property
    def name(self) -> str:
        """What the person wants to be called, or nothing yet."""
        return decrypt(self.name_token, purpose=self._purpose("name")) if self.name_token else ""

    @name.setter
    def name(self, name: str) -> None:
        self.name_token = encrypt(name, purpose=self._purpose("name"))

    def is_over(self, at: datetime) -> bool:
        """Whether it is too late to go on."""
        return at >= self.expires_at

    def _purpose(self, field: str) -> str:
        return f"accounts.signup:{field}:{self.digest}"
