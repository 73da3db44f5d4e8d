"""Sides taken in turn, round after round; what counts is the median of the rounds' ratios, times alone say nothing."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

ROUNDS = 9


@dataclass(frozen=True, slots=True)
class Measured:
    """Per side the seconds per call of each round, in the order of the rounds."""

    seconds: Mapping[str, list[float]]

    def ratios(self, side: str, to: str) -> list[float]:
        return [a / b for a, b in zip(self.seconds[side], self.seconds[to], strict=True)]

    def ratio(self, side: str, to: str) -> float:
        return statistics.median(self.ratios(side, to))

    def median(self, side: str) -> float:
        return statistics.median(self.seconds[side])

    def table(self) -> None:
        """Each side's time per call, and how many times the first one's that is, with the range of the rounds."""
        first = next(iter(self.seconds))
        for side in self.seconds:
            ratios = self.ratios(side, first)
            print(f"  {side:<52} {self.median(side) * 1e6:>12.2f} µs   × {statistics.median(ratios):7.2f}   ({min(ratios):.2f} to {max(ratios):.2f})")  # fmt: skip


def side_by_side(
    sides: Mapping[str, Callable[[], object]],
    calls: int = 1,
    rounds: int = ROUNDS,
    before: Callable[[], object] = gc.collect,
) -> Measured:
    """CPU time of each side. `calls`: how many decisions, pages or files one run of a side does."""
    names = list(sides)
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for name in names:  # once to warm up
        sides[name]()
    for round_ in range(rounds):
        for name in names[round_ % len(names) :] + names[: round_ % len(names)]:
            before()
            begun = time.process_time()
            sides[name]()
            seconds[name].append((time.process_time() - begun) / calls)
    return Measured(seconds)
