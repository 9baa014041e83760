"""Customers ask for fees back; staff answer."""

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Clause, User
from billing.models.requests import PostingApproval, PostingRejection, PostingRequest
from common.languages import pick
from common.models import AppendOnlyQuerySet, Sealed
from common.public_ids import new_public_id


def application_public_id() -> str:
    return new_public_id("rfa")


class ApplicationState(models.TextChoices):
    """How an application stands, worked out from its answers."""

    WAITING = "waiting", _("waiting for an answer")
    DECIDING = "deciding", _("being decided")
    REFUNDED = "refunded", _("refunded")
    DECLINED = "declined", _("declined")
    WITHDRAWN = "withdrawn", _("withdrawn")


class RefundApplicationQuerySet(AppendOnlyQuerySet):
    def waiting(self) -> "RefundApplicationQuerySet":
        """Those that staff have to answer: no answer stands.

        A refund that was prepared and then turned down by the second person leaves its
        application waiting.
        """
        turned_down = PostingRejection.objects.filter(request=OuterRef("request"))
        standing = RefundApplicationAnswer.objects.filter(application=OuterRef("pk")).exclude(
            Exists(turned_down)
        )
        return self.exclude(Exists(standing))

    def open(self) -> "RefundApplicationQuerySet":
        """Those that are not over; an account has one at most."""
        decided = PostingApproval.objects.filter(request=OuterRef("request"))
        over = RefundApplicationAnswer.objects.filter(
            ~Q(kind=RefundApplicationAnswer.Kind.PREPARED) | Exists(decided),
            application=OuterRef("pk"),
        )
        return self.exclude(Exists(over))

    def with_answers(self) -> "RefundApplicationQuerySet":
        """Along with what `RefundApplication.state` asks of them, in one more statement."""
        answers = RefundApplicationAnswer.objects.select_related(
            "request__approval", "request__rejection", "request__payout_record"
        ).order_by("pk")
        return self.prefetch_related(models.Prefetch("answers", queryset=answers))


class RefundApplication(Sealed):
    """A customer asks for fees back (clause 6). It moves no money and gives no right to any:
    a refund needs a `PostingRequest` on a consent or policy, approved by two people.

    `amount` and `refundable`, what could be refunded at most when it was asked, in
    micro-yuan. `clause` is the one of the terms in force for the account then, if any.
    """

    public_id = models.CharField(
        _("identifier"), max_length=24, unique=True, default=application_public_id
    )
    account = models.ForeignKey(
        Account,
        verbose_name=_("account"),
        on_delete=models.PROTECT,
        related_name="refund_applications",
    )
    amount = models.BigIntegerField(_("amount"))
    refundable = models.BigIntegerField(_("refundable at most when asked"))
    reason = models.TextField(_("reason"))
    clause = models.ForeignKey(
        Clause,
        verbose_name=_("clause"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    asked_by = models.ForeignKey(
        User, verbose_name=_("asked by"), on_delete=models.PROTECT, related_name="+"
    )

    objects = models.Manager.from_queryset(RefundApplicationQuerySet)()  # type: ignore[misc]  # narrower than the base

    class Meta:
        verbose_name = _("refund application")
        verbose_name_plural = _("refund applications")
        constraints = [
            models.CheckConstraint(
                name="billing_refundapplication_is_about_something",
                condition=Q(amount__gt=0) & ~Q(reason=""),
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def answer(self) -> "RefundApplicationAnswer | None":
        """The latest one that stands."""
        standing = [one for one in self.answers.all() if not one.was_turned_down]
        return max(standing, key=lambda one: one.pk, default=None)

    @property
    def state(self) -> ApplicationState:
        answer = self.answer
        if answer is None:
            return ApplicationState.WAITING
        if answer.request is None:
            return ApplicationState(answer.kind)
        if hasattr(answer.request, "approval"):
            return ApplicationState.REFUNDED
        return ApplicationState.DECIDING

    @property
    def is_open(self) -> bool:
        return self.state in (ApplicationState.WAITING, ApplicationState.DECIDING)


class RefundApplicationAnswer(Sealed):
    """What became of an application: a refund was prepared, staff declined it, or the
    customer took it back. The last two end it, and so does a refund that is approved.

    The customer reads the reason, in the language of the page where both are given.
    """

    class Kind(models.TextChoices):
        PREPARED = "prepared", _("refund prepared")
        DECLINED = "declined", _("declined")
        WITHDRAWN = "withdrawn", _("withdrawn")

    application = models.ForeignKey(
        RefundApplication,
        verbose_name=_("application"),
        on_delete=models.PROTECT,
        related_name="answers",
    )
    kind = models.CharField(_("answer"), max_length=10, choices=Kind.choices)
    request = models.OneToOneField(
        PostingRequest,
        verbose_name=_("request"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="refund_application_answer",
    )
    reason_zh_hans = models.TextField(_("reason (Chinese)"), blank=True, default="")
    reason_en = models.TextField(_("reason (English)"), blank=True, default="")
    answered_by = models.ForeignKey(
        User, verbose_name=_("answered by"), on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("answer to a refund application")
        verbose_name_plural = _("answers to refund applications")
        constraints = [
            models.CheckConstraint(
                name="billing_refundapplicationanswer_prepared_has_a_request",
                condition=(
                    Q(kind="prepared", request__isnull=False)
                    | Q(kind__in=["declined", "withdrawn"], request__isnull=True)
                ),
            ),
            models.CheckConstraint(
                name="billing_refundapplicationanswer_declined_says_why",
                condition=~Q(kind="declined", reason_zh_hans="", reason_en=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application}: {self.get_kind_display()}"

    def reason_in(self, language: str | None) -> str:
        return pick(language, zh_hans=self.reason_zh_hans, en=self.reason_en)

    @property
    def was_turned_down(self) -> bool:
        """Whether the refund prepared was not approved by the second person."""
        return self.request is not None and hasattr(self.request, "rejection")
