"""The table of a list, put together at once: a page has hundreds of cells.

Django asks for every cell anew what its column is, how its values look and where its
record's page lies. Here that is answered once a list. What a cell says is what Django's
`items_for_result` would say, escaped where it is; popups and lists that are edited in
place, which have more in their cells, are still Django's.

A `Writer` makes of a record what it shows somewhere, ready for the page.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from html import escape
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.templatetags.admin_list import result_headers, results
from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.contrib.admin.utils import (
    display_for_field,
    display_for_value,
    lookup_field,
)
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import FieldDoesNotExist, ObjectDoesNotExist
from django.db import models
from django.urls import NoReverseMatch
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from common.admin.columns import moment_writer

Writer = Callable[[Any], str]
CHECKBOX = "action_checkbox"
# Stands for a record's key while its address is worked out.
SOME_KEY = "SOMEKEY"


def table(cl: ChangeList) -> SafeString:
    """Heads and rows of the list, the cells named by their columns for a phone's cards."""
    headers = list(result_headers(cl))
    labels = [_label_of(header) for header in headers]
    rows = list(_editable_rows(cl, labels) if cl.formset or cl.is_popup else _rows(cl, labels))
    numbers = ['class="num"' in cell for cell in rows[0]] if rows else []
    head = "".join(map(_head_cell, headers, numbers or [False] * len(headers)))
    body = "</tr><tr>".join(map("".join, rows))
    # Every part was escaped when it was made.
    return mark_safe(  # noqa: S308
        f"<thead><tr>{head}</tr></thead><tbody><tr>{body}</tr></tbody>"
    )


def checkbox_writer() -> Writer:
    """Ticks a record for an action, as Django's without a widget for each row."""
    label = escape(_("Select this object for an action - {}"))

    def write(record: Any) -> str:
        return (
            f'<input type="checkbox" name="{ACTION_CHECKBOX_NAME}" value="{escape(str(record.pk))}"'
            f' class="action-select" aria-label="{label.format(escape(str(record)))}">'
        )

    return write


# -- heads ---------------------------------------------------------------------------


def _label_of(header: dict[str, Any]) -> str:
    label = str(header["text"])
    # The checkbox that selects all has none.
    return "" if label.startswith("<") else f' data-label="{escape(capfirst(label))}"'


def _head_cell(header: dict[str, Any], is_number: bool) -> str:
    text: Any = header["text"]
    if not isinstance(text, SafeString):  # as the checkbox that selects all is
        text = capfirst(text)
    order = SafeString()
    if header["sortable"]:
        if header["sorted"]:
            order = format_html(
                ' aria-sort="{}"', "ascending" if header["ascending"] else "descending"
            )
            arrow = " ↑" if header["ascending"] else " ↓"
            text = format_html('{}<span aria-hidden="true">{}</span>', text, arrow)
        text = format_html('<a href="{}">{}</a>', header["url_primary"], text)
    return format_html(
        '<th scope="col"{}{}><span class="text{}">{}</span></th>',
        header["class_attrib"],
        order,
        " num" if is_number else "",
        text,
    )


# -- rows ----------------------------------------------------------------------------


def _rows(cl: ChangeList, labels: list[str]) -> Iterator[list[str]]:
    cells = list(_cell_writers(cl, labels))
    for record in cl.result_list:
        yield [write(record) for write in cells]


def _editable_rows(cl: ChangeList, labels: list[str]) -> Iterator[list[str]]:
    """Django's own cells, each with its column's name."""
    for result in results(cl):
        if result.form and result.form.non_field_errors():
            errors = result.form.non_field_errors()
            yield [format_html('<td colspan="{}">{}</td>', len(result), errors)]
        named = []
        for cell, label in zip(result, labels, strict=False):
            opening, space, rest = cell.partition(" ")
            named.append(f"{opening}{label}{space}{rest}")
        yield named


def _cell_writers(cl: ChangeList, labels: list[str]) -> Iterator[Writer]:
    address, linked = _address_writer(cl), False
    for place, (name, label) in enumerate(zip(cl.list_display, labels, strict=True)):
        if name == CHECKBOX:
            yield _cell('<td class="action-checkbox">', checkbox_writer(), "</td>")
            continue
        css = name if isinstance(name, str) else getattr(name, "__name__", f"lambda{place}")
        attributes = f'{label} class="field-{escape(css)}"'
        if not _is_link(cl, name, is_first=not linked):
            yield _cell(f"<td{attributes}>", content_writer(cl, name), "</td>")
            continue
        tag, linked = ("td" if linked else "th"), True
        content = content_writer(cl, name, is_link=True)
        if address is None:
            yield _cell(f"<{tag}{attributes}>", content, f"</{tag}>")
        else:
            yield _link_cell(f"<{tag}{attributes}>", address, content, f"</{tag}>")


def _is_link(cl: ChangeList, name: Any, *, is_first: bool) -> bool:
    links = cl.list_display_links
    return links is not None and (name in links or (is_first and not links))


def _cell(opening: str, content: Writer, closing: str) -> Writer:
    return lambda record: f"{opening}{content(record)}{closing}"


def _link_cell(opening: str, address: Writer, content: Writer, closing: str) -> Writer:
    def write(record: Any) -> str:
        return f'{opening}<a href="{address(record)}">{content(record)}</a>{closing}'

    return write


def _address_writer(cl: ChangeList) -> Writer | None:
    """The address of a record's page with this list's filters; None for no such page."""
    filters: Any = {"preserved_filters": cl.preserved_filters, "opts": cl.opts}
    key = cl.pk_attname

    def worked_out(record: Any) -> str:
        return escape(add_preserved_filters(filters, cl.url_for_result(record)))

    try:
        # The key stands in the path, so before whatever somebody searched for.
        before, _key, after = worked_out(SimpleNamespace(**{key: SOME_KEY})).partition(SOME_KEY)
    except NoReverseMatch:
        return None

    def write(record: Any) -> str:
        pk = getattr(record, key)
        # Other keys have to be quoted.
        return f"{before}{pk}{after}" if isinstance(pk, int | UUID) else worked_out(record)

    return write


# -- contents ------------------------------------------------------------------------


def content_writer(cl: ChangeList, name: Any, *, is_link: bool = False) -> Writer:
    """What a cell of the column `name` says, a field or anything else a list can show."""
    empty = cl.model_admin.get_empty_value_display()
    try:
        field = cl.opts.get_field(name) if isinstance(name, str) else None
    except FieldDoesNotExist:
        field = None
    if isinstance(field, models.Field) and field.name == name and not field.auto_created:
        return _field_writer(field, escape(empty), is_link=is_link)
    return _computed_writer(cl, name, empty)


def _field_writer(field: models.Field[Any, Any], empty: str, *, is_link: bool) -> Writer:
    name = field.name
    if isinstance(field.remote_field, models.ManyToOneRel):
        related = _text_writer(empty)

        def write_related(record: Any) -> str:
            try:
                found = getattr(record, name)
            except ObjectDoesNotExist:
                return empty
            return empty if found is None else related(str(found))

        return write_related
    if field.flatchoices and not isinstance(field, models.JSONField):
        choices = {value: escape(str(label)) for value, label in field.flatchoices}
        return lambda record: choices.get(getattr(record, name), empty)
    if isinstance(field, models.DateTimeField):
        moment = moment_writer()
        return lambda record: escape(moment(at)) if (at := getattr(record, name)) else empty
    if (
        isinstance(field, models.CharField | models.TextField)
        and type(field) is not models.URLField
    ):
        text = _text_writer(empty)
        return lambda record: text(getattr(record, name) or "")
    return lambda record: conditional_escape(
        display_for_field(getattr(record, name), field, empty, avoid_link=is_link)
    )


def _computed_writer(cl: ChangeList, name: Any, empty: str) -> Writer:
    admin, model = cl.model_admin, cl.model
    if callable(name):
        read = attribute = name
    elif name != "__str__" and hasattr(admin, name):
        read = attribute = getattr(admin, name)
    else:
        attribute = getattr(model, name, None)
        read = str if name == "__str__" else lambda record: lookup_field(name, record, admin)[2]
    if isinstance(attribute, property):
        attribute = attribute.fget
    boolean = getattr(attribute, "boolean", False)
    empty = conditional_escape(getattr(attribute, "empty_value_display", empty))
    text, moment = _text_writer(empty), moment_writer()

    def write(record: Any) -> str:
        try:
            value = read(record)
        except ObjectDoesNotExist:
            return empty
        if isinstance(value, str) and not boolean:
            return text(value)
        if isinstance(value, datetime):
            return escape(moment(value))
        return conditional_escape(display_for_value(value, empty, boolean))

    return write


def _text_writer(empty: str) -> Writer:
    def write(text: str) -> str:
        if isinstance(text, SafeString):
            return text if text.strip() else empty
        return escape(text) if text.strip() else empty

    return write
