"""Getting back in with staff's help: a lost phone, or nothing left to prove oneself by.

Each step is a record. Asked for (`PhoneRecovery`), looked into (`RecoveryCheck`), proposed
(`RecoveryProposal`), decided by somebody else (`RecoveryDecision`), and after a waiting
period either carried out (`PhoneChange`) or stopped (`RecoveryStop`).
"""

from datetime import datetime
from functools import partial

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.one_time_codes import OneTimeCode
from accounts.models.users import User
from common.clock import Now
from common.models import AppendOnlyQuerySet, Sealed
from common.public_ids import new_public_id


class RecoveryDraft(models.Model):
    """What a visitor filled in, before the code sent to the new phone came back. Without
    `user` nothing they named is known here, and nothing comes of it. Deleted after a day."""

    public_id = models.CharField(
        max_length=32, unique=True, editable=False, default=partial(new_public_id, "rec")
    )
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+")
    # Encrypted, with the row's own identifier as associated data.
    new_phone = models.TextField()
    reason = models.TextField()
    drops_factor = models.BooleanField(default=False)
    code = models.OneToOneField(OneTimeCode, on_delete=models.CASCADE, related_name="+")
    drawn_up_at = models.DateTimeField(db_default=Now(), editable=False)
    handed_in_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("request being drawn up")
        verbose_name_plural = _("requests being drawn up")
        default_permissions = ()

    def __str__(self) -> str:
        return self.public_id


class PhoneRecoveryQuerySet(AppendOnlyQuerySet):
    def open(self) -> "PhoneRecoveryQuerySet":
        """Neither carried out, stopped nor refused."""
        return self.filter(stop=None, change=None).exclude(proposals__decision__approved=False)

    def to_look_into(self) -> "PhoneRecoveryQuerySet":
        """Open, and nobody has proposed anything yet."""
        return self.open().filter(proposals=None)

    def to_decide(self) -> "PhoneRecoveryQuerySet":
        return self.open().filter(proposals__isnull=False, proposals__decision=None)

    def waiting(self) -> "PhoneRecoveryQuerySet":
        """Approved; the waiting period runs, or is over and the job comes by soon."""
        return self.open().filter(proposals__decision__approved=True)


class PhoneRecovery(Sealed):
    """Somebody who holds `new_phone` says that `user` is them, and cannot get in."""

    public_id = models.CharField(_("number"), max_length=32, unique=True, editable=False)
    user = models.ForeignKey(
        User, verbose_name=_("person"), on_delete=models.PROTECT, related_name="recoveries"
    )
    old_phone = models.CharField(_("phone until now"), max_length=16)
    new_phone = models.CharField(_("new phone"), max_length=16)
    drops_factor = models.BooleanField(_("second factor lost as well"))
    reason = models.TextField(_("what they say"))
    ip_address = models.GenericIPAddressField(_("IP address"), null=True)

    objects = models.Manager.from_queryset(PhoneRecoveryQuerySet)()  # type: ignore[misc]  # narrower than the base

    class Meta:
        verbose_name = _("lost phone")
        verbose_name_plural = _("lost phones")
        permissions = [
            ("work_on_recovery", _("Can look into lost phones and propose a change")),
            ("approve_recovery", _("Can approve a change of phone")),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def not_before(self) -> datetime | None:
        """From when it may be carried out; None while it is not approved."""
        decision = RecoveryDecision.objects.filter(proposal__recovery=self).first()
        return decision.not_before if decision is not None else None


class RecoveryCheck(Sealed):
    """Something by which a member of staff tried to find out whether it is the person."""

    class Kind(models.TextChoices):
        CALL = "call", _("spoke to them on a number or address we know")
        DOCUMENT = "document", _("looked at an identity document")
        DEALINGS = "dealings", _("asked what only the holder knows")
        ORGANIZATION = "organization", _("asked another owner of the organization")

    recovery = models.ForeignKey(
        PhoneRecovery,
        verbose_name=_("lost phone"),
        on_delete=models.PROTECT,
        related_name="checks",
    )
    kind = models.CharField(_("how"), max_length=16, choices=Kind.choices)
    passed = models.BooleanField(_("it is the person"))
    seen = models.TextField(_("what was seen"))
    case_reference = models.CharField(
        _("case with the document"),
        max_length=32,
        blank=True,
        help_text=_("Documents are kept encrypted as evidence of a case. Write its number here."),
    )
    checked_by = models.ForeignKey(
        User, verbose_name=_("checked by"), on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("identity check")
        verbose_name_plural = _("identity checks")
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind="document") | ~Q(case_reference=""),
                name="accounts_recoverycheck_document_is_kept",
            )
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class RecoveryProposal(Sealed):
    """A member of staff is convinced, and proposes the change with these contents."""

    recovery = models.ForeignKey(
        PhoneRecovery,
        verbose_name=_("lost phone"),
        on_delete=models.PROTECT,
        related_name="proposals",
    )
    drops_factor = models.BooleanField(_("removes the second factor"))
    reason = models.TextField(_("reason"))
    digest = models.CharField(_("SHA-256 of what is proposed"), max_length=64)
    proposed_by = models.ForeignKey(
        User, verbose_name=_("proposed by"), on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("proposed change of phone")
        verbose_name_plural = _("proposed changes of phone")
        constraints = [
            models.UniqueConstraint(fields=["recovery"], name="accounts_recoveryproposal_once")
        ]

    def __str__(self) -> str:
        return str(self.recovery)


class RecoveryDecision(Sealed):
    """Somebody else says yes, and from when it may be carried out, or no."""

    proposal = models.OneToOneField(
        RecoveryProposal,
        verbose_name=_("proposal"),
        on_delete=models.PROTECT,
        related_name="decision",
    )
    approved = models.BooleanField(_("approved"))
    digest = models.CharField(_("SHA-256 of what is decided"), max_length=64)
    not_before = models.DateTimeField(_("not before"), null=True)
    reason = models.TextField(_("reason"))
    decided_by = models.ForeignKey(
        User, verbose_name=_("decided by"), on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("decision about a change of phone")
        verbose_name_plural = _("decisions about changes of phone")
        constraints = [
            models.CheckConstraint(
                condition=Q(approved=True, not_before__isnull=False)
                | Q(approved=False, not_before=None),
                name="accounts_recoverydecision_says_when",
            )
        ]

    def __str__(self) -> str:
        return str(self.proposal)


class RecoveryStop(Sealed):
    """It is not to happen: the holder, staff or the facts stood against it."""

    class By(models.TextChoices):
        LINK = "link", _("the holder, by the link in a message")
        SIGNED_IN = "signed_in", _("the holder, signed in")
        STAFF = "staff", _("staff")
        FACTS = "facts", _("nobody: it could not be carried out")

    recovery = models.OneToOneField(
        PhoneRecovery, verbose_name=_("lost phone"), on_delete=models.PROTECT, related_name="stop"
    )
    by = models.CharField(_("stopped by"), max_length=16, choices=By.choices)
    person = models.ForeignKey(
        User, verbose_name=_("person"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    reason = models.TextField(_("reason"), blank=True)
    ip_address = models.GenericIPAddressField(_("IP address"), null=True)

    class Meta:
        verbose_name = _("stopped change of phone")
        verbose_name_plural = _("stopped changes of phone")
        constraints = [
            models.CheckConstraint(
                condition=Q(by__in=["signed_in", "staff"], person__isnull=False)
                | Q(by__in=["link", "facts"], person=None),
                name="accounts_recoverystop_names_who",
            )
        ]

    def __str__(self) -> str:
        return str(self.recovery)


class PhoneChange(Sealed):
    """The change was carried out: from here on the person signs in with the new phone."""

    recovery = models.OneToOneField(
        PhoneRecovery, verbose_name=_("lost phone"), on_delete=models.PROTECT, related_name="change"
    )
    dropped_factors = models.JSONField(_("second factors removed"), default=list)
    ended_sessions = models.PositiveIntegerField(_("sessions ended"), default=0)

    class Meta:
        verbose_name = _("change of phone")
        verbose_name_plural = _("changes of phone")

    def __str__(self) -> str:
        return str(self.recovery)
