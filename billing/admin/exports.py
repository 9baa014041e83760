"""Lists as files, streamed: what is listed, filtered and searched as on the page."""

from typing import Any, ClassVar

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from accounts.models import User
from billing.exporting import lines_of
from common.admin import EvidenceAdmin

MAY_EXPORT = "billing.export_journal"


class ExportLink:
    """The button over the list."""

    label = gettext_lazy("Download as CSV")
    dangerous = False
    name = "export"


class WithExport(EvidenceAdmin):
    """Mixed into an admin: the file of its list. `export_name` is of `billing.exporting`."""

    export_name: ClassVar[str]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_safe(self._export))
        export = path("export.csv", view, name=f"billing_{self.export_name}_export")
        return [export, *super().get_urls()]

    def acts_on(self, request: HttpRequest, obj: Any) -> list[Any]:
        acts = super().acts_on(request, obj)
        if obj is None and request.user.has_perm(MAY_EXPORT):
            address = reverse(f"admin:billing_{self.export_name}_export")
            query = request.GET.urlencode()
            return [*acts, (ExportLink, f"{address}?{query}" if query else address)]
        return acts

    def _export(self, request: HttpRequest) -> HttpResponseBase:
        if not (self.has_view_permission(request) and request.user.has_perm(MAY_EXPORT)):
            raise PermissionDenied
        rows = self.get_changelist_instance(request).get_queryset(request)
        self._log(request)
        return StreamingHttpResponse(
            lines_of(self.export_name, rows),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{self.export_name}.csv"'},
        )

    def _log(self, request: HttpRequest) -> None:
        """Notes who took which rows away."""
        said = _("Downloaded %(what)s: %(query)s") % {
            "what": str(self.opts.verbose_name_plural),
            "query": request.GET.urlencode() or _("all of them"),
        }
        assert isinstance(request.user, User)  # the site lets in nobody else
        LogEntry.objects.create(
            user=request.user,
            content_type=ContentType.objects.get_for_model(self.model),
            object_id="",
            object_repr=str(self.opts.verbose_name_plural)[:200],
            action_flag=CHANGE,
            change_message=said,
        )
