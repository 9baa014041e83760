"""Guardians of minors: asked, consenting, and consents that ended (clause 1.1)."""

from datetime import datetime, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.agreements import AgreementText
from accounts.models.codes import WithCode
from accounts.models.users import Language, User
from accounts.phone_numbers import mask_phone
from common.encryption import decrypt, encrypt
from common.models import AppendOnlyQuerySet, Sealed

REQUEST_LASTS = timedelta(days=7)


class GuardianRequest(WithCode):
    """A minor named a guardian's phone, which a link was sent to; deleted when it is over."""

    user = models.ForeignKey(
        User, verbose_name=_("person"), on_delete=models.PROTECT, related_name="guardian_requests"
    )
    digest = models.CharField(max_length=64, unique=True, editable=False)
    phone_token = models.TextField(_("guardian's phone"), editable=False)
    language = models.CharField(_("language"), max_length=10, choices=Language.choices)
    asked_at = models.DateTimeField(_("asked at"), editable=False)
    expires_at = models.DateTimeField(_("expires at"), editable=False)

    class Meta:
        verbose_name = _("request to a guardian")
        verbose_name_plural = _("requests to guardians")
        indexes = [models.Index(fields=["expires_at"], name="accounts_guardianrequest_over")]

    def __str__(self) -> str:
        return f"{self.user} · {self.asked_at}"

    @property
    def phone(self) -> str:
        """The guardian's number, as E.164."""
        return decrypt(self.phone_token, purpose=self._purpose())

    @phone.setter
    def phone(self, number: str) -> None:
        self.phone_token = encrypt(number, purpose=self._purpose())

    @property
    def masked_phone(self) -> str:
        return mask_phone(self.phone)

    @property
    def code_is_out(self) -> bool:
        """Whether a code was sent that did not come back yet."""
        return bool(self.code_digest)

    def is_over(self, at: datetime) -> bool:
        return at >= self.expires_at

    def _purpose(self) -> str:
        return f"accounts.guardianrequest:{self.digest}"


class GuardianConsentQuerySet(AppendOnlyQuerySet):
    def standing(self) -> "GuardianConsentQuerySet":
        """Those that were not ended."""
        return self.filter(withdrawal=None)


class GuardianConsent(Sealed):
    """A guardian, reached by a code on their phone, consents for a minor.

    Who the guardian is stays encrypted; `phone_mark` tells one number from another.
    `personal_data` is the consent that a child's data needs beside (PIPL, article 31).
    """

    class Relation(models.TextChoices):
        PARENT = "parent", _("parent")
        GUARDIAN = "guardian", _("legal guardian")

    user = models.ForeignKey(
        User, verbose_name=_("minor"), on_delete=models.PROTECT, related_name="guardian_consents"
    )
    guardian_name = models.TextField(_("guardian"))
    guardian_phone = models.TextField(_("guardian's phone"))
    phone_mark = models.CharField(_("mark of the phone"), max_length=64)
    relation = models.CharField(_("relation"), max_length=10, choices=Relation.choices)
    personal_data = models.BooleanField(_("consents to processing a child's data"))
    text = models.ForeignKey(
        AgreementText,
        verbose_name=_("version of the terms"),
        on_delete=models.PROTECT,
        related_name="+",
    )
    text_sha256 = models.CharField(_("SHA-256 of the text"), max_length=64)
    wording = models.PositiveSmallIntegerField(_("wording"))
    consented_at = models.DateTimeField(_("consented at"))
    ip_address = models.GenericIPAddressField(_("IP address"), null=True)
    user_agent = models.CharField(_("browser"), max_length=300, blank=True)

    objects = models.Manager.from_queryset(GuardianConsentQuerySet)()  # type: ignore[misc]  # narrower than the base

    class Meta:
        verbose_name = _("guardian's consent")
        verbose_name_plural = _("guardians' consents")
        permissions = [("withdraw_guardianconsent", _("Can end guardians' consents"))]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_relation_display()}"

    @property
    def name_of_guardian(self) -> str:
        return decrypt(self.guardian_name, purpose=purpose_of(self.user, "name"))

    @property
    def masked_guardian_phone(self) -> str:
        return mask_phone(decrypt(self.guardian_phone, purpose=purpose_of(self.user, "phone")))


def purpose_of(minor: User, field: str) -> str:
    """What a guardian's name and phone are encrypted for."""
    return f"accounts.guardianconsent:{field}:{minor.public_id}"


class GuardianConsentWithdrawal(Sealed):
    """A consent ended: by whom of the staff, and why. Access is withheld again."""

    consent = models.OneToOneField(
        GuardianConsent,
        verbose_name=_("consent"),
        on_delete=models.PROTECT,
        related_name="withdrawal",
    )
    withdrawn_by = models.ForeignKey(
        User, verbose_name=_("by"), on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField(_("reason"))

    class Meta:
        verbose_name = _("end of a guardian's consent")
        verbose_name_plural = _("ends of guardians' consents")

    def __str__(self) -> str:
        return str(self.consent)
