"""Letters to single persons, read-only: what each said, where it went, when it was read."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from common.admin import EvidenceAdmin, EvidenceInline, Headline, moment, pill
from notices.admin.evidence import Letters
from notices.admin.histories import history_url
from notices.finding import letters_found
from notices.letter_kinds import clause_of, label_of, seen_by
from notices.models import Letter, LetterDelivery

TONES = {
    LetterDelivery.State.PENDING: "info",
    LetterDelivery.State.SENDING: "info",
    LetterDelivery.State.RETRYING: "warn",
    LetterDelivery.State.ACCEPTED: "good",
    LetterDelivery.State.FAILED: "bad",
    LetterDelivery.State.UNKNOWN: "warn",
    LetterDelivery.State.DELIVERED: "good",
    LetterDelivery.State.UNREACHED: "bad",
    LetterDelivery.State.COMPLAINED: "bad",
    LetterDelivery.State.EXPIRED: "warn",
}


def letter_delivery_pill(delivery: LetterDelivery) -> str:
    return pill(delivery.get_state_display(), TONES[LetterDelivery.State(delivery.state)])


class LetterDeliveryInline(EvidenceInline):
    model = LetterDelivery
    fields = (
        "channel",
        "masked",
        "state_shown",
        "tries",
        "settled_at",
        "reference",
        "provider_reference",
        "answer",
    )
    readonly_fields = fields
    show_change_link = False

    @admin.display(description=_("state"))
    def state_shown(self, delivery: LetterDelivery) -> str:
        return letter_delivery_pill(delivery)


@admin.register(Letter)
class LetterAdmin(Letters, EvidenceAdmin):
    """One person's letter: what it said, where it went, when it was read."""

    list_display = ("subject", "to", "kind_shown", "account", "language", "recorded_at")
    list_filter = ("language",)
    list_select_related = ("recipient", "account")
    list_reads = (
        "subject",
        "kind",
        "language",
        "recorded_at",
        "masked",
        "recipient__name",
        "recipient__public_id",
        "account__name",
        "account__public_id",
    )
    search_fields = ("public_id", "recipient")
    search_help_text = _("Name, phone, e-mail or identifier of the recipient, or a reference")
    ordering = ("-pk",)
    fields = (
        "public_id",
        "to",
        "kind_shown",
        "clause",
        "key",
        "account",
        "language",
        "subject",
        "text",
        "sms",
        "recorded_at",
        "read_at",
    )
    readonly_fields = fields
    inlines = (LetterDeliveryInline,)

    def get_queryset(self, request: HttpRequest) -> Any:
        reader: Any = request.user
        return seen_by(reader, super().get_queryset(request))

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        if not search_term.strip():
            return queryset, False
        return letters_found(queryset, search_term), False

    def headline(self, obj: Any) -> Headline:
        read = hasattr(obj, "reading")
        pills = [(_("read"), "good") if read else (_("not read"), "quiet")]
        return Headline(pills=pills if obj.recipient_id else [], facts=[label_of(obj)])

    @admin.display(description=_("to"))
    def to(self, letter: Letter) -> str:
        if letter.recipient is None:
            return letter.masked
        address = history_url(letter.recipient)
        return format_html('<a href="{}">{}</a>', address, letter.recipient)

    @admin.display(description=_("kind"))
    def kind_shown(self, letter: Letter) -> str:
        return str(label_of(letter))

    @admin.display(description=_("clause"))
    def clause(self, letter: Letter) -> str:
        return clause_of(letter) or "–"

    @admin.display(description=_("text"))
    def text(self, letter: Letter) -> str:
        return format_html('<pre class="letter">{}</pre>', letter.body)

    @admin.display(description=_("read at"))
    def read_at(self, letter: Letter) -> Any:
        return moment(letter.reading.recorded_at if hasattr(letter, "reading") else None)
