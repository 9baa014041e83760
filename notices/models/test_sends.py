"""Texts that staff sent to themselves, to see them as they arrive. No notice to anybody."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.models.users import Language
from common.changes import label_of
from common.messaging import Verdict
from common.models import AppendOnly
from notices.models.templates import Channel, Phase


class TestSend(AppendOnly):
    """Written and committed before a provider is called, which gets its UUID along.

    The text is the one in the form, saved as a version or not: `text_sha256` is over the
    UTF-8 of subject, a newline and text, placeholders unfilled. Nothing here counts as
    notice: no delivery, no attempt, no part in the gate.
    """

    __test__ = False  # no test of pytest's

    id = models.UUIDField(_("reference"), primary_key=True, default=uuid.uuid4, editable=False)
    sent_by = models.ForeignKey(
        User,
        verbose_name=_("sent by"),
        on_delete=models.PROTECT,
        related_name="+",
    )
    kind = models.CharField(_("kind of change"), max_length=40)
    phase = models.CharField(_("phase"), max_length=12, choices=Phase.choices)
    channel = models.CharField(_("channel"), max_length=12, choices=Channel.choices)
    language = models.CharField(_("language"), max_length=10, choices=Language.choices)
    text_sha256 = models.CharField(_("SHA-256 of the text"), max_length=64)
    address = models.CharField(_("address, masked"), max_length=254)
    provider = models.CharField(_("provider"), max_length=40)

    class Meta:
        verbose_name = _("test send")
        verbose_name_plural = _("test sends")
        indexes = [
            models.Index(fields=["sent_by", "recorded_at"], name="notices_testsend_by"),
            models.Index(
                fields=["kind", "phase", "channel", "language"], name="notices_testsend_of"
            ),
        ]

    def __str__(self) -> str:
        return f"{label_of(self.kind)} · {self.get_channel_display()} · {self.sent_by}"


class TestOutcome(AppendOnly):
    """What the provider answered to a test send, as it came."""

    __test__ = False

    test_send = models.OneToOneField(
        TestSend, verbose_name=_("test send"), on_delete=models.PROTECT, related_name="outcome"
    )
    verdict = models.CharField(
        _("verdict"), max_length=20, choices=[(v.value, v.value) for v in Verdict]
    )
    answer = models.JSONField(_("answer"), default=dict)

    class Meta:
        verbose_name = _("outcome of a test send")
        verbose_name_plural = _("outcomes of test sends")

    def __str__(self) -> str:
        return self.verdict
