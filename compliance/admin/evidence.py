"""Evidence in the admin: the list, the page of one file, its bytes, adding to a case."""

from typing import Any

from allauth.account.adapter import get_adapter
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.http import content_disposition_header
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from accounts.models import User
from common.admin import EvidenceAdmin, EvidenceInline, Headline, mono, number, pill
from common.admin.columns import moment
from common.clock import now
from common.exceptions import BackOfficeError
from compliance import evidence
from compliance.admin.evidence_acts import AskToSee
from compliance.admin.evidence_upload import UploadForm, take_in
from compliance.admin.of_cases import OfCases, case_link
from compliance.file_kinds import KINDS
from compliance.models import Case, Evidence, EvidenceGrantRequest, EvidenceView, Sensitivity

SENSITIVITY_TONES = {
    Sensitivity.ORDINARY: "quiet",
    Sensitivity.IDENTITY: "bad",
    Sensitivity.MINOR: "bad",
    Sensitivity.INTERACTION: "warn",
}
# A picture is shown as it is, alone and able to do nothing; all else is downloaded.
HARMLESS = "default-src 'none'; sandbox; frame-ancestors 'none'"


class ViewsInline(EvidenceInline):
    model = EvidenceView
    fields = ("viewer", "recorded_at", "grant", "ip_address")
    verbose_name_plural = gettext_lazy("looks")
    show_change_link = False


class RequestsInline(EvidenceInline):
    model = EvidenceGrantRequest
    fields = ("requested_by", "reason", "hours", "recorded_at")
    verbose_name_plural = gettext_lazy("requests to see it")


@admin.register(Evidence)
class EvidenceFileAdmin(OfCases, EvidenceAdmin):
    list_display = ("shown", "of_case", "kind", "sensitivity_shown", "source", "recorded_at")
    list_display_links = ("shown",)
    list_filter = ("sensitivity", "source", "media_type")
    list_select_related = ("case",)
    search_fields = ("=sha256", "=kept_sha256", "=case__public_id")
    search_help_text = gettext_lazy("SHA-256 of the file, or identifier of the case")
    ordering = ("-pk",)
    sortable_by = ()
    fields = (
        "shown",
        "of_case",
        "look",
        "kind",
        "bytes",
        "sensitivity_shown",
        "source",
        "note",
        "came",
        "kept",
        "key",
        "added_by",
        "client",
        "interaction_grant",
        "recorded_at",
    )
    readonly_fields = fields
    inlines = (ViewsInline, RequestsInline)
    severe_acts = (AskToSee(),)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Without a way to the bytes for those who never get any, such as auditors."""
        looks = request.user.has_perm(evidence.MAY_READ)
        return [name for name in self.fields if looks or name != "look"]

    # -- how it looks ----------------------------------------------------------------

    @admin.display(description=gettext_lazy("file"))
    def shown(self, file: Evidence) -> str:
        return file.shown_name

    @admin.display(description=gettext_lazy("case"))
    def of_case(self, file: Evidence) -> SafeString:
        return case_link(file.case)

    @admin.display(description=gettext_lazy("kind"))
    def kind(self, file: Evidence) -> str:
        return KINDS[file.media_type].extension.upper()

    @admin.display(description=gettext_lazy("bytes"))
    def bytes(self, file: Evidence) -> SafeString:
        return number(file.size)

    @admin.display(description=gettext_lazy("sensitivity"))
    def sensitivity_shown(self, file: Evidence) -> SafeString:
        tone = SENSITIVITY_TONES[Sensitivity(file.sensitivity)]
        return pill(file.get_sensitivity_display(), tone)

    @admin.display(description=gettext_lazy("SHA-256 as it came"))
    def came(self, file: Evidence) -> SafeString:
        return mono(file.sha256)

    @admin.display(description=gettext_lazy("SHA-256 as kept"))
    def kept(self, file: Evidence) -> SafeString:
        return mono(file.kept_sha256)

    @admin.display(description=gettext_lazy("encrypted with"))
    def key(self, file: Evidence) -> SafeString | str:
        content = getattr(file, "content", None)
        return mono(content.key_id) if content else "–"

    @admin.display(description=gettext_lazy("content"))
    def look(self, file: Evidence) -> SafeString:
        address = reverse("admin:compliance_evidence_content", args=[file.pk])
        return format_html('<a href="{}">{}</a>', address, _("Open it; that is recorded"))

    def headline(self, obj: Any) -> Headline:
        facts = [obj.case.title, KINDS[obj.media_type].extension.upper(), moment(obj.recorded_at)]
        tone = SENSITIVITY_TONES[Sensitivity(obj.sensitivity)]
        return Headline(pills=[(obj.get_sensitivity_display(), tone)], facts=facts)

    # -- bytes -----------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path(
                "<path:object_id>/content/",
                view(require_safe(self._content)),
                name="compliance_evidence_content",
            ),
            path("of/<path:object_id>/add/", view(self._add_to), name="compliance_evidence_upload"),
            *super().get_urls(),
        ]

    def _content(self, request: HttpRequest, object_id: str) -> HttpResponse:
        if not (self.has_view_permission(request) and request.user.has_perm(evidence.MAY_READ)):
            raise PermissionDenied
        file = self.get_object(request, object_id)
        if file is None:
            raise Http404
        assert isinstance(request.user, User)  # the site lets in nobody else
        try:
            content = evidence.open_(
                evidence=file,
                viewer=request.user,
                at=now(),
                ip_address=get_adapter(request).get_client_ip(request),
            )
        except BackOfficeError as refusal:
            messages.error(request, str(refusal))
            address = reverse("admin:compliance_evidence_change", args=[file.pk])
            return HttpResponseRedirect(address)
        return _served(file, content)

    # -- adding ----------------------------------------------------------------------

    def _add_to(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The page that adds files to a case, and what became of each."""
        user = request.user
        if not (isinstance(user, User) and user.has_perm("compliance.work_on_case")):
            raise PermissionDenied
        case = _case_or_404(user, object_id)
        form = UploadForm(request.POST or None, request.FILES or None, case=case)
        uploaded = take_in(form, case=case, by=user) if form.is_valid() else []
        for one in uploaded:
            if one.added:
                self.log_addition(request, one.added, _("Added to a case."))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Add evidence"),
            "opts": self.opts,
            "case": case,
            "form": UploadForm(case=case) if uploaded else form,
            "uploaded": uploaded,
            "may_view": self.has_view_permission(request),
        }
        return TemplateResponse(request, "admin/compliance/evidence/upload.html", context)


def _case_or_404(user: User, object_id: str) -> Case:
    known = object_id.isascii() and object_id.isdigit() and len(object_id) < 19
    found = Case.objects.seen_by(user).filter(pk=int(object_id)).first() if known else None
    if found is None:
        raise Http404
    return found


def _served(file: Evidence, content: bytes) -> HttpResponse:
    kind = KINDS[file.media_type]
    # A browser is told no more than it needs: text of any kind is plain text.
    plain = not kind.is_picture and kind.extension != "pdf"
    return HttpResponse(
        content,
        content_type="text/plain; charset=utf-8" if plain else kind.media_type,
        headers={
            "Content-Disposition": content_disposition_header(not kind.is_picture, file.name),
            "Content-Security-Policy": HARMLESS,
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cache-Control": "no-store",
        },
    )
