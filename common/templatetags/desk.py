"""Template tags of the back office's look."""

from typing import Any

from django import template
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst

from common.admin import columns
from common.plots import Tone, progress_bar

register = template.Library()

register.filter("clause", columns.clause)
register.filter("mono", columns.mono)
register.filter("yuan", columns.money)


@register.simple_tag
def pill(text: Any, tone: str = "quiet") -> SafeString:
    """`{% pill change.get_state_display "good" %}`"""
    return columns.pill(text, tone)


@register.simple_tag
def progress(title: str, good: float = 0, warn: float = 0, bad: float = 0) -> SafeString:
    """`{% progress "71% told" good=0.71 warn=0.04 %}`: shares between 0 and 1."""
    return progress_bar([(Tone.GOOD, good), (Tone.WARN, warn), (Tone.BAD, bad)], title=title)


@register.simple_tag
def result_rows(results: list[Any], headers: list[dict[str, Any]]) -> SafeString:
    """The rows of a change list, each cell with its column's name, for the cards of a phone.

    Put together here and not in a template: there are hundreds of cells on a page.
    """
    labels = [_label_of(header) for header in headers]
    rows: list[str] = []
    for result in results:
        if result.form and result.form.non_field_errors():
            errors = result.form.non_field_errors()
            rows.append(format_html('<tr><td colspan="{}">{}</td></tr>', len(result), errors))
        rows.append("<tr>")
        for cell, label in zip(result, labels, strict=False):
            opening, space, rest = cell.partition(" ")
            rows += (opening, label, space, rest)
        rows.append("</tr>")
    # Django's own markup, already escaped where it had to be.
    return mark_safe("".join(rows))  # noqa: S308


def _label_of(header: dict[str, Any]) -> str:
    label = str(header["text"])
    # The checkbox that selects all has none.
    return "" if label.startswith("<") else f' data-label="{escape(capfirst(label))}"'


@register.filter
def is_number(cell: SafeString) -> bool:
    """Whether a cell shows a number, which goes to the right."""
    return 'class="num"' in cell


@register.filter
def zipped(first: list[Any], second: list[Any]) -> list[tuple[Any, Any]]:
    return list(zip(first, second, strict=False))


@register.simple_tag
def tab_count(formset: Any) -> SafeString | str:
    """How many rows an inline shows, beside the name of its tab."""
    rows = formset.formset.initial_form_count()
    return format_html('<span class="n">{}</span>', rows) if rows else ""
