"""Policies: what each clause forbids or asks for, in our own words, and what may follow."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import Clause, User
from common.languages import pick
from common.models import Sealed


class Severity(models.IntegerChoices):
    """How soon somebody has to look; deadlines follow from it."""

    LOW = 1, _("low")
    MEDIUM = 2, _("medium")
    HIGH = 3, _("high")
    CRITICAL = 4, _("critical")


class Action(models.TextChoices):
    """What a decision does, from nothing to the most severe."""

    NONE = "none", _("no action")
    WARNING = "warning", _("warning")
    CONTENT_ORDER = "content_order", _("order to delete or modify content")
    OUTPUT_RESTRICTION = "output_restriction", _("restriction of output")
    RATE_LIMIT = "rate_limit", _("rate limit")
    LEDGER_HOLD = "ledger_hold", _("hold on money")
    PARTIAL_SUSPENSION = "partial_suspension", _("suspension in part")
    SUSPENSION = "suspension", _("suspension")
    TERMINATION = "termination", _("termination")
    PERMANENT_DISABLING = "permanent_disabling", _("permanent disabling")


# What may be narrowed to a part of the account, and what may end by itself.
NARROWED = (Action.RATE_LIMIT, Action.PARTIAL_SUSPENSION, Action.OUTPUT_RESTRICTION)
ENDING = (*NARROWED, Action.SUSPENSION)
LONGEST_TERM = 3_650


class Policy(models.Model):
    """One leaf: a clause or an item of one, such as `2.2.5(a)`. What it says is in versions."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    clause_number = models.CharField(_("clause"), max_length=24)
    position = models.PositiveSmallIntegerField(_("position"))
    # For what no other leaf covers (2.2.12): cited by a supervisor or not at all.
    supervisors_only = models.BooleanField(_("supervisors only"), default=False)

    class Meta:
        verbose_name = _("policy")
        verbose_name_plural = _("policies")
        ordering = ["position"]
        permissions = [("change_catch_all", _("Can change policies for supervisors only"))]

    def __str__(self) -> str:
        version = self.current
        title = version.title_in(None) if version else self.code
        return f"{self.clause_number} {title}"

    @property
    def current(self) -> "PolicyVersion | None":
        """The newest version: the one that decisions from now on cite."""
        return self.versions.order_by("-number").first()


class PolicyVersion(Sealed):
    """What a policy says from its recording on. Never edited: the next one replaces it.

    `default_days` is the usual term of the usual action, for those that may end by themselves;
    None: until it is lifted. It is a proposal, which a decision need not follow.
    """

    policy = models.ForeignKey(
        Policy, verbose_name=_("policy"), on_delete=models.PROTECT, related_name="versions"
    )
    number = models.PositiveSmallIntegerField(_("version"))
    title_zh_hans = models.CharField(_("title in Chinese"), max_length=120)
    title_en = models.CharField(_("title in English"), max_length=120)
    text_zh_hans = models.TextField(_("text in Chinese"))
    text_en = models.TextField(_("text in English"))
    severity = models.PositiveSmallIntegerField(_("severity"), choices=Severity.choices)
    allowed_actions = ArrayField(
        models.CharField(max_length=20, choices=Action.choices), verbose_name=_("actions allowed")
    )
    default_action = models.CharField(_("usual action"), max_length=20, choices=Action.choices)
    default_days = models.PositiveSmallIntegerField(_("usual term in days"), null=True)
    strike_points = models.PositiveSmallIntegerField(_("strike points"), default=0)
    tell_authority = models.BooleanField(_("an authority has to be told"), default=False)
    # Empty for those that an installation begins with, and nobody wrote them.
    reason = models.TextField(_("reason"), blank=True, max_length=2_000)
    written_by = models.ForeignKey(
        User, verbose_name=_("written by"), on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("policy version")
        verbose_name_plural = _("policy versions")
        constraints = [
            models.UniqueConstraint(
                fields=["policy", "number"], name="compliance_policyversion_numbered_once"
            ),
            models.CheckConstraint(
                name="compliance_policyversion_term_fits",
                condition=Q(default_days=None)
                | Q(
                    default_action__in=[action.value for action in ENDING],
                    default_days__range=(1, LONGEST_TERM),
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.policy.clause_number} · {self.number}"

    @property
    def usual(self) -> str:
        """The usual action, with its usual term if it has one."""
        action, days = str(Action(self.default_action).label), self.default_days
        if days is None:
            return action
        words = ngettext("%(action)s for %(days)s day", "%(action)s for %(days)s days", days)
        return words % {"action": action, "days": days}

    def title_in(self, language: str | None) -> str:
        return pick(language, zh_hans=self.title_zh_hans, en=self.title_en)

    def text_in(self, language: str | None) -> str:
        return pick(language, zh_hans=self.text_zh_hans, en=self.text_en)


class PolicyBinding(Sealed):
    """A policy stands on this clause of this version of the agreement; the newest binding to
    a version holds.

    Written when terms are imported, for clauses of the same number, and by hand; a policy
    without one in the version that binds an account cannot be cited against it.
    """

    policy = models.ForeignKey(
        Policy, verbose_name=_("policy"), on_delete=models.PROTECT, related_name="bindings"
    )
    clause = models.ForeignKey(
        Clause, verbose_name=_("clause"), on_delete=models.PROTECT, related_name="+"
    )
    bound_by = models.ForeignKey(
        User, verbose_name=_("bound by"), on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("binding of a policy")
        verbose_name_plural = _("bindings of policies")

    def __str__(self) -> str:
        return f"{self.policy.code} · {self.clause}"
