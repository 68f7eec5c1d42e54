"""Verifying and rebuilding a book some of whose people were forgotten."""

import pytest

from tests.installations import Community
from tests.services.tampering import Row, change, changed, put, remove, rows_of
from tests.services.verification.both_ways import verify
from timebank.errors import LogBrokenError
from timebank.services import forgetting
from timebank.services.rebuild import rebuild_book
from timebank.services.verification import Verdict
from timebank.store import tables


@pytest.fixture
def parted(community: Community) -> Community:
    """王 paid 李 and left for good; 张 did the same."""
    community.enrol("张")
    community.issue("张", 100)
    for name in ("王", "张"):
        community.transfer(name, "李", 100)
        forgetting.forget(
            community.installation, community.slug, community.ids[name], by=("system",)
        )
    return community


def sides_of(community: Community, name: str) -> list[Row]:
    engine = community.installation.engine
    holder = next(
        row["holder"]
        for row in rows_of(engine, tables.holders)
        if row["member_id"] == community.ids[name]
    )
    return [row for row in rows_of(engine, tables.leg_sides) if row["holder"] == holder]


def test_the_legs_of_the_forgotten_are_counted(parted: Community) -> None:
    report = verify(parted)
    assert report.verdict is Verdict.FINE, report.findings
    assert report.unchecked == 4


def test_totals_of_forgotten_legs_are_checked(parted: Community) -> None:
    row = sides_of(parted, "王")[0]
    for column in ("amount", "debits", "total_debits", "commodity", "account"):
        value = row[column]
        other = value + 1 if isinstance(value, int) else value + "x"
        with changed(parted.installation.engine, tables.leg_sides, row, {column: other}):
            assert verify(parted).verdict is Verdict.WRONG, column


def test_a_forgotten_leg_given_to_somebody_living_is_found(parted: Community) -> None:
    row = sides_of(parted, "王")[0]
    holder = sides_of(parted, "李")[0]["holder"]
    with changed(parted.installation.engine, tables.leg_sides, row, {"holder": holder}):
        assert verify(parted).verdict is Verdict.WRONG


def test_what_should_have_been_erased_is_found(parted: Community) -> None:
    engine = parted.installation.engine
    holder = sides_of(parted, "王")[0]["holder"]
    seq = sides_of(parted, "王")[0]["seq"]
    for table, row in (
        (tables.contacts, {"book_id": 1, "holder": holder, "ciphertext": bytes(40)}),
        (tables.openings, {"book_id": 1, "seq": seq, "seal": 0, "ciphertext": bytes(80)}),
    ):
        put(engine, table, row)
        report = verify(parted)
        remove(engine, table, row)
        assert "should have been erased" in str(report.findings[0])
    assert verify(parted).verdict is Verdict.FINE


def test_rebuilding_takes_the_legs_of_the_forgotten_as_told(parted: Community) -> None:
    before = rows_of(parted.installation.engine, tables.leg_sides)
    rebuilt = rebuild_book(parted.installation, parted.slug)
    assert rebuilt.told == 4
    assert rows_of(parted.installation.engine, tables.leg_sides) == before


def test_what_nobody_tells_any_more_cannot_be_rebuilt_and_nothing_is_changed(
    parted: Community,
) -> None:
    engine = parted.installation.engine
    change(engine, tables.leg_sides, sides_of(parted, "王")[-1], {"holder": 0})
    before = rows_of(engine, tables.leg_sides)
    with pytest.raises(LogBrokenError):
        rebuild_book(parted.installation, parted.slug)
    assert rows_of(engine, tables.leg_sides) == before
    assert verify(parted).verdict is Verdict.WRONG
