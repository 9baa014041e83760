"""Appeals: by the customer against a decision, by a reporter against "no action"."""

from functools import partial

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common.models import AppendOnly, TransactionIdField
from common.public_ids import new_public_id
from compliance.models.cases import Case
from compliance.models.decisions import Decision
from compliance.models.evidence import Evidence
from compliance.models.reports import Report, ReportOutcome


class Appeal(AppendOnly):
    """One of them; once per decision, once per outcome of a report. `text` is encrypted."""

    public_id = models.CharField(
        _("identifier"), max_length=32, unique=True, default=partial(new_public_id, "apl")
    )
    case = models.ForeignKey(
        Case, verbose_name=_("case"), on_delete=models.PROTECT, related_name="appeals"
    )
    decision = models.OneToOneField(
        Decision,
        verbose_name=_("decision"),
        on_delete=models.PROTECT,
        null=True,
        related_name="appeal",
    )
    outcome = models.OneToOneField(
        ReportOutcome,
        verbose_name=_("outcome of the report"),
        on_delete=models.PROTECT,
        null=True,
        related_name="appeal",
    )
    report = models.ForeignKey(
        Report,
        verbose_name=_("report"),
        on_delete=models.PROTECT,
        null=True,
        related_name="appeals",
    )
    # None: a reporter without an account, known by the receipt.
    appealed_by = models.ForeignKey(
        User, verbose_name=_("appealed by"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    text = models.TextField(_("what is objected"))
    files = models.ManyToManyField(Evidence, verbose_name=_("files"), related_name="appeals")
    answer_by = models.DateTimeField(_("answer by"))
    transaction = TransactionIdField(_("transaction"))

    class Meta:
        verbose_name = _("appeal")
        verbose_name_plural = _("appeals")
        permissions = [("decide_appeal", _("Can decide appeals"))]
        constraints = [
            models.CheckConstraint(
                name="compliance_appeal_against_one_thing",
                condition=Q(decision__isnull=False, outcome=None, report=None)
                | Q(decision=None, outcome__isnull=False, report__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["transaction", "id"], name="compliance_appeal_to_seal")]

    def __str__(self) -> str:
        return self.public_id


class AppealDecision(AppendOnly):
    """Somebody who had no part in the original decides. The database refuses others."""

    class Result(models.TextChoices):
        UPHELD = "upheld", _("decision stands")
        OVERTURNED = "overturned", _("decision undone")
        # What was decided is undone, and another decision takes its place.
        VARIED = "varied", _("decision changed")

    appeal = models.OneToOneField(
        Appeal, verbose_name=_("appeal"), on_delete=models.PROTECT, related_name="answer"
    )
    result = models.CharField(_("result"), max_length=10, choices=Result.choices)
    reasons_zh_hans = models.TextField(_("reasons in Chinese"), max_length=10_000)
    reasons_en = models.TextField(_("reasons in English"), max_length=10_000)
    decided_by = models.ForeignKey(
        User, verbose_name=_("decided by"), on_delete=models.PROTECT, related_name="+"
    )
    transaction = TransactionIdField(_("transaction"))

    class Meta:
        verbose_name = _("decision on an appeal")
        verbose_name_plural = _("decisions on appeals")
        indexes = [
            models.Index(fields=["transaction", "id"], name="compliance_appealdecision_seal"),
        ]

    def __str__(self) -> str:
        return f"{self.appeal} · {self.get_result_display()}"
