"""Incidents: what a service cannot do for anybody (clause 11), in one record for everybody."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.access import Measure
from accounts.models.agreements import Clause
from accounts.models.catalogue import InferenceModel, Region, Service
from accounts.models.users import User
from common.languages import pick
from common.models import AppendOnly, Sealed


class PlatformRestriction(AppendOnly):
    """Access withheld from everybody, for what service, model and region have in common.

    The database asks the app that approves changes before it takes one.
    """

    id = models.UUIDField(_("reference"), primary_key=True, default=uuid.uuid4, editable=False)
    change = models.UUIDField(_("change"), unique=True)
    measure = models.CharField(_("measure"), max_length=12, choices=Measure.choices)
    service = models.ForeignKey(
        Service,
        verbose_name=_("service"),
        on_delete=models.PROTECT,
        null=True,
        db_index=False,
        related_name="+",
    )
    model = models.ForeignKey(
        InferenceModel,
        verbose_name=_("model"),
        on_delete=models.PROTECT,
        null=True,
        db_index=False,
        related_name="+",
    )
    region = models.ForeignKey(
        Region,
        verbose_name=_("region"),
        on_delete=models.PROTECT,
        null=True,
        db_index=False,
        related_name="+",
    )
    limits = models.JSONField(_("limits"), default=dict)
    clause = models.ForeignKey(
        Clause, verbose_name=_("clause"), on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    reason_zh_hans = models.TextField(_("reason in Chinese"))
    reason_en = models.TextField(_("reason in English"))
    starts_at = models.DateTimeField(_("since"))
    ends_at = models.DateTimeField(_("until"), null=True)

    class Meta:
        verbose_name = _("restriction for everybody")
        verbose_name_plural = _("restrictions for everybody")
        constraints = [
            models.CheckConstraint(
                name="accounts_platformrestriction_ends_after_start",
                condition=Q(ends_at=None) | Q(ends_at__gt=models.F("starts_at")),
            ),
            models.CheckConstraint(
                name="accounts_platformrestriction_measure_is_known",
                condition=Q(measure__in=Measure.values),
            ),
            models.CheckConstraint(
                name="accounts_platformrestriction_limits_iff_limit",
                condition=Q(Q(measure=Measure.LIMIT), ~Q(limits={}))
                | Q(~Q(measure=Measure.LIMIT), Q(limits={})),
            ),
        ]

    def __str__(self) -> str:
        return str(self.model or self.service or _("all services"))

    def reason_in(self, language: str | None) -> str:
        return pick(language, zh_hans=self.reason_zh_hans, en=self.reason_en)


class PlatformLifting(Sealed):
    """The incident is over: from `recorded_at` on the restriction holds no more."""

    restriction = models.OneToOneField(
        PlatformRestriction,
        verbose_name=_("restriction for everybody"),
        on_delete=models.PROTECT,
        related_name="lifting",
    )
    lifted_by = models.ForeignKey(
        User, verbose_name=_("lifted by"), on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField(_("reason"))

    class Meta:
        verbose_name = _("lifting for everybody")
        verbose_name_plural = _("liftings for everybody")

    def __str__(self) -> str:
        return str(self.restriction)
