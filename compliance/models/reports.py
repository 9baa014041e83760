"""Reports: what somebody tells us, the receipt they get, and what they are told in the end."""

import secrets

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, ServiceClient, User
from accounts.models.users import Language
from common.models import AppendOnly, TransactionIdField
from common.public_ids import ALPHABET
from compliance.models.cases import Case, CaseKind
from compliance.models.policies import Policy

GROUPS, LETTERS_IN_A_GROUP = 4, 5  # 100 bits: a receipt is all that a reporter shows


def new_receipt() -> str:
    """A receipt number people can read out: `R-7K2M9-…`."""
    groups = (
        "".join(secrets.choice(ALPHABET) for _letter in range(LETTERS_IN_A_GROUP)).upper()
        for _group in range(GROUPS)
    )
    return "R-" + "-".join(groups)


class Report(AppendOnly):
    """Somebody says that something is wrong. Each belongs to a case from the first moment.

    `statement`, `contact_name` and `contact_email` are encrypted
    (`compliance.reports` reads them); `about_text` is what the reporter called the subject.
    `client_key` makes a report by API count once.
    """

    class Channel(models.TextChoices):
        PUBLIC = "public", _("public form")
        CUSTOMER = "customer", _("customer")
        STAFF = "staff", _("staff")
        API = "api", _("platform")

    receipt = models.CharField(_("receipt number"), max_length=30, unique=True, default=new_receipt)
    case = models.ForeignKey(
        Case, verbose_name=_("case"), on_delete=models.PROTECT, related_name="reports"
    )
    channel = models.CharField(_("came in by"), max_length=10, choices=Channel.choices)
    kind = models.CharField(_("kind"), max_length=20, choices=CaseKind.choices)
    policy = models.ForeignKey(
        Policy, verbose_name=_("policy"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    about = models.ForeignKey(
        Account,
        verbose_name=_("about the account"),
        on_delete=models.PROTECT,
        null=True,
        related_name="reports_about",
    )
    about_text = models.CharField(_("about"), max_length=200, blank=True)
    statement = models.TextField(_("statement"))
    reporter = models.ForeignKey(
        User,
        verbose_name=_("reporter"),
        on_delete=models.PROTECT,
        null=True,
        related_name="reports",
    )
    reporter_account = models.ForeignKey(
        Account,
        verbose_name=_("reporter's account"),
        on_delete=models.PROTECT,
        null=True,
        related_name="reports_made",
    )
    contact_name = models.TextField(_("name of the reporter"), blank=True)
    contact_email = models.TextField(_("e-mail of the reporter"), blank=True)
    language = models.CharField(_("language"), max_length=10, choices=Language.choices)
    client = models.ForeignKey(
        ServiceClient,
        verbose_name=_("service client"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
    )
    client_key = models.CharField(_("key of the client"), max_length=80, blank=True)
    request_hash = models.CharField(_("SHA-256 of the request"), max_length=64, blank=True)
    transaction = TransactionIdField(_("transaction"))

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        constraints = [
            models.UniqueConstraint(
                fields=["client", "client_key"],
                condition=~Q(client_key=""),
                name="compliance_report_once_per_key",
            ),
        ]
        indexes = [
            models.Index(fields=["transaction", "id"], name="compliance_report_to_seal"),
            models.Index(fields=["reporter", "-id"], name="compliance_report_of_reporter"),
        ]

    def __str__(self) -> str:
        return self.receipt


class ReportOutcome(AppendOnly):
    """What came of a report, in words for the reporter. The latest one holds: after an
    appeal of the reporter there is a second."""

    class Verdict(models.TextChoices):
        ACTED = "acted", _("acted upon")
        NOT_ACTED = "not_acted", _("no action")
        ELSEWHERE = "elsewhere", _("passed on")

    report = models.ForeignKey(
        Report, verbose_name=_("report"), on_delete=models.PROTECT, related_name="outcomes"
    )
    verdict = models.CharField(_("outcome"), max_length=10, choices=Verdict.choices)
    words_zh_hans = models.TextField(_("in Chinese"), max_length=4_000)
    words_en = models.TextField(_("in English"), max_length=4_000)
    told_by = models.ForeignKey(
        User, verbose_name=_("told by"), on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("outcome of a report")
        verbose_name_plural = _("outcomes of reports")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.report} · {self.get_verdict_display()}"
