"""One message on its way, read-only: its whole story, and what staff may do about it."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from common.admin import EvidenceAdmin, Headline
from notices.admin.certificates import IssueCertificate
from notices.admin.delivery_acts import RecordBounce, SendAgain
from notices.admin.delivery_columns import TONES, delivery_pill, masked
from notices.admin.evidence import RenderedText
from notices.admin.health_page import WithHealth
from notices.admin.of_change import NotifiedChangeFilter
from notices.certificate_facts import Step, deliveries_of, steps_of_delivery
from notices.delivery_words import STEPS, particulars
from notices.finding import deliveries_found
from notices.models import Delivery


@admin.register(Delivery)
class DeliveryAdmin(RenderedText, WithHealth, EvidenceAdmin):
    """One message on its way, with every attempt and what the provider said of it."""

    severe_acts = (IssueCertificate(), SendAgain(), RecordBounce())
    list_display = ("to", "channel", "state_shown", "tries", "notice")
    list_filter = (NotifiedChangeFilter, "state", "channel")
    list_select_related = ("notice__body", "body")
    search_fields = ("address",)
    search_help_text = _(
        "Phone, e-mail, the reference of an attempt, or the provider’s reference, as a whole"
    )
    ordering = ("-pk",)
    fields = (
        "notice",
        "channel",
        "address",
        "state_shown",
        "tries",
        "not_before",
        "held_by",
        "story",
        "subject",
        "text",
        "sha256",
        "template",
    )
    readonly_fields = fields

    class Media:
        css = {"all": ["notices/changes.css", "notices/health.css"]}

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

    @admin.display(description=_("what happened"))
    def story(self, delivery: Delivery) -> str:
        """Every step by our clock, and by the provider's where it says."""
        [one] = deliveries_of(Delivery.objects.filter(pk=delivery.pk))
        steps = sorted(steps_of_delivery(one), key=lambda step: step.recorded_at)
        return render_to_string(
            "admin/notices/delivery/story.html", {"steps": [_line(step) for step in steps]}
        )


def _line(step: Step) -> dict[str, Any]:
    record: Any = step.record
    said = {name: _plain(getattr(record, name)) for name in step.shown}
    return {
        "at": step.recorded_at,
        "said_at": said.get("said_at"),
        "what": STEPS[step.what],
        "said": "\n".join(particulars(step.what, said)),
        "raw": getattr(record, "answer", None) or getattr(record, "detail", None),
    }


def _plain(value: Any) -> Any:
    return value.pk if isinstance(value, Model) else value
