"""What was told to whom, read-only."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.phone_numbers import mask_email, mask_phone
from common.admin import EvidenceAdmin, EvidenceInline, Headline, moment, mono, pill
from common.messaging import Verdict
from notices.admin.delivery_acts import RecordBounce
from notices.admin.histories import WithHistories, history_url
from notices.admin.of_change import ExpandedChangeFilter, NotifiedChangeFilter
from notices.finding import deliveries_found, notices_found
from notices.models import (
    Announcement,
    Attempt,
    Channel,
    Delivery,
    Notice,
    NoticeAccount,
)

TONES = {
    Delivery.State.PENDING: "info",
    Delivery.State.SENDING: "info",
    Delivery.State.ACCEPTED: "good",
    Delivery.State.RETRYING: "warn",
    Delivery.State.FAILED: "bad",
    Delivery.State.UNKNOWN: "warn",
    Delivery.State.CANCELLED: "quiet",
}


def masked(delivery: Delivery) -> str:
    """Enough of the address for somebody who knows it to recognise it."""
    mask = mask_email if delivery.channel == Channel.EMAIL else mask_phone
    return mask(delivery.address)


def delivery_pill(delivery: Delivery) -> str:
    return pill(delivery.get_state_display(), TONES[Delivery.State(delivery.state)])


VERDICTS = {
    Verdict.ACCEPTED: _("accepted"),
    Verdict.REJECTED_FOR_GOOD: _("refused for good"),
    Verdict.REJECTED_FOR_NOW: _("refused for now"),
    Verdict.AMBIGUOUS: _("unknown"),
}


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


class AttemptInline(EvidenceInline):
    model = Attempt
    fields = ("id", "provider", "recorded_at", "verdict", "answered_at", "answer")
    readonly_fields = fields
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("outcome").order_by("-recorded_at")

    @admin.display(description=_("verdict"))
    def verdict(self, attempt: Attempt) -> str:
        return (
            str(VERDICTS[Verdict(attempt.outcome.verdict)]) if hasattr(attempt, "outcome") else "—"
        )

    @admin.display(description=_("answered at"))
    def answered_at(self, attempt: Attempt) -> Any:
        return moment(attempt.outcome.recorded_at if hasattr(attempt, "outcome") else None)

    @admin.display(description=_("answer"))
    def answer(self, attempt: Attempt) -> Any:
        return attempt.outcome.answer if hasattr(attempt, "outcome") else "—"


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


@admin.register(Delivery)
class DeliveryAdmin(RenderedText, EvidenceAdmin):
    """One message on its way, with every attempt and what the provider answered."""

    severe_acts = (RecordBounce(),)
    list_display = ("to", "channel", "state_shown", "tries", "notice")
    list_filter = (NotifiedChangeFilter, "state", "channel")
    list_select_related = ("notice__body", "body")
    search_fields = ("address",)
    search_help_text = _("Phone, e-mail, or the reference of an attempt")
    ordering = ("-pk",)
    fields = (
        "notice",
        "channel",
        "address",
        "state_shown",
        "tries",
        "not_before",
        "subject",
        "text",
        "sha256",
        "template",
    )
    readonly_fields = fields
    inlines = (AttemptInline,)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        by_change = lookup == "notice__expansion__change__id__exact"
        return by_change or super().lookup_allowed(lookup, value, request)

    def headline(self, obj: Any) -> Headline:
        return Headline(
            pills=[(obj.get_state_display(), TONES[Delivery.State(obj.state)])],
            facts=[obj.get_channel_display()],
        )

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        if not search_term.strip():
            return queryset, False
        return deliveries_found(queryset, search_term), False

    @admin.display(description=_("to"))
    def to(self, delivery: Delivery) -> str:
        return masked(delivery)

    @admin.display(description=_("state"), ordering="state")
    def state_shown(self, delivery: Delivery) -> str:
        return delivery_pill(delivery)


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
