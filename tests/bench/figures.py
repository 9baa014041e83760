"""Figures: each a function that measures, registered under its name with its goal.

    @figure("lists.accounts.first_page", at_least=4)
    def first_page(bench):
        return bench.ratios(stock=..., ours=...)

A figure answers the ratios of its turns, or one number; several names may share a
measurement. Its line is `name measured goal ok|short`, the median and the spread.
"""

import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

Measured = Sequence[float]


@dataclass(frozen=True)
class Figure:
    """`goal` is a ratio; more is better, unless `at_most`."""

    name: str
    measure: Callable[[Any], Measured]
    goal: float
    at_most: bool = False

    def line(self, measured: Measured) -> tuple[str, bool]:
        """The line for what was measured, and whether the goal is met."""
        median = statistics.median(measured)
        good = median <= self.goal if self.at_most else median >= self.goal
        shown = f"{median:.3g}x({min(measured):.3g}-{max(measured):.3g})"
        sign = "<=" if self.at_most else ">="
        return f"{self.name} {shown} {sign}{self.goal:g}x {'ok' if good else 'short'}", good


figures: dict[str, Figure] = {}


def figure(
    name: str, *, at_least: float | None = None, at_most: float | None = None
) -> Callable[[Callable[[Any], Measured]], Callable[[Any], Measured]]:
    """Registers a function of the `Bench`; exactly one goal is given."""
    if (at_least is None) == (at_most is None):
        raise ValueError(f"{name}: say at_least or at_most.")
    if name in figures:
        raise ValueError(f"{name} is there already.")

    def register(measure: Callable[[Any], Measured]) -> Callable[[Any], Measured]:
        goal = at_most if at_least is None else at_least
        assert goal is not None
        figures[name] = Figure(name, measure, goal, at_most is not None)
        return measure

    return register


def timed(act: Callable[[], Any]) -> float:
    """Seconds that `act` takes."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def interleaved(
    *,
    turns: Iterable[Any],
    slow: Callable[[Any], float],
    fast: Callable[[Any], float],
    repeat: int = 3,
) -> list[float]:
    """How many times faster `fast` is, turn by turn; both answer seconds.

    Each turn measures `slow` once between measurements of `fast`, whose median counts:
    a hiccup of the machine weighs more on what is short.
    """
    ratios = []
    for turn in turns:
        before = [fast(turn) for _once in range(repeat // 2 + repeat % 2)]
        base = slow(turn)
        after = [fast(turn) for _once in range(repeat // 2)]
        ratios.append(base / statistics.median(before + after))
    return ratios
