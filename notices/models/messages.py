"""What people were told, as rendered."""

from functools import partial

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Account, User
from accounts.models.users import Language
from common.languages import pick
from common.models import AppendOnly, Sealed
from common.public_ids import new_public_id
from notices.models.changes import ServiceChange
from notices.models.expansions import Expansion
from notices.models.templates import Phase, Template
from notices.querysets import NoticeQuerySet


class RenderedBody(Sealed):
    """A text exactly as it was sent, kept once per SHA-256 of subject and body. The database
    gives it a `number`, by which it is sealed; texts from before have 0."""

    sha256 = models.CharField("SHA-256", max_length=64, primary_key=True)
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    body = models.TextField(_("text"))
    number = models.BigIntegerField(
        pgettext_lazy("of a row", "number"), db_default=0, editable=False
    )

    class Meta:
        verbose_name = _("rendered text")
        verbose_name_plural = _("rendered texts")

    def __str__(self) -> str:
        return self.subject or self.body[:60]


class Notice(Sealed):
    """One person told of one change in one phase; also the message in their inbox."""

    public_id = models.CharField(
        _("identifier"),
        max_length=32,
        unique=True,
        editable=False,
        default=partial(new_public_id, "ntc"),
    )
    expansion = models.ForeignKey(
        Expansion,
        verbose_name=_("expansion"),
        on_delete=models.PROTECT,
        related_name="notices",
        db_index=False,
    )
    recipient = models.ForeignKey(
        User,
        verbose_name=_("recipient"),
        on_delete=models.PROTECT,
        related_name="notices",
        db_index=False,
    )
    language = models.CharField(_("language"), max_length=10, choices=Language.choices)
    template = models.ForeignKey(
        Template,
        verbose_name=_("template"),
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    body = models.ForeignKey(
        RenderedBody,
        verbose_name=_("text"),
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    accounts = models.ManyToManyField(
        Account, verbose_name=_("accounts"), through="notices.NoticeAccount"
    )

    objects = models.Manager.from_queryset(NoticeQuerySet)()  # type: ignore[misc]  # narrower than the base

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        constraints = [
            models.UniqueConstraint(
                fields=["expansion", "recipient"], name="notices_notice_once_per_person"
            ),
        ]
        indexes = [models.Index(fields=["recipient", "-recorded_at"], name="notices_inbox")]

    def __str__(self) -> str:
        return self.body.subject


class NoticeAccount(AppendOnly):
    """An account that a notice speaks of.

    `change` and `phase` are the notice's own, repeated by the database: the gate asks by
    account and change.
    """

    notice = models.ForeignKey(
        Notice, verbose_name=_("notice"), on_delete=models.PROTECT, related_name="about"
    )
    account = models.ForeignKey(
        Account,
        verbose_name=_("account"),
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    change = models.ForeignKey(
        ServiceChange,
        verbose_name=_("change"),
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        db_index=False,
    )
    phase = models.CharField(_("phase"), max_length=12, choices=Phase.choices, editable=False)
    # The account's when it was told, written by the database: moving to another zone
    # afterwards may not bring the effect forward.
    time_zone = models.CharField(_("time zone"), max_length=64, editable=False)

    class Meta:
        verbose_name = _("account in a notice")
        verbose_name_plural = _("accounts in a notice")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "notice"], name="notices_noticeaccount_once"
            ),
        ]
        indexes = [models.Index(fields=["change", "account"], name="notices_told_of")]

    def __str__(self) -> str:
        return str(self.account)


class Reading(Sealed):
    """The recipient opened the notice, for the first time."""

    notice = models.OneToOneField(
        Notice,
        verbose_name=_("notice"),
        on_delete=models.PROTECT,
        related_name="reading",
    )

    class Meta:
        verbose_name = _("reading")
        verbose_name_plural = _("readings")

    def __str__(self) -> str:
        return str(self.notice)


class Announcement(Sealed):
    """A public page about a change, in both languages."""

    public_id = models.CharField(
        _("identifier"),
        max_length=32,
        unique=True,
        editable=False,
        default=partial(new_public_id, "ann"),
    )
    expansion = models.OneToOneField(
        Expansion, verbose_name=_("expansion"), on_delete=models.PROTECT
    )
    body_zh_hans = models.ForeignKey(
        RenderedBody,
        verbose_name=_("text in Chinese"),
        on_delete=models.PROTECT,
        related_name="+",
    )
    body_en = models.ForeignKey(
        RenderedBody,
        verbose_name=_("text in English"),
        on_delete=models.PROTECT,
        related_name="+",
    )

    class Meta:
        verbose_name = _("announcement")
        verbose_name_plural = _("announcements")

    def __str__(self) -> str:
        return self.body_in(None).subject

    def body_in(self, language: str | None) -> RenderedBody:
        chosen = pick(language, zh_hans="zh-hans", en="en")
        return self.body_en if chosen == "en" else self.body_zh_hans


class AnnouncementPage(Sealed):
    """What the page of an announcement said in one language, as HTML, byte for byte."""

    announcement = models.ForeignKey(
        Announcement,
        verbose_name=_("announcement"),
        on_delete=models.PROTECT,
        related_name="pages",
        db_index=False,
    )
    language = models.CharField(_("language"), max_length=10, choices=Language.choices)
    html = models.TextField("HTML")
    sha256 = models.CharField("SHA-256", max_length=64)

    class Meta:
        verbose_name = _("published page")
        verbose_name_plural = _("published pages")
        constraints = [
            models.UniqueConstraint(
                fields=["announcement", "language"], name="notices_announcementpage_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.announcement_id} · {self.language}"
