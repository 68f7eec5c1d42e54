"""Measuring: runs in alternation, ratios of their rates, and what machine it was.

Machines differ and drift: the same loop ran twice as fast an hour later. So a rate by itself says
little, and every figure is the ratio of two runs that took turns in the same minutes, the median
of several pairs, beside the rate of a calibration loop.
"""

import os
import platform
import sqlite3
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from timebank.ledger import is_compiled

PAIRS = 5

Run = Callable[[], int]
"""Does some work; gives how many units of it were done."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """What came of a comparison; rates are units per second, medians of all pairs."""

    ours: float
    raw: float
    ratios: tuple[float, ...]

    @property
    def median(self) -> float:
        """The median of the ratios of all pairs."""
        return statistics.median(self.ratios)


def compare(ours: Run, raw: Run, *, pairs: int = PAIRS) -> Ratio:
    """Run both in alternation, once each before anything counts."""
    ours()
    raw()
    rates = [(rate(ours), rate(raw)) if pair % 2 else rate_both(raw, ours) for pair in range(pairs)]
    return Ratio(
        statistics.median(our for our, _ in rates),
        statistics.median(other for _, other in rates),
        tuple(our / other for our, other in rates),
    )


def rate(run: Run) -> float:
    """Units per second of one run."""
    started = time.perf_counter()
    done = run()
    return done / (time.perf_counter() - started)


def rate_both(raw: Run, ours: Run) -> tuple[float, float]:
    """The rates of ours and of the raw run, which goes first."""
    first = rate(raw)
    return rate(ours), first


def calibrate(seconds: float = 0.3) -> float:
    """SHA-256 of 64 bytes, a second, in a plain loop: how fast this machine is just now."""
    data, done, end = bytes(64), 0, time.perf_counter() + seconds
    while time.perf_counter() < end:
        for _ in range(1_000):
            sha256(data).digest()
        done += 1_000
    return done / seconds


def machine() -> str:
    """Describe the machine, and whether timebank is compiled, in one line."""
    processor = platform.processor() or platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            processor = line.partition(":")[2].strip()
            break
    memory_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return (
        f"{os.cpu_count()} × {processor}, {memory_bytes / 2**30:.0f} GiB, {platform.system()} "
        f"{platform.release()}, Python {sys.version.split()[0]}, SQLite {sqlite3.sqlite_version}, "
        f"timebank {'compiled' if is_compiled() else 'not compiled'}"
    )
