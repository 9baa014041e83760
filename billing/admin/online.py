"""Online payments: orders, what providers said, what is quarantined, what differs."""

import re

from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin.finding import FoundByAccount
from billing.admin.columns import link, yuan
from billing.admin.match_acts import (
    MAY_REQUEST,
    CloseUnbooked,
    ProposeMatch,
    RequestReturn,
)
from billing.admin.matches import OfMoneyNotMatched, SettlementFilter, standing_of
from billing.models import (
    PaymentEvent,
    PaymentEventOutcome,
    PaymentOrder,
    QuarantinedPayment,
    ReconciliationItem,
    ReconciliationRun,
)
from billing.money import PER_FEN
from billing.payments import polling, providers, reconciliation
from common.admin import (
    EvidenceAdmin,
    EvidenceInline,
    Headline,
    Outcome,
    ReasonForm,
    SevereAct,
    mono,
    pill,
)
from common.clock import now

State = PaymentOrder.State
TONES = {
    State.OPENED: "quiet",
    State.PENDING: "warn",
    State.FAILED: "bad",
    State.EXPIRED: "quiet",
    State.PAID: "good",
    State.REFUNDED: "violet",
}
Verdict = PaymentEventOutcome.Verdict
# As in the index that keeps an event from being taken twice.
TAKEN = [Verdict.APPLIED, Verdict.IGNORED, Verdict.QUARANTINED]
VERDICT_TONES = {
    Verdict.APPLIED: "good",
    Verdict.IGNORED: "quiet",
    Verdict.DUPLICATE: "quiet",
    Verdict.QUARANTINED: "bad",
    Verdict.REFUSED: "bad",
}


def of_fen(fen):
    return yuan(None if fen is None else fen * PER_FEN)


class AskNow(SevereAct):
    name = "ask"
    label = gettext_lazy("Ask the provider…")
    heading = gettext_lazy("Ask the provider how payments stand")
    explanation = gettext_lazy("As the timed job does; what was paid is credited.")
    confirm = gettext_lazy("Ask")
    permission = MAY_REQUEST
    form_class = ReasonForm
    dangerous = False

    def offered(self, order):
        return order.journal_id is None

    def preview(self, order):
        return _("%s is asked now.") % order.provider

    def perform(self, order, *, actor, answers):
        fresh = polling.ask_about(order=order, at=now())
        return Outcome(_("The order is: %s.") % fresh.get_state_display())


class OutcomeInline(EvidenceInline):
    model = PaymentEventOutcome
    fields = ["event", "verdict", "says", "provider_event", "why", "recorded_at"]
    show_change_link = False


@admin.register(PaymentOrder)
class PaymentOrderAdmin(FoundByAccount, EvidenceAdmin):
    list_display = ["public_id", "account", "sum", "provider", "standing", "opened_at", "paid_at"]
    list_select_related = ["account"]
    list_filter = ["state", "provider"]
    search_fields = ["account", "public_id", "provider_reference"]
    ordering = ["-pk"]
    fields = [
        "account",
        "sum",
        "provider",
        "provider_reference",
        "opened_by",
        "opened_at",
        "expires_at",
        "paid_at",
        "posted_as",
        "queries",
        "next_query_at",
    ]
    readonly_fields = ["sum", "posted_as", "opened_at"]
    inlines = [OutcomeInline]
    severe_acts = [AskNow()]

    @admin.display(description=gettext_lazy("amount"))
    def sum(self, order):
        return of_fen(order.fen)

    @admin.display(description=gettext_lazy("state"))
    def standing(self, order):
        return pill(order.get_state_display(), TONES[State(order.state)])

    @admin.display(description=gettext_lazy("journal"))
    def posted_as(self, order):
        return link(order.journal)

    def headline(self, order):
        return Headline(
            pills=[(order.get_state_display(), TONES[State(order.state)])],
            facts=[of_fen(order.fen), order.account],
        )


@admin.register(PaymentEvent)
class PaymentEventAdmin(EvidenceAdmin):
    list_display = ["__str__", "source", "verdict", "says", "order", "recorded_at"]
    list_select_related = ["outcome__order"]
    list_filter = ["provider", "source"]
    search_fields = ["sha256"]
    search_help_text = gettext_lazy("Order number, the provider's event, or SHA-256 of the body")
    ordering = ["-pk"]
    fields = ["provider", "source", "verdict", "why", "order", "recorded_at", "sent", "raw", "hash"]
    readonly_fields = ["verdict", "why", "order", "sent", "raw", "hash"]

    def get_search_results(self, request, queryset, search_term):
        """Each by an index, and only that one."""
        text = search_term.strip()
        if not text:
            return queryset, False
        if text.startswith("pay_"):
            return queryset.filter(outcome__order__public_id=text), False
        if re.fullmatch(r"[0-9a-f]{64}", text):
            return queryset.filter(sha256=text), False
        of_event = {"outcome__provider__in": providers.names(), "outcome__provider_event": text}
        return queryset.filter(**of_event, outcome__verdict__in=TAKEN), False

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        return rows.defer("body")  # long, and a list has fifty

    @admin.display(description=gettext_lazy("verdict"))
    def verdict(self, event):
        outcome = getattr(event, "outcome", None)
        if outcome is None:
            return pill(_("not looked at"), "warn")
        return pill(outcome.get_verdict_display(), VERDICT_TONES[Verdict(outcome.verdict)])

    @admin.display(description=gettext_lazy("it says"))
    def says(self, event):
        outcome = getattr(event, "outcome", None)
        return State(outcome.says).label if outcome and outcome.says else "–"

    @admin.display(description=gettext_lazy("why"))
    def why(self, event):
        outcome = getattr(event, "outcome", None)
        return (outcome and outcome.why) or "–"

    @admin.display(description=gettext_lazy("payment order"))
    def order(self, event):
        outcome = getattr(event, "outcome", None)
        return link(outcome.order) if outcome else ""

    @admin.display(description=gettext_lazy("headers"))
    def sent(self, event):
        return mono("\n".join(f"{name}: {text}" for name, text in event.headers.items()))

    @admin.display(description=gettext_lazy("body"))
    def raw(self, event):
        return format_html('<pre class="mono">{}</pre>', event.text)

    @admin.display(description=gettext_lazy("SHA-256"))
    def hash(self, event):
        return mono(event.sha256)


@admin.register(QuarantinedPayment)
class QuarantinedPaymentAdmin(OfMoneyNotMatched):
    list_display = ["__str__", "reason", "sum", "said_order", "standing", "recorded_at"]
    list_filter = [SettlementFilter, "reason", "provider"]
    list_select_related = ["unsettled"]
    search_fields = ["provider_reference__exact", "said_order__exact"]
    ordering = ["-pk"]
    fields = [
        "reason",
        "sum",
        "said_order",
        "said_minor",
        "currency",
        "ordered",
        "suggested",
        "event_link",
        "journal_link",
        "ended",
    ]
    readonly_fields = ["sum", "ordered", "suggested", "event_link", "journal_link", "ended"]
    severe_acts = [ProposeMatch(), RequestReturn(), CloseUnbooked()]

    @admin.display(description=gettext_lazy("payment order"))
    def ordered(self, held):
        return link(held.order)

    @admin.display(description=gettext_lazy("payment event"))
    def event_link(self, held):
        return link(held.event)

    def headline(self, held):
        return Headline(pills=[standing_of(held)], facts=[held.get_reason_display()])


class Explain(SevereAct):
    name = "explain"
    label = gettext_lazy("Explain…")
    heading = gettext_lazy("Explain differences")
    explanation = gettext_lazy("Say what it was. It leaves the queue; no money is moved.")
    confirm = gettext_lazy("Keep it")
    permission = MAY_REQUEST
    on_selection = True
    dangerous = False

    def offered(self, item):
        return not hasattr(item, "closing")

    def preview(self, item):
        return _("It leaves the queue with what you write.")

    def perform(self, item, *, actor, answers):
        reconciliation.explain(item=item, reason=answers["reason"], closed_by=actor)
        return Outcome(_("Explained."))


class ClosingFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "standing"

    def lookups(self, request, model_admin):
        return [("open", _("open")), ("explained", _("explained"))]

    def queryset(self, request, queryset):
        wanted = {"open": True, "explained": False}.get(self.value() or "")
        return queryset if wanted is None else queryset.filter(closing__isnull=wanted)


@admin.register(ReconciliationItem)
class ReconciliationItemAdmin(EvidenceAdmin):
    list_display = ["order_number", "kind", "provider", "day", "here", "there", "standing"]
    list_filter = [ClosingFilter, "kind", "provider"]
    list_select_related = ["closing"]
    search_fields = ["order_number__exact", "provider_reference__exact"]
    ordering = ["-pk"]
    fields = [
        "kind",
        "provider",
        "day",
        "order_number",
        "provider_reference",
        "ordered",
        "here",
        "there",
        "explained",
    ]
    readonly_fields = ["ordered", "here", "there", "explained"]
    severe_acts = [Explain()]

    @admin.display(description=gettext_lazy("here"))
    def here(self, item):
        return of_fen(item.fen_here)

    @admin.display(description=gettext_lazy("at the provider"))
    def there(self, item):
        return of_fen(item.fen_there)

    @admin.display(description=gettext_lazy("payment order"))
    def ordered(self, item):
        return link(item.order)

    @admin.display(description=gettext_lazy("state"))
    def standing(self, item):
        return pill(_("explained"), "good") if hasattr(item, "closing") else pill(_("open"), "bad")

    @admin.display(description=gettext_lazy("explanation"))
    def explained(self, item):
        closing = getattr(item, "closing", None)
        if closing is None:
            return "–"
        return _("%(person)s: %(reason)s") % {
            "person": closing.closed_by,
            "reason": closing.reason,
        }


@admin.register(ReconciliationRun)
class ReconciliationRunAdmin(EvidenceAdmin):
    list_display = ["day", "provider", "lines", "sum", "differences", "recorded_at"]
    list_filter = ["provider"]
    ordering = ["-pk"]
    fields = ["day", "provider", "lines", "sum", "differences", "recorded_at"]
    readonly_fields = ["sum"]

    @admin.display(description=gettext_lazy("sum"))
    def sum(self, run):
        return of_fen(run.total_fen)
