"""Plots drawn on the server: SVG without scripts and without inline styles.

Colours are CSS classes (`tone-info`, `tone-good`, …), so light and dark come from the
page's variables. Widths are percentages and heights pixels: a plot narrows with its
page while its letters stay legible.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import ceil, floor, log10

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from common.languages import listed

HEIGHT = 190
PLOT_TOP, PLOT_BOTTOM = 14, 164
# Room on the left for the numbers of the axis, in percent.
AXIS = 6.0
MOST_LABELS = 4


class Tone(StrEnum):
    """What a colour means. Each has a class of that name in the stylesheet."""

    INFO = "info"
    TEAL = "teal"
    VIOLET = "violet"
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"
    QUIET = "quiet"


@dataclass(frozen=True, kw_only=True)
class Series:
    """One colour of a plot, from the bottom of each bar upwards."""

    name: str
    label: str | Promise
    tone: Tone


@dataclass(frozen=True)
class Plot:
    """A drawn plot and the table that says the same, for `common/plot.html`."""

    svg: SafeString
    series: Sequence[Series]
    rows: list[tuple[str, list[int]]]
    """The label of each bar and its numbers in the order of `series`."""
    written: list[tuple[str, list[str]]] = field(default_factory=list)
    """As `rows`, the numbers as people read them."""


def grouped(number: int) -> str:
    return number_format(number, force_grouping=True)


def stacked_bars(
    *,
    title: str,
    series: Sequence[Series],
    bars: Sequence[tuple[str, Mapping[str, int]]],
    write: Callable[[int], str] = grouped,
    axis: float = AXIS,
) -> Plot:
    """A bar per `(label, {series name: number})`, stacked; numbers are not negative.

    `title` is what a screen reader says of the picture, `write` how a number is written,
    `axis` the room for that on the left, in percent.
    """
    rows = [(label, [max(0, values.get(one.name, 0)) for one in series]) for label, values in bars]
    top = round_up(max((sum(numbers) for _label, numbers in rows), default=0))
    svg = format_html(
        '<svg class="plot" role="img" aria-label="{}" width="100%" height="{}">{}{}</svg>',
        title,
        HEIGHT,
        _grid(0, top, write, axis),
        format_html_join(
            "",
            "{}",
            (
                (
                    _bar(
                        place,
                        len(rows),
                        label,
                        numbers,
                        series=series,
                        top=top,
                        write=write,
                        axis=axis,
                    ),
                )
                for place, (label, numbers) in enumerate(rows)
            ),
        ),
    )
    return Plot(svg=svg, series=series, rows=rows, written=_written(rows, write))


def line(
    *,
    title: str,
    series: Series,
    points: Sequence[tuple[str, int]],
    write: Callable[[int], str] = grouped,
    axis: float = AXIS,
) -> Plot:
    """A line through `(label, number)`s; numbers may be negative. As `stacked_bars`."""
    rows = [(label, [number]) for label, number in points]
    top = round_up(max((number for _label, number in points), default=0))
    lowest = min((number for _label, number in points), default=0)
    bottom = -round_up(-lowest) if lowest < 0 else 0
    height = PLOT_BOTTOM - PLOT_TOP
    last = max(1, len(points) - 1)
    # In a picture of its own, stretched to the width there is; the line's is not stretched.
    way = " ".join(
        f"{place * 1000 / last:.1f},{(top - number) * height / (top - bottom):.1f}"
        for place, (_label, number) in enumerate(points)
    )
    svg = format_html(
        '<svg class="plot" role="img" aria-label="{}" width="100%" height="{}">{}'
        '<svg x="{}%" y="{}" width="{}%" height="{}" viewBox="0 0 1000 {}"'
        ' preserveAspectRatio="none"><polyline class="line-{}" points="{}"/></svg>{}</svg>',
        title,
        HEIGHT,
        _grid(bottom, top, write, axis),
        axis,
        PLOT_TOP,
        100 - axis,
        height,
        height,
        series.tone,
        way,
        format_html_join("", "{}", ((_tick(at, rows, axis),) for at in range(len(rows)))),
    )
    return Plot(svg=svg, series=[series], rows=rows, written=_written(rows, write))


def _written(
    rows: Sequence[tuple[str, list[int]]], write: Callable[[int], str]
) -> list[tuple[str, list[str]]]:
    return [(label, [write(number) for number in numbers]) for label, numbers in rows]


def round_up(number: int) -> int:
    """The axis' end: 1, 2 or 5 times a power of ten, at least 4, not below `number`."""
    if number <= 4:
        return 4
    power = 10 ** floor(log10(number))
    for step in (1, 2, 5, 10):
        if number <= step * power:
            return int(step * power)
    return int(10 * power)


def _grid(bottom: int, top: int, write: Callable[[int], str], axis: float = AXIS) -> SafeString:
    lines = []
    for quarter in (0, 2, 4):
        y = PLOT_BOTTOM - (PLOT_BOTTOM - PLOT_TOP) * quarter / 4
        lines.append((y, y, y + 4, write(bottom + (top - bottom) * quarter // 4)))
    return format_html_join(
        "",
        '<line class="grid" x1="{axis}" x2="100%" y1="{}" y2="{}"/>'
        '<text class="tick" x="0" y="{}">{}</text>'.replace("{axis}", f"{axis}%"),
        lines,
    )


def _bar(
    place: int,
    places: int,
    label: str,
    numbers: list[int],
    *,
    series: Sequence[Series],
    top: int,
    write: Callable[[int], str],
    axis: float,
) -> SafeString:
    slot = (100 - axis) / places
    left = axis + slot * place
    rects, y = [], float(PLOT_BOTTOM)
    for one, number in zip(series, numbers, strict=True):
        height = (PLOT_BOTTOM - PLOT_TOP) * number / top
        if number:
            # A hairline at least: one failure among thousands is what one looks for.
            height = max(height, 1.5)
            y -= height
            rects.append(
                (
                    one.tone,
                    f"{left + slot * 0.2:.2f}%",
                    f"{y:.1f}",
                    f"{slot * 0.6:.2f}%",
                    f"{height:.1f}",
                )
            )
    spoken = listed(
        f"{one.label} {write(number)}"
        for one, number in zip(series, numbers, strict=True)
        if number
    )
    tick = _tick_at(place, places, label, axis)
    return format_html(
        "<g><title>{}</title>{}{}</g>",
        f"{label}: {spoken}" if spoken else label,
        format_html_join(
            "", '<rect class="tone-{}" x="{}" y="{}" width="{}" height="{}" rx="1.5"/>', rects
        ),
        tick,
    )


def _tick(place: int, rows: Sequence[tuple[str, list[int]]], axis: float) -> SafeString | str:
    return _tick_at(place, len(rows), rows[place][0], axis)


def _tick_at(place: int, places: int, label: str, axis: float = AXIS) -> SafeString | str:
    """The label below a bar or point; of many only a few are written."""
    if place % ceil(places / MOST_LABELS):
        return ""
    # The first label would run into the axis, the last out of the picture: all centred.
    slot = (100 - axis) / places
    return format_html(
        '<text class="tick middle" x="{}" y="{}">{}</text>',
        f"{axis + slot * place + slot / 2:.2f}%",
        HEIGHT - 8,
        label,
    )


def progress_bar(parts: Sequence[tuple[Tone, float]], *, title: str) -> SafeString:
    """A flat bar of shares between 0 and 1, such as told, retrying and failed."""
    rects, left = [], 0.0
    for tone, share in parts:
        share = min(max(share, 0.0), 1.0 - left)
        if share:
            rects.append((tone, f"{left * 100:.2f}%", f"{share * 100:.2f}%"))
        left += share
    return format_html(
        '<svg class="progress" role="img" aria-label="{}" width="100%" height="8">'
        '<rect class="track" width="100%" height="8" rx="4"/>{}</svg>',
        title,
        format_html_join("", '<rect class="tone-{}" x="{}" width="{}" height="8"/>', rects),
    )
