"""Messages that somebody read and wants to come back to."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from notices.models.letters import Letter
from notices.models.messages import Notice


class KeptUnread(models.Model):
    """Its recipient marked a message unread again. That they read it stays on record: this is
    for them alone, and goes when they open it."""

    recipient = models.ForeignKey(
        User, verbose_name=_("recipient"), on_delete=models.PROTECT, related_name="+"
    )
    notice = models.OneToOneField(
        Notice,
        verbose_name=_("notice"),
        on_delete=models.PROTECT,
        null=True,
        related_name="kept_unread",
    )
    letter = models.OneToOneField(
        Letter,
        verbose_name=_("letter"),
        on_delete=models.PROTECT,
        null=True,
        related_name="kept_unread",
    )

    class Meta:
        verbose_name = _("message kept unread")
        verbose_name_plural = _("messages kept unread")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                name="notices_keptunread_one_message",
                condition=Q(notice=None, letter__isnull=False)
                | Q(notice__isnull=False, letter=None),
            ),
        ]

    def __str__(self) -> str:
        return str(self.notice or self.letter)
