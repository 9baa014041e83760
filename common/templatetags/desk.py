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


@register.simple_tag
def pill(text: Any, tone: str = "quiet") -> SafeString:
    """`{% pill change.get_state_display "good" %}`"""
    return columns.pill(text, tone)


@register.simple_tag
def progress(title: str, good: float = 0, warn: float = 0, bad: float = 0) -> SafeString:
    """`{% progress "71% told" good=0.71 warn=0.04 %}`: shares between 0 and 1."""
    return progress_bar([(Tone.GOOD, good), (Tone.WARN, warn), (Tone.BAD, bad)], title=title)


@register.simple_tag
def labelled_cell(cell: SafeString, header: dict[str, Any]) -> SafeString:
    """A cell of a change list with its column's name, for the cards of a phone."""
    label = str(header["text"])
    if label.startswith("<"):
        return cell  # the checkbox that selects all
    opening, space, rest = cell.partition(" ")
    # Both parts are Django's own markup, already escaped where it had to be.
    return mark_safe(f'{opening}{space}data-label="{escape(capfirst(label))}" {rest}')  # noqa: S308


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
