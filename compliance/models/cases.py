"""Cases: what somebody has to look into, and everything that happened to it.

The record is what lists and pages ask; the sealed trail of `CaseEvent`s is the evidence.
"""

from functools import partial
from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Account, User
from common.clock import Now
from common.models import AppendOnly, Editable, Sealed, TransactionIdField
from common.public_ids import new_public_id
from compliance.models.policies import Policy, Severity
from compliance.querysets import CaseQuerySet


class CaseKind(models.TextChoices):
    """What a case is about; its clause stands beside it."""

    VIOLATION = "violation", _("violation")  # 2.2
    ACCOUNT_NAME = "account_name", _("account name")  # 1.2.5
    SUSPECTED_TRANSFER = "suspected_transfer", _("suspected transfer")  # 1.2.6
    COMPROMISED_ACCOUNT = "compromised_account", _("compromised account")  # 1.2.4
    USER_DISPUTE = "user_dispute", _("dispute between users")  # 1.5
    CONTENT_ORDER = "content_order", _("order about content")  # 3.2
    PROOF_OF_SOURCE = "proof_of_source", _("proof of source")  # 3.3
    OUTPUT_RESTRICTION = "output_restriction", _("restriction of output")  # 4.3
    PLATFORM_IP = "platform_ip", _("the platform's rights")  # 4.1, 4.2
    LEAK = "leak", _("leak")  # 5
    THIRD_PARTY = "third_party", _("complaint of a third party")  # 3.5


class Queue(models.TextChoices):
    """Who has a case before them. Escalating moves it to the next."""

    INTAKE = "intake", _("intake")
    COMPLIANCE = "compliance", _("compliance")
    SUPERVISORS = "supervisors", _("supervisors")


class Case(Editable):
    """One matter about one subject. Of a kind and subject there is one open case.

    `subject_key` names the subject for that: `account:12`, `person:7`, or the hash of what
    it was called. `due_at` is when its running clock runs out, kept by `compliance.clocks`.
    The database lets `state` move only along `TRANSITIONS`.
    """

    class State(models.TextChoices):
        NEW = "new", _("new")
        TRIAGED = "triaged", _("sorted")
        INVESTIGATING = "investigating", _("being looked into")
        WAITING = "waiting", _("waiting for the customer")
        PROPOSED = "proposed", _("decision to approve")
        DECIDED = "decided", _("decided")
        CLOSED = "closed", pgettext_lazy("of a case", "closed")

    TRANSITIONS = {
        State.NEW: {State.TRIAGED, State.INVESTIGATING, State.CLOSED},
        State.TRIAGED: {State.INVESTIGATING, State.CLOSED},
        State.INVESTIGATING: {State.WAITING, State.PROPOSED, State.CLOSED},
        State.WAITING: {State.INVESTIGATING},
        State.PROPOSED: {State.INVESTIGATING, State.DECIDED},
        State.DECIDED: {State.CLOSED, State.INVESTIGATING},
        # Opened again: an appeal, or something new.
        State.CLOSED: {State.INVESTIGATING},
    }

    public_id = models.CharField(
        _("identifier"),
        max_length=32,
        unique=True,
        editable=False,
        default=partial(new_public_id, "cas"),
    )
    kind = models.CharField(_("kind"), max_length=20, choices=CaseKind.choices)
    state = models.CharField(
        _("state"), max_length=14, choices=State.choices, default=State.NEW, editable=False
    )
    severity = models.PositiveSmallIntegerField(
        _("severity"), choices=Severity.choices, default=Severity.MEDIUM
    )
    queue = models.CharField(
        _("queue"), max_length=12, choices=Queue.choices, default=Queue.INTAKE, editable=False
    )
    title = models.CharField(_("title"), max_length=160)
    account = models.ForeignKey(
        Account,
        verbose_name=_("account"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="cases",
    )
    person = models.ForeignKey(
        User,
        verbose_name=_("person"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="cases",
    )
    subject = models.CharField(pgettext_lazy("of a case", "subject"), max_length=200, blank=True)
    subject_key = models.CharField(max_length=80, editable=False)
    # The other side of a dispute between users (1.5).
    opponent = models.ForeignKey(
        Account,
        verbose_name=_("other side"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="disputes",
    )
    policy = models.ForeignKey(
        Policy,
        verbose_name=_("policy"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="cases",
    )
    # Personal data of children (3.3.4), leaks: seen by those who may see such cases only.
    confidential = models.BooleanField(_("confidential"), default=False)
    assignee = models.ForeignKey(
        User,
        verbose_name=_("worked on by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
    )
    opened_by = models.ForeignKey(
        User,
        verbose_name=pgettext_lazy("of a case", "opened by"),
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
    )
    opened_at = models.DateTimeField(
        pgettext_lazy("of a case", "opened at"), db_default=Now(), editable=False
    )
    state_since = models.DateTimeField(_("since"), db_default=Now(), editable=False)
    due_at = models.DateTimeField(_("due"), null=True, editable=False)
    closed_at = models.DateTimeField(_("closed at"), null=True, editable=False)

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        permissions = [
            ("work_on_case", _("Can work on cases")),
            ("escalate_case", _("Can escalate cases")),
            ("see_confidential_case", _("Can see confidential cases")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject_key"],
                condition=Q(closed_at=None),
                name="compliance_case_one_open",
            ),
            models.CheckConstraint(
                name="compliance_case_closed_iff_it_says_when",
                condition=Q(state="closed") ^ Q(closed_at=None),
            ),
        ]
        indexes = [
            models.Index(
                fields=["queue", "-severity", "due_at", "id"],
                condition=Q(closed_at=None),
                name="compliance_case_queue",
            ),
            models.Index(
                fields=["assignee", "due_at", "id"],
                condition=Q(closed_at=None),
                name="compliance_case_of_assignee",
            ),
            models.Index(fields=["due_at", "id"], name="compliance_case_by_due"),
            models.Index(fields=["account", "-id"], name="compliance_case_of_account"),
            models.Index(
                fields=["id"], condition=Q(state="proposed"), name="compliance_case_to_approve"
            ),
            models.Index(fields=["opened_at", "id"], name="compliance_case_by_opening"),
            GinIndex(fields=["title"], opclasses=["gin_trgm_ops"], name="compliance_case_search"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        return self.closed_at is None


class CaseEvent(AppendOnly):
    """Something that happened to a case: the trail, sealed. `actor` None: a job or gateway.

    `data` holds identifiers and what was chosen, never what people wrote: that is in the
    records named.
    """

    class What(models.TextChoices):
        OPENED = "opened", pgettext_lazy("of a case", "opened")
        REPORTED = "reported", _("reported")
        JOINED = "joined", _("another report joined")
        SIGNALLED = "signalled", _("signal of the platform")
        SORTED = "sorted", _("sorted")
        CLAIMED = "claimed", _("claimed")
        RELEASED = "released", _("released")
        ESCALATED = "escalated", _("escalated")
        NOTED = "noted", _("note written")
        LINKED = "linked", _("linked")
        TASK_ADDED = "task_added", _("task added")
        TASK_DONE = "task_done", _("task done")
        ASKED = "asked", _("customer asked")
        ANSWERED = "answered", _("customer answered")
        UNANSWERED = "unanswered", _("customer did not answer in time")
        EVIDENCE_ADDED = "evidence_added", _("evidence added")
        DECISION_PROPOSED = "decision_proposed", _("decision proposed")
        DECISION_SENT_BACK = "decision_sent_back", _("decision sent back")
        DECISION_APPROVED = "decision_approved", _("decision approved")
        DECISION_EFFECTIVE = "decision_effective", _("decision put into effect")
        STATEMENT_MADE = "statement_made", _("statement of reasons made")
        ORDER_SENT = "order_sent", _("order sent to the platform")
        ORDER_ANSWERED = "order_answered", _("order answered")
        CERTIFIED = "certified", _("deletion certified")
        APPEALED = "appealed", pgettext_lazy("of a case", "appealed")
        APPEAL_DECIDED = "appeal_decided", _("appeal decided")
        NAME_DOUBTED = "name_doubted", _("doubtful name chosen")
        RENAMED = "renamed", _("another name chosen")
        REPORTER_TOLD = "reporter_told", _("reporter told")
        CLOSED = "closed", pgettext_lazy("of a case", "closed")
        REOPENED = "reopened", _("opened again")

    case = models.ForeignKey(
        Case, verbose_name=_("case"), on_delete=models.PROTECT, related_name="events"
    )
    what = models.CharField(_("what"), max_length=20, choices=What.choices)
    actor = models.ForeignKey(
        User, verbose_name=_("by"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    data = models.JSONField(_("details"), default=dict)
    transaction = TransactionIdField(_("transaction"))

    class Meta:
        verbose_name = _("event of a case")
        verbose_name_plural = _("events of cases")
        ordering = ["pk"]
        indexes = [models.Index(fields=["transaction", "id"], name="compliance_event_to_seal")]

    def __str__(self) -> str:
        return f"{self.get_what_display()} · {self.case}"


class CaseNote(Sealed):
    """What a member of staff wrote down for colleagues. Customers never see it."""

    case = models.ForeignKey(
        Case, verbose_name=_("case"), on_delete=models.PROTECT, related_name="notes"
    )
    author = models.ForeignKey(
        User, verbose_name=_("author"), on_delete=models.PROTECT, related_name="+"
    )
    text = models.TextField(_("note"), max_length=10_000)

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.text[:60]


class CaseLink(Sealed):
    """Two cases that belong together; `earlier` has the lower number."""

    earlier = models.ForeignKey(
        Case, verbose_name=_("case"), on_delete=models.PROTECT, related_name="links_to_later"
    )
    later = models.ForeignKey(
        Case,
        verbose_name=_("other case"),
        on_delete=models.PROTECT,
        related_name="links_to_earlier",
    )
    reason = models.CharField(_("reason"), max_length=200)
    # None: a report about the same subject linked them.
    linked_by = models.ForeignKey(
        User, verbose_name=_("linked by"), on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("link between cases")
        verbose_name_plural = _("links between cases")
        constraints = [
            models.UniqueConstraint(fields=["earlier", "later"], name="compliance_caselink_once"),
            models.CheckConstraint(
                name="compliance_caselink_in_order",
                condition=Q(earlier__lt=models.F("later")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.earlier} – {self.later}"


class CaseTask(models.Model):
    """Something to do in a case, by a day."""

    case = models.ForeignKey(
        Case, verbose_name=_("case"), on_delete=models.PROTECT, related_name="tasks"
    )
    title = models.CharField(_("task"), max_length=200)
    assignee = models.ForeignKey(
        User,
        verbose_name=_("for"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    due_on = models.DateField(pgettext_lazy("deadline", "by"), null=True, blank=True)
    added_by = models.ForeignKey(
        User, verbose_name=_("added by"), on_delete=models.PROTECT, related_name="+"
    )
    added_at = models.DateTimeField(_("added at"), db_default=Now(), editable=False)
    done_by = models.ForeignKey(
        User, verbose_name=_("done by"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    done_at = models.DateTimeField(_("done at"), null=True)

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        ordering = ["done_at", "due_on", "pk"]
        indexes = [
            models.Index(
                fields=["assignee", "due_on"],
                condition=Q(done_at=None),
                name="compliance_casetask_open",
            ),
        ]

    def __str__(self) -> str:
        return self.title


def details(**named: Any) -> dict[str, Any]:
    """What `CaseEvent.data` holds: identifiers, without those that are None."""
    return {name: value for name, value in named.items() if value is not None}
