"""Written consents to refunds: what they allow, what of it is left, and the signed paper."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from accounts.admin.finding import FoundByAccount
from billing import refunds
from billing.admin.columns import record_url, yuan
from billing.forecasts import left_of
from billing.models import RefundConsent
from common.admin import EvidenceAdmin, Headline, mono, pill
from common.clock import now
from common.exceptions import BackOfficeError

MAY_READ = "billing.read_refundconsent"
MEDIA_TYPES = {"pdf": "application/pdf", "png": "image/png", "jpg": "image/jpeg"}


def standing_of(consent: RefundConsent) -> tuple[str, str]:
    """Whether anything can still be refunded on it, as a word and a tone."""
    if consent.expires_at <= now():
        return _("expired"), "quiet"
    return (_("in force"), "good") if left_of(consent) else (_("used up"), "quiet")


@admin.register(RefundConsent)
class RefundConsentAdmin(FoundByAccount, EvidenceAdmin):
    list_display = ("identifier", "account", "at_most", "signatory", "signed_on", "expires_at")
    list_display_links = ("identifier",)
    list_select_related = ("account",)
    search_fields = ("account", "public_id")
    search_help_text = gettext_lazy("Identifier, or the account's name or identifier")
    ordering = ("-pk",)
    fields = (
        "account",
        "paper",
        "sha256",
        "signatory",
        "signed_on",
        "clause",
        "at_most",
        "left",
        "expires_at",
        "recorded_by",
        "recorded_at",
    )
    readonly_fields = fields

    @admin.display(description=gettext_lazy("identifier"))
    def identifier(self, consent: RefundConsent) -> str:
        return mono(consent.public_id)

    @admin.display(description=gettext_lazy("cap"))
    def at_most(self, consent: RefundConsent) -> str:
        return yuan(consent.cap)

    @admin.display(description=gettext_lazy("left of it"))
    def left(self, consent: RefundConsent) -> str:
        return yuan(left_of(consent))

    @admin.display(description=gettext_lazy("signed paper"))
    def paper(self, consent: RefundConsent) -> str:
        address = reverse("admin:billing_refundconsent_document", args=[consent.pk])
        return format_html('<a href="{}">{}</a>', address, _("Download; that is logged"))

    @admin.display(description=gettext_lazy("state"))
    def standing(self, consent: RefundConsent) -> str:
        return pill(*standing_of(consent))

    def headline(self, obj: Any) -> Headline:
        facts = [str(obj.account), yuan(obj.cap), mono(obj.public_id)]
        return Headline(pills=[standing_of(obj)], facts=facts)

    # -- the paper -------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        document = path(
            "<path:object_id>/document",
            self.admin_site.admin_view(require_safe(self._document)),
            name="billing_refundconsent_document",
        )
        return [document, *super().get_urls()]

    def _document(self, request: HttpRequest, object_id: str) -> HttpResponse:
        if not (self.has_view_permission(request) and request.user.has_perm(MAY_READ)):
            raise PermissionDenied
        consent = self.get_object(request, unquote(object_id))
        if consent is None:
            raise Http404
        try:
            paper = refunds.document_of(consent)
        except (BackOfficeError, OSError) as refusal:
            missing = _("The stored document cannot be found.")
            said = str(refusal) if isinstance(refusal, BackOfficeError) else missing
            messages.error(request, said)
            return HttpResponseRedirect(record_url(consent))
        self.log_act(request, consent, _("Downloaded the signed paper."))
        kind = refunds.kind_of_paper(paper)
        name = f"{consent.public_id}.{kind}"
        return HttpResponse(
            paper,
            content_type=MEDIA_TYPES[kind],
            headers={
                "Content-Disposition": f'attachment; filename="{name}"',
                "Cache-Control": "no-store",
            },
        )
