"""Rebuilding: whatever is damaged beside the log, it comes back as the log has it."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Table

from tests.installations import Community
from tests.services.full_books import full_book_in
from tests.services.tampering import Row, altered, change, remove, rows_of, unguarded
from timebank.errors import CannotCheckError, LogBrokenError, UnknownBookError
from timebank.services.rebuild import rebuild_book
from timebank.services.verification import Verdict, verify_book
from timebank.store import tables

PROJECTIONS: list[Table[Any]] = [
    tables.balances,
    tables.turnovers,
    tables.subtree_roots,
    tables.remainders,
    tables.reversals,
    tables.policies,
    tables.lots,
    tables.commodities,
    tables.accounts,
]
KEPT: list[Table[Any]] = [
    tables.entries,
    tables.leg_sides,
    tables.holders,
    tables.heads,
    *PROJECTIONS,
]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def full(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Community]:
    """A full book on either database, whole again after each rebuild."""
    databases = request.getfixturevalue(f"{request.param}_databases")
    with full_book_in(databases, tmp_path_factory.mktemp("home")) as community:
        yield community


def everything(community: Community) -> dict[str, list[Row]]:
    engine = community.installation.engine
    return {table.name: rows_of(engine, table) for table in KEPT}


def rebuild_and_compare(community: Community, before: dict[str, list[Row]]) -> None:
    rebuilt = rebuild_book(community.installation, community.slug)
    assert everything(community) == before
    report = verify_book(community.installation, community.slug)
    assert report.verdict is Verdict.FINE, report.findings
    assert (rebuilt.size, rebuilt.root) == (report.size, report.root)


def test_an_intact_book_stays_as_it_is(full: Community) -> None:
    told: list[tuple[int, int]] = []
    before = everything(full)
    rebuild_book(full.installation, full.slug, lambda done, total: told.append((done, total)))
    assert everything(full) == before
    assert told[-1] == (len(before["entries"]), len(before["entries"]))


def test_emptied_projections_come_back(full: Community) -> None:
    before = everything(full)
    with unguarded(full.installation.engine) as connection:
        for table in PROJECTIONS:
            connection.execute(table.delete())
    rebuild_and_compare(full, before)


def test_owners_are_found_again_by_their_keys(full: Community) -> None:
    before = everything(full)
    lost = {row["holder"] for row in before["holders"] if row["forgotten"]}
    with unguarded(full.installation.engine) as connection:
        sides = tables.leg_sides
        connection.execute(sides.delete().where(sides.c.holder.not_in(lost)))
    rebuild_and_compare(full, before)


def test_what_goes_on_from_earlier_stretches_comes_back_too(
    full: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("timebank.store.scanning.STRETCH", 7)
    before = everything(full)
    with unguarded(full.installation.engine) as connection:
        for table in (tables.leg_sides, *PROJECTIONS):
            connection.execute(table.delete())
    rebuild_and_compare(full, before)


def test_an_only_forgotten_owner_is_found_by_elimination(full: Community) -> None:
    before = everything(full)
    with unguarded(full.installation.engine) as connection:
        connection.execute(tables.leg_sides.delete())
    rebuild_and_compare(full, before)


def test_changed_columns_come_back(full: Community) -> None:
    before = everything(full)
    engine = full.installation.engine
    for table, columns in (
        (tables.entries, ("leaf", "kind", "day", "posted")),
        (tables.heads, ("size", "last_leaf", "edge", "posted", "closed_until", "defined")),
        (tables.holders, ("kind", "key_hash", "limits", "left_seq")),
        (tables.leg_sides, ("account", "holder", "amount", "debits", "total_credits")),
    ):
        row = before[table.name][-1]
        change(engine, table, row, {column: altered(row[column]) for column in columns})
    rebuild_and_compare(full, before)


def test_leg_sides_of_no_entry_go(full: Community) -> None:
    before = everything(full)
    row = before["leg_sides"][-1]
    with unguarded(full.installation.engine) as connection:
        connection.execute(tables.leg_sides.insert().values(**{**row, "seq": 10_000}))
    rebuild_and_compare(full, before)


def test_a_broken_log_is_not_rebuilt_and_nothing_is_changed(full: Community) -> None:
    engine = full.installation.engine
    row = rows_of(engine, tables.entries)[100]
    change(engine, tables.entries, row, {"body": row["body"] + b" "})
    before = everything(full)
    with pytest.raises(LogBrokenError, match="entry 100"):
        rebuild_book(full.installation, full.slug)
    assert everything(full) == before
    change(engine, tables.entries, row, {"body": row["body"]})


def test_lost_entries_are_told(full: Community) -> None:
    engine = full.installation.engine
    before = everything(full)
    (head,) = before["heads"]
    change(engine, tables.heads, head, {"size": head["size"] + 3})
    rebuilt = rebuild_book(full.installation, full.slug)
    assert (rebuilt.size_before, rebuilt.size) == (head["size"] + 3, head["size"])


def test_a_holder_whose_row_is_gone_cannot_be_rebuilt(full: Community) -> None:
    engine = full.installation.engine
    row = rows_of(engine, tables.holders)[-1]
    remove(engine, tables.holders, row)
    with pytest.raises(CannotCheckError, match=f"entry {row['holder']}"):
        rebuild_book(full.installation, full.slug)
    with unguarded(engine) as connection:
        connection.execute(tables.holders.insert().values(**row))


def test_a_book_that_is_not_there(full: Community) -> None:
    with pytest.raises(UnknownBookError):
        rebuild_book(full.installation, "nowhere")


def test_posting_goes_on_after_a_rebuild(full: Community) -> None:
    rebuild_book(full.installation, full.slug)
    full.transfer("王", "李", 1)
    # A new process, which remembers nothing.
    again = replace(full, installation=replace(full.installation))
    again.transfer("李", "王", 1)
    assert verify_book(full.installation, full.slug).verdict is Verdict.FINE
