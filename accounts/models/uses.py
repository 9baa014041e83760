"""Which services an account uses, and since when: reported by gateways."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.accounts import Account
from accounts.models.catalogue import Region, Service


class ServiceUse(models.Model):
    """First and last use of a service by an account, in a region if one was named.

    A summary that moves on with each report; not evidence and not what is billed.
    """

    account = models.ForeignKey(
        Account,
        verbose_name=_("account"),
        on_delete=models.PROTECT,
        related_name="service_uses",
        # The unique key below begins with it.
        db_index=False,
    )
    service = models.ForeignKey(
        Service,
        verbose_name=_("service"),
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    region = models.ForeignKey(
        Region,
        verbose_name=_("region"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
    )
    first_used_at = models.DateTimeField(_("first used at"))
    last_used_at = models.DateTimeField(_("last used at"))

    class Meta:
        verbose_name = _("use of a service")
        verbose_name_plural = _("uses of services")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "service", "region"],
                name="accounts_serviceuse_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="accounts_serviceuse_first_before_last",
                condition=models.Q(first_used_at__lte=models.F("last_used_at")),
            ),
        ]
        indexes = [
            # Audiences ask who used a service since a moment.
            models.Index(fields=["service", "last_used_at"], name="accounts_serviceuse_since"),
        ]

    def __str__(self) -> str:
        return f"{self.account} · {self.service}"
