"""Evidence: files that prove something, who may see which, and who did.

A file is kept encrypted in `EvidenceContent`, whose key may be replaced; the `Evidence`
that names it and its SHA-256 is final. What identifies people, what comes from children
and what customers sent to the service are seen by a grant only.
"""

import uuid
from functools import partial

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, ServiceClient, User
from common.models import AppendOnly, Sealed, TransactionIdField
from common.public_ids import new_public_id
from compliance.models.cases import Case


class Sensitivity(models.TextChoices):
    ORDINARY = "ordinary", _("ordinary")
    IDENTITY = "identity", _("identity document")
    MINOR = "minor", _("of a child")
    INTERACTION = "interaction", _("content of the customer's use")


class InteractionGrant(Sealed):
    """A customer allows us to look at content of their use, for one case and a time (3.6.1)."""

    public_id = models.CharField(
        _("identifier"), max_length=32, unique=True, default=partial(new_public_id, "igr")
    )
    case = models.ForeignKey(
        Case, verbose_name=_("case"), on_delete=models.PROTECT, related_name="interaction_grants"
    )
    account = models.ForeignKey(
        Account,
        verbose_name=_("account"),
        on_delete=models.PROTECT,
        related_name="interaction_grants",
    )
    given_by = models.ForeignKey(
        User, verbose_name=_("given by"), on_delete=models.PROTECT, related_name="+"
    )
    scope = models.TextField(_("what may be looked at"), max_length=2_000)
    ends_at = models.DateTimeField(_("until"))
    ip_address = models.GenericIPAddressField(_("IP address"), null=True)

    class Meta:
        verbose_name = _("leave to look at content")
        verbose_name_plural = _("leaves to look at content")

    def __str__(self) -> str:
        return self.public_id


class InteractionGrantEnd(Sealed):
    """The customer took a grant back before its time."""

    grant = models.OneToOneField(
        InteractionGrant, verbose_name=_("leave"), on_delete=models.PROTECT, related_name="end"
    )
    ended_by = models.ForeignKey(
        User, verbose_name=_("taken back by"), on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("end of a leave to look at content")
        verbose_name_plural = _("ends of leaves to look at content")

    def __str__(self) -> str:
        return str(self.grant)


class Evidence(AppendOnly):
    """A file in a case. `sha256` is of the bytes as they came, `kept_sha256` and `size` are of
    those kept: pictures are drawn anew, without what was hidden in them."""

    class Source(models.TextChoices):
        STAFF = "staff", _("staff")
        REPORTER = "reporter", _("reporter")
        CUSTOMER = "customer", _("customer")
        PLATFORM = "platform", _("platform")

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(
        Case, verbose_name=_("case"), on_delete=models.PROTECT, related_name="evidence"
    )
    name = models.CharField(_("name of the file"), max_length=120)
    media_type = models.CharField(_("type"), max_length=60)
    size = models.PositiveIntegerField(_("bytes"))
    sha256 = models.CharField(_("SHA-256 as it came"), max_length=64)
    kept_sha256 = models.CharField(_("SHA-256 as kept"), max_length=64)
    sensitivity = models.CharField(
        _("sensitivity"), max_length=12, choices=Sensitivity.choices, default=Sensitivity.ORDINARY
    )
    source = models.CharField(_("from"), max_length=10, choices=Source.choices)
    note = models.CharField(_("what it shows"), max_length=500, blank=True)
    added_by = models.ForeignKey(
        User, verbose_name=_("added by"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    client = models.ForeignKey(
        ServiceClient,
        verbose_name=_("service client"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
    )
    interaction_grant = models.ForeignKey(
        InteractionGrant,
        verbose_name=_("leave to look at content"),
        on_delete=models.PROTECT,
        null=True,
        related_name="evidence",
    )
    transaction = TransactionIdField(_("transaction"))

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        permissions = [("read_evidence", _("Can read evidence"))]
        constraints = [
            models.CheckConstraint(
                name="compliance_evidence_interaction_has_leave",
                condition=Q(sensitivity="interaction") ^ Q(interaction_grant=None),
            ),
        ]
        indexes = [
            models.Index(fields=["transaction", "id"], name="compliance_evidence_to_seal"),
        ]

    def __str__(self) -> str:
        return self.shown_name

    @property
    def needs_grant(self) -> bool:
        """Whether it is seen only by somebody whom a supervisor allowed to."""
        return self.sensitivity in (Sensitivity.IDENTITY, Sensitivity.MINOR)

    @property
    def shown_name(self) -> str:
        """The name in lists: that of a sensitive file may itself say whom it shows."""
        return named_for_lists(name=self.name, sensitivity=self.sensitivity, uuid=str(self.uuid))


def named_for_lists(*, name: str, sensitivity: str, uuid: str) -> str:
    """See `Evidence.shown_name`; for rows that were read without the model."""
    if sensitivity in (Sensitivity.IDENTITY, Sensitivity.MINOR):
        return f"{Sensitivity(sensitivity).label} {uuid[:8]}"
    return name


class EvidenceContent(models.Model):
    """The encrypted bytes of a file: `common.encryption`, for the evidence's UUID only."""

    evidence = models.OneToOneField(
        Evidence, verbose_name=_("evidence"), on_delete=models.PROTECT, related_name="content"
    )
    key_id = models.CharField(_("key"), max_length=40, db_index=True)
    ciphertext = models.BinaryField(_("content"))

    class Meta:
        verbose_name = _("content of evidence")
        verbose_name_plural = _("contents of evidence")

    def __str__(self) -> str:
        return str(self.evidence_id)


class EvidenceGrantRequest(Sealed):
    """A member of staff asks to see a sensitive file, and why."""

    evidence = models.ForeignKey(
        Evidence,
        verbose_name=_("evidence"),
        on_delete=models.PROTECT,
        related_name="grant_requests",
    )
    requested_by = models.ForeignKey(
        User, verbose_name=_("asked by"), on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField(_("reason"), max_length=2_000)
    hours = models.PositiveSmallIntegerField(_("hours"))

    class Meta:
        verbose_name = _("request to see evidence")
        verbose_name_plural = _("requests to see evidence")
        constraints = [
            models.CheckConstraint(
                name="compliance_evidencegrantrequest_bounded",
                condition=Q(hours__gte=1, hours__lte=72),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.evidence} · {self.requested_by}"


class EvidenceGrant(Sealed):
    """A supervisor, not the one who asked, allows it until `ends_at`; or says no."""

    request = models.OneToOneField(
        EvidenceGrantRequest,
        verbose_name=_("request"),
        on_delete=models.PROTECT,
        related_name="grant",
    )
    answered_by = models.ForeignKey(
        User, verbose_name=_("answered by"), on_delete=models.PROTECT, related_name="+"
    )
    allowed = models.BooleanField(_("allowed"))
    reason = models.TextField(_("reason"), max_length=2_000, blank=True)
    # Null when it was not allowed.
    ends_at = models.DateTimeField(_("until"), null=True)

    class Meta:
        verbose_name = _("answer to a request to see evidence")
        verbose_name_plural = _("answers to requests to see evidence")
        permissions = [("grant_evidence", _("Can allow others to see sensitive evidence"))]
        constraints = [
            models.CheckConstraint(
                name="compliance_evidencegrant_ends_iff_allowed",
                condition=Q(allowed=True, ends_at__isnull=False)
                | Q(allowed=False, ends_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return str(self.request)


class EvidenceGrantEnd(Sealed):
    """A supervisor took a grant back before its time, and why."""

    grant = models.OneToOneField(
        EvidenceGrant, verbose_name=_("grant"), on_delete=models.PROTECT, related_name="end"
    )
    ended_by = models.ForeignKey(
        User, verbose_name=_("taken back by"), on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField(_("reason"), max_length=2_000)

    class Meta:
        verbose_name = _("end of a grant to see evidence")
        verbose_name_plural = _("ends of grants to see evidence")

    def __str__(self) -> str:
        return str(self.grant)


class EvidenceView(Sealed):
    """Somebody saw a file. Written before its first byte leaves."""

    evidence = models.ForeignKey(
        Evidence, verbose_name=_("evidence"), on_delete=models.PROTECT, related_name="views"
    )
    viewer = models.ForeignKey(
        User, verbose_name=_("viewer"), on_delete=models.PROTECT, related_name="+"
    )
    grant = models.ForeignKey(
        EvidenceGrant,
        verbose_name=_("allowed by"),
        on_delete=models.PROTECT,
        null=True,
        related_name="views",
    )
    ip_address = models.GenericIPAddressField(_("IP address"), null=True)

    class Meta:
        verbose_name = _("view of evidence")
        verbose_name_plural = _("views of evidence")
        indexes = [models.Index(fields=["evidence", "-id"], name="compliance_evidenceview_of")]

    def __str__(self) -> str:
        return f"{self.evidence} · {self.viewer}"
