"""Leave to make content without the explicit label (clause 3.6.2).

A `LabelApplication` is what an owner asks for and promises; the promises are its four
`LabelUndertaking`s. A member of staff proposes a last day (`LabelProposal`) and another one
grants it: a `LabelExemption` for the whole account, or one for each service. It stands until
its day is over or a `LabelExemptionEnd` says otherwise. The implicit label is never off: no
exemption can be of it.
"""

from datetime import datetime
from functools import partial

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models.accounts import Account
from accounts.models.agreements import AgreementText, Clause, ClauseText
from accounts.models.catalogue import Service
from accounts.models.users import User
from common.languages import pick
from common.models import AppendOnly, AppendOnlyQuerySet, Sealed
from common.public_ids import new_public_id

# The database grants no exemption for longer, whatever the settings say.
LONGEST_DAYS = 366
LONGEST_PURPOSE = 2000


class LabelApplicationQuerySet(AppendOnlyQuerySet):
    def open(self) -> "LabelApplicationQuerySet":
        """Neither granted nor ended; an account has one at most."""
        granted = LabelExemption.objects.filter(proposal__application=OuterRef("pk"))
        return self.filter(end=None).exclude(Exists(granted))

    def to_propose(self) -> "LabelApplicationQuerySet":
        """No member of staff has proposed anything yet."""
        return self.open().filter(proposals=None)

    def to_approve(self) -> "LabelApplicationQuerySet":
        """Proposed by one member of staff, waiting for another."""
        return self.open().filter(proposals__isnull=False).distinct()


class LabelApplication(Sealed):
    """An owner asks that content need no explicit label, and says what for.

    `services` are codes as they were asked for; none means the whole account. `clause` is 3.6.2
    of the terms in force for the account then, `text` the text that was shown.
    """

    public_id = models.CharField(
        _("identifier"),
        max_length=32,
        unique=True,
        editable=False,
        default=partial(new_public_id, "lap"),
    )
    account = models.ForeignKey(
        Account,
        verbose_name=_("account"),
        on_delete=models.PROTECT,
        related_name="label_applications",
    )
    whole_account = models.BooleanField(_("for the whole account"))
    services = ArrayField(
        models.CharField(max_length=40), verbose_name=_("for services"), default=list, blank=True
    )
    purpose = models.TextField(_("purpose"))
    clause = models.ForeignKey(
        Clause, verbose_name=_("clause"), on_delete=models.PROTECT, related_name="+"
    )
    text = models.ForeignKey(
        AgreementText, verbose_name=_("text"), on_delete=models.PROTECT, related_name="+"
    )
    text_sha256 = models.CharField(_("SHA-256 of the text"), max_length=64)
    asked_by = models.ForeignKey(
        User, verbose_name=_("asked by"), on_delete=models.PROTECT, related_name="+"
    )
    ip_address = models.GenericIPAddressField(_("IP address"), null=True)

    objects = models.Manager.from_queryset(LabelApplicationQuerySet)()  # type: ignore[misc]  # narrower than the base

    class Meta:
        verbose_name = _("application for a label exemption")
        verbose_name_plural = _("applications for label exemptions")
        constraints = [
            models.CheckConstraint(
                name="accounts_labelapplication_whole_or_services",
                condition=Q(whole_account=True, services=[])
                | (Q(whole_account=False) & ~Q(services=[])),
            ),
            models.CheckConstraint(
                name="accounts_labelapplication_has_a_purpose", condition=~Q(purpose="")
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def proposal(self) -> "LabelProposal | None":
        """The latest one: it takes the place of those before it."""
        return max(self.proposals.all(), key=lambda one: one.pk, default=None)

    @property
    def exemptions(self) -> list["LabelExemption"]:
        """What was granted on it."""
        return [one for proposal in self.proposals.all() for one in proposal.exemptions.all()]

    @property
    def state(self) -> "LabelApplicationState":
        if hasattr(self, "end"):
            return LabelApplicationState(self.end.kind)
        if self.exemptions:
            return LabelApplicationState.GRANTED
        return LabelApplicationState.PROPOSED if self.proposal else LabelApplicationState.WAITING

    @property
    def is_of_use(self) -> bool:
        """Whether anything granted on it was not ended before its day."""
        return any(not hasattr(one, "end") for one in self.exemptions)

    @property
    def is_open(self) -> bool:
        return self.state in (LabelApplicationState.WAITING, LabelApplicationState.PROPOSED)


class LabelApplicationState(models.TextChoices):
    """How an application stands, worked out from what became of it."""

    WAITING = "waiting", _("waiting for an answer")
    PROPOSED = "proposed", pgettext_lazy("a label exemption", "proposed, to approve")
    GRANTED = "granted", pgettext_lazy("a label exemption", "granted")
    DECLINED = "declined", pgettext_lazy("a label exemption", "declined")
    WITHDRAWN = "withdrawn", pgettext_lazy("a label exemption", "taken back")


class LabelUndertaking(AppendOnly):
    """One of the four promises, (a) to (d), accepted by itself: the words as they were shown."""

    application = models.ForeignKey(
        LabelApplication,
        verbose_name=_("application"),
        on_delete=models.PROTECT,
        related_name="undertakings",
    )
    clause = models.ForeignKey(
        Clause, verbose_name=_("clause"), on_delete=models.PROTECT, related_name="+"
    )
    words = models.ForeignKey(
        ClauseText, verbose_name=_("clause text"), on_delete=models.PROTECT, related_name="+"
    )
    sha256 = models.CharField(_("SHA-256 of the words"), max_length=64)

    class Meta:
        verbose_name = _("undertaking")
        verbose_name_plural = _("undertakings")
        constraints = [
            models.UniqueConstraint(
                name="accounts_labelundertaking_each_once", fields=["application", "clause"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application} · {self.clause.number}"


class LabelApplicationEnd(Sealed):
    """It was declined, with a reason the customer reads, or the customer took it back."""

    class Kind(models.TextChoices):
        DECLINED = "declined", pgettext_lazy("a label exemption", "declined")
        WITHDRAWN = "withdrawn", pgettext_lazy("a label exemption", "taken back")

    application = models.OneToOneField(
        LabelApplication,
        verbose_name=_("application"),
        on_delete=models.PROTECT,
        related_name="end",
    )
    kind = models.CharField(_("how"), max_length=10, choices=Kind.choices)
    reason_zh_hans = models.TextField(_("reason (Chinese)"), blank=True, default="")
    reason_en = models.TextField(_("reason (English)"), blank=True, default="")
    ended_by = models.ForeignKey(
        User, verbose_name=_("by"), on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("end of an application for a label exemption")
        verbose_name_plural = _("ends of applications for label exemptions")
        constraints = [
            models.CheckConstraint(
                name="accounts_labelapplicationend_declined_says_why",
                condition=~Q(kind="declined") | (~Q(reason_zh_hans="") & ~Q(reason_en="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application} · {self.get_kind_display()}"

    def reason_in(self, language: str | None) -> str:
        return pick(language, zh_hans=self.reason_zh_hans, en=self.reason_en)


class LabelProposal(Sealed):
    """A member of staff proposes to grant what was asked for, up to and with `last_day`.

    `digest` is the SHA-256 of application and day, which the grant repeats.
    """

    application = models.ForeignKey(
        LabelApplication,
        verbose_name=_("application"),
        on_delete=models.PROTECT,
        related_name="proposals",
    )
    last_day = models.DateField(_("last day"))
    digest = models.CharField(_("SHA-256 of what is proposed"), max_length=64)
    case_reference = models.CharField(_("case"), max_length=32, blank=True, default="")
    reason = models.TextField(_("reason"))
    proposed_by = models.ForeignKey(
        User, verbose_name=_("proposed by"), on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("proposal of a label exemption")
        verbose_name_plural = _("proposals of label exemptions")
        constraints = [
            models.CheckConstraint(
                name="accounts_labelproposal_has_a_reason", condition=~Q(reason="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application} · {self.last_day}"


class LabelExemptionQuerySet(AppendOnlyQuerySet):
    def standing(self, at: datetime) -> "LabelExemptionQuerySet":
        """Granted, not over and not ended at that moment."""
        return self.filter(
            Q(end=None) | Q(end__recorded_at__gt=at), recorded_at__lte=at, ends_at__gt=at
        )

    def unended(self, at: datetime) -> "LabelExemptionQuerySet":
        """Not over at that moment, and not ended as far as is known: for whoever holds the lock
        on the account, and may have waited for it since."""
        return self.filter(end=None, ends_at__gt=at)


class LabelExemption(Sealed):
    """Content of the account, or of one service of it, needs no explicit label: from when this
    is recorded until `ends_at`, the midnight after `last_day` where the account is.

    Several services asked for together have one each, on the same proposal.
    """

    class Label(models.TextChoices):
        EXPLICIT = "explicit", _("explicit label")

    public_id = models.CharField(
        _("identifier"),
        max_length=32,
        unique=True,
        editable=False,
        default=partial(new_public_id, "lex"),
    )
    proposal = models.ForeignKey(
        LabelProposal,
        verbose_name=_("proposal"),
        on_delete=models.PROTECT,
        related_name="exemptions",
    )
    account = models.ForeignKey(
        Account,
        verbose_name=_("account"),
        on_delete=models.PROTECT,
        related_name="label_exemptions",
        db_index=False,  # the index below begins with it
    )
    service = models.ForeignKey(
        Service,
        verbose_name=_("service"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
    )
    # There is no exemption of any other label; the column is there so that the database says so.
    label = models.CharField(
        _("label"), max_length=10, choices=Label.choices, default=Label.EXPLICIT
    )
    last_day = models.DateField(_("last day"))
    ends_at = models.DateTimeField(_("ends at"), editable=False)
    digest = models.CharField(_("SHA-256 of what is approved"), max_length=64)
    reason = models.TextField(_("reason"))
    approved_by = models.ForeignKey(
        User, verbose_name=_("approved by"), on_delete=models.PROTECT, related_name="+"
    )

    objects = models.Manager.from_queryset(LabelExemptionQuerySet)()  # type: ignore[misc]  # narrower than the base

    class Meta:
        verbose_name = _("label exemption")
        verbose_name_plural = _("label exemptions")
        permissions = [
            ("propose_labelexemption", _("Can propose and decline label exemptions")),
            ("approve_labelexemption", _("Can grant label exemptions that others proposed")),
            ("revoke_labelexemption", _("Can revoke label exemptions")),
        ]
        constraints = [
            models.CheckConstraint(
                name="accounts_labelexemption_never_of_the_implicit_label",
                condition=Q(label="explicit"),
            ),
            models.CheckConstraint(
                name="accounts_labelexemption_has_a_reason", condition=~Q(reason="")
            ),
        ]
        indexes = [
            models.Index(fields=["account", "ends_at"], name="accounts_labelexemption_of"),
            models.Index(fields=["ends_at"], name="accounts_labelexemption_ending"),
        ]

    def __str__(self) -> str:
        return self.public_id

    def standing_at(self, at: datetime) -> bool:
        return self.ends_at > at and not hasattr(self, "end")


class LabelExemptionEnd(Sealed):
    """An exemption ends before its day: revoked by staff, given up by an owner, or another one
    was granted in its place."""

    class Kind(models.TextChoices):
        REVOKED = "revoked", pgettext_lazy("a label exemption", "revoked")
        GIVEN_UP = "given_up", pgettext_lazy("a label exemption", "given up")
        REPLACED = "replaced", pgettext_lazy("a label exemption", "another in its place")

    exemption = models.OneToOneField(
        LabelExemption,
        verbose_name=pgettext_lazy("a label exemption", "exemption"),
        on_delete=models.PROTECT,
        related_name="end",
    )
    kind = models.CharField(_("how"), max_length=10, choices=Kind.choices)
    reason_zh_hans = models.TextField(_("reason (Chinese)"), blank=True, default="")
    reason_en = models.TextField(_("reason (English)"), blank=True, default="")
    clause = models.ForeignKey(
        Clause,
        verbose_name=_("clause"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    case_reference = models.CharField(_("case"), max_length=32, blank=True, default="")
    ended_by = models.ForeignKey(
        User, verbose_name=_("by"), on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("end of a label exemption")
        verbose_name_plural = _("ends of label exemptions")
        constraints = [
            models.CheckConstraint(
                name="accounts_labelexemptionend_revoked_says_why",
                condition=~Q(kind="revoked")
                | (~Q(reason_zh_hans="") & ~Q(reason_en="") & Q(clause__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.exemption} · {self.get_kind_display()}"

    def reason_in(self, language: str | None) -> str:
        return pick(language, zh_hans=self.reason_zh_hans, en=self.reason_en)


class LabelReminder(AppendOnly):
    """The owners were told that an exemption ends within so many days: once of each."""

    exemption = models.ForeignKey(
        LabelExemption,
        verbose_name=pgettext_lazy("a label exemption", "exemption"),
        on_delete=models.PROTECT,
        related_name="reminders",
    )
    days = models.PositiveSmallIntegerField(_("days before"))

    class Meta:
        verbose_name = _("reminder of a label exemption")
        verbose_name_plural = _("reminders of label exemptions")
        constraints = [
            models.UniqueConstraint(
                name="accounts_labelreminder_each_once", fields=["exemption", "days"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.exemption} · {self.days}"
