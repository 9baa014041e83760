"""Service changes: what is planned, for whom, and who agreed to it."""

import uuid
from datetime import datetime
from functools import partial

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.models import Account, Clause, Service, User
from common.changes import label_of
from common.clock import Now
from common.languages import pick
from common.models import AppendOnly, ApprovalRecord, Editable, ProposalRecord
from common.names import validate_name
from common.public_ids import new_public_id
from notices.models.templates import Template
from notices.querysets import ServiceChangeQuerySet


class LeadPolicy(AppendOnly):
    """How far ahead people must be told of a kind of change; the newest version counts.

    `lead_days` are whole days between the day of notice and the day of effect, in the
    account's time zone. `counted_channels` are those whose acceptance by a provider
    counts as notice.
    """

    kind = models.CharField(_("kind of change"), max_length=40)
    version = models.PositiveIntegerField(_("version"))
    lead_days = models.PositiveSmallIntegerField(_("days ahead"))
    counted_channels = models.JSONField(_("channels that count"))

    class Meta:
        verbose_name = _("lead policy")
        verbose_name_plural = _("lead policies")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "version"], name="notices_leadpolicy_versioned_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{label_of(self.kind)} · {self.lead_days} · v{self.version}"


class ServiceChange(Editable):
    """A change, suspension, termination or limit of a service (clause 1.3).

    The database keeps its contents fixed outside `draft` and lets its state move only
    along `TRANSITIONS`; see the migration `0002_guards`.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        PROPOSED = "proposed", _("to approve")
        APPROVED = "approved", _("approved")
        ANNOUNCING = "announcing", _("announcing")
        ANNOUNCED = "announced", _("announced")
        TAKING_EFFECT = "taking_effect", _("taking effect")
        COMPLETE = "complete", _("in effect")
        LIFTED = "lifted", _("lifted")
        WITHDRAWN = "withdrawn", _("withdrawn")

    TRANSITIONS = {
        State.DRAFT: {State.PROPOSED, State.WITHDRAWN},
        State.PROPOSED: {State.DRAFT, State.APPROVED, State.WITHDRAWN},
        # Straight to taking effect when it acts at once.
        State.APPROVED: {
            State.DRAFT,
            State.ANNOUNCING,
            State.TAKING_EFFECT,
            State.WITHDRAWN,
        },
        State.ANNOUNCING: {State.ANNOUNCED, State.TAKING_EFFECT, State.WITHDRAWN},
        State.ANNOUNCED: {State.TAKING_EFFECT, State.WITHDRAWN},
        State.TAKING_EFFECT: {State.COMPLETE, State.LIFTED},
        State.COMPLETE: {State.LIFTED},
        State.LIFTED: set(),
        State.WITHDRAWN: set(),
    }
    UNDER_WAY = (State.APPROVED, State.ANNOUNCING, State.ANNOUNCED, State.TAKING_EFFECT)

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    public_id = models.CharField(
        _("identifier"),
        max_length=32,
        unique=True,
        editable=False,
        default=partial(new_public_id, "chg"),
    )
    kind = models.CharField(_("kind"), max_length=40)
    state = models.CharField(
        _("state"),
        max_length=14,
        choices=State.choices,
        default=State.DRAFT,
        editable=False,
    )
    title_zh_hans = models.CharField(
        _("title in Chinese"), max_length=120, validators=[validate_name]
    )
    title_en = models.CharField(_("title in English"), max_length=120, validators=[validate_name])
    reason_zh_hans = models.TextField(
        _("reason in Chinese"), max_length=1000, help_text=_("Customers read this.")
    )
    reason_en = models.TextField(
        _("reason in English"), max_length=1000, help_text=_("Customers read this.")
    )
    service = models.ForeignKey(
        Service,
        verbose_name=_("service"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        help_text=_("Empty: all services."),
    )
    clause = models.ForeignKey(Clause, verbose_name=_("clause"), on_delete=models.PROTECT)
    effective_at = models.DateTimeField(_("planned for"))
    ends_at = models.DateTimeField(
        _("until"), null=True, blank=True, help_text=_("Empty: until it is lifted.")
    )
    at_once = models.BooleanField(
        _("at once"),
        default=False,
        help_text=_("Takes effect on approval, without prior notice. Needs recorded grounds."),
    )
    grounds = models.TextField(
        _("grounds for acting at once"),
        blank=True,
        max_length=2000,
        help_text=_("Staff only. Why prior notice cannot be waited for."),
    )
    planned_by = models.ForeignKey(
        User,
        verbose_name=_("planned by"),
        on_delete=models.PROTECT,
        editable=False,
        related_name="+",
    )
    planned_at = models.DateTimeField(_("planned at"), db_default=Now(), editable=False)
    lead_policy = models.ForeignKey(
        LeadPolicy,
        verbose_name=_("lead policy"),
        on_delete=models.PROTECT,
        null=True,
        editable=False,
    )
    templates = models.ManyToManyField(Template, verbose_name=_("templates"), editable=False)
    accounts = models.ManyToManyField(
        Account, verbose_name=_("accounts"), through="notices.ConcernedAccount"
    )

    objects = ServiceChangeQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["edition"])

    class Meta:
        verbose_name = _("service change")
        verbose_name_plural = _("service changes")
        permissions = [
            ("propose_servicechange", _("Can propose service changes")),
            ("approve_servicechange", _("Can approve service changes")),
            ("withdraw_servicechange", _("Can withdraw service changes")),
            ("lift_servicechange", _("Can lift service changes")),
        ]
        constraints = [
            models.CheckConstraint(
                name="notices_servicechange_ends_after_start",
                condition=Q(ends_at=None) | Q(ends_at__gt=models.F("effective_at")),
            ),
            models.CheckConstraint(
                name="notices_servicechange_at_once_has_grounds",
                condition=Q(at_once=False) | ~Q(grounds=""),
            ),
        ]
        indexes = [models.Index(fields=["state", "effective_at"], name="notices_change_due")]

    def __str__(self) -> str:
        return self.title_in(None)

    def title_in(self, language: str | None) -> str:
        return pick(language, zh_hans=self.title_zh_hans, en=self.title_en)

    def reason_in(self, language: str | None) -> str:
        return pick(language, zh_hans=self.reason_zh_hans, en=self.reason_en)

    def move_to(self, state: str) -> None:
        """Takes the next state. The caller holds the lock on this row; the database refuses
        a step that is not in `TRANSITIONS`.

        A new edition as well, so that a form opened before cannot be saved over it.
        """
        self.claim_edition(self.edition)
        self.state = state
        self.save(update_fields=["state"])

    def is_over(self, at: datetime) -> bool:
        """Whether its term has run out; a change without one lasts until it is lifted."""
        return self.ends_at is not None and self.ends_at <= at

    @property
    def proposal(self) -> "Proposal | None":
        """The newest proposal: the one an approval would agree to."""
        return self.proposals.order_by("-pk").first()


class ConcernedAccount(models.Model):
    """An account that a change is for. Fixed once the change is proposed."""

    change = models.ForeignKey(
        ServiceChange,
        verbose_name=_("change"),
        on_delete=models.PROTECT,
        related_name="concerned",
    )
    account = models.ForeignKey(
        Account,
        verbose_name=_("account"),
        on_delete=models.PROTECT,
        related_name="concerned_by",
    )

    class Meta:
        verbose_name = _("account concerned")
        verbose_name_plural = _("accounts concerned")
        constraints = [
            models.UniqueConstraint(
                fields=["change", "account"], name="notices_concernedaccount_once"
            ),
        ]

    def __str__(self) -> str:
        return str(self.account)


class Proposal(ProposalRecord):
    """The change as it stood when somebody asked for it."""

    change = models.ForeignKey(
        ServiceChange,
        verbose_name=_("change"),
        on_delete=models.PROTECT,
        related_name="proposals",
    )
    proposed_by = models.ForeignKey(
        User, verbose_name=_("proposed by"), on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("proposal")
        verbose_name_plural = _("proposals")

    def __str__(self) -> str:
        return f"{self.change} · {self.proposed_by}"

    @property
    def what_happened(self) -> str:
        return gettext("Proposed by %s") % self.proposed_by


class Approval(ApprovalRecord):
    """A second person's agreement to a proposal."""

    proposal = models.OneToOneField(Proposal, verbose_name=_("proposal"), on_delete=models.PROTECT)
    approved_by = models.ForeignKey(
        User, verbose_name=_("approved by"), on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("approval")
        verbose_name_plural = _("approvals")

    def __str__(self) -> str:
        return f"{self.proposal.change} · {self.approved_by}"

    @property
    def what_happened(self) -> str:
        return gettext("Approved by %s") % self.approved_by


class Rejection(AppendOnly):
    """The second person does not agree; the change is a draft again."""

    proposal = models.OneToOneField(Proposal, verbose_name=_("proposal"), on_delete=models.PROTECT)
    rejected_by = models.ForeignKey(
        User, verbose_name=_("rejected by"), on_delete=models.PROTECT, related_name="+"
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


class Withdrawal(AppendOnly):
    """The change is called off before it took effect."""

    change = models.OneToOneField(
        ServiceChange,
        verbose_name=_("change"),
        on_delete=models.PROTECT,
        related_name="withdrawal",
    )
    withdrawn_by = models.ForeignKey(
        User, verbose_name=_("withdrawn by"), on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField(_("reason"))

    class Meta:
        verbose_name = _("withdrawal")
        verbose_name_plural = _("withdrawals")

    def __str__(self) -> str:
        return str(self.change)

    @property
    def what_happened(self) -> str:
        return gettext("Withdrawn by %s") % self.withdrawn_by


class LiftingOrder(AppendOnly):
    """The effect is taken back for every account of the change."""

    change = models.OneToOneField(
        ServiceChange,
        verbose_name=_("change"),
        on_delete=models.PROTECT,
        related_name="lifting_order",
    )
    lifted_by = models.ForeignKey(
        User, verbose_name=_("lifted by"), on_delete=models.PROTECT, related_name="+"
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
