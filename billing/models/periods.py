"""Periods that are closed, and the rates of tax."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common.models import Sealed


class PeriodCloseProposal(Sealed):
    """Somebody asks to close the books for everything effective before `through`.

    `trial_balance` is what each ledger account stood at then, in micro-yuan, by its code.
    """

    through = models.DateTimeField(_("to be closed through"))
    trial_balance = models.JSONField(_("trial balance"))
    proposed_by = models.ForeignKey(
        User, verbose_name=_("proposed by"), on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("proposal to close a period")
        verbose_name_plural = _("proposals to close a period")

    def __str__(self) -> str:
        return f"{self.through:%Y-%m-%d}"


class PeriodClose(Sealed):
    """A second person agreed: everything effective before `through` is final, and nothing is
    posted there any more. `trial_balance` is what the books say at that moment."""

    proposal = models.OneToOneField(
        PeriodCloseProposal,
        verbose_name=_("proposal"),
        on_delete=models.PROTECT,
        related_name="close",
    )
    through = models.DateTimeField(_("closed through"), unique=True)
    trial_balance = models.JSONField(_("trial balance"))
    approved_by = models.ForeignKey(
        User, verbose_name=_("approved by"), on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("closed period")
        verbose_name_plural = _("closed periods")
        permissions = [
            ("request_periodclose", _("Can propose to close a period")),
            ("approve_periodclose", _("Can close periods that others proposed")),
        ]

    def __str__(self) -> str:
        return f"{self.through:%Y-%m-%d}"


class TaxRate(Sealed):
    """VAT contained in what usage costs, from a moment on: 0.06 is 6%."""

    rate = models.DecimalField(_("rate"), max_digits=5, decimal_places=4)
    in_force_from = models.DateTimeField(_("in force from"), unique=True)

    class Meta:
        verbose_name = _("tax rate")
        verbose_name_plural = _("tax rates")
        constraints = [
            models.CheckConstraint(
                name="billing_taxrate_is_a_share", condition=Q(rate__gte=0, rate__lt=1)
            )
        ]

    def __str__(self) -> str:
        return f"{self.rate:.2%}"
