"""What the faults came to: a line `name measured goal ok|short` each, for a person to read."""

from dataclasses import dataclass, field


@dataclass
class Figures:
    """Figures of one run, in the order they were taken."""

    lines: list[str] = field(default_factory=list)
    short: list[str] = field(default_factory=list)

    def exactly(self, name: str, measured: int, goal: int) -> None:
        self._note(name, measured, f"={goal}", measured == goal)

    def at_most(self, name: str, measured: float, goal: float) -> None:
        self._note(name, measured, f"<={goal}", measured <= goal)

    def at_least(self, name: str, measured: float, goal: float) -> None:
        self._note(name, measured, f">={goal}", measured >= goal)

    def between(self, name: str, measured: int, least: int, most: int) -> None:
        goal = f"={least}" if least == most else f"{least}..{most}"
        self._note(name, measured, goal, least <= measured <= most)

    def told(self, name: str, *, rest: str) -> None:
        """A figure without a goal."""
        self.lines.append(f"{name} {rest}")

    def _note(self, name: str, measured: float, goal: str, ok: bool) -> None:
        shown = measured if isinstance(measured, int) else round(measured, 1)
        line = f"{name} {shown} {goal} {'ok' if ok else 'short'}"
        self.lines.append(line)
        if not ok:
            self.short.append(line)
