"""Holding the rows of a table against those that should be in it, both in the order of the key."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import Table

from timebank.services.verification.report import Findings
from timebank.store.driver import Row
from timebank.store.scanning import columns_of, keys_of


@dataclass(frozen=True, slots=True)
class Shape:
    """Which columns of a table are compared: first those of the key, then the others."""

    table: str
    names: tuple[str, ...]
    key_count: int

    @classmethod
    def of(cls, table: Table[Any], *names: str) -> "Shape":
        """The key and these columns of a table; all of its columns where none are named."""
        key = keys_of(table)
        return cls(table.name, (*key, *names) if names else columns_of(table), len(key))

    def key(self, row: Row) -> dict[str, object]:
        """The key of a row by names."""
        return dict(zip(self.names, row[: self.key_count], strict=False))

    def rest(self, row: Row) -> str:
        """The other columns of a row, to be shown."""
        pairs = zip(self.names[self.key_count :], row[self.key_count :], strict=True)
        return ", ".join(f"{name} {value}" for name, value in pairs if not isinstance(value, bytes))


def compare_rows(
    shape: Shape, expected: Iterable[Row], found: Iterable[Row], findings: Findings
) -> None:
    """Add a finding for each row that is missing, too many or different."""
    for wanted, there in _paired(shape.key_count, iter(expected), iter(found)):
        if there is None:
            assert wanted is not None
            findings.missing(shape.table, shape.key(wanted), shape.rest(wanted))
        elif wanted is None:
            findings.extra(shape.table, shape.key(there), shape.rest(there))
        else:
            _compare_columns(shape, wanted, there, findings)


def _compare_columns(shape: Shape, expected: Row, found: Row, findings: Findings) -> None:
    values = zip(shape.names, expected, found, strict=True)
    for name, wanted, there in islice(values, shape.key_count, None):
        if wanted != there:
            key = shape.key(expected)
            findings.differs(shape.table, key, name, found=there, expected=wanted)


def _paired(
    key_count: int, expected: Iterator[Row], found: Iterator[Row]
) -> Iterator[tuple[Row | None, Row | None]]:
    """Pair the rows of equal keys that differ; a row without its like stands with None."""
    wanted, there = next(expected, None), next(found, None)
    while wanted is not None or there is not None:
        if wanted == there:
            wanted, there = next(expected, None), next(found, None)
            continue
        order = _order(key_count, wanted, there)
        yield (wanted if order <= 0 else None), (there if order >= 0 else None)
        if order <= 0:
            wanted = next(expected, None)
        if order >= 0:
            there = next(found, None)


def _order(key_count: int, wanted: Row | None, there: Row | None) -> int:
    """Which comes first: -1 the expected row, 1 the one found, 0 they have the same key."""
    if wanted is None:
        return 1
    if there is None:
        return -1
    key, other = wanted[:key_count], there[:key_count]
    return (key > other) - (key < other)
