"""What verifying found: each fault with its place, and what could not be checked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

FINDINGS_MAX: Final = 100
"""How many findings are kept; all are counted."""

_BYTES_SHOWN: Final = 32

Progress = Callable[[int, int], None]
"""Told how much is done, and of how much."""


class Verdict(Enum):
    """What follows from a report. The values are exit statuses."""

    FINE = 0
    WRONG = 1
    CANNOT_CHECK = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault: in which table or file, in which row or line, in which column, and what it is."""

    table: str
    key: Mapping[str, object]
    column: str
    problem: str

    def __str__(self) -> str:
        """Place and problem in one line."""
        place = [self.table, *(f"{name} {value}" for name, value in self.key.items())]
        if self.column:
            place.append(self.column)
        return f"{', '.join(place)}: {self.problem}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The outcome of verifying one log.

    ``size`` entries were there, the first ``replayed`` of which replay accepted; ``root`` is the
    hexadecimal root of the tree over all of them. ``unchecked`` leg sides belong to forgotten
    holders and were taken as told. ``obstacle`` says why the log cannot be checked, if so, and
    ``notes`` what else was left out.
    """

    size: int
    replayed: int
    root: str
    findings: tuple[Finding, ...]
    finding_count: int
    unchecked: int = 0
    obstacle: str = ""
    notes: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """Whether all is well; something wrong weighs more than what cannot be checked."""
        if self.finding_count:
            return Verdict.WRONG
        return Verdict.CANNOT_CHECK if self.obstacle else Verdict.FINE


@dataclass(slots=True)
class Findings:
    """The findings so far: the first hundred, and the count of all."""

    kept: list[Finding] = field(default_factory=list)
    count: int = 0
    notes: list[str] = field(default_factory=list)
    obstacle: str = ""

    def add(self, table: str, key: Mapping[str, object], column: str, problem: str) -> None:
        """Count a finding, and keep it while there is room."""
        self.count += 1
        if len(self.kept) < FINDINGS_MAX:
            self.kept.append(Finding(table, key, column, problem))

    def differs(
        self, table: str, key: Mapping[str, object], column: str, *, found: object, expected: object
    ) -> None:
        """Add a value that is not what it should be."""
        self.add(table, key, column, f"is {_shown(found)}, should be {_shown(expected)}")

    def missing(self, table: str, key: Mapping[str, object], row: object = None) -> None:
        """Add a row that should be there."""
        self.add(table, key, "", f"is missing{_as_row(row)}")

    def extra(self, table: str, key: Mapping[str, object], row: object = None) -> None:
        """Add a row that should not be there."""
        self.add(table, key, "", f"should not be there{_as_row(row)}")

    def note(self, text: str) -> None:
        """Say what was left out, once."""
        if text not in self.notes:
            self.notes.append(text)


def _as_row(row: object) -> str:
    return "" if row is None else f": {row}"


def _shown(value: object) -> str:
    if isinstance(value, bytes):
        shown = value[:_BYTES_SHOWN].hex()
        return shown if len(value) <= _BYTES_SHOWN else f"{shown}... ({len(value)} bytes)"
    return "empty" if value in ("", None) else str(value)
