"""The table that every fault method fills: what was done, how often, how it ended, how long."""

import time
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass
class Figure:
    """One line of the table."""

    method: str
    on: str
    rounds: int = 0
    points: int = 0
    outcome: str = ""
    seconds: float = 0.0


class Figures:
    HEAD = ("method", "on", "rounds", "points", "outcome", "time")

    def __init__(self):
        self.lines = []

    @contextmanager
    def method(self, method, on):
        """Measures a method; what does not say how it ended has failed."""
        figure = Figure(method, on)
        self.lines.append(figure)
        start = time.monotonic()
        try:
            yield figure
        except BaseException as error:
            reason = f"{error}".splitlines() or [type(error).__name__]
            figure.outcome = f"FAILED: {reason[0][:80]}"
            raise
        finally:
            figure.seconds = time.monotonic() - start
            figure.outcome = figure.outcome or "FAILED"

    def table(self):
        """Lines of text with the columns in line; none where nothing was measured."""
        if not self.lines:
            return []
        rows = [self.HEAD] + [
            (line.method, line.on, f"{line.rounds:,}", f"{line.points:,}", line.outcome,
             f"{line.seconds:.1f} s")
            for line in self.lines
        ]
        widths = [max(len(row[column]) for row in rows) for column in range(len(self.HEAD))]
        right = {2, 3, 5}
        return [
            "  ".join(
                cell.rjust(width) if column in right else cell.ljust(width)
                for column, (cell, width) in enumerate(zip(row, widths))).rstrip()
            for row in rows
        ]
