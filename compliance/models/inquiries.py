"""Inquiries: what a customer is asked in a case, and what they answer."""

from functools import partial

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Account, User
from common.models import Sealed
from common.public_ids import new_public_id
from compliance.models.cases import Case
from compliance.models.evidence import Evidence


class Inquiry(Sealed):
    """The customer is asked something; the clock of the case pauses until the answer, or
    until the day it was asked for has passed."""

    public_id = models.CharField(
        _("identifier"), max_length=32, unique=True, default=partial(new_public_id, "inq")
    )
    case = models.ForeignKey(
        Case, verbose_name=_("case"), on_delete=models.PROTECT, related_name="inquiries"
    )
    account = models.ForeignKey(
        Account, verbose_name=_("account"), on_delete=models.PROTECT, related_name="inquiries"
    )
    question_zh_hans = models.TextField(_("question in Chinese"), max_length=4_000)
    question_en = models.TextField(_("question in English"), max_length=4_000)
    answer_by = models.DateTimeField(_("answer by"))
    asked_by = models.ForeignKey(
        User,
        verbose_name=pgettext_lazy("of a question", "asked by"),
        on_delete=models.PROTECT,
        related_name="+",
    )

    class Meta:
        verbose_name = _("inquiry")
        verbose_name_plural = _("inquiries")

    def __str__(self) -> str:
        return f"{self.public_id} · {self.account}"


class InquiryAnswer(Sealed):
    """That the customer answered, with files; once. What they wrote is an `InquiryAnswerText`."""

    inquiry = models.OneToOneField(
        Inquiry, verbose_name=_("inquiry"), on_delete=models.PROTECT, related_name="answer"
    )
    answered_by = models.ForeignKey(
        User, verbose_name=_("answered by"), on_delete=models.PROTECT, related_name="+"
    )
    files = models.ManyToManyField(Evidence, verbose_name=_("files"), related_name="answers")

    class Meta:
        verbose_name = pgettext_lazy("of a question", "answer")
        verbose_name_plural = _("answers")

    def __str__(self) -> str:
        return str(self.inquiry)


class InquiryAnswerText(models.Model):
    """What the customer wrote, encrypted for its inquiry only (`compliance.answer_texts`).

    `sha256` is of what was encrypted, which begins with random bytes, so that nobody tells a
    short answer by its hash. The database lets nothing but the key be replaced.
    """

    answer = models.OneToOneField(
        InquiryAnswer,
        verbose_name=pgettext_lazy("of a question", "answer"),
        on_delete=models.PROTECT,
        related_name="words",
    )
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    key_id = models.CharField(_("key"), max_length=40, db_index=True)
    ciphertext = models.BinaryField(_("content"))

    class Meta:
        verbose_name = _("text of an answer")
        verbose_name_plural = _("texts of answers")

    def __str__(self) -> str:
        return str(self.answer_id)
