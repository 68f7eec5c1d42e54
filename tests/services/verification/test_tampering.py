"""Whatever is changed in the database behind the service's back, verifying finds and names it."""

from typing import Any, Final

import pytest
from sqlalchemy import Table

from tests.installations import Community
from tests.services.tampering import Row, altered, changed, put, remove, rows_of
from tests.services.verification.both_ways import verify
from timebank.services.verification import Report, Verdict
from timebank.store import tables

# What nothing in the log speaks of: names to call things by, and what was hashed with a secret.
UNPROVABLE: Final = {
    "books": {"slug"},
    "holders": {"member_id"},
    "idempotency": {"app", "key_digest", "request_digest", "resource"},
}
LOG: Final = [
    table
    for table in tables.metadata.sorted_tables
    if table is not tables.api_keys and table is not tables.idempotency
]
COLUMNS: Final = [
    (table.name, column.name)
    for table in (*LOG, tables.idempotency)
    for column in table.columns
    if column.name != "book_id" and column.name not in UNPROVABLE.get(table.name, ())
]
# Rows whose loss or surplus can be told from the log.
ROWS: Final = [table.name for table in LOG if table.name not in {"books", "heads", "holders"}]


def sample(community: Community, table: Table[Any], column: str = "") -> Row:
    """A row from the middle of a table, one that has something in the column if any has."""
    rows = rows_of(community.installation.engine, table)
    assert rows, f"the full book has no {table.name}"
    filled = [row for row in rows if column and row[column]]
    among = filled or rows
    return among[len(among) // 2]


def found_in(report: Report, table: str, column: str = "") -> bool:
    return any(
        finding.table == table and (not column or column in {finding.column, *finding.key})
        for finding in report.findings
    )


def test_an_untouched_book_is_fine(full: Community) -> None:
    report = verify(full)
    assert [str(finding) for finding in report.findings] == []
    assert report.verdict is Verdict.FINE
    assert report.size == report.replayed > 256
    assert report.unchecked == 2
    assert len(bytes.fromhex(report.root)) == 32
    assert report.notes == ()


@pytest.mark.parametrize(("table_name", "column"), COLUMNS)
def test_a_changed_column_is_named(full: Community, table_name: str, column: str) -> None:
    table = tables.metadata.tables[table_name]
    row = sample(full, table, column)
    value = elsewhere(column, row[column])
    with changed(full.installation.engine, table, row, {column: value}):
        report = verify(full)
    assert report.verdict is Verdict.WRONG
    assert found_in(report, *EXPECTED.get((table_name, column), (table_name, column)))


def elsewhere(column: str, value: Any) -> Any:  # noqa: ANN401 - a value for any column
    """Another value, which is not that of another row either."""
    if column == "day":
        return f"2025{value[4:]}"
    return value + FAR[column] if column in FAR else altered(value)


FAR: Final = {
    **dict.fromkeys(("seq", "holder", "reversed", "first_seq", "number", "opened"), 100_000),
    **dict.fromkeys(("leg", "seal"), 60),
}

# What tells of the change when the column itself cannot.
EXPECTED: Final = {
    ("entries", "seq"): ("entries",),
    ("holders", "holder"): ("holders",),
    ("holders", "number_digest"): ("contacts",),
    ("openings", "seal"): ("openings",),
}


@pytest.mark.parametrize("table_name", ROWS)
def test_a_missing_row_is_named(full: Community, table_name: str) -> None:
    table = tables.metadata.tables[table_name]
    engine = full.installation.engine
    row = sample(full, table)
    remove(engine, table, row)
    try:
        report = verify(full)
    finally:
        put(engine, table, row)
    assert report.verdict is Verdict.WRONG
    assert found_in(report, table_name)


@pytest.mark.parametrize("table_name", [name for name in ROWS if name != "entries"])
def test_a_row_too_many_is_named(full: Community, table_name: str) -> None:
    table = tables.metadata.tables[table_name]
    engine = full.installation.engine
    row = sample(full, table)
    last_key = [column.name for column in table.primary_key][-1]
    value = row[last_key]
    extra = {
        **row,
        last_key: value + FAR.get(last_key, 60) if isinstance(value, int) else f"{value}x",
    }
    if table is tables.reversals:
        extra["seq"] += 1
    put(engine, table, extra)
    try:
        report = verify(full)
    finally:
        remove(engine, table, extra)
    assert report.verdict is Verdict.WRONG
    assert found_in(report, table_name)
