"""Texts of notices, versioned and never edited."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from accounts.models.users import Language
from common.changes import label_of
from common.models import AppendOnlyQuerySet, Sealed


class Channel(models.TextChoices):
    """The four means clause 1.3 names."""

    ANNOUNCEMENT = "announcement", _("announcement")
    INBOX = "inbox", _("inbox")
    EMAIL = "email", pgettext_lazy("channel", "e-mail")
    SMS = "sms", _("SMS")


class Phase(models.TextChoices):
    """When in the life of a change people are told."""

    ANNOUNCED = "announced", _("ahead of time")
    POSTPONED = "postponed", _("when it is postponed")
    IN_EFFECT = "in_effect", _("when it takes effect")
    LIFTED = "lifted", _("when it is lifted")
    WITHDRAWN = "withdrawn", _("when it is called off")


class TemplateQuerySet(AppendOnlyQuerySet):
    def current(self, kind: str) -> "TemplateQuerySet":
        """The newest version of each text for changes of that kind."""
        return (
            self.filter(kind=kind)
            .order_by("phase", "channel", "language", "-version")
            .distinct("phase", "channel", "language")
        )

    def newest(self) -> "TemplateQuerySet":
        """The newest version of every text there is."""
        names = ("kind", "phase", "channel", "language")
        return self.order_by(*names, "-version").distinct(*names)

    def versions_of(self, template: "Template") -> "TemplateQuerySet":
        """Every version of one text, newest first."""
        return self.filter(
            kind=template.kind,
            phase=template.phase,
            channel=template.channel,
            language=template.language,
        ).order_by("-version")


class Template(Sealed):
    """One text: for a kind, phase, channel and language. Its next wording is the next
    version, so what was sent can always be rendered again from what it was sent from."""

    kind = models.CharField(_("kind of change"), max_length=40)
    phase = models.CharField(_("phase"), max_length=12, choices=Phase.choices)
    channel = models.CharField(_("channel"), max_length=12, choices=Channel.choices)
    language = models.CharField(_("language"), max_length=10, choices=Language.choices)
    version = models.PositiveIntegerField(_("version"))
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    body = models.TextField(_("text"))
    # Empty for the texts an installation begins with.
    written_by = models.ForeignKey(
        User,
        verbose_name=_("written by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    reason = models.TextField(_("reason"), blank=True)

    objects = models.Manager.from_queryset(TemplateQuerySet)()  # type: ignore[misc]  # narrower than the base

    class Meta:
        verbose_name = _("notice template")
        verbose_name_plural = _("notice templates")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "phase", "channel", "language", "version"],
                name="notices_template_versioned_once",
            ),
        ]

    def __str__(self) -> str:
        return (
            f"{label_of(self.kind)} · {self.get_phase_display()} · {self.get_channel_display()} · "
            f"{self.get_language_display()} · {self.version}"
        )
