"""What was told to whom, read-only."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from common.admin import EvidenceAdmin, EvidenceInline, moment, mono
from notices.admin.certificates import IssueCertificate
from notices.admin.delivery_columns import delivery_pill, masked
from notices.admin.histories import WithHistories, history_url
from notices.admin.of_change import ExpandedChangeFilter
from notices.finding import notices_found
from notices.models import Announcement, Delivery, Notice, NoticeAccount


class DeliveryInline(EvidenceInline):
    model = Delivery
    fields = ("channel", "to", "state_shown", "tries")
    readonly_fields = fields

    @admin.display(description=_("to"))
    def to(self, delivery: Delivery) -> str:
        return masked(delivery)

    @admin.display(description=_("state"))
    def state_shown(self, delivery: Delivery) -> str:
        return delivery_pill(delivery)


class NoticeAccountInline(EvidenceInline):
    model = NoticeAccount
    fields = ("account",)
    readonly_fields = fields
    show_change_link = False


class Letters:
    """Mixed in: the style of texts as they were sent."""

    class Media:
        css = {"all": ["notices/changes.css"]}


class RenderedText(Letters):
    """Mixed in: the text as it was sent."""

    @admin.display(description=_("subject"))
    def subject(self, record: Any) -> str:
        return str(record.body.subject) or "—"

    @admin.display(description=_("text"))
    def text(self, record: Any) -> str:
        return format_html('<pre class="letter">{}</pre>', record.body.body)

    @admin.display(description="SHA-256")
    def sha256(self, record: Any) -> str:
        return mono(record.body_id)


@admin.register(Notice)
class NoticeAdmin(RenderedText, WithHistories):
    """One person's message: what it said, where it went, when it was read."""

    severe_acts = (IssueCertificate(),)
    list_display = ("subject", "whole_history", "phase", "language", "recorded_at")
    list_filter = (ExpandedChangeFilter, "expansion__phase", "language")
    list_select_related = ("body", "recipient", "expansion__change")
    list_reads = (
        "language",
        "recorded_at",
        "body__subject",
        "recipient__name",
        "recipient__public_id",
        "expansion__phase",
        "expansion__change__public_id",
        "expansion__change__title_zh_hans",
        "expansion__change__title_en",
    )
    search_fields = ("public_id", "recipient")
    search_help_text = _("Name, phone, e-mail or identifier of the recipient")
    ordering = ("-pk",)
    fields = (
        "public_id",
        "whole_history",
        "change",
        "phase",
        "language",
        "subject",
        "text",
        "sha256",
        "template",
        "recorded_at",
        "read_at",
    )
    readonly_fields = fields
    inlines = (DeliveryInline, NoticeAccountInline)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        if not search_term.strip():
            return queryset, False
        return notices_found(queryset, search_term), False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        by_change = lookup == "expansion__change__id__exact"
        return by_change or super().lookup_allowed(lookup, value, request)

    @admin.display(description=_("recipient"))
    def whole_history(self, notice: Notice) -> str:
        address = history_url(notice.recipient, notice.expansion.change)
        return format_html('<a href="{}">{}</a>', address, notice.recipient)

    @admin.display(description=_("change"))
    def change(self, notice: Notice) -> str:
        change = notice.expansion.change
        address = reverse("admin:notices_servicechange_change", args=[change.pk])
        return format_html('<a href="{}">{}</a>', address, change)

    @admin.display(description=_("phase"), ordering="expansion__phase")
    def phase(self, notice: Notice) -> str:
        return notice.expansion.get_phase_display()

    @admin.display(description=_("read at"))
    def read_at(self, notice: Notice) -> Any:
        return moment(notice.reading.recorded_at if hasattr(notice, "reading") else None)


@admin.register(Announcement)
class AnnouncementAdmin(Letters, EvidenceAdmin):
    list_display = ("__str__", "recorded_at")
    list_select_related = ("body_zh_hans", "body_en")
    ordering = ("-pk",)
    fields = ("public_id", "chinese", "english", "recorded_at")
    readonly_fields = fields

    @admin.display(description=_("Simplified Chinese"))
    def chinese(self, announcement: Announcement) -> str:
        body = announcement.body_zh_hans
        return format_html(
            '<pre class="letter" lang="zh-Hans">{}\n\n{}</pre>', body.subject, body.body
        )

    @admin.display(description=_("English"))
    def english(self, announcement: Announcement) -> str:
        body = announcement.body_en
        return format_html('<pre class="letter" lang="en">{}\n\n{}</pre>', body.subject, body.body)
