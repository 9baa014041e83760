"""Certificates of notice that were handed out."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.models.users import Language
from common.models import Sealed
from notices.models.messages import Notice


class CertificateIssue(Sealed):
    """Somebody was given a certificate of notice: who, when, and of which facts.

    The same facts give the same `number` and, in the same language, the same bytes, of which
    `sha256` is kept; what was sealed by `as_of` is what it certifies, so it can be made again.
    """

    notice = models.ForeignKey(
        Notice,
        verbose_name=_("notice"),
        on_delete=models.PROTECT,
        related_name="certificate_issues",
    )
    number = models.CharField(_("number of the certificate"), max_length=40, db_index=True)
    language = models.CharField(_("language"), max_length=10, choices=Language.choices)
    as_of = models.DateTimeField(_("sealed by"))
    sha256 = models.CharField("SHA-256", max_length=64)
    issued_to = models.ForeignKey(
        User, verbose_name=_("issued to"), on_delete=models.PROTECT, related_name="+"
    )
    # Empty when it is the recipient's own.
    reason = models.TextField(_("reason"), blank=True)

    class Meta:
        verbose_name = _("issue of a certificate")
        verbose_name_plural = _("issues of certificates")
        permissions = [("issue_certificate", _("Can issue certificates of notice"))]

    def __str__(self) -> str:
        return self.number
