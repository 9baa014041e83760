"""What people declare when they open an account: capacity (1.1) and use (1.2.8(b))."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.accounts import Account
from accounts.models.agreements import AgreementVersion
from accounts.models.users import User
from common.models import Sealed


class Capacity(models.TextChoices):
    """Who may bind themselves (clause 1.1), by age on the day they say it."""

    ADULT = "adult", _("adult")
    MINOR = "minor", _("minor")
    CHILD = "child", _("child")


class CapacityDeclaration(Sealed):
    """A person declared that they may enter into the agreement, or have a guardian who may.

    Of a birth date nothing is kept of adults. Of others `of_age_on` is: the first of the
    month after they come of age, from which their guardian is not asked any more.
    """

    user = models.ForeignKey(
        User, verbose_name=_("person"), on_delete=models.PROTECT, related_name="capacities"
    )
    capacity = models.CharField(_("capacity"), max_length=8, choices=Capacity.choices)
    of_age_on = models.DateField(_("of age on"), null=True)
    version = models.ForeignKey(
        AgreementVersion,
        verbose_name=_("version of the terms"),
        on_delete=models.PROTECT,
        related_name="+",
    )
    clause = models.CharField(_("clause"), max_length=24)
    wording = models.PositiveSmallIntegerField(_("wording"))
    declared_at = models.DateTimeField(_("declared at"))

    class Meta:
        verbose_name = _("declaration of capacity")
        verbose_name_plural = _("declarations of capacity")
        constraints = [
            models.CheckConstraint(
                name="accounts_capacitydeclaration_of_age_iff_minor",
                condition=Q(capacity="adult", of_age_on=None)
                | (~Q(capacity="adult") & Q(of_age_on__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_capacity_display()}"


class UseDeclaration(Sealed):
    """What an account will be used for, and that none of the excluded occasions is meant.

    `excluded` are the occasions as they were shown, `list_version` the number of that list.
    """

    user = models.ForeignKey(
        User, verbose_name=_("person"), on_delete=models.PROTECT, related_name="+"
    )
    account = models.ForeignKey(
        Account,
        verbose_name=_("account"),
        on_delete=models.PROTECT,
        related_name="declared_uses",
    )
    use = models.CharField(_("use"), max_length=20)
    details = models.CharField(_("in their words"), max_length=500, blank=True)
    excluded = models.JSONField(_("declared not to be meant"))
    list_version = models.PositiveSmallIntegerField(_("version of the list"))
    version = models.ForeignKey(
        AgreementVersion,
        verbose_name=_("version of the terms"),
        on_delete=models.PROTECT,
        related_name="+",
    )
    clause = models.CharField(_("clause"), max_length=24)
    declared_at = models.DateTimeField(_("declared at"))

    class Meta:
        verbose_name = _("declaration of use")
        verbose_name_plural = _("declarations of use")

    def __str__(self) -> str:
        return f"{self.account} · {self.use}"
