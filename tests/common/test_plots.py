"""Plots: right numbers, safe markup, nothing inline."""

import re

import pytest

from common.plots import Series, Tone, line, progress_bar, round_up, stacked_bars

SERIES = [
    Series(name="ok", label="accepted", tone=Tone.INFO),
    Series(name="bad", label="failed", tone=Tone.BAD),
]


def test_bars_are_stacked_from_the_ground():
    plot = stacked_bars(title="Days", series=SERIES, bars=[("1 Nov", {"ok": 3, "bad": 1})])
    heights = [float(height) for height in re.findall(r'<rect[^>]* height="([\d.]+)"', plot.svg)]
    assert heights == [112.5, 37.5]
    tops = [float(top) for top in re.findall(r'<rect[^>]* y="([\d.]+)"', plot.svg)]
    assert tops == [51.5, 14.0]
    assert plot.rows == [("1 Nov", [3, 1])]


def test_one_failure_among_thousands_can_be_seen():
    plot = stacked_bars(title="Days", series=SERIES, bars=[("1 Nov", {"ok": 100_000, "bad": 1})])
    assert 'class="tone-bad"' in plot.svg
    assert 'height="1.5"' in plot.svg


@pytest.mark.parametrize("bars", [[], [("1 Nov", {})], [("1 Nov", {"ok": -5})]])
def test_nothing_to_show_is_an_empty_plot(bars):
    assert "<rect" not in stacked_bars(title="Days", series=SERIES, bars=bars).svg


def test_what_comes_in_is_escaped_and_nothing_is_inline():
    attack = '"><script>x</script>'
    plot = stacked_bars(title=attack, series=SERIES, bars=[(attack, {"ok": 1})])
    assert "<script" not in plot.svg
    assert "style=" not in plot.svg
    assert "<script" not in progress_bar([(Tone.GOOD, 0.5)], title=attack)


@pytest.mark.parametrize(
    ("number", "end"),
    [(0, 4), (4, 4), (5, 5), (6, 10), (11, 20), (99, 100), (100, 100), (501, 1000)],
)
def test_the_axis_ends_at_a_round_number(number, end):
    assert round_up(number) == end


def test_a_progress_bar_never_runs_over():
    bar = progress_bar([(Tone.GOOD, 0.9), (Tone.WARN, 0.0), (Tone.BAD, 0.9)], title="told")
    widths = [float(w) for w in re.findall(r'class="tone-\w+" x="[\d.]+%" width="([\d.]+)%"', bar)]
    assert widths == [90.0, 10.0]


def test_a_line_goes_through_its_points_below_nothing_too():
    series = SERIES[0]
    points = [("1 Nov", 100), ("2 Nov", -100), ("3 Nov", 0)]
    plot = line(title="Balance", series=series, points=points, write=lambda number: f"¥{number}")
    assert 'points="0.0,0.0 500.0,150.0 1000.0,75.0"' in plot.svg
    assert all(f">¥{number}<" in plot.svg for number in (-100, 0, 100))
    assert plot.written == [("1 Nov", ["¥100"]), ("2 Nov", ["¥-100"]), ("3 Nov", ["¥0"])]
    assert "style=" not in plot.svg
    assert "<polyline" in line(title="Nothing", series=series, points=[]).svg
