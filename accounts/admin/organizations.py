"""Organizations as staff see them: declarations, invitations, transfers, the activity log."""

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from accounts.activity import in_words as particulars_of
from accounts.admin.finding import FoundByAccount
from accounts.admin.transfer_acts import GiveConsent, ProposeConsent, RefuseConsent
from accounts.models import Activity, AuthorityDeclaration, Invitation, Transfer, TransferStep
from common import clock
from common.admin import EvidenceAdmin, EvidenceInline, Headline, mono, pill

TONES = {
    TransferStep.Kind.CONSENTED: "good",
    TransferStep.Kind.PROPOSED: "warn",
    TransferStep.Kind.AGREED: "warn",
}


def standing_of(transfer: Transfer) -> tuple[str, str]:
    """How far a transfer has come, as a word and a tone."""
    steps = sorted(transfer.steps.all(), key=lambda step: step.pk)
    if not steps:
        return _("waits for the other side"), "quiet"
    last = TransferStep.Kind(steps[-1].kind)
    return str(last.label), TONES.get(last, "quiet")


class StandingFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("to_propose", _("to look at")),
            ("to_approve", _("to consent to")),
            ("open", _("open")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        found = {
            "to_propose": Transfer.objects.to_propose,
            "to_approve": Transfer.objects.to_approve,
            "open": Transfer.objects.open,
        }.get(self.value() or "")
        return queryset.filter(pk__in=found().values("pk")) if found else queryset


class StepsInline(EvidenceInline):
    model = TransferStep
    fields = ("kind", "by", "reason", "clause_number", "recorded_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[TransferStep]:
        rows: QuerySet[TransferStep] = super().get_queryset(request)
        return rows.select_related("by", "transfer").order_by("pk")


@admin.register(Transfer)
class TransferAdmin(FoundByAccount, EvidenceAdmin):
    severe_acts = (ProposeConsent(), GiveConsent(), RefuseConsent())
    list_display = ("identifier", "kind", "account", "standing", "asked_by", "recorded_at")
    list_display_links = ("identifier",)
    list_filter = (StandingFilter,)
    list_select_related = ("account", "asked_by")
    list_prefetches = ("steps",)
    search_fields = ("account", "public_id")
    ordering = ("-pk",)
    fields = (
        "kind",
        "account",
        "new_owner",
        "remains_as",
        "api_key",
        "to_account",
        "reason",
        "asked_by",
        "recorded_at",
    )
    readonly_fields = fields
    inlines = (StepsInline,)

    @admin.display(description=gettext_lazy("identifier"))
    def identifier(self, transfer: Transfer) -> str:
        return mono(transfer.public_id)

    @admin.display(description=gettext_lazy("state"))
    def standing(self, transfer: Transfer) -> str:
        return pill(*standing_of(transfer))

    def headline(self, transfer: Transfer) -> Headline:
        facts = [str(transfer.account), mono(transfer.public_id)]
        return Headline(pills=[standing_of(transfer)], facts=facts)


@admin.register(TransferStep)
class TransferStepAdmin(EvidenceAdmin):
    list_display = ("transfer", "kind", "by", "clause_number", "recorded_at")
    list_select_related = ("transfer", "by")
    ordering = ("-pk",)


class SharedCodeFilter(admin.SimpleListFilter):
    """Codes that several accounts declare: one entity may have several, or somebody pretends."""

    title = gettext_lazy("code")
    parameter_name = "code"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("shared", _("declared for several accounts"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(is_shared=True) if self.value() == "shared" else queryset


@admin.register(AuthorityDeclaration)
class AuthorityDeclarationAdmin(FoundByAccount, EvidenceAdmin):
    list_display = ("registered_name", "code", "capacity", "declared_by", "shared", "recorded_at")
    list_filter = (SharedCodeFilter,)
    list_select_related = ("account", "declared_by")
    search_fields = ("account", "uscc")
    search_help_text = gettext_lazy("The whole code, or the account's name or identifier")
    ordering = ("-pk",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuthorityDeclaration]:
        rows: QuerySet[AuthorityDeclaration] = super().get_queryset(request)
        others = AuthorityDeclaration.objects.filter(uscc=OuterRef("uscc")).exclude(
            pk=OuterRef("pk")
        )
        return rows.annotate(is_shared=Exists(others))

    @admin.display(description=gettext_lazy("unified social credit code"))
    def code(self, declaration: AuthorityDeclaration) -> str:
        return mono(declaration.uscc)

    @admin.display(description=gettext_lazy("other accounts"))
    def shared(self, declaration: Any) -> str:
        return pill(_("same code"), "warn") if declaration.is_shared else ""


@admin.register(Invitation)
class InvitationAdmin(FoundByAccount, EvidenceAdmin):
    list_display = ("masked", "account", "role", "standing", "invited_by", "sent", "expires_at")
    list_select_related = ("account", "invited_by")
    search_fields = ("account", "public_id")
    ordering = ("-pk",)
    fields = (
        "account",
        "masked",
        "channel",
        "role",
        "invited_by",
        "invited_at",
        "sent",
        "sent_at",
        "expires_at",
        "accepted_by",
        "accepted_at",
        "withdrawn_at",
    )

    @admin.display(description=gettext_lazy("state"))
    def standing(self, invitation: Invitation) -> str:
        if invitation.accepted_at:
            return pill(pgettext("of an invitation", "accepted"), "good")
        if invitation.withdrawn_at:
            return pill(_("withdrawn"), "quiet")
        if invitation.expires_at <= clock.now():
            return pill(_("expired"), "quiet")
        return pill(_("open"), "info")


@admin.register(Activity)
class ActivityAdmin(FoundByAccount, EvidenceAdmin):
    list_display = ("recorded_at", "account", "by", "kind", "about", "particulars")
    list_select_related = ("account", "by", "about")
    search_fields = ("account",)
    ordering = ("-pk",)
    fields = ("recorded_at", "account", "by", "kind", "about", "api_key", "particulars")
    readonly_fields = fields

    @admin.display(description=gettext_lazy("particulars"))
    def particulars(self, line: Activity) -> str:
        return particulars_of(line)
