"""Two people for money that moves by somebody's decision."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Account, Clause, User
from billing.models.chart import OF_TWO_PEOPLE, Kind
from common.models import ApprovalRecord, ProposalRecord, Sealed
from common.public_ids import new_public_id


def request_public_id() -> str:
    return new_public_id("mrq")


class RefundPolicy(Sealed):
    """A version of a policy under which fees are refunded without a consent of their own
    (clause 6). The newest approved version of a name that has come into force is the one that
    holds. `most` is in micro-yuan; with `days`, only what was paid in since is refunded.
    """

    name = models.SlugField(_("name"), max_length=40)
    version = models.PositiveSmallIntegerField(_("version"))
    text_zh_hans = models.TextField(_("text (Chinese)"))
    text_en = models.TextField(_("text (English)"))
    most = models.BigIntegerField(_("most per refund"))
    days = models.PositiveSmallIntegerField(_("days since the top-up"), null=True, blank=True)
    in_force_from = models.DateTimeField(_("in force from"))
    in_force_until = models.DateTimeField(_("in force until"), null=True, blank=True)
    clause = models.ForeignKey(
        Clause, verbose_name=_("clause"), on_delete=models.PROTECT, related_name="+"
    )
    proposed_by = models.ForeignKey(
        User, verbose_name=_("proposed by"), on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("refund policy")
        verbose_name_plural = _("refund policies")
        constraints = [
            models.UniqueConstraint(fields=["name", "version"], name="billing_refundpolicy_once"),
            models.CheckConstraint(
                name="billing_refundpolicy_most_is_something", condition=Q(most__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


class RefundPolicyApproval(Sealed):
    """Somebody else agrees to a policy; before that nothing is refunded under it."""

    policy = models.OneToOneField(
        RefundPolicy, verbose_name=_("policy"), on_delete=models.PROTECT, related_name="approval"
    )
    approved_by = models.ForeignKey(
        User, verbose_name=_("approved by"), on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("approval of a refund policy")
        verbose_name_plural = _("approvals of refund policies")

    def __str__(self) -> str:
        return f"{self.policy} ✓"


class RefundConsent(Sealed):
    """The platform's written consent to refund one account up to `cap` (clause 6).

    The document is kept encrypted; `sha256` is that of its bytes as signed.
    """

    public_id = models.CharField(_("identifier"), max_length=24, unique=True)
    account = models.ForeignKey(
        Account, verbose_name=_("account"), on_delete=models.PROTECT, related_name="consents"
    )
    document = models.CharField(_("document"), max_length=200)
    sha256 = models.CharField(_("SHA-256 of the document"), max_length=64)
    signatory = models.CharField(_("signed by"), max_length=80)
    signed_on = models.DateField(_("signed on"))
    clause = models.ForeignKey(
        Clause, verbose_name=_("clause"), on_delete=models.PROTECT, related_name="+"
    )
    cap = models.BigIntegerField(_("cap"))
    expires_at = models.DateTimeField(_("expires at"))
    recorded_by = models.ForeignKey(
        User, verbose_name=_("recorded by"), on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("consent to a refund")
        verbose_name_plural = _("consents to refunds")
        permissions = [("read_refundconsent", _("Can read the signed papers"))]
        constraints = [
            models.CheckConstraint(
                name="billing_refundconsent_cap_is_something", condition=Q(cap__gt=0)
            ),
            models.CheckConstraint(
                name="billing_refundconsent_hash", condition=Q(sha256__regex="^[0-9a-f]{64}$")
            ),
        ]

    def __str__(self) -> str:
        return self.public_id


class PostingRequest(ProposalRecord, Sealed):
    """Somebody asks for a correction, a refund, a write-off or granted credit.

    It never changes. An `PostingApproval` by somebody else lets its journal be posted; a
    `PostingRejection` ends it. A refund names its basis, exactly one; a correction the
    journal it reverses; granted credit its expiry.
    """

    public_id = models.CharField(
        _("identifier"), max_length=24, unique=True, default=request_public_id
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    account = models.ForeignKey(
        Account,
        verbose_name=_("account"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="money_requests",
    )
    amount = models.BigIntegerField(_("amount"))
    reverses = models.ForeignKey(
        "billing.Journal",
        verbose_name=_("reverses"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="requests",
    )
    reason = models.TextField(_("reason"))
    case_reference = models.CharField(
        pgettext_lazy("of a posting", "case"), max_length=80, blank=True, default=""
    )
    consent = models.ForeignKey(
        RefundConsent,
        verbose_name=_("written consent"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="requests",
    )
    policy = models.ForeignKey(
        RefundPolicy,
        verbose_name=_("policy"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="requests",
    )
    payout = models.CharField(_("paid out to"), max_length=200, blank=True, default="")
    expires_at = models.DateTimeField(_("credit expires at"), null=True, blank=True)
    priority = models.SmallIntegerField(_("priority of the credit"), default=50)
    requested_by = models.ForeignKey(
        User, verbose_name=_("requested by"), on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("request for a posting")
        verbose_name_plural = _("requests for postings")
        permissions = [
            ("request_postingrequest", _("Can ask for corrections, refunds, write-offs, credit")),
            ("approve_postingrequest", _("Can approve what others asked for")),
        ]
        constraints = [
            models.CheckConstraint(
                name="billing_postingrequest_of_a_kind_for_two",
                condition=Q(kind__in=OF_TWO_PEOPLE),
            ),
            models.CheckConstraint(
                name="billing_postingrequest_has_an_account",
                condition=Q(kind="return") | Q(account__isnull=False),
            ),
            models.CheckConstraint(
                name="billing_postingrequest_is_about_something",
                condition=Q(amount__gt=0) & ~Q(reason=""),
            ),
            models.CheckConstraint(
                name="billing_postingrequest_refund_has_one_basis",
                condition=(
                    Q(kind="refund", consent__isnull=False, policy__isnull=True)
                    | Q(kind="refund", consent__isnull=True, policy__isnull=False)
                    | (~Q(kind="refund") & Q(consent__isnull=True, policy__isnull=True))
                ),
            ),
            models.CheckConstraint(
                name="billing_postingrequest_correction_reverses",
                condition=(
                    (Q(kind="correction", reverses__isnull=False) & ~Q(case_reference=""))
                    | (~Q(kind="correction") & Q(reverses__isnull=True))
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.public_id}"


class OpenRequest(models.Model):
    """A request that nobody has decided on. Kept by triggers on requests, approvals and
    rejections, so that those that wait are found without looking at all there ever were."""

    request = models.OneToOneField(
        PostingRequest,
        verbose_name=_("request"),
        on_delete=models.PROTECT,
        primary_key=True,
        related_name="open",
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    requested_by = models.ForeignKey(
        User,
        verbose_name=_("requested by"),
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )

    class Meta:
        verbose_name = _("request that waits")
        verbose_name_plural = _("requests that wait")

    def __str__(self) -> str:
        return str(self.request)


class PostingApproval(ApprovalRecord, Sealed):
    """Somebody else agrees to exactly that request."""

    request = models.OneToOneField(
        PostingRequest,
        verbose_name=_("request"),
        on_delete=models.PROTECT,
        related_name="approval",
    )
    approved_by = models.ForeignKey(
        User, verbose_name=_("approved by"), on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("approval of a posting")
        verbose_name_plural = _("approvals of postings")

    def __str__(self) -> str:
        return f"{self.request} ✓"


class PostingRejection(Sealed):
    """Somebody turns a request down, or its requester takes it back."""

    request = models.OneToOneField(
        PostingRequest,
        verbose_name=_("request"),
        on_delete=models.PROTECT,
        related_name="rejection",
    )
    rejected_by = models.ForeignKey(
        User, verbose_name=_("rejected by"), on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField(_("reason"))

    class Meta:
        verbose_name = _("rejection of a posting")
        verbose_name_plural = _("rejections of postings")

    def __str__(self) -> str:
        return f"{self.request} ✗"


class RefundPayout(Sealed):
    """A refund that was posted has been paid out: staff did so on `paid_on` where the money came
    from, and `reference` is what the bank or payment provider calls it."""

    request = models.OneToOneField(
        PostingRequest,
        verbose_name=_("request"),
        on_delete=models.PROTECT,
        related_name="payout_record",
    )
    paid_on = models.DateField(_("paid out on"))
    reference = models.CharField(_("reference of the payment"), max_length=120)
    recorded_by = models.ForeignKey(
        User, verbose_name=_("recorded by"), on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("payout of a refund")
        verbose_name_plural = _("payouts of refunds")
        constraints = [
            models.CheckConstraint(
                name="billing_refundpayout_has_a_reference", condition=~Q(reference="")
            ),
        ]

    def __str__(self) -> str:
        return self.reference
