"""Reports: what somebody tells us, the receipt they get, and what they are told in the end."""

import re
import secrets
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Account, ServiceClient, User
from accounts.models.users import Language
from common.models import AppendOnly, Sealed, TransactionIdField
from common.public_ids import ALPHABET
from compliance.models.cases import Case, CaseKind
from compliance.models.policies import Policy
from compliance.querysets import ReportQuerySet

GROUPS, LETTERS_IN_A_GROUP = 4, 5  # 100 bits: a receipt is all that a reporter shows


def new_receipt() -> str:
    """A receipt number people can read out: `R-7K2M9-…`."""
    groups = (
        "".join(secrets.choice(ALPHABET) for _letter in range(LETTERS_IN_A_GROUP)).upper()
        for _group in range(GROUPS)
    )
    return "R-" + "-".join(groups)


RECEIPT = re.compile(
    rf"R(?:-[{ALPHABET.upper()}]{{{LETTERS_IN_A_GROUP}}}){{{GROUPS}}}"  # as `new_receipt` makes it
)


def receipt_in(written: str) -> str | None:
    """The receipt number somebody wrote, in small letters or with blanks too; None for none."""
    if len(written) > 60:
        return None
    tidy = "".join(written.split()).upper()
    return tidy if RECEIPT.fullmatch(tidy) else None


class Report(AppendOnly):
    """Somebody says that something is wrong. Each belongs to a case from the first moment.

    `statement`, `contact_name` and `contact_email` are encrypted
    (`compliance.reports` reads them); `about_text` is what the reporter called the subject.
    `client_key` makes a report by API count once. `signals` are facts that the platform
    found, by reference; what its customers sent or got is never among them (3.6.1).
    """

    class Channel(models.TextChoices):
        PUBLIC = "public", _("public form")
        CUSTOMER = "customer", _("customer")
        STAFF = "staff", _("staff")
        API = "api", _("platform")

    class Medium(models.TextChoices):
        """How it reached the member of staff who filed it."""

        PHONE = "phone", _("phone call")
        LETTER = "letter", _("paper letter")
        EMAIL = "email", pgettext_lazy("channel", "e-mail")
        IN_PERSON = "in_person", _("in person")

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
    location = models.TextField(_("where it can be seen"), max_length=2_000, blank=True)
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
    # Of a report that staff filed for somebody.
    filed_by = models.ForeignKey(
        User, verbose_name=_("filed by"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    medium = models.CharField(_("reached us by"), max_length=10, choices=Medium.choices, blank=True)
    client = models.ForeignKey(
        ServiceClient,
        verbose_name=_("service client"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
    )
    client_key = models.CharField(_("key of the client"), max_length=80, blank=True)
    request_hash = models.CharField(_("SHA-256 of the request"), max_length=64, blank=True)
    signals = models.JSONField(_("what the platform found"), default=list)
    files = models.ManyToManyField(
        "compliance.Evidence", verbose_name=_("files"), related_name="reports"
    )
    transaction = TransactionIdField(_("transaction"))

    objects: ClassVar[Any] = ReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        permissions = [
            ("read_report_contact", _("Can read who reported")),
            ("tell_reporter", _("Can tell reporters what came of it")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["client", "client_key"],
                condition=~Q(client_key=""),
                name="compliance_report_once_per_key",
            ),
            models.CheckConstraint(
                name="compliance_report_by_staff_says_who",
                condition=Q(channel="staff", filed_by__isnull=False)
                | (~Q(channel="staff") & Q(filed_by=None, medium="")),
            ),
        ]
        indexes = [
            models.Index(fields=["transaction", "id"], name="compliance_report_to_seal"),
            models.Index(fields=["reporter", "-id"], name="compliance_report_of_reporter"),
            models.Index(fields=["channel", "-id"], name="compliance_report_by_channel"),
            models.Index(fields=["kind", "-id"], name="compliance_report_by_kind"),
        ]

    def __str__(self) -> str:
        return self.receipt


class ReportOutcome(Sealed):
    """What came of a report, in words for the reporter. The latest one holds: after an
    appeal of the reporter there is a second."""

    class Verdict(models.TextChoices):
        ACTED = "acted", _("acted upon")
        NOT_ACTED = "not_acted", _("no action")
        ELSEWHERE = "elsewhere", _("passed on")

    report = models.ForeignKey(
        Report, verbose_name=_("report"), on_delete=models.PROTECT, related_name="outcomes"
    )
    verdict = models.CharField(
        pgettext_lazy("of a report", "outcome"), max_length=10, choices=Verdict.choices
    )
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


class UntoldReport(models.Model):
    """A report whose reporter has been told nothing yet.

    Kept by triggers, so that what is to be done is found without looking at all reports
    there ever were. `due`: the case is decided or closed, so somebody has to tell them now.
    """

    report = models.OneToOneField(
        Report,
        verbose_name=_("report"),
        on_delete=models.PROTECT,
        primary_key=True,
        related_name="untold",
    )
    due = models.BooleanField(pgettext_lazy("of an answer", "due"), default=False, db_default=False)

    class Meta:
        verbose_name = _("report without an answer")
        verbose_name_plural = _("reports without an answer")
        indexes = [
            models.Index(
                fields=["report"], condition=Q(due=True), name="compliance_report_to_be_told"
            ),
        ]

    def __str__(self) -> str:
        return str(self.report)
