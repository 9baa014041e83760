"""Logins at other services that a person connected (clause 1.2.3)."""

from functools import partial

from allauth.socialaccount.models import SocialAccount
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.users import Language, User
from common.clock import Now
from common.models import Sealed
from common.public_ids import new_public_id

# An encrypted token and nothing else: id of the key, colon, base64.
ENCRYPTED = r"^([^:]+:[A-Za-z0-9+/]{40,}={0,2})?$"


class ConnectionConsent(Sealed):
    """A person agreed that a login elsewhere is connected, to a text they were shown."""

    user = models.ForeignKey(
        User, verbose_name=_("person"), on_delete=models.PROTECT, related_name="connection_consents"
    )
    provider = models.CharField(_("login provider"), max_length=30)
    provider_name = models.CharField(_("name of the provider"), max_length=40)
    version = models.PositiveSmallIntegerField(_("version of the text"))
    language = models.CharField(_("language"), max_length=10, choices=Language.choices)
    text = models.TextField(_("text"))
    scopes = models.CharField(_("scopes asked for"), max_length=500)
    ip_address = models.GenericIPAddressField(_("IP address"), null=True)

    class Meta:
        verbose_name = _("consent to a connected login")
        verbose_name_plural = _("consents to connected logins")

    def __str__(self) -> str:
        return self.provider_name


class ConnectionConsentEnd(Sealed):
    """The consent has ended: the connection is gone and its tokens are destroyed."""

    class Why(models.TextChoices):
        PERSON = "person", _("the person disconnected it")
        RESET = "reset", _("the password was reset")
        PHONE = "phone", _("the phone was changed")
        LEFT = "left", _("the person left")

    class Revoked(models.TextChoices):
        YES = "yes", _("revoked at the provider")
        NOT_OFFERED = "not_offered", _("the provider takes no revocation")
        FAILED = "failed", _("the provider did not answer or refused")
        NOT_ASKED = "not_asked", _("the provider was not asked")

    consent = models.OneToOneField(
        ConnectionConsent, verbose_name=_("consent"), on_delete=models.PROTECT, related_name="end"
    )
    why = models.CharField(_("why"), max_length=10, choices=Why.choices)
    revoked = models.CharField(_("tokens"), max_length=12, choices=Revoked.choices)

    class Meta:
        verbose_name = _("end of a consent to a connected login")
        verbose_name_plural = _("ends of consents to connected logins")

    def __str__(self) -> str:
        return str(self.consent)


class ConnectedLogin(models.Model):
    """A connected login with its tokens, encrypted with the row's identifier as associated
    data. Deleted when it is disconnected; consent and end stay."""

    public_id = models.CharField(
        max_length=32, unique=True, editable=False, default=partial(new_public_id, "cln")
    )
    user = models.ForeignKey(
        User, verbose_name=_("person"), on_delete=models.CASCADE, related_name="connected_logins"
    )
    social_account = models.OneToOneField(
        SocialAccount, on_delete=models.CASCADE, related_name="connected_login"
    )
    consent = models.OneToOneField(
        ConnectionConsent, on_delete=models.PROTECT, related_name="login"
    )
    issuer = models.CharField(_("issuer"), max_length=500)
    connected_at = models.DateTimeField(_("connected at"), db_default=Now(), editable=False)
    last_used_at = models.DateTimeField(_("last used at"), null=True)
    access_token = models.TextField(editable=False)
    refresh_token = models.TextField(editable=False, blank=True)
    token_expires_at = models.DateTimeField(_("token expires at"), null=True)

    class Meta:
        verbose_name = _("connected login")
        verbose_name_plural = _("connected logins")
        constraints = [
            models.CheckConstraint(
                condition=Q(access_token__regex=ENCRYPTED) & Q(refresh_token__regex=ENCRYPTED),
                name="accounts_connectedlogin_tokens_are_encrypted",
            )
        ]

    def __str__(self) -> str:
        return self.public_id
