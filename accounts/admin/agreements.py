"""Agreements, version by version, clause by clause; nothing in them is edited."""

from django.contrib import admin
from django.utils.formats import date_format
from django.utils.timezone import localdate
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from accounts import agreements
from accounts.models import (
    Acceptance,
    AgreementDocument,
    AgreementText,
    AgreementVersion,
    Clause,
    ClauseText,
)
from common.admin import (
    EditableAdmin,
    EvidenceAdmin,
    EvidenceInline,
    Headline,
    Outcome,
    SevereAct,
    clause,
    mono,
    pill,
)


class VersionsInline(EvidenceInline):
    model = AgreementVersion
    fields = ["number", "published", "recorded_at"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("publication", "document")

    @admin.display(description=gettext_lazy("published"))
    def published(self, version):
        return published_pill(version)


class TextsInline(EvidenceInline):
    model = AgreementText
    fields = ["language", "fingerprint", "recorded_at"]
    show_change_link = False

    @admin.display(description=gettext_lazy("SHA-256"))
    def fingerprint(self, text):
        return mono(text.sha256)


class ClausesInline(EvidenceInline):
    MOST_ROWS = 1000
    model = Clause
    fields = ["cited_as", "heading", "state"]

    def get_queryset(self, request):
        rows = super().get_queryset(request).order_by("position")
        return rows.select_related("severance", "version__document").prefetch_related("texts__text")

    @admin.display(description=gettext_lazy("number"))
    def cited_as(self, one):
        return clause(one.number)

    @admin.display(description=gettext_lazy("heading"))
    def heading(self, one):
        return first_words(one)

    @admin.display(description=gettext_lazy("state"))
    def state(self, one):
        return severed_pill(one)


class ClauseTextsInline(EvidenceInline):
    model = ClauseText
    fields = ["language", "heading", "body"]
    show_change_link = False

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("text")

    @admin.display(description=gettext_lazy("language"))
    def language(self, one):
        return one.text.get_language_display()


def published_pill(version):
    published = getattr(version, "publication", None)
    return pill(_("published"), "good") if published else pill(_("not published"))


def severed_pill(one):
    return pill(_("severed"), "bad") if getattr(one, "severance", None) else ""


def first_words(one):
    """The heading, or where the clause begins, in the language of the page."""
    texts = list(one.texts.all())
    language = get_language()
    best = next((text for text in texts if text.text.language == language), None)
    return str(best or (texts[0] if texts else ""))


class Sever(SevereAct):
    name = "sever"
    label = gettext_lazy("Mark severed…")
    heading = gettext_lazy("Mark a clause severed")
    explanation = gettext_lazy(
        "For a clause found invalid or unenforceable (14.2). It counts as deleted; "
        "the rest of the agreement stands. This cannot be taken back."
    )
    confirm = gettext_lazy("Mark it severed")
    permission = "accounts.sever_clause"

    def offered(self, one):
        return not hasattr(one, "severance")

    def preview(self, one):
        return _("No new act can cite %(number)s or what stands under it.") % {"number": one.number}

    def perform(self, one, *, actor, answers):
        agreements.sever(clause=one, severed_by=actor, reason=answers["reason"])
        return Outcome(_("Clause %(number)s is severed.") % {"number": one.number})


@admin.register(AgreementDocument)
class AgreementDocumentAdmin(EditableAdmin):
    list_display = ["__str__", "slug"]
    fields = ["slug", "title_zh_hans", "title_en"]
    readonly_fields = ["slug"]
    inlines = [VersionsInline]

    def has_add_permission(self, request):
        return False  # imported


@admin.register(AgreementVersion)
class AgreementVersionAdmin(EvidenceAdmin):
    list_display = ["__str__", "document", "number", "published", "recorded_at"]
    list_select_related = ["document", "publication"]
    fields = ["document", "number", "recorded_at"]
    inlines = [ClausesInline, TextsInline]

    @admin.display(description=gettext_lazy("published"))
    def published(self, version):
        return published_pill(version)

    def headline(self, version):
        published = getattr(version, "publication", None)
        word = (_("published"), "good") if published else (_("not published"), "quiet")
        facts = [date_format(localdate(published.recorded_at))] if published else []
        return Headline(pills=[word], facts=facts)


@admin.register(Clause)
class ClauseAdmin(EvidenceAdmin):
    list_display = ["cited_as", "heading", "version", "state"]
    list_select_related = ["version__document", "severance"]
    search_fields = ["number"]
    fields = ["number", "level", "version"]
    inlines = [ClauseTextsInline]
    severe_acts = [Sever()]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("texts__text")

    @admin.display(description=gettext_lazy("number"), ordering="number")
    def cited_as(self, one):
        return clause(one.number)

    @admin.display(description=gettext_lazy("heading"))
    def heading(self, one):
        return first_words(one)

    @admin.display(description=gettext_lazy("state"))
    def state(self, one):
        return severed_pill(one)

    def headline(self, one):
        severance = getattr(one, "severance", None)
        if severance is None:
            return Headline(facts=[str(one.version)])
        return Headline(pills=[(_("severed"), "bad")], facts=[str(one.version), severance.reason])


@admin.register(Acceptance)
class AcceptanceAdmin(EvidenceAdmin):
    list_display = ["user", "account", "text", "method", "accepted_at"]
    list_select_related = ["user", "account", "text__version__document"]
    list_filter = ["method"]
    search_fields = ["user__public_id", "account__public_id"]
    ordering = ["-pk"]
