"""What has been invoiced: fees with an invoice in the customer's books are not refunded."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, User
from common.models import Sealed


class Invoice(Sealed):
    """An invoice (fapiao) issued elsewhere, or a red letter that takes one back, which is
    negative."""

    number = models.CharField(_("number"), max_length=40, unique=True)
    account = models.ForeignKey(
        Account, verbose_name=_("account"), on_delete=models.PROTECT, related_name="invoices"
    )
    amount = models.BigIntegerField(_("amount"))
    issued_on = models.DateField(_("issued on"))
    recorded_by = models.ForeignKey(
        User, verbose_name=_("recorded by"), on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        constraints = [
            models.CheckConstraint(name="billing_invoice_not_nothing", condition=~Q(amount=0))
        ]

    def __str__(self) -> str:
        return self.number
