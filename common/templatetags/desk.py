"""Template tags of the back office's look."""

from typing import Any

from django import template
from django.contrib.admin.templatetags.admin_list import result_hidden_fields
from django.contrib.admin.views.main import ChangeList
from django.utils.html import format_html
from django.utils.safestring import SafeString

from common.admin import columns, rows
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
def result_table(cl: ChangeList) -> SafeString:
    """Heads and rows of a change list, see `common.admin.rows`."""
    return rows.table(cl)


@register.simple_tag
def hidden_keys(cl: ChangeList) -> SafeString:
    """The keys of a list that is edited in place."""
    return SafeString("".join(map(str, result_hidden_fields(cl))))


@register.simple_tag
def tab_count(formset: Any) -> SafeString | str:
    """How many rows an inline shows, beside the name of its tab."""
    rows = formset.formset.initial_form_count()
    return format_html('<span class="n">{}</span>', rows) if rows else ""
