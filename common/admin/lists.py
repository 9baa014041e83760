"""What every list of the back office does: how it is paged, and that it counts no end."""

from typing import Any

from django.contrib.admin.helpers import ActionForm
from django.contrib.admin.views.main import PAGE_VAR, ChangeList
from django.http import HttpRequest
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from common.admin.keyset import END, Order, Page, Place


class SelectedRowsForm(ActionForm):
    """Actions are for rows that were ticked, never for all that a list would find."""

    def clean_select_across(self) -> bool:
        return False


class DeskChangeList(ChangeList):
    """Goes by keyset where an index gives the order, else by numbered pages.

    `page` is the keyset page, None where pages are numbered.
    """

    page: Page | None = None

    def get_results(self, request: HttpRequest) -> None:
        model_admin: Any = self.model_admin
        if model_admin.list_reads:
            self.queryset = self.queryset.only(*model_admin.list_reads)
        self.queryset = self.queryset.prefetch_related(*model_admin.list_prefetches)
        order = None if self.list_editable else Order.of(self.queryset)
        if order is None:
            super().get_results(request)
            return
        paginator: Any = self.model_admin.get_paginator(request, self.queryset, self.list_per_page)
        self.page = Page(
            self.queryset,
            order=order,
            place=Place.named(request.GET.get(PAGE_VAR, ""), self.model),
            size=self.list_per_page,
            counted_to=paginator.COUNTED_TO,
        )
        self.paginator = paginator
        self.result_list = self.page.rows
        self.result_count = len(self.page.rows)
        self.full_result_count = None
        self.show_full_result_count = False
        self.show_admin_actions = True
        self.can_show_all = False
        self.multi_page = not self.page.is_only

    def links(self) -> list[tuple[str, str, str]]:
        """Label, address and `rel` of the pages around this one, those there are."""
        page = self.page
        assert page is not None
        wanted = [
            (_("First"), "", "first", page.previous),
            (_("Previous"), page.previous, "prev", page.previous),
            (_("Next"), page.next, "next", page.next),
            (_("Last"), END, "last", page.next),
        ]
        return [
            (label, self.get_query_string({PAGE_VAR: place} if place else {}), rel)
            for label, place, rel, there in wanted
            if there
        ]

    def standing(self) -> str:
        """“501–600 of 8,123”, in words a person can rely on."""
        page = self.page
        assert page is not None
        of = (
            _grouped(page.total)
            if page.total is not None
            else _("more than %s") % _grouped(self.paginator.COUNTED_TO)
        )
        if not page.rows:
            return ""
        if page.position is not None:
            first, last = map(_grouped, page.position)
            return _("%(first)s–%(last)s of %(total)s") % {
                "first": first,
                "last": last,
                "total": of,
            }
        if page.is_last:
            return _("The last %(rows)s of %(total)s") % {"rows": len(page.rows), "total": of}
        return _("Beyond the first %s") % _grouped(self.paginator.COUNTED_TO)


def _grouped(value: Any) -> str:
    return number_format(value, force_grouping=True)
