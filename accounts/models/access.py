"""What takes access away, and what must be shown first."""

import uuid

from django.db import models
from django.db.models import Q, Value
from django.utils.translation import gettext_lazy as _

from accounts.conditions import label_of
from accounts.models.accounts import Account
from accounts.models.agreements import Clause
from accounts.models.api_keys import ApiKey
from accounts.models.catalogue import InferenceModel, Region, Service
from accounts.models.users import User
from accounts.querysets import ConditionQuerySet, RestrictionQuerySet
from common.languages import pick
from common.models import AppendOnly, Sealed, TransactionIdField


class Permit(AppendOnly):
    """Leave for one change to take effect on one account, not before a moment.

    The database checks each insert against the gate (`earliest_effect`) and refuses
    all of them while no gate is installed. `change` is the change's UUID: the record
    itself lives in an app above.
    """

    change = models.UUIDField(_("change"))
    account = models.ForeignKey(
        Account,
        verbose_name=_("account"),
        on_delete=models.PROTECT,
        related_name="permits",
    )
    not_before = models.DateTimeField(_("not before"))
    transaction = TransactionIdField(_("transaction"))

    class Meta:
        verbose_name = _("permit")
        verbose_name_plural = _("permits")
        indexes = [models.Index(fields=["transaction", "id"], name="accounts_permit_to_seal")]
        constraints = [
            models.UniqueConstraint(
                fields=["change", "account"], name="accounts_permit_once_per_change"
            ),
            # What a restriction refers to: a permit for this very account.
            models.UniqueConstraint(
                fields=["id", "account"], name="accounts_permit_id_and_account"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} · {self.not_before:%Y-%m-%d %H:%M}"


class Measure(models.TextChoices):
    """What a restriction does. Only a limit leaves something allowed."""

    LIMIT = "limit", _("limited")
    # Requests are taken, but nothing that was made by a model is given out (4.3).
    OUTPUT_BLOCK = "output_block", _("output withheld")
    SUSPEND = "suspend", _("suspended")
    TERMINATE = "terminate", _("ended")
    DISABLE = "disable", _("disabled")


class Restriction(AppendOnly):
    """Access taken away from an account, or limited, as a whole or in part.

    It concerns what its key, service, model and region have in common; each of them left
    empty means all. `limits` are the most allowed by metric, whole numbers of at least
    one, for a limit and for nothing else.
    """

    id = models.UUIDField(_("reference"), primary_key=True, default=uuid.uuid4, editable=False)
    permit = models.ForeignKey(
        Permit,
        verbose_name=_("permit"),
        on_delete=models.PROTECT,
        related_name="restrictions",
    )
    account = models.ForeignKey(
        Account,
        verbose_name=_("account"),
        on_delete=models.PROTECT,
        related_name="restrictions",
        db_index=False,  # the index below begins with it
    )
    # What follows is never searched by and never deleted: an index would cost a million
    # entries, and tempt the planner to read all that name no key.
    api_key = models.ForeignKey(
        ApiKey,
        verbose_name=_("API key"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
    )
    service = models.ForeignKey(
        Service,
        verbose_name=_("service"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
    )
    model = models.ForeignKey(
        InferenceModel,
        verbose_name=_("model"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
    )
    region = models.ForeignKey(
        Region,
        verbose_name=_("region"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
    )
    measure = models.CharField(
        _("measure"),
        max_length=12,
        choices=Measure.choices,
        default=Measure.SUSPEND,
        db_default=Measure.SUSPEND.value,
    )
    limits = models.JSONField(
        _("limits"), default=dict, db_default=Value({}, models.JSONField()), blank=True
    )
    clause = models.ForeignKey(
        Clause, verbose_name=_("clause"), on_delete=models.PROTECT, db_index=False
    )
    reason_zh_hans = models.TextField(_("reason in Chinese"))
    reason_en = models.TextField(_("reason in English"))
    starts_at = models.DateTimeField(_("since"))
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)

    objects = models.Manager.from_queryset(RestrictionQuerySet)()  # type: ignore[misc]  # narrower than the base

    class Meta:
        verbose_name = _("restriction")
        verbose_name_plural = _("restrictions")
        constraints = [
            models.CheckConstraint(
                name="accounts_restriction_ends_after_start",
                condition=Q(ends_at=None) | Q(ends_at__gt=models.F("starts_at")),
            ),
            models.CheckConstraint(
                name="accounts_restriction_measure_is_known",
                condition=Q(measure__in=Measure.values),
            ),
            models.CheckConstraint(
                name="accounts_restriction_limits_iff_limit",
                condition=Q(Q(measure=Measure.LIMIT), ~Q(limits={}))
                | Q(~Q(measure=Measure.LIMIT), Q(limits={})),
            ),
        ]
        indexes = [models.Index(fields=["account", "starts_at"], name="accounts_restriction_of")]

    def __str__(self) -> str:
        return f"{self.account} · {self.concerns}"

    @property
    def concerns(self) -> str:
        """What it is about, in words: the service or model, then region and key if named."""
        named = [self.model or self.service or _("all services"), self.region, self.api_key]
        return " · ".join(str(one) for one in named if one)

    def reason_in(self, language: str | None) -> str:
        return pick(language, zh_hans=self.reason_zh_hans, en=self.reason_en)


class Lifting(Sealed):
    """The way back: from `recorded_at` on the restriction holds no more."""

    restriction = models.OneToOneField(
        Restriction,
        verbose_name=_("restriction"),
        on_delete=models.PROTECT,
        related_name="lifting",
    )
    lifted_by = models.ForeignKey(
        User, verbose_name=_("lifted by"), on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField(_("reason"))

    class Meta:
        verbose_name = _("lifting")
        verbose_name_plural = _("liftings")

    def __str__(self) -> str:
        return str(self.restriction)


class Condition(models.Model):
    """Access withheld until the customer does something; no notice is owed.

    Written by the app that watches the threshold, under the name it registered with
    `accounts.conditions`, and cleared by it.
    """

    account = models.ForeignKey(
        Account,
        verbose_name=_("account"),
        on_delete=models.PROTECT,
        related_name="conditions",
    )
    source = models.CharField(_("source"), max_length=40)
    since = models.DateTimeField(_("since"))
    cleared_at = models.DateTimeField(_("cleared at"), null=True, blank=True)

    objects = ConditionQuerySet.as_manager()

    class Meta:
        verbose_name = _("access condition")
        verbose_name_plural = _("access conditions")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "source"],
                condition=Q(cleared_at=None),
                name="accounts_condition_once_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} · {label_of(self.source)}"
