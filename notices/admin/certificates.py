"""Certificates of notice at the desk: issued for a reason, and given again to whoever has one."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models.users import Language
from common.admin import EvidenceAdmin, Outcome, ReasonForm, SevereAct, mono
from common.exceptions import BackOfficeError
from notices import certificates
from notices.models import CertificateIssue, Delivery, Notice


class CertificateForm(ReasonForm):
    language = forms.ChoiceField(
        label=gettext_lazy("Language"), choices=Language.choices, initial=get_language
    )


class IssueCertificate(SevereAct):
    """On a notice, or on a delivery of it."""

    name = "issue_certificate"
    label = gettext_lazy("Certificate…")
    heading = gettext_lazy("Issue a certificate of notice")
    explanation = gettext_lazy(
        "A PDF with the text, the addresses and every attempt, answer and receipt, and the proof "
        "of each by seal. It shows personal data: that you were given it, and why, is on record."
    )
    confirm = gettext_lazy("Issue the certificate")
    permission = certificates.PERMISSION
    form_class = CertificateForm
    dangerous = False

    def preview(self, record: Notice | Delivery) -> str:
        notice = _notice_of(record)
        return _("%(message)s to %(recipient)s") % {
            "message": notice.public_id,
            "recipient": notice.recipient.public_id,
        }

    def perform(self, record: Notice | Delivery, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        _made, issued = certificates.issue(
            notice=_notice_of(record),
            language=answers["language"],
            to=actor,
            reason=answers["reason"],
        )
        page = reverse("admin:notices_certificateissue_change", args=[issued.pk])
        return Outcome(_("Issued as %s.") % issued.number, url=page)


def _notice_of(record: Notice | Delivery) -> Notice:
    return record.notice if isinstance(record, Delivery) else record


def pdf_answer(made: certificates.Certificate) -> HttpResponse:
    """The PDF to be saved; kept by nobody on the way."""
    return HttpResponse(
        made.pdf,
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'attachment; filename="{made.file_name}"',
            "Cache-Control": "private, no-store",
        },
    )


@admin.register(CertificateIssue)
class CertificateIssueAdmin(EvidenceAdmin):
    """Who was given which certificate. The file is for that person only."""

    list_display = ("number", "language", "issued_to", "recorded_at")
    list_select_related = ("issued_to",)
    search_fields = ("number",)
    search_help_text = gettext_lazy("Number of a certificate, as a whole")
    ordering = ("-pk",)
    fields = (
        "number",
        "download",
        "notice",
        "language",
        "as_of",
        "sha256_shown",
        "issued_to",
        "reason",
        "recorded_at",
    )
    readonly_fields = fields

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_safe(self._pdf))
        return [
            path("<int:pk>/pdf", view, name="notices_certificateissue_pdf"),
            *super().get_urls(),
        ]

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        wanted = search_term.strip()
        return (queryset.filter(number=wanted) if wanted else queryset), False

    def _pdf(self, request: HttpRequest, pk: int) -> HttpResponse:
        issued = CertificateIssue.objects.select_related("notice").filter(pk=pk).first()
        if issued is None:
            raise Http404
        may = request.user.has_perm(certificates.PERMISSION)
        if not self.has_view_permission(request, issued) or not may:
            raise PermissionDenied
        if issued.issued_to_id != request.user.pk:
            raise PermissionDenied
        try:
            return pdf_answer(certificates.again(issued))
        except BackOfficeError as refusal:
            return HttpResponse(str(refusal), status=409, content_type="text/plain; charset=utf-8")

    @admin.display(description=gettext_lazy("file"))
    def download(self, issued: CertificateIssue) -> str:
        address = reverse("admin:notices_certificateissue_pdf", args=[issued.pk])
        return format_html('<a href="{}">{}</a>', address, _("Download the PDF"))

    @admin.display(description="SHA-256")
    def sha256_shown(self, issued: CertificateIssue) -> str:
        return mono(issued.sha256)
