"""Importing transfers."""

import csv
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select

from tests.installations import Community
from tests.services.imports.conftest import Told, Write
from tests.shared import ROOT
from timebank.flows.definitions import DefineCommodity, OpenAccount
from timebank.flows.periods import Close
from timebank.ledger.amounts import parse_amount
from timebank.services import forgetting
from timebank.services.balance_sheets import iterate_sheet
from timebank.services.imports import Imported, import_members, import_transfers
from timebank.services.imports.tables import BadRow
from timebank.services.verification import Verdict, verify_book
from timebank.store import tables

HEADER = "reference,date,payer,payee,amount,unit,reason"
EXCERPT = ROOT / "tests" / "data" / "sarafu"

# In these tests 王 is number 0001 with 100 points, 李 is number 0002 with none.


def run(community: Community, path: Path, told: Told, *, dry_run: bool = False) -> Imported:
    return import_transfers(
        community.installation, community.slug, path, told.reporter, dry_run=dry_run
    )


def size(community: Community) -> int:
    with community.installation.engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(tables.entries)) or 0


def balances(community: Community, commodity: str = "POINT") -> dict[str, int]:
    return {
        row.member or row.account: row.balance
        for row in iterate_sheet(community.installation, community.slug)
        if row.commodity == commodity
    }


def kinds(community: Community, after: int) -> list[str]:
    query = select(tables.entries.c.kind).where(tables.entries.c.seq >= after)
    with community.installation.engine.connect() as connection:
        return list(connection.scalars(query.order_by(tables.entries.c.seq)))


def test_rows_become_issues_transfers_and_reclaims_in_order(
    community: Community, write: Write, told: Told
) -> None:
    before = size(community)
    path = write(
        HEADER,
        "t-1,2026-02-01,issued,0002,50,POINT,入会",
        "t-2,2026-02-02,0002,0001,30,POINT,修水龙头",
        "t-3,2026-02-03,0001,issued,7,POINT,",
        "t-4,2026-02-04,0001,groups:chess-club,10,POINT,活动",
        "t-5,2026-02-05,groups:chess-club,0002,4,POINT,指导",
        "t-6,2026-02-06,issued,groups:chess-club,1:30,HOUR,清洁",
    )
    assert run(community, path, told) == Imported(rows=6, written=6)
    assert kinds(community, before) == [
        *("issue", "transfer", "reclaim", "transfer", "transfer", "issue")
    ]
    found = balances(community)
    assert (found["0001"], found["0002"], found["groups:chess-club"]) == (113, 24, 6)
    assert found["issued"] == -143
    assert balances(community, "HOUR")["groups:chess-club"] == 90
    with community.installation.engine.connect() as connection:
        days = select(tables.entries.c.day).where(tables.entries.c.seq >= before)
        assert sorted(connection.scalars(days)) == [f"2026-02-0{day}" for day in range(1, 7)]
    assert verify_book(community.installation, community.slug).verdict is Verdict.FINE


def test_the_same_file_again_changes_nothing(
    community: Community, write: Write, told: Told
) -> None:
    path = write(
        HEADER, "t-1,2026-02-01,0001,0002,50,POINT,", "t-2,2026-02-01,0002,0001,5.0,POINT,"
    )
    assert run(community, path, told).bad == 1
    path = write(HEADER, "t-1,2026-02-01,0001,0002,50,POINT,", "t-2,2026-02-01,0002,0001,5,POINT,")
    assert run(community, path, told) == Imported(rows=2, written=2)
    before = size(community)
    assert run(community, path, told) == Imported(rows=2, repeated=2)
    assert size(community) == before


def test_a_repeated_import_is_fine_after_the_period_closed_and_people_left(
    community: Community, write: Write, told: Told
) -> None:
    path = write(HEADER, "t-1,2026-02-01,0001,0002,100,POINT,")
    run(community, path, told)
    community.post(Close(until="2026-02-28"))
    forgetting.forget(community.installation, community.slug, community.ids["王"], by=("system",))
    # What was hashed with a secret stays, unless it is about who was forgotten alone.
    assert run(community, path, told) == Imported(rows=1, repeated=1)
    late = write(HEADER, "t-2,2026-02-01,issued,0002,1,POINT,")
    assert run(community, late, told).bad == 1
    assert "closed until 2026-02-28" in told.text


def test_every_bad_row_is_told_and_nothing_is_written(
    community: Community, write: Write, told: Told
) -> None:
    before = size(community)
    path = write(
        HEADER,
        "t-1,2026-02-01,0001,0002,1,POINT,gut",
        ",2026-02-01,0001,0002,1,POINT,",
        "t-3,2026-02-30,0001,0002,1,POINT,",
        "t-4,2026-02-01,0001,0001,1,POINT,",
        "t-5,2026-02-01,0001,,1,POINT,",
        "t-6,2026-02-01,0001,0002,0,POINT,",
        "t-7,2026-02-01,0001,0002,-1,POINT,",
        "t-8,2026-02-01,0001,0002,1.5,POINT,",
        "t-9,2026-02-01,0001,0002,1,GOLD,",
        "t-10,2026-02-01,0001,0002,1,CNY,",
        "t-11,2026-02-01,0001,0009,1,POINT,",
        "t-12,2026-03-02,0001,0002,1,POINT,",
        "t-1,2026-02-01,0001,0002,2,POINT,",
        "t-14,2026-02-01,0001,0002,1,POINT",
        "t-15,2026-02-01,0001,0002,9007199254740992,POINT,",
        f"t-16,2026-02-01,0001,0002,1,POINT,{'长' * 501}",
        f"{'t' * 101},2026-02-01,0001,0002,1,POINT,",
    )
    imported = run(community, path, told, dry_run=True)
    assert imported == Imported(rows=16, bad=16)
    assert size(community) == before
    reasons = {row.line: row.reason for row in told.rows}
    assert sorted(reasons) == list(range(3, 19))
    assert reasons[3].startswith("reference: must have 1 to 100")
    assert reasons[4].startswith("date: must be a day")
    assert reasons[5] == "payee: is the payer"
    assert reasons[6].startswith("payee: must have 1 to")
    assert reasons[7] == "amount: must be more than nothing"
    assert reasons[8] == "amount: must be more than nothing"
    assert reasons[9] == "amount: must have at most 0 decimals"
    assert reasons[10] == "there is no commodity GOLD"
    assert reasons[11] == "unit: CNY is not of hours or points"
    assert reasons[12] == "there is no member 0009"
    assert "in the future" in reasons[13]
    assert reasons[14] == "stands in line 2 already"
    assert reasons[15] == "has 6 columns where the header has 7"


def test_a_reference_imported_before_with_other_content_is_a_conflict(
    community: Community, write: Write, told: Told
) -> None:
    run(community, write(HEADER, "t-1,2026-02-01,0001,0002,1,POINT,"), told)
    before = size(community)
    path = write(HEADER, "t-1,2026-02-01,0001,0002,2,POINT,", "t-2,2026-02-01,0001,0002,2,POINT,")
    assert run(community, path, told) == Imported(rows=2, bad=1)
    assert told.rows == [BadRow(2, "was imported before with other content")]
    assert size(community) == before


def test_what_the_ledger_refuses_ends_the_import_with_its_batch(
    community: Community, write: Write, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("timebank.services.imports.importing.BATCH", 2)
    rows = [
        "t-1,2026-02-01,0001,0002,60,POINT,",
        "t-2,2026-02-01,0001,0002,10,POINT,",
        "t-3,2026-02-01,0001,0002,60,POINT,",
        "t-4,2026-02-01,0001,0002,20,POINT,",
        "t-5,2026-02-01,0001,0002,1,POINT,",
    ]
    imported = run(community, write(HEADER, *rows), told)
    assert imported == Imported(rows=5, written=3, bad=1, stopped=5)
    assert told.rows[0].line == 4
    assert "30 too few" in told.rows[0].reason
    assert balances(community)["0001"] == 10
    rows[2] = "t-3,2026-02-01,0001,0002,6,POINT,"
    assert run(community, write(HEADER, *rows), told) == Imported(rows=5, written=2, repeated=3)
    assert balances(community)["0001"] == 3


def test_a_file_that_changes_meanwhile_is_noticed(
    community: Community, write: Write, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(HEADER, "t-1,2026-02-01,0001,0002,60,POINT,")

    def change(_done: int, _total: int) -> None:
        path.write_bytes(f"{HEADER}\nt-1\n".encode())

    monkeypatch.setattr(Told, "reporter", property(lambda _: _reporter(change)))
    with pytest.raises(Exception, match="changed meanwhile"):
        run(community, path, told)


def _reporter(progress: Callable[[int, int], None]) -> object:
    from timebank.services.imports import Reporter  # noqa: PLC0415

    return Reporter(bad=lambda _row: None, progress=progress)


def test_sarafu_comes_out_to_the_cent_and_again(community: Community, told: Told) -> None:
    check_sarafu(community, EXCERPT, told)


def check_sarafu(community: Community, folder: Path, told: Told) -> None:
    community.clock.advance(days=0)
    community.post(DefineCommodity(commodity="SRF", commodity_kind="points", scale=2))
    installation, slug = community.installation, community.slug
    for again in (False, True):
        members = import_members(installation, slug, folder / "members.csv", told.reporter)
        transfers = import_transfers(installation, slug, folder / "transfers.csv", told.reporter)
        assert told.rows == []
        for imported in (members, transfers):
            assert imported.repeated == (imported.rows if again else 0)
            assert imported.written == (0 if again else imported.rows)
        assert srf_balances(community) == expected_balances(folder)
    assert verify_book(installation, slug).verdict is Verdict.FINE


def expected_balances(folder: Path) -> Counter[str]:
    with (folder / "expected_balances.csv").open(encoding="utf-8", newline="") as file:
        return Counter(
            {
                row["member"]: parse_amount(row["balance"], 2, "points")
                for row in csv.DictReader(file)
            }
        )


def srf_balances(community: Community) -> Counter[str]:
    return Counter(
        {
            row.member or row.account: row.balance
            for row in iterate_sheet(community.installation, community.slug)
            if row.commodity == "SRF" and (row.member or row.account == "issued")
        }
    )


def test_an_account_with_a_limit_of_its_own_may_pay(
    community: Community, write: Write, told: Told
) -> None:
    community.post(OpenAccount(account="groups:choir"))
    imported = run(community, write(HEADER, "t-1,2026-02-01,groups:choir,0001,1,POINT,"), told)
    assert imported.stopped == 2
    assert "1 too few" in told.text
