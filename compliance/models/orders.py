"""Orders to the platform about content (3.2, 4.3), its receipts, certificates of deletion."""

from functools import partial

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Account, ServiceClient, User
from common.models import AppendOnly, TransactionIdField
from common.public_ids import new_public_id
from compliance.models.cases import Case
from compliance.models.decisions import Decision
from compliance.models.evidence import Evidence


class ContentOrder(AppendOnly):
    """The platform is to delete, modify or withhold something by `due_at`.

    `target` names it in the platform's own terms; it is never content itself (3.6.1).
    """

    class What(models.TextChoices):
        DELETE = "delete", _("delete")
        MODIFY = "modify", _("modify")
        WITHHOLD = "withhold", _("withhold")

    public_id = models.CharField(
        _("identifier"), max_length=32, unique=True, default=partial(new_public_id, "ord")
    )
    case = models.ForeignKey(
        Case, verbose_name=_("case"), on_delete=models.PROTECT, related_name="orders"
    )
    decision = models.ForeignKey(
        Decision, verbose_name=_("decision"), on_delete=models.PROTECT, related_name="orders"
    )
    what = models.CharField(_("what to do"), max_length=10, choices=What.choices)
    target = models.CharField(pgettext_lazy("of an order", "what it is about"), max_length=200)
    instruction = models.CharField(_("instruction"), max_length=500, blank=True)
    due_at = models.DateTimeField(pgettext_lazy("deadline", "by"))
    transaction = TransactionIdField(_("transaction"))

    class Meta:
        verbose_name = _("order about content")
        verbose_name_plural = _("orders about content")
        indexes = [models.Index(fields=["transaction", "id"], name="compliance_order_to_seal")]

    def __str__(self) -> str:
        return self.public_id


class ContentOrderReceipt(AppendOnly):
    """What the platform says of an order. The latest one holds; the first `fetched` says
    that it arrived."""

    class Outcome(models.TextChoices):
        FETCHED = "fetched", _("received")
        DONE = "done", _("done")
        PARTLY = "partly", _("partly done")
        FAILED = "failed", _("not possible")

    order = models.ForeignKey(
        ContentOrder, verbose_name=_("order"), on_delete=models.PROTECT, related_name="receipts"
    )
    outcome = models.CharField(
        pgettext_lazy("of an order", "outcome"), max_length=10, choices=Outcome.choices
    )
    reference = models.CharField(_("the platform's reference"), max_length=120, blank=True)
    done_at = models.DateTimeField(_("done at"), null=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    client = models.ForeignKey(
        ServiceClient, verbose_name=_("service client"), on_delete=models.PROTECT, related_name="+"
    )
    client_key = models.CharField(_("key of the client"), max_length=80)
    request_hash = models.CharField(_("SHA-256 of the request"), max_length=64)
    transaction = TransactionIdField(_("transaction"))

    class Meta:
        verbose_name = _("receipt for an order")
        verbose_name_plural = _("receipts for orders")
        constraints = [
            models.UniqueConstraint(
                fields=["client", "client_key"], name="compliance_contentorderreceipt_once"
            ),
        ]
        indexes = [
            models.Index(fields=["transaction", "id"], name="compliance_orderreceipt_seal"),
        ]

    def __str__(self) -> str:
        return f"{self.order} · {self.get_outcome_display()}"


class ContentOrderAlarm(AppendOnly):
    """Staff were told that an order is late or failed."""

    order = models.ForeignKey(
        ContentOrder, verbose_name=_("order"), on_delete=models.PROTECT, related_name="alarms"
    )
    told = models.PositiveSmallIntegerField(_("people told"))

    class Meta:
        verbose_name = _("alarm about an order")
        verbose_name_plural = _("alarms about orders")

    def __str__(self) -> str:
        return str(self.order)


class DeletionCertificate(AppendOnly):
    """The customer certifies that output was deleted (4.3(b)); the signed paper is evidence."""

    case = models.ForeignKey(
        Case, verbose_name=_("case"), on_delete=models.PROTECT, related_name="certificates"
    )
    account = models.ForeignKey(
        Account, verbose_name=_("account"), on_delete=models.PROTECT, related_name="+"
    )
    document = models.OneToOneField(
        Evidence, verbose_name=_("document"), on_delete=models.PROTECT, related_name="certificate"
    )
    signatory = models.CharField(_("signed by"), max_length=80)
    signed_on = models.DateField(_("signed on"))
    what = models.CharField(_("what was deleted"), max_length=500)
    submitted_by = models.ForeignKey(
        User, verbose_name=_("submitted by"), on_delete=models.PROTECT, related_name="+"
    )
    transaction = TransactionIdField(_("transaction"))

    class Meta:
        verbose_name = _("certificate of deletion")
        verbose_name_plural = _("certificates of deletion")
        indexes = [
            models.Index(fields=["transaction", "id"], name="compliance_certificate_to_seal"),
        ]

    def __str__(self) -> str:
        return f"{self.account} · {self.signed_on}"
