"""Resets of passwords: the way to one, and the evidence of one (clause 1.2.4)."""

from functools import partial

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.one_time_codes import OneTimeCode
from accounts.models.recoveries import PhoneChange
from accounts.models.users import User
from common.clock import Now
from common.models import Sealed
from common.public_ids import new_public_id


class SecondProof(models.TextChoices):
    """What beside the phone shows that it is the same person. A number alone may by now
    belong to a stranger."""

    EMAIL = "email", _("code sent to the contact e-mail")
    AUTHENTICATOR = "authenticator", _("code of the authenticator app")
    RECOVERY_CODE = "recovery_code", _("recovery code")
    RECOVERY = "recovery", _("identity checked by staff")


class ResetAttempt(models.Model):
    """Somebody on their way to a new password. Without `user` the number is unknown, and
    the way ends at the first code. Deleted after a day."""

    public_id = models.CharField(
        max_length=32, unique=True, editable=False, default=partial(new_public_id, "rst")
    )
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+")
    phone_code = models.OneToOneField(OneTimeCode, on_delete=models.CASCADE, related_name="+")
    email_code = models.OneToOneField(
        OneTimeCode, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    # The e-mail address the code went to, hashed: one changed meanwhile proves nothing.
    email_digest = models.CharField(max_length=64, blank=True)
    factor_tries = models.PositiveSmallIntegerField(default=0)
    second_proof = models.CharField(max_length=16, choices=SecondProof.choices, blank=True)
    recovery = models.ForeignKey(
        PhoneChange, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    begun_at = models.DateTimeField(db_default=Now(), editable=False)
    ends_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("way to a new password")
        verbose_name_plural = _("ways to new passwords")
        default_permissions = ()

    def __str__(self) -> str:
        return self.public_id


class PasswordReset(Sealed):
    """A password was chosen anew by somebody who held the phone and showed a second proof."""

    user = models.ForeignKey(
        User, verbose_name=_("person"), on_delete=models.PROTECT, related_name="password_resets"
    )
    attempt = models.CharField(_("number of the attempt"), max_length=32, unique=True)
    second_proof = models.CharField(_("second proof"), max_length=16, choices=SecondProof.choices)
    recovery = models.OneToOneField(
        PhoneChange,
        verbose_name=_("after the change of phone"),
        on_delete=models.PROTECT,
        null=True,
        related_name="password_reset",
    )
    ip_address = models.GenericIPAddressField(_("IP address"), null=True)

    class Meta:
        verbose_name = _("password reset")
        verbose_name_plural = _("password resets")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(second_proof__in=SecondProof.values),
                name="accounts_passwordreset_has_a_second_proof",
            ),
            models.CheckConstraint(
                condition=models.Q(second_proof=SecondProof.RECOVERY, recovery__isnull=False)
                | (~models.Q(second_proof=SecondProof.RECOVERY) & models.Q(recovery=None)),
                name="accounts_passwordreset_names_its_recovery",
            ),
        ]

    def __str__(self) -> str:
        return str(self.user)
