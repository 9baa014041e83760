"""The base of all admins of the back office."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin import ShowFacets
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DataError, connection, models, transaction
from django.forms.models import ModelFormMetaclass
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from common.admin.lists import DeskChangeList, SelectedRowsForm
from common.admin.paginators import LimitedPaginator
from common.admin.record_links import links_on
from common.admin.selections import selection_links
from common.admin.severe_acts import SevereAct, act_url, run_act, start_on_selection
from common.admin.timeline import timeline
from common.clock import Now
from common.conflicts import told_in_words
from common.exceptions import BackOfficeError, EditedMeanwhile
from common.moments import validate_moment

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
else:
    _ModelAdmin = admin.ModelAdmin


@dataclass(frozen=True)
class Headline:
    """What stands under the name of a record: its state in pills, then a few facts."""

    pills: Sequence[tuple[str | Promise, str]] = ()
    facts: Sequence[str | SafeString | Promise] = field(default_factory=list)


class Refusable:
    """Mixed into every form: shows why a verb refused, with all that was typed."""

    refusal: BackOfficeError | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})

    def clean(self) -> Any:
        cleaned = super().clean()  # type: ignore[misc]
        if self.refusal:
            raise ValidationError(str(self.refusal), code="refused")
        return cleaned


class DeskAdmin(_ModelAdmin):
    """Bounded lists, a headline, severe acts, a timeline; nothing can be deleted.

    With `states_at_reading`, each row carries `read_at`, the database's time of the
    query, so that a column about a state asks the clock once a list, not once a row.

    With `list_reads`, the rows of the list read these fields only, for records that carry
    long texts or draw in others; whatever a column needs must be among them.
    `list_prefetches` are what the columns need of other tables, asked for once a page.
    """

    states_at_reading = False
    list_reads: Sequence[str] = ()
    list_prefetches: Sequence[models.Prefetch[Any] | str] = ()

    paginator = LimitedPaginator
    action_form = SelectedRowsForm
    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    empty_value_display = "–"

    severe_acts: Sequence[SevereAct] = ()

    def headline(self, obj: Any) -> Headline:
        """What to say of `obj` under its name. Override it."""
        return Headline()

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        """None for a key with NUL in it, which PostgreSQL refuses to look for."""
        if "\x00" in object_id:
            return None
        return super().get_object(request, object_id, from_field)

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super().get_queryset(request)
        return rows.annotate(read_at=Now()) if self.states_at_reading else rows

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[DeskChangeList]:
        return DeskChangeList

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # People, accounts and what hangs on them are ended, never removed.
        return False

    # -- severe acts -------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        info = self.opts.app_label, self.opts.model_name
        acts = [
            path(
                f"acts/{act.name}/",
                self.admin_site.admin_view(self._view_of(act)),
                name="{}_{}_{}".format(*info, act.name),
            )
            for act in self.severe_acts
        ]
        return [*acts, *super().get_urls()]

    def _view_of(self, act: SevereAct) -> Callable[[HttpRequest], HttpResponse]:
        return lambda request: run_act(request, model_admin=self, act=act)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions: dict[str, Any] = super().get_actions(request)
        for act in self.severe_acts:
            if act.on_selection and act.allowed_to(request.user):
                actions[act.name] = (start_on_selection(act), act.name, str(act.label))
        for link in selection_links:
            if link.model == self.opts.label_lower and request.user.has_perm(link.permission):
                actions[link.name] = (link.follow, link.name, str(link.label))
        return actions

    def records_named(self, request: HttpRequest, pks: Sequence[str]) -> list[Any]:
        """The records an act is to be about. Raises `ValueError`, `ValidationError`."""
        return list(self.get_queryset(request).filter(pk__in=pks).order_by("pk"))

    def acts_on(self, request: HttpRequest, obj: Any) -> list[tuple[SevereAct, str]]:
        """The acts this person may start on `obj` (None: on none in particular)."""
        return [
            (act, act_url(self, act, [obj.pk] if obj else []))
            for act in self.severe_acts
            if (obj is not None) == act.on_record
            and act.allowed_to(request.user)
            and (obj is None or act.offered(obj))
        ]

    # -- pages -------------------------------------------------------------------

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and isinstance(db_field, models.DateField):
            field.validators = [*field.validators, validate_moment]
        return field

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any):
        base = super().get_form(request, obj, change=change, **kwargs)
        refusal = getattr(request, "refusal", None)
        return ModelFormMetaclass(base.__name__, (Refusable, base), {"refusal": refusal})

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        try:
            with told_in_words():
                return super().changeform_view(request, object_id, form_url, extra_context)
        except EditedMeanwhile:
            raise  # has a page of its own, see `common.admin.editing`
        except BackOfficeError as refusal:
            # Nothing was written: the transaction of the first attempt was rolled back.
            request.refusal = refusal  # type: ignore[attr-defined]
            return super().changeform_view(request, object_id, form_url, extra_context)

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        if obj is not None:
            context["headline"] = self.headline(obj)
            context["acts"] = self.acts_on(request, obj)
            context["links"] = links_on(obj, request.user)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        context = {**(extra_context or {}), "acts": self.acts_on(request, None)}
        # Acts on a selection are one; reading is, where an error would spoil a transaction.
        one = request.method == "POST" or connection.in_atomic_block
        try:
            with transaction.atomic() if one else nullcontext():
                return super().changelist_view(request, context)
        except DataError:
            # A filter in the address that no column can hold, such as NUL: without it.
            return HttpResponseRedirect(request.path)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The timeline in place of Django's list. Nothing can be reverted from it."""
        # Asked before the lookup too: 403 here and 404 there would tell which records exist.
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        record = self.get_object(request, unquote(object_id))
        if record is None:
            raise Http404
        if not self.has_view_or_change_permission(request, record):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": _("History: %(record)s") % {"record": record},
            "events": timeline(record),
            "object": record,
            "opts": self.opts,
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/object_history.html", context)

    def log_act(self, request: HttpRequest, record: models.Model, message: str) -> None:
        """Notes an act of staff in the log that auditors read."""
        self.log_change(request, record, message)
