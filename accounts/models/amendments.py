"""Amendments of an agreement (clause 14.3): offered, in force for each account, objected to."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.access import Permit
from accounts.models.accounts import Account
from accounts.models.agreements import Acceptance, AgreementVersion
from accounts.models.catalogue import Service
from accounts.models.users import User
from common.models import AppendOnlyQuerySet, Sealed


class OfferingQuerySet(AppendOnlyQuerySet):
    def standing(self) -> "OfferingQuerySet":
        """Not called off."""
        return self.filter(withdrawal=None)


class Offering(Sealed):
    """From here on customers may read a version, accept it ahead or object to it.

    Until an `OfferingWithdrawal`. `change` is the UUID of the change that announced it.
    """

    version = models.ForeignKey(
        AgreementVersion,
        verbose_name=_("version"),
        on_delete=models.PROTECT,
        related_name="offerings",
    )
    change = models.UUIDField(_("change"))

    objects = models.Manager.from_queryset(OfferingQuerySet)()  # type: ignore[misc]  # narrower than the base

    class Meta:
        verbose_name = _("offering")
        verbose_name_plural = _("offerings")
        constraints = [
            models.UniqueConstraint(fields=["change"], name="accounts_offering_once_per_change"),
        ]

    def __str__(self) -> str:
        return str(self.version)


class OfferingWithdrawal(Sealed):
    """The change that announced a version was called off: nobody is asked about it more."""

    offering = models.OneToOneField(
        Offering,
        verbose_name=_("offering"),
        on_delete=models.PROTECT,
        related_name="withdrawal",
    )

    class Meta:
        verbose_name = _("offering called off")
        verbose_name_plural = _("offerings called off")

    def __str__(self) -> str:
        return str(self.offering)


class VersionInForce(Sealed):
    """A version binds an account, since a moment its permit allows."""

    permit = models.OneToOneField(Permit, verbose_name=_("permit"), on_delete=models.PROTECT)
    account = models.ForeignKey(
        Account,
        verbose_name=_("account"),
        on_delete=models.PROTECT,
        related_name="versions_in_force",
        db_index=False,  # the unique key begins with it
    )
    version = models.ForeignKey(
        AgreementVersion,
        verbose_name=_("version"),
        on_delete=models.PROTECT,
        related_name="in_force_for",
        db_index=False,
    )
    since = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("version in force")
        verbose_name_plural = _("versions in force")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "version"], name="accounts_versioninforce_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} · {self.version}"


class ObjectionQuerySet(AppendOnlyQuerySet):
    def standing(self) -> "ObjectionQuerySet":
        """Not taken back."""
        return self.filter(withdrawal=None)


class Objection(Sealed):
    """An owner does not agree to a version. Stands until an `ObjectionWithdrawal`."""

    account = models.ForeignKey(
        Account,
        verbose_name=_("account"),
        on_delete=models.PROTECT,
        related_name="objections",
        db_index=False,
    )
    version = models.ForeignKey(
        AgreementVersion,
        verbose_name=_("version"),
        on_delete=models.PROTECT,
        related_name="objections",
    )
    user = models.ForeignKey(
        User, verbose_name=_("person"), on_delete=models.PROTECT, related_name="objections"
    )
    reason = models.TextField(_("reason"), blank=True, max_length=2000)
    ip_address = models.GenericIPAddressField(_("IP address"), null=True)

    objects = models.Manager.from_queryset(ObjectionQuerySet)()  # type: ignore[misc]  # narrower than the base

    class Meta:
        verbose_name = _("objection")
        verbose_name_plural = _("objections")
        indexes = [
            models.Index(fields=["account", "version"], name="accounts_objection_of"),
        ]

    def __str__(self) -> str:
        return f"{self.account} · {self.version}"


class ObjectionWithdrawal(Sealed):
    """The way back: an owner accepted that version, or a newer one, after all."""

    objection = models.OneToOneField(
        Objection,
        verbose_name=_("objection"),
        on_delete=models.PROTECT,
        related_name="withdrawal",
    )
    acceptance = models.ForeignKey(
        Acceptance,
        verbose_name=_("acceptance"),
        on_delete=models.PROTECT,
        related_name="ended_objections",
    )

    class Meta:
        verbose_name = _("objection taken back")
        verbose_name_plural = _("objections taken back")

    def __str__(self) -> str:
        return str(self.objection)


class ContinuedUse(Sealed):
    """A service was used while a version was in force: acceptance by conduct (14.3)."""

    account = models.ForeignKey(
        Account,
        verbose_name=_("account"),
        on_delete=models.PROTECT,
        related_name="continued_uses",
        db_index=False,  # the unique key begins with it
    )
    version = models.ForeignKey(
        AgreementVersion,
        verbose_name=_("version"),
        on_delete=models.PROTECT,
        related_name="continued_uses",
        db_index=False,
    )
    service = models.ForeignKey(
        Service,
        verbose_name=_("service"),
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    used_at = models.DateTimeField(_("used at"))

    class Meta:
        verbose_name = _("continued use")
        verbose_name_plural = _("continued uses")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "version"], name="accounts_continueduse_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} · {self.version}"
