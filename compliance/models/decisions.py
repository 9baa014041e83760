"""Decisions: what was found, on which clause, what follows; agreed to by a second person.

A `Decision` is written when it is proposed and never changes. What became of it are
records beside it: approved, sent back, taken back, in effect, superseded, undone.
"""

from functools import partial

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Clause, InferenceModel, Region, Service, User
from common.models import AppendOnly, Sealed, TransactionIdField
from common.public_ids import new_public_id
from compliance.models.cases import Case
from compliance.models.policies import Action, PolicyVersion


class Decision(AppendOnly):
    """A proposed decision in a case.

    `clause` is of the latest version that binds the account, `clause_at_conduct` of the one
    that bound it when it acted (14.3). `subject_digest` stands for what the subject looked
    like (`compliance.decisions.subject_digest`): an approval after it changed is refused.
    `digest` is the SHA-256 of everything decided, which the approval repeats. Scope empty:
    the whole account. `amount` in micro-yuan, for a hold on money. `days`: the term, None
    until lifted.
    """

    public_id = models.CharField(
        _("identifier"), max_length=32, unique=True, default=partial(new_public_id, "dec")
    )
    case = models.ForeignKey(
        Case, verbose_name=_("case"), on_delete=models.PROTECT, related_name="decisions"
    )
    account = models.ForeignKey(
        Account,
        verbose_name=_("account"),
        on_delete=models.PROTECT,
        null=True,
        related_name="decisions",
    )
    policy_version = models.ForeignKey(
        PolicyVersion, verbose_name=_("policy"), on_delete=models.PROTECT, related_name="decisions"
    )
    clause = models.ForeignKey(
        Clause, verbose_name=_("clause"), on_delete=models.PROTECT, related_name="+"
    )
    clause_at_conduct = models.ForeignKey(
        Clause,
        verbose_name=_("clause at the time of the conduct"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
    )
    facts_zh_hans = models.TextField(_("facts in Chinese"), max_length=10_000)
    facts_en = models.TextField(_("facts in English"), max_length=10_000)
    reasons_zh_hans = models.TextField(_("reasons in Chinese"), max_length=10_000)
    reasons_en = models.TextField(_("reasons in English"), max_length=10_000)
    action = models.CharField(_("action"), max_length=20, choices=Action.choices)
    service = models.ForeignKey(
        Service, verbose_name=_("service"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    model = models.ForeignKey(
        InferenceModel,
        verbose_name=_("model"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
    )
    region = models.ForeignKey(
        Region, verbose_name=_("region"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    # A list of primary keys in ascending order.
    api_key_ids = models.JSONField(_("API keys"), default=list)
    limits = models.JSONField(_("limits"), default=dict)
    # For an order about content: what, target, instruction, and in how many hours; for a name
    # that cannot stay: whose it is, and its SHA-256.
    order = models.JSONField(_("order"), default=dict)
    amount = models.BigIntegerField(_("amount"), null=True)
    days = models.PositiveSmallIntegerField(_("days"), null=True)
    at_once = models.BooleanField(_("at once"), default=False)
    grounds = models.TextField(_("grounds for acting at once"), blank=True, max_length=2_000)
    # For providers that have not approved the texts of such a change.
    generic_sms = models.BooleanField(
        _("SMS only says: log in to read"), default=False, db_default=False
    )
    strike_points = models.PositiveSmallIntegerField(_("strike points"), default=0)
    # At most one of those that would supersede a decision is approved, by the guard.
    supersedes = models.ForeignKey(
        "self",
        verbose_name=_("supersedes"),
        on_delete=models.PROTECT,
        null=True,
        related_name="superseded_by",
    )
    # Of a milder one only: what it supersedes is given back before it begins.
    lifts_at_once = models.BooleanField(
        _("lifts what it supersedes at once"), default=False, db_default=False
    )
    subject_digest = models.CharField(_("SHA-256 of the subject"), max_length=64)
    digest = models.CharField(_("SHA-256 of what is decided"), max_length=64)
    proposed_by = models.ForeignKey(
        User, verbose_name=_("proposed by"), on_delete=models.PROTECT, related_name="+"
    )
    transaction = TransactionIdField(_("transaction"))

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        permissions = [
            ("propose_decision", _("Can propose decisions")),
            ("approve_decision", _("Can approve decisions")),
        ]
        constraints = [
            models.CheckConstraint(
                name="compliance_decision_at_once_has_grounds",
                condition=Q(at_once=False) | ~Q(grounds=""),
            ),
            models.CheckConstraint(
                name="compliance_decision_lifts_what_it_supersedes",
                condition=Q(lifts_at_once=False) | Q(supersedes__isnull=False),
            ),
            models.CheckConstraint(
                name="compliance_decision_amount_iff_held",
                condition=Q(action="ledger_hold", amount__gt=0)
                | (~Q(action="ledger_hold") & Q(amount=None)),
            ),
        ]
        indexes = [
            models.Index(fields=["transaction", "id"], name="compliance_decision_to_seal"),
            models.Index(fields=["account", "-id"], name="compliance_decision_of"),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} · {self.get_action_display()}"


class DecisionApproval(AppendOnly):
    """A second person agrees to exactly that, with the subject as it was."""

    decision = models.OneToOneField(
        Decision, verbose_name=_("decision"), on_delete=models.PROTECT, related_name="approval"
    )
    approved_by = models.ForeignKey(
        User, verbose_name=_("approved by"), on_delete=models.PROTECT, related_name="+"
    )
    digest = models.CharField(_("SHA-256 of what is approved"), max_length=64)
    transaction = TransactionIdField(_("transaction"))

    class Meta:
        verbose_name = _("approval of a decision")
        verbose_name_plural = _("approvals of decisions")
        indexes = [
            models.Index(fields=["transaction", "id"], name="compliance_approval_to_seal"),
        ]

    def __str__(self) -> str:
        return f"{self.decision} ✓"


class DecisionRejection(Sealed):
    """The second person does not agree, or the proposer takes it back (`stale` if the
    subject changed): the case goes on."""

    decision = models.OneToOneField(
        Decision, verbose_name=_("decision"), on_delete=models.PROTECT, related_name="rejection"
    )
    rejected_by = models.ForeignKey(
        User, verbose_name=_("sent back by"), on_delete=models.PROTECT, related_name="+"
    )
    stale = models.BooleanField(_("the subject had changed"), default=False)
    reason = models.TextField(_("reason"), max_length=2_000)

    class Meta:
        verbose_name = _("decision sent back")
        verbose_name_plural = _("decisions sent back")

    def __str__(self) -> str:
        return f"{self.decision} ✗"


class DecisionEffect(Sealed):
    """How a decision was put into effect: by which change, journal or order. By their
    identifiers, as those records are of other apps."""

    decision = models.OneToOneField(
        Decision, verbose_name=_("decision"), on_delete=models.PROTECT, related_name="effect"
    )
    change = models.ForeignKey(
        "notices.ServiceChange",
        verbose_name=_("change"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
    )
    journal = models.ForeignKey(
        "billing.Journal",
        verbose_name=_("journal"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
    )

    class Meta:
        verbose_name = _("effect of a decision")
        verbose_name_plural = _("effects of decisions")
        constraints = [
            # NULLs are no twins: a decision that does nothing has neither.
            models.UniqueConstraint(
                fields=["change"], name="compliance_decisioneffect_change_once"
            ),
            models.UniqueConstraint(
                fields=["journal"], name="compliance_decisioneffect_journal_once"
            ),
        ]

    def __str__(self) -> str:
        return str(self.decision)


class DecisionReversal(Sealed):
    """A decision is undone: on appeal, or by the one that supersedes it. What remains in
    force is computed from what is left."""

    decision = models.OneToOneField(
        Decision, verbose_name=_("decision"), on_delete=models.PROTECT, related_name="reversal"
    )
    reversed_by = models.ForeignKey(
        User, verbose_name=_("undone by"), on_delete=models.PROTECT, related_name="+"
    )
    appeal = models.ForeignKey(
        "compliance.Appeal",
        verbose_name=_("appeal"),
        on_delete=models.PROTECT,
        null=True,
        related_name="reversals",
    )
    reason = models.TextField(_("reason"), max_length=2_000)

    class Meta:
        verbose_name = _("reversal of a decision")
        verbose_name_plural = _("reversals of decisions")

    def __str__(self) -> str:
        return str(self.decision)


class Strike(Sealed):
    """Points on an account for a decision; they no longer count from `expires_at` on, or
    once the decision is undone."""

    decision = models.OneToOneField(
        Decision, verbose_name=_("decision"), on_delete=models.PROTECT, related_name="strike"
    )
    account = models.ForeignKey(
        Account, verbose_name=_("account"), on_delete=models.PROTECT, related_name="strikes"
    )
    points = models.PositiveSmallIntegerField(_("points"))
    expires_at = models.DateTimeField(_("counts until"))

    class Meta:
        verbose_name = _("strike")
        verbose_name_plural = _("strikes")
        indexes = [models.Index(fields=["account", "expires_at"], name="compliance_strike_of")]

    def __str__(self) -> str:
        return f"{self.account} · {self.points}"


class Statement(AppendOnly):
    """The statement of reasons in one language, as it was given: its text and its PDF, byte
    for byte, whatever becomes of clauses and templates later."""

    public_id = models.CharField(
        _("identifier"), max_length=32, unique=True, default=partial(new_public_id, "sor")
    )
    decision = models.ForeignKey(
        Decision, verbose_name=_("decision"), on_delete=models.PROTECT, related_name="statements"
    )
    language = models.CharField(_("language"), max_length=10)
    text = models.TextField(_("text"))
    pdf = models.BinaryField(_("PDF"))
    text_sha256 = models.CharField(_("SHA-256 of the text"), max_length=64)
    pdf_sha256 = models.CharField(_("SHA-256 of the PDF"), max_length=64)
    appeal_until = models.DateTimeField(_("appeal until"))
    transaction = TransactionIdField(_("transaction"))

    class Meta:
        verbose_name = _("statement of reasons")
        verbose_name_plural = _("statements of reasons")
        constraints = [
            models.UniqueConstraint(
                fields=["decision", "language"], name="compliance_statement_once"
            ),
        ]
        indexes = [
            models.Index(fields=["transaction", "id"], name="compliance_statement_to_seal"),
        ]

    def __str__(self) -> str:
        return self.public_id
