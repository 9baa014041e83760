"""Differences between versions of an agreement, marked for eyes and for screen readers."""

from collections.abc import Sequence

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from common.differences import Span

register = template.Library()


@register.simple_tag
def side_of(spans: Sequence[Span], side: str) -> SafeString:
    """One side of a difference: `gone` for the earlier text, `new` for the later one."""
    return format_html_join(
        "", "{}", ((_shown(one),) for one in spans if one.kind in ("same", side))
    )


def _shown(span: Span) -> SafeString | str:
    if span.kind == "same":
        return span.text
    tag, says = ("del", _("removed:")) if span.kind == "gone" else ("ins", _("added:"))
    return format_html(
        '<{tag}><span class="visually-hidden" lang="{language}">[{says} </span>{text}'
        '<span class="visually-hidden">] </span></{tag}>',
        tag=SafeString(tag),
        language="en" if get_language() == "en" else "zh-Hans",
        says=says,
        text=span.text,
    )
