"""Verifying a book with a second process: what that one proves, and what becomes of the rest."""

import gc
import os
import signal
from pathlib import Path

import pytest
from sqlalchemy import Connection

from tests.installations import Community
from tests.services.tampering import changed, rows_of
from tests.services.verification.both_ways import count_forks, verify
from timebank.services.owners import read_keys
from timebank.services.verification import Verdict, book, second, structure, verify_book
from timebank.services.verification.openings import OPENINGS
from timebank.services.verification.proving import Proof, Prover, Rows
from timebank.store import tables
from timebank.store.books import find_book
from timebank.store.database import reading
from timebank.store.scanning import Scanner

TOLD = ("seq", "holder")


def proofs_of(community: Community) -> list[Proof]:
    """What the second process proves of each stretch of a book."""
    with reading(community.installation.engine) as connection:
        found = find_book(connection, community.slug)
        scanner = Scanner(connection, found.book_id)
        vault = community.installation.vault.book(found.origin)
        prover = Prover(found.origin, read_keys(scanner, vault, found.origin), vault)
        proofs = []
        for entries in scanner.entry_rows():
            first, last = entries[0][0], entries[-1][0]
            told = scanner.rows_of_seqs(tables.leg_sides, TOLD, first, last)
            openings = scanner.rows_of_seqs(tables.openings, OPENINGS, first, last)
            proofs.append(prover(Rows(entries, told, openings)))
        return proofs


def unproved(community: Community) -> set[int]:
    """The entries of which something is left to be proved."""
    seqs = {row["seq"] for row in rows_of(community.installation.engine, tables.entries)}
    return seqs.difference(*(proof.owners for proof in proofs_of(community)))


def test_all_but_what_repeats_and_what_was_forgotten_is_proved_ahead(full: Community) -> None:
    rows = rows_of(full.installation.engine, tables.entries)
    kinds = {rows[seq]["kind"] for seq in unproved(full)}
    assert kinds == {"issue", "transfer", "release", "settle", "reversal"}
    assert len(unproved(full)) < len(rows) / 10


def test_the_proofs_lead_to_the_end_of_the_log(full: Community) -> None:
    (head,) = rows_of(full.installation.engine, tables.heads)
    *_, last = proofs_of(full)
    assert (last.previous, last.size, last.edge) == (head["last_leaf"], head["size"], head["edge"])
    roots = [root for proof in proofs_of(full) for of in proof.completed.values() for root in of]
    stored = rows_of(full.installation.engine, tables.subtree_roots)
    assert roots == [(row["level"], row["number"], row["root"]) for row in stored]


@pytest.mark.parametrize(
    ("table_name", "values"),
    [
        ("entries", {"leaf": bytes(32)}),
        ("leg_sides", {"holder": 0}),
        ("openings", {"ciphertext": bytes(80)}),
        ("openings", {"seal": 60}),
    ],
)
def test_what_is_not_as_it_should_be_is_not_proved(
    full: Community, table_name: str, values: dict[str, object]
) -> None:
    engine = full.installation.engine
    before = unproved(full)
    row = next(
        row
        for row in reversed(rows_of(engine, tables.metadata.tables[table_name]))
        if row["seq"] not in before and row.get("holder", 1)
    )
    with changed(engine, tables.metadata.tables[table_name], row, values):
        assert unproved(full) == {*before, row["seq"]}
        assert verify(full).verdict is Verdict.WRONG


def test_a_second_process_that_dies_costs_nothing_but_time(
    full: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    prove = Prover.__call__

    def die(prover: Prover, rows: Rows) -> Proof:
        calls.append(0)
        if len(calls) == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return prove(prover, rows)

    monkeypatch.setattr(Prover, "__call__", die)
    assert verify(full).verdict is Verdict.FINE
    assert not calls


def test_only_a_large_book_is_worth_a_second_process(
    full: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    forks = count_forks(monkeypatch)
    monkeypatch.setattr(second, "is_worthwhile", lambda: True)
    verify_book(full.installation, full.slug)
    assert not forks
    monkeypatch.setattr(book, "SHARED_ENTRIES_MIN", 0)
    verify_book(full.installation, full.slug)
    assert len(forks) == 1


def test_a_fault_in_the_structure_of_the_file_is_found_beside_the_rest(
    full: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find(_connection: Connection) -> list[str]:
        return ["row 7 missing from index"]

    monkeypatch.setattr(structure, "faults_of", find)
    monkeypatch.setattr(book, "faults_of", find)
    report = verify(full)
    assert str(report.findings[0]) == "database: SQLite's own check: row 7 missing from index"
    assert report.finding_count == 1


def test_nothing_is_left_open(full: Community) -> None:
    verify(full)  # Opens what the engine keeps open.
    before = open_files()
    verify(full)
    assert open_files() <= before


def open_files() -> int:
    gc.collect()
    return len(list(Path("/proc/self/fd").iterdir()))
