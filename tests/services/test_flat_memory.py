"""Memory of import, export, verify and rebuild does not grow with the entries of a book.

Stretches and batches are made small here, so that it shows with few entries.
"""

import gc
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.installations import Community, found_community
from timebank.services.balance_sheets import iterate_sheet
from timebank.services.export import export_entries
from timebank.services.hledger import export_hledger
from timebank.services.imports import Reporter, import_transfers
from timebank.services.installation import Installation
from timebank.services.rebuild import rebuild_book
from timebank.services.verification import Verdict, verify_book, verify_file

FEW, MANY = 400, 2_000
GROWTH_BYTES_MAX = 400_000  # the 1,600 entries alone have about 1 MB, their legs as much again

MEMBERS = 20


@pytest.fixture
def crowd(installation: Installation) -> Community:
    """A book with twenty members who have enough for all that follows."""
    community = found_community(installation)
    names = [f"member {number}" for number in range(MEMBERS)]
    community.enrol(*names)
    for name in names:
        community.issue(name, 1_000_000)
    return community


def test_memory_stays_flat(
    crowd: Community, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("timebank.store.scanning.STRETCH", 50)
    monkeypatch.setattr("timebank.services.verification.file.STRETCH", 50)
    monkeypatch.setattr("timebank.services.imports.importing.BATCH", 50)

    def work() -> Iterator[tuple[str, Callable[[], object]]]:
        yield "import", lambda: import_all(crowd, rows)
        yield "verify", lambda: verify(crowd, processes=1)
        yield "verify by two", lambda: verify(crowd, processes=2)
        yield "export", lambda: export(crowd, log)
        yield "hledger", lambda: sum(1 for _ in export_hledger(crowd.installation, crowd.slug))
        yield "verify file", lambda: verify_file(log, processes=1)
        yield "verify file by two", lambda: verify_file(log, processes=2)
        yield "balances", lambda: sum(1 for _ in iterate_sheet(crowd.installation, crowd.slug))
        yield "rebuild", lambda: rebuild_book(crowd.installation, crowd.slug)

    rows, log = tmp_path / "transfers.csv", tmp_path / "log.jsonl"
    write_rows(rows, "a", FEW)
    before = {name: peak(step) for name, step in work()}
    write_rows(rows, "b", MANY)
    after = {name: peak(step) for name, step in work()}
    for name, bytes_before in before.items():
        assert after[name] < bytes_before + GROWTH_BYTES_MAX, (name, before, after)


def peak(step: Callable[[], object]) -> int:
    """The most memory that Python had in use during a step, above what it began with."""
    gc.collect()
    tracemalloc.start()
    try:
        step()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def write_rows(path: Path, prefix: str, count: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write("reference,date,payer,payee,amount,unit\n")
        for number in range(count):
            payer, payee = number % MEMBERS + 1, (number * 7 + 3) % MEMBERS + 1
            payee = payee % MEMBERS + 1 if payee == payer else payee
            file.write(f"{prefix}-{number},2026-02-01,{payer:04},{payee:04},1,POINT\n")


def import_all(community: Community, path: Path) -> None:
    reporter = Reporter(bad=lambda row: pytest.fail(str(row)))
    imported = import_transfers(community.installation, community.slug, path, reporter)
    assert imported.written == imported.rows


def verify(community: Community, *, processes: int) -> None:
    report = verify_book(community.installation, community.slug, processes=processes)
    assert report.verdict is Verdict.FINE, report.findings


def export(community: Community, path: Path) -> None:
    with path.open("wb") as file:
        for line in export_entries(community.installation, community.slug):
            file.write(line)
