"""Service changes: what is planned, and for whom."""

import uuid
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.models import (
    Account,
    AgreementVersion,
    ApiKey,
    Clause,
    InferenceModel,
    Region,
    Service,
    User,
)
from common.changes import kinds_of_change
from common.clock import Now
from common.languages import pick
from common.models import AppendOnly, Editable
from common.names import validate_name
from common.public_ids import new_public_id
from notices.models.policies import LeadPolicy
from notices.models.templates import Template
from notices.querysets import ServiceChangeQuerySet

if TYPE_CHECKING:
    from notices.models.acts import Proposal


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

    class Audience(models.TextChoices):
        CHOSEN = "chosen", _("chosen accounts")
        RULE = "rule", _("every account that a rule fits")
        EVERYONE = "everyone", _("every account")

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
    model = models.ForeignKey(
        InferenceModel,
        verbose_name=_("model"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        help_text=_("Empty: all models."),
    )
    region = models.ForeignKey(
        Region,
        verbose_name=_("region"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        help_text=_("Where requests are served. Empty: all regions."),
    )
    limits = models.JSONField(
        _("limits"), default=dict, blank=True, help_text=_("The most allowed, by metric.")
    )
    agreement_version = models.ForeignKey(
        AgreementVersion,
        verbose_name=_("agreement version"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("What comes into force."),
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
    generic_sms = models.BooleanField(
        _("SMS only says: log in to read"),
        default=False,
        db_default=False,
        help_text=_(
            "For providers that have not approved the texts of this kind. The inbox has the "
            "full text all the same."
        ),
    )
    audience = models.CharField(
        _("audience"), max_length=8, choices=Audience.choices, default=Audience.CHOSEN
    )
    # What `notices.audiences.Rule` reads and writes; empty unless the audience is a rule.
    rule = models.JSONField(_("rule"), default=dict, blank=True)
    corrects = models.ForeignKey(
        "self",
        verbose_name=_("corrects"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="corrections",
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
    api_keys = models.ManyToManyField(
        ApiKey, verbose_name=_("API keys"), through="notices.ConcernedKey"
    )
    # The rest is kept up to date by triggers and jobs, for lists and for the timetable;
    # none of it decides anything.
    concerned_count = models.PositiveIntegerField(_("accounts"), default=0, editable=False)
    postponed_until = models.DateTimeField(_("postponed to"), null=True, editable=False)
    joined_at = models.DateTimeField(_("audience last looked at"), null=True, editable=False)
    look_at = models.DateTimeField(_("gates looked at again"), null=True, editable=False)

    objects = ServiceChangeQuerySet.as_manager()
    history = HistoricalRecords(
        excluded_fields=["edition", "concerned_count", "postponed_until", "joined_at", "look_at"]
    )

    class Meta:
        verbose_name = _("service change")
        verbose_name_plural = _("service changes")
        permissions = [
            ("propose_servicechange", _("Can propose service changes")),
            ("approve_servicechange", _("Can approve service changes")),
            ("withdraw_servicechange", _("Can withdraw service changes")),
            ("lift_servicechange", _("Can lift service changes")),
            ("postpone_servicechange", _("Can postpone service changes")),
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
            models.CheckConstraint(
                name="notices_servicechange_rule_iff_by_rule",
                condition=Q(audience="rule") ^ Q(rule={}),
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
    def planned_for(self) -> datetime:
        """The planned moment, as postponed."""
        return max(self.effective_at, self.postponed_until or self.effective_at)

    @property
    def is_platform_wide(self) -> bool:
        return kinds_of_change.get(self.kind).platform_wide

    @property
    def proposal(self) -> "Proposal | None":
        """The newest proposal: the one an approval would agree to."""
        return self.proposals.order_by("-pk").first()


class ConcernedAccount(models.Model):
    """An account that a change is for. Chosen ones are fixed once the change is proposed;
    those of a rule join in rounds, from the announcement on, while the rule fits them."""

    change = models.ForeignKey(
        ServiceChange,
        verbose_name=_("change"),
        on_delete=models.PROTECT,
        related_name="concerned",
        db_index=False,
    )
    account = models.ForeignKey(
        Account,
        verbose_name=_("account"),
        on_delete=models.PROTECT,
        related_name="concerned_by",
    )
    round = models.PositiveSmallIntegerField(_("round"), default=1, db_default=1)

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


class ConcernedKey(models.Model):
    """A key that a change is narrowed to, of one of its accounts. Fixed once proposed."""

    change = models.ForeignKey(
        ServiceChange,
        verbose_name=_("change"),
        on_delete=models.PROTECT,
        related_name="concerned_keys",
        db_index=False,
    )
    api_key = models.ForeignKey(
        ApiKey,
        verbose_name=_("API key"),
        on_delete=models.PROTECT,
        related_name="+",
    )

    class Meta:
        verbose_name = _("API key concerned")
        verbose_name_plural = _("API keys concerned")
        constraints = [
            models.UniqueConstraint(fields=["change", "api_key"], name="notices_concernedkey_once"),
        ]

    def __str__(self) -> str:
        return str(self.api_key)


class Selection(AppendOnly):
    """The audience of a change was looked at up to an account: how far, and whom it gave.

    `round` 1 is the announcement's; later ones are of accounts that joined afterwards.
    The `last` of a round closes it.
    """

    change = models.ForeignKey(
        ServiceChange,
        verbose_name=_("change"),
        on_delete=models.PROTECT,
        related_name="selections",
        db_index=False,
    )
    round = models.PositiveSmallIntegerField(_("round"))
    upto_account = models.PositiveBigIntegerField(_("up to account"))
    accounts = models.PositiveIntegerField(_("accounts"))
    last = models.BooleanField(_("last"))

    class Meta:
        verbose_name = _("selection")
        verbose_name_plural = _("selections")
        constraints = [
            models.UniqueConstraint(
                fields=["change", "round", "upto_account"], name="notices_selection_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.change} · {self.round}"
