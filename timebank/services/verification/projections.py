"""What the entries add up to: definitions, open ends, balances, turnovers and the head."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from heapq import merge
from itertools import groupby
from typing import Any, Final

from sqlalchemy import Table

from timebank.ledger.rules.tallies import EVER
from timebank.ledger.state import BookState
from timebank.services.verification.log import LogCheck
from timebank.services.verification.report import Findings
from timebank.services.verification.rows import Shape, compare_rows
from timebank.store import tables
from timebank.store.books import Book, Head, read_head
from timebank.store.definition_rows import (
    account_columns,
    commodity_columns,
    lot_columns,
    policy_columns,
)
from timebank.store.driver import Row
from timebank.store.rebuilding import holder_columns
from timebank.store.scanning import Scanner

_BALANCES: Final = Shape.of(tables.balances)
_TURNOVERS: Final = Shape.of(tables.turnovers)
_PLACE: Final = _BALANCES.key_count
_DAY: Final = _TURNOVERS.key_count


@dataclass(frozen=True, slots=True)
class _Definition:
    """A table of definitions, the rows that a state asks for, and the columns that are seqs.

    ``made`` is the seq of the entry that made the row; ``ended`` of one that ended it, or empty.
    """

    table: Table[Any]
    rows: Callable[[BookState], Iterable[dict[str, Any]]]
    made: str
    ended: str = ""


def _remainder_rows(state: BookState) -> Iterator[dict[str, Any]]:
    for (seq, leg), remaining in state.remainders.items():
        yield {"seq": seq, "leg": leg, "remaining": remaining}


def _reversal_rows(state: BookState) -> Iterator[dict[str, Any]]:
    for reversed_, seq in state.reversed_by.items():
        yield {"reversed": reversed_, "seq": seq}


def _tally_rows(state: BookState) -> Iterator[dict[str, Any]]:
    for (tally, holder, commodity, day), amount in state.tallies.items():
        if day == EVER:
            yield {"tally": tally, "holder": holder, "commodity": commodity, "amount": amount}


_HOLDER_NAMES: Final = ("kind", "key_hash", "limits", "left_seq")
_DEFINITIONS: Final = (
    _Definition(
        tables.accounts,
        lambda state: map(account_columns, state.accounts.values()),
        "opened",
        "closed",
    ),
    _Definition(
        tables.commodities, lambda state: map(commodity_columns, state.commodities.values()), "seq"
    ),
    _Definition(tables.lots, lambda state: map(lot_columns, state.lots.values()), "seq"),
    _Definition(tables.policies, lambda state: map(policy_columns, state.policies), "seq"),
    _Definition(
        tables.holders,
        lambda state: map(holder_columns, state.holders.values()),
        "holder",
        "left_seq",
    ),
    _Definition(tables.reversals, _reversal_rows, "seq"),
    _Definition(tables.remainders, _remainder_rows, "seq"),
    _Definition(tables.tallies, _tally_rows, "holder"),
)


_SUMS: Final = (tables.remainders, tables.tallies)
"""What all entries add up to, so that a part of the log says nothing about it."""


class ProjectionsCheck:
    """Compares the projections of a book with what its log adds up to."""

    def __init__(self, scanner: Scanner, book: Book, log: LogCheck, findings: Findings) -> None:
        """Take what following the log gave."""
        self._scanner = scanner
        self._book = book
        self._log = log
        self._findings = findings

    def run(self) -> None:
        """Check all projections."""
        for definition in _DEFINITIONS:
            self._check_definition(definition)
        self._check_balances()
        self._check_turnovers()
        self._check_head()

    def _check_definition(self, definition: _Definition) -> None:
        table, state = definition.table, self._log.replay.state
        if self._log.stopped and table in _SUMS:
            return
        shape = Shape.of(table, *(_HOLDER_NAMES if table is tables.holders else ()))
        expected = sorted(
            tuple(row[name] for name in shape.names) for row in definition.rows(state)
        )
        found = self._scanner.rows(table, shape.names)
        if self._log.stopped:
            found = self._before_the_stop(shape, definition, found)
        compare_rows(shape, expected, found, self._findings)

    def _before_the_stop(
        self, shape: Shape, definition: _Definition, found: Iterator[Row]
    ) -> Iterator[Row]:
        """The rows that entries made up to where replay came, without what later ones ended."""
        replayed = self._log.replay.state.size
        made = shape.names.index(definition.made)
        ended = shape.names.index(definition.ended) if definition.ended else None
        for row in found:
            if row[made] >= replayed:
                continue
            if ended is not None and (row[ended] or 0) >= replayed:
                yield (*row[:ended], None, *row[ended + 1 :])
            else:
                yield row

    def _check_balances(self) -> None:
        if self._log.stopped:
            # Both sums stand behind the place, followed by the first and the last seq.
            sums = self._scanner.sums_of_sides(by_day=False)
            expected: Iterable[Row] = (row[:-2] for row in sums)
        else:
            balances = self._log.replay.state.balances
            expected = sorted((*key, *balance) for key, balance in balances.items())
        found = self._scanner.rows(tables.balances, _BALANCES.names)
        compare_rows(_BALANCES, expected, found, self._findings)

    def _check_turnovers(self) -> None:
        expected = self._log.turnovers.rows()
        if self._log.stopped:
            replayed = self._log.replay.state.size
            later = self._scanner.sums_of_sides(by_day=True, first=replayed)
            expected = merge(expected, later)
        found = self._scanner.rows(tables.turnovers, _TURNOVERS.names)
        compare_rows(_TURNOVERS, _summed_up(expected), found, self._findings)

    def _check_head(self) -> None:
        log, state = self._log, self._log.replay.state
        head = read_head(self._scanner.connection, self._book.book_id)
        expected: dict[str, object] = {"size": log.size}
        if not log.has_gap:
            expected |= {"last_leaf": log.last_leaf, "edge": log.edge().to_bytes()}
        if not log.stopped:
            expected |= {
                "posted": state.posted,
                "closed_until": state.closed_until,
                "defined": log.defined,
            }
        for name in Head._fields:
            found = getattr(head, name)
            if name in expected and found != expected[name]:
                self._findings.differs("heads", {}, name, found=found, expected=expected[name])


def _summed_up(rows: Iterable[Row]) -> Iterator[Row]:
    """Sum up rows of the same place and day, which follow each other."""
    for key, same in groupby(rows, key=lambda row: row[:_DAY]):
        debits, credits_, first, last = zip(*(row[_DAY:] for row in same), strict=True)
        yield (*key, sum(debits), sum(credits_), min(first), max(last))
