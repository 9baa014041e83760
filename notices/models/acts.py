"""What people did to a change: proposed, approved, rejected, withdrew, postponed, lifted."""

from django.db import models
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, User
from common.models import ApprovalRecord, ProposalRecord, Sealed
from notices.models.changes import ServiceChange


class Proposal(ProposalRecord, Sealed):
    """The change as it stood when somebody asked for it."""

    change = models.ForeignKey(
        ServiceChange,
        verbose_name=_("change"),
        on_delete=models.PROTECT,
        related_name="proposals",
    )
    proposed_by = models.ForeignKey(
        User,
        verbose_name=_("proposed by"),
        on_delete=models.PROTECT,
        related_name="+",
    )

    class Meta:
        verbose_name = _("proposal")
        verbose_name_plural = _("proposals")

    def __str__(self) -> str:
        return f"{self.change} · {self.proposed_by}"

    @property
    def what_happened(self) -> str:
        return gettext("Proposed by %s") % self.proposed_by


class Approval(ApprovalRecord, Sealed):
    """A second person's agreement to a proposal."""

    proposal = models.OneToOneField(Proposal, verbose_name=_("proposal"), on_delete=models.PROTECT)
    approved_by = models.ForeignKey(
        User,
        verbose_name=_("approved by"),
        on_delete=models.PROTECT,
        related_name="+",
    )

    class Meta:
        verbose_name = _("approval")
        verbose_name_plural = _("approvals")

    def __str__(self) -> str:
        return f"{self.proposal.change} · {self.approved_by}"

    @property
    def what_happened(self) -> str:
        return gettext("Approved by %s") % self.approved_by


class Rejection(Sealed):
    """The second person does not agree; the change is a draft again."""

    proposal = models.OneToOneField(Proposal, verbose_name=_("proposal"), on_delete=models.PROTECT)
    rejected_by = models.ForeignKey(
        User,
        verbose_name=_("rejected by"),
        on_delete=models.PROTECT,
        related_name="+",
    )
    reason = models.TextField(_("reason"))

    class Meta:
        verbose_name = _("rejection")
        verbose_name_plural = _("rejections")

    def __str__(self) -> str:
        return f"{self.proposal.change} · {self.rejected_by}"

    @property
    def what_happened(self) -> str:
        return gettext("Sent back by %s") % self.rejected_by


class Withdrawal(Sealed):
    """The change is called off before it took effect, or gives way to its correction."""

    change = models.OneToOneField(
        ServiceChange,
        verbose_name=_("change"),
        on_delete=models.PROTECT,
        related_name="withdrawal",
    )
    withdrawn_by = models.ForeignKey(
        User,
        verbose_name=_("withdrawn by"),
        on_delete=models.PROTECT,
        related_name="+",
    )
    superseded_by = models.ForeignKey(
        ServiceChange,
        verbose_name=_("corrected by"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
    )
    reason = models.TextField(_("reason"))

    class Meta:
        verbose_name = _("withdrawal")
        verbose_name_plural = _("withdrawals")

    def __str__(self) -> str:
        return str(self.change)

    @property
    def what_happened(self) -> str:
        if self.superseded_by_id:
            return gettext("Replaced by its correction, approved by %s") % self.withdrawn_by
        return gettext("Withdrawn by %s") % self.withdrawn_by


class LiftingOrder(Sealed):
    """The effect is taken back for every account of the change."""

    change = models.OneToOneField(
        ServiceChange,
        verbose_name=_("change"),
        on_delete=models.PROTECT,
        related_name="lifting_order",
    )
    lifted_by = models.ForeignKey(
        User,
        verbose_name=_("lifted by"),
        on_delete=models.PROTECT,
        related_name="+",
    )
    reason = models.TextField(_("reason"))

    class Meta:
        verbose_name = _("lifting order")
        verbose_name_plural = _("lifting orders")

    def __str__(self) -> str:
        return str(self.change)

    @property
    def what_happened(self) -> str:
        return gettext("Lifted by %s") % self.lifted_by


class Postponement(Sealed):
    """An announced change is put off to a later moment, for everybody or for some.

    Only ever to a later one (the database refuses others), which is why one person may:
    nobody feels anything sooner than they were told.
    """

    change = models.ForeignKey(
        ServiceChange,
        verbose_name=_("change"),
        on_delete=models.PROTECT,
        related_name="postponements",
    )
    was = models.DateTimeField(_("planned before"))
    until = models.DateTimeField(_("planned for"))
    everybody = models.BooleanField(_("for everybody"))
    accounts = models.ManyToManyField(
        Account, verbose_name=_("accounts"), through="notices.PostponedAccount"
    )
    postponed_by = models.ForeignKey(
        User,
        verbose_name=_("postponed by"),
        on_delete=models.PROTECT,
        related_name="+",
    )
    reason = models.TextField(_("reason"))

    class Meta:
        verbose_name = _("postponement")
        verbose_name_plural = _("postponements")

    def __str__(self) -> str:
        return f"{self.change} · {self.until:%Y-%m-%d %H:%M}"

    @property
    def what_happened(self) -> str:
        words = {
            "person": self.postponed_by,
            "moment": date_format(localtime(self.until), "DATETIME_FORMAT"),
        }
        if self.everybody:
            return gettext("Postponed to %(moment)s by %(person)s") % words
        return gettext("Postponed to %(moment)s for some accounts by %(person)s") % words


class PostponedAccount(Sealed):
    """An account that a postponement is for, when it is not for everybody."""

    postponement = models.ForeignKey(
        Postponement,
        verbose_name=_("postponement"),
        on_delete=models.PROTECT,
        related_name="postponed",
    )
    account = models.ForeignKey(
        Account,
        verbose_name=_("account"),
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )

    class Meta:
        verbose_name = _("account postponed")
        verbose_name_plural = _("accounts postponed")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "postponement"], name="notices_postponedaccount_once"
            ),
        ]

    def __str__(self) -> str:
        return str(self.account)


class Exemption(Sealed):
    """A change will not reach this account after all: it fell out of the audience before
    the effect, or staff left it out. The gate stays closed for it for good."""

    class Cause(models.TextChoices):
        AUDIENCE = "audience", _("no longer in the audience")
        STAFF = "staff", _("left out by staff")

    change = models.ForeignKey(
        ServiceChange,
        verbose_name=_("change"),
        on_delete=models.PROTECT,
        related_name="exemptions",
        db_index=False,
    )
    account = models.ForeignKey(
        Account,
        verbose_name=_("account"),
        on_delete=models.PROTECT,
        related_name="+",
    )
    cause = models.CharField(_("cause"), max_length=10, choices=Cause.choices)
    exempted_by = models.ForeignKey(
        User,
        verbose_name=_("left out by"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
    )
    reason = models.TextField(_("reason"), blank=True)

    class Meta:
        verbose_name = _("exemption")
        verbose_name_plural = _("exemptions")
        constraints = [
            models.UniqueConstraint(fields=["change", "account"], name="notices_exemption_once"),
            models.CheckConstraint(
                name="notices_exemption_by_staff_has_reason",
                condition=models.Q(cause="audience") | ~models.Q(reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.change} · {self.account}"
