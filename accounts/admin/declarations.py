"""What people declared when they opened an account, and guardians' consents; read-only."""

from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import guardians
from accounts.declared_use import Occasion, Use
from accounts.models import CapacityDeclaration, GuardianConsent, UseDeclaration
from common import clock
from common.admin import EvidenceAdmin, EvidenceInline, Outcome, SevereAct, mono, pill
from common.languages import listed


class EndConsent(SevereAct):
    name = "end_consent"
    label = gettext_lazy("End the consent…")
    heading = gettext_lazy("End a guardian's consent")
    explanation = gettext_lazy(
        "For a guardian who takes it back, or who was none. Make sure who asks."
    )
    confirm = gettext_lazy("End it")
    permission = "accounts.withdraw_guardianconsent"

    def offered(self, consent):
        return not hasattr(consent, "withdrawal")

    def preview(self, consent):
        return _(
            "The account of %(person)s stops working at once and waits for a guardian again, "
            "unless its holder is of age by now. A guardian may consent anew."
        ) % {"person": consent.user}

    def perform(self, consent, *, actor, answers):
        guardians.withdraw(
            consent_given=consent, withdrawn_by=actor, reason=answers["reason"], at=clock.now()
        )
        return Outcome(_("The consent for %(person)s ended.") % {"person": consent.user})


@admin.register(GuardianConsent)
class GuardianConsentAdmin(EvidenceAdmin):
    list_display = ["user", "relation", "personal_data", "standing", "consented_at"]
    list_filter = ["relation"]
    list_select_related = ["user", "withdrawal"]
    ordering = ["-pk"]
    fields = [
        "user",
        "standing",
        "guardian",
        "phone",
        "same_phone",
        "relation",
        "personal_data",
        "text",
        "fingerprint",
        "wording",
        "consented_at",
        "ended",
    ]
    severe_acts = [EndConsent()]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("user", "withdrawal__withdrawn_by")

    @admin.display(description=gettext_lazy("standing"))
    def standing(self, consent):
        ended = hasattr(consent, "withdrawal")
        return pill(_("ended"), "bad") if ended else pill(_("holds"), "good")

    @admin.display(description=gettext_lazy("guardian"))
    def guardian(self, consent):
        return consent.name_of_guardian

    @admin.display(description=gettext_lazy("guardian's phone"))
    def phone(self, consent):
        return consent.masked_guardian_phone

    @admin.display(description=gettext_lazy("other minors with this guardian's phone"))
    def same_phone(self, consent):
        same = GuardianConsent.objects.filter(phone_mark=consent.phone_mark)
        return same.exclude(user=consent.user).values("user").distinct().count()

    @admin.display(description=gettext_lazy("SHA-256"))
    def fingerprint(self, consent):
        return mono(consent.text_sha256)

    @admin.display(description=gettext_lazy("ended"))
    def ended(self, consent):
        if not hasattr(consent, "withdrawal"):
            return ""
        end = consent.withdrawal
        return _("%(who)s: %(reason)s") % {"who": end.withdrawn_by, "reason": end.reason}


@admin.register(UseDeclaration)
class UseDeclarationAdmin(EvidenceAdmin):
    list_display = ["account", "said", "clause", "declared_at"]
    list_select_related = ["account"]
    ordering = ["-pk"]
    fields = [
        "account",
        "user",
        "said",
        "details",
        "not_meant",
        "list_version",
        "version",
        "clause",
        "declared_at",
    ]

    @admin.display(description=gettext_lazy("use"))
    def said(self, declaration):
        return Use(declaration.use).label

    @admin.display(description=gettext_lazy("declared not to be meant"))
    def not_meant(self, declaration):
        labels = dict(Occasion.choices)
        return listed([labels.get(one, one) for one in declaration.excluded])


class CapacitiesInline(EvidenceInline):
    model = CapacityDeclaration
    fk_name = "user"
    fields = ["capacity", "of_age_on", "clause", "version", "declared_at"]
    show_change_link = False


class GuardianConsentsInline(EvidenceInline):
    model = GuardianConsent
    fk_name = "user"
    fields = ["relation", "standing", "consented_at"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("withdrawal")

    @admin.display(description=gettext_lazy("standing"))
    def standing(self, consent):
        ended = hasattr(consent, "withdrawal")
        return pill(_("ended"), "bad") if ended else pill(_("holds"), "good")


class UsesInline(EvidenceInline):
    model = UseDeclaration
    fk_name = "account"
    fields = ["said", "clause", "declared_at"]

    @admin.display(description=gettext_lazy("use"))
    def said(self, declaration):
        return Use(declaration.use).label
