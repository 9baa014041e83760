"""Names that somebody has to look at, and names that were cancelled (clause 1.2.5).

Names themselves are encrypted: what is kept for good must not keep them in the open.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Permit, User
from common.models import Sealed
from compliance.models.cases import Case
from compliance.models.decisions import Decision


class NameDoubt(Sealed):
    """A name was taken that holds terms of a list; why, as it was then.

    `person` is set when it is a person's own name. `hits` says list, way of matching and the
    number of each term; None for what the platform itself is called.
    """

    case = models.ForeignKey(
        Case, verbose_name=_("case"), on_delete=models.PROTECT, related_name="name_doubts"
    )
    account = models.ForeignKey(
        Account, verbose_name=_("account"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    person = models.ForeignKey(
        User, verbose_name=_("person"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    name = models.TextField(_("name"))
    hits = models.JSONField(_("terms"), default=list)
    chosen_by = models.ForeignKey(
        User, verbose_name=_("chosen by"), on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("doubtful name")
        verbose_name_plural = _("doubtful names")

    def __str__(self) -> str:
        return f"{self.case} · {self.pk}"


class NameCancellation(Sealed):
    """A name was cancelled by a decision, after its deadline; hangs on the permit of the
    change that people were told of. `person` is set when it was the holder's own name."""

    permit = models.ForeignKey(
        Permit, verbose_name=_("permit"), on_delete=models.PROTECT, related_name="+"
    )
    account = models.ForeignKey(
        Account,
        verbose_name=_("account"),
        on_delete=models.PROTECT,
        related_name="name_cancellations",
    )
    person = models.ForeignKey(
        User, verbose_name=_("person"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    decision = models.ForeignKey(
        Decision,
        verbose_name=_("decision"),
        on_delete=models.PROTECT,
        related_name="name_cancellations",
    )
    name = models.TextField(_("name"))
    became = models.CharField(_("name in its place"), max_length=120)

    class Meta:
        verbose_name = _("cancelled name")
        verbose_name_plural = _("cancelled names")
        constraints = [
            models.UniqueConstraint(
                fields=["permit"],
                condition=Q(person=None),
                name="compliance_namecancellation_of_account_once",
            ),
            models.UniqueConstraint(
                fields=["permit", "person"], name="compliance_namecancellation_of_person_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} · {self.became}"


class NameRestoration(Sealed):
    """A cancellation was undone. `restored` is False where another name had been chosen
    since: that one stays."""

    cancellation = models.OneToOneField(
        NameCancellation,
        verbose_name=_("cancelled name"),
        on_delete=models.PROTECT,
        related_name="restoration",
    )
    restored = models.BooleanField(_("given back"))
    restored_by = models.ForeignKey(
        User, verbose_name=_("restored by"), on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField(_("reason"), max_length=2_000)

    class Meta:
        verbose_name = _("restored name")
        verbose_name_plural = _("restored names")

    def __str__(self) -> str:
        return str(self.cancellation)
