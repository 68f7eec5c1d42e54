"""What verifying does when the log itself is wrong, or cannot be checked."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.installations import Community
from tests.services.tampering import Row, changed, changed_all, put, remove, rows_of
from tests.services.verification.both_ways import verify, verify_both
from timebank.errors import UnknownBookError
from timebank.ledger import encoding, merkle
from timebank.ledger.hashing import leaf_hash
from timebank.ledger.merkle import Edge
from timebank.services.verification import Report, Verdict, verify_book
from timebank.store import tables
from timebank.store.vault import Vault


def entry_rows(community: Community) -> list[Row]:
    return rows_of(community.installation.engine, tables.entries)


def messages(report: Report) -> str:
    return "\n".join(map(str, report.findings))


@contextmanager
def without(community: Community, *rows: Row) -> Iterator[None]:
    """Remove entries for a while."""
    engine = community.installation.engine
    remove(engine, tables.entries, *rows)
    try:
        yield
    finally:
        put(engine, tables.entries, *rows)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_any_changed_bit_of_an_entry_is_found(full: Community, data: st.DataObject) -> None:
    row = data.draw(st.sampled_from(entry_rows(full)), label="entry")
    place = data.draw(st.integers(0, len(row["body"]) - 1), label="byte")
    bit = 1 << data.draw(st.integers(0, 7), label="bit")
    body = bytearray(row["body"])
    body[place] ^= bit
    with changed(full.installation.engine, tables.entries, row, {"body": bytes(body)}):
        report = verify(full)
    assert report.verdict is Verdict.WRONG
    assert f"entries, seq {row['seq']}" in messages(report)


def test_a_changed_amount_is_named_where_it_is_and_ends_the_replay_after_it(
    full: Community,
) -> None:
    row = next(row for row in entry_rows(full) if b'"amount":1000' in row["body"])
    body = row["body"].replace(b'"amount":1000', b'"amount":1001')
    with changed(full.installation.engine, tables.entries, row, {"body": body}):
        report = verify(full)
    seq = row["seq"]
    assert report.replayed == seq + 1
    assert report.size == len(entry_rows(full))
    assert f"entries, seq {seq}, leaf: is {row['leaf'].hex()}, should be" in messages(report)
    assert f"leg_sides, seq {seq}, leg 0, side 0, amount: is 1000, should be 1001" in messages(
        report
    )
    problem = f"entries, seq {seq + 1}, body: prev is not the leaf hash of the entry before"
    assert problem in messages(report)
    assert f"replay stopped before entry {seq + 1}" in report.notes[0]


def test_after_the_replay_stopped_the_rest_is_still_looked_at(full: Community) -> None:
    engine = full.installation.engine
    entries, sides = entry_rows(full), rows_of(engine, tables.leg_sides)
    broken, later, last_side = entries[40], entries[60], sides[-1]
    last = entries[-1]
    with (
        changed(engine, tables.entries, broken, {"body": b"{}"}),
        changed(engine, tables.entries, later, {"day": "2026-03-01"}),
        changed(engine, tables.entries, last, {"leaf": bytes(32)}),
        changed(engine, tables.leg_sides, last_side, {"amount": last_side["amount"] + 1}),
    ):
        report = verify(full)
    found = messages(report)
    assert "entries, seq 40, body:" in found
    assert "entries, seq 60, day: is 2026-03-01, should be 2026-03-02" in found
    assert f"entries, seq {last['seq']}, leaf:" in found
    assert f"leg_sides, seq {last_side['seq']}, leg 0, side 1, amount" in found
    # What hangs together is not reported: the bytes alone say what was before the change.
    assert "accounts" not in found
    assert "holders" not in found


def test_entries_that_are_none_are_each_named(full: Community) -> None:
    engine = full.installation.engine
    rows = entry_rows(full)
    with (
        changed(engine, tables.entries, rows[40], {"body": b"{}"}),
        changed(engine, tables.entries, rows[42], {"body": b"[]"}),
    ):
        report = verify(full)
    for seq in (40, 42):
        assert f"entries, seq {seq}, body: " in messages(report)
        assert f"entries, seq {seq}, leaf: " in messages(report)
    assert "entries, seq 41, body.prev: is not the leaf hash" in messages(report)


def test_missing_entries_are_named(full: Community) -> None:
    rows = entry_rows(full)
    with without(full, rows[50]):
        one = verify(full)
    with without(full, *rows[50:53]):
        three = verify(full)
    assert "entries, seq 50: is missing" in messages(one)
    assert "entries, seq 50 to 52: is missing" in messages(three)
    assert one.replayed == three.replayed == 50
    assert one.root == ""


def test_lost_entries_at_the_end_are_seen_by_the_head_and_the_projections(full: Community) -> None:
    with without(full, entry_rows(full)[-1]):
        report = verify(full)
    assert report.verdict is Verdict.WRONG
    assert "heads, size: is" in messages(report)
    assert "leg_sides" in messages(report)
    assert "openings" in messages(report)


def test_an_empty_log_is_wrong(full: Community) -> None:
    with without(full, *entry_rows(full)):
        report = verify(full)
    assert "entries, seq 0: is missing" in messages(report)


def test_an_unknown_kind_cannot_be_checked(full: Community) -> None:
    engine = full.installation.engine
    last = entry_rows(full)[-1]
    (head,) = rows_of(engine, tables.heads)
    body = (
        last["body"]
        .replace(b'"kind":"transfer"', b'"kind":"barter"')
        .replace(b'"seq":%d' % last["seq"], b'"seq":%d' % head["size"])
    )
    previous = body.index(b'"prev":"') + 8
    body = body[:previous] + encoding.to_base64(last["leaf"]).encode() + body[previous + 44 :]
    row = {**last, "seq": head["size"], "body": body, "leaf": leaf_hash(body), "kind": "barter"}
    edge, _ = merkle.append(Edge.from_bytes(head["size"], head["edge"]), row["leaf"])
    after = {"size": edge.size, "last_leaf": row["leaf"], "edge": edge.to_bytes()}
    put(engine, tables.entries, row)
    sides = [
        {**side, "seq": row["seq"]}
        for side in rows_of(engine, tables.leg_sides)
        if side["seq"] == last["seq"]
    ]
    put(engine, tables.leg_sides, *sides)
    try:
        with changed(engine, tables.heads, head, after):
            report = verify(full)
    finally:
        remove(engine, tables.entries, row)
        remove(engine, tables.leg_sides, *sides)
    assert "barter is not in the registry" in report.obstacle
    # The balances do not have the leg sides that stand there for it.
    assert {finding.table for finding in report.findings} <= {"balances", "turnovers"}


def test_with_another_installation_key_it_cannot_be_checked(full: Community) -> None:
    other = replace(full.installation, vault=Vault(bytes(32)))
    report = verify_both(other, full.slug)
    assert report.verdict is Verdict.CANNOT_CHECK
    assert "installation key" in report.obstacle


def test_a_book_that_is_not_there(full: Community) -> None:
    with pytest.raises(UnknownBookError):
        verify_book(full.installation, "nowhere")


def test_findings_are_all_counted_and_the_first_hundred_kept(full: Community) -> None:
    engine = full.installation.engine
    rows = [row for row in rows_of(engine, tables.leg_sides) if row["total_debits"]][:150]
    with changed_all(engine, tables.leg_sides, rows, {"total_debits": 9_999_999}):
        report = verify(full)
    assert report.finding_count == 150
    assert len(report.findings) == 100


def test_a_wrong_leg_side_is_one_finding_and_spoils_nothing_else(full: Community) -> None:
    engine = full.installation.engine
    sides = rows_of(engine, tables.leg_sides)
    row = next(side for side in reversed(sides) if side["holder"])
    other = next(side["holder"] for side in sides if side["holder"] not in {0, row["holder"]})
    for values in ({"amount": row["amount"] + 1}, {"holder": other}):
        with changed(engine, tables.leg_sides, row, values):
            report = verify(full)
        assert report.finding_count == 1, messages(report)
        assert report.replayed == report.size


def test_owners_that_are_all_wrong_are_found_without_end(full: Community) -> None:
    engine = full.installation.engine
    rows = [row for row in rows_of(engine, tables.leg_sides) if row["holder"]]
    with changed_all(engine, tables.leg_sides, rows, {"holder": 0}):
        report = verify(full)
    assert report.verdict is Verdict.WRONG
    assert report.finding_count >= len(rows) - report.unchecked - 2


def test_wrong_owners_of_earlier_stretches_spoil_nothing_later(
    full: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("timebank.store.scanning.STRETCH", 7)
    assert verify(full).verdict is Verdict.FINE
    engine = full.installation.engine
    hold = next(row["seq"] for row in entry_rows(full) if row["kind"] == "hold")
    sides = [row for row in rows_of(engine, tables.leg_sides) if row["seq"] == hold]
    with changed_all(engine, tables.leg_sides, sides, {"holder": 0}):
        report = verify(full)
    assert [str(finding) for finding in report.findings] == [
        f"leg_sides, seq {hold}, leg 0, side {side}, holder: is 0, should be {row['holder']}"
        for side, row in enumerate(sides)
    ]


def test_with_too_many_wrong_owners_it_is_said_that_they_must_be_rebuilt(
    full: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("timebank.services.verification.log.SEARCHES_MAX", 3)
    monkeypatch.setattr("timebank.services.verification.log.CORRECTED_MAX", 2)
    engine = full.installation.engine
    rows = [row for row in rows_of(engine, tables.leg_sides) if row["holder"]]
    with changed_all(engine, tables.leg_sides, rows, {"holder": 0}):
        report = verify(full)
    assert report.verdict is Verdict.WRONG
    assert "too many of the stored owners are wrong; rebuild them first" in report.obstacle
    assert report.replayed < report.size


def test_a_key_that_is_not_the_holders_own_is_found(full: Community) -> None:
    engine = full.installation.engine
    holder = next(
        row["holder"]
        for row in rows_of(engine, tables.holders)
        if row["member_id"] == full.ids["钱"]
    )
    row = next(row for row in rows_of(engine, tables.holder_keys) if row["holder"] == holder)
    vault = full.installation.vault.book("localhost/log/demo")
    wrapped = vault.wrap_holder_keys(holder, vault.new_holder_keys())
    with changed(engine, tables.holder_keys, row, {"wrapped": wrapped}):
        report = verify(full)
    problem = f"holder_keys, holder {holder}, wrapped: is not the key that the entry published"
    assert problem in messages(report)


def test_a_reference_of_nobody_ends_the_replay(full: Community) -> None:
    engine = full.installation.engine
    owner = full.ids["王"]
    (row,) = [row for row in rows_of(engine, tables.holders) if row["member_id"] == owner]
    (keys,) = [
        keys for keys in rows_of(engine, tables.holder_keys) if keys["holder"] == row["holder"]
    ]
    sides = [side for side in rows_of(engine, tables.leg_sides) if side["holder"] == row["holder"]]
    vault = full.installation.vault.book("localhost/log/demo")
    wrapped = vault.wrap_holder_keys(row["holder"], vault.new_holder_keys())
    with changed(engine, tables.holder_keys, keys, {"wrapped": wrapped}):
        report = verify(full)
    assert report.replayed == sides[0]["seq"]
    assert "the reference is not that of its holder" in messages(report)


@pytest.mark.parametrize("processes", [1, 2])
def test_progress_is_told(full: Community, processes: int) -> None:
    told: list[tuple[int, int]] = []

    def tell(done: int, total: int) -> None:
        told.append((done, total))

    report = verify_book(full.installation, full.slug, tell, processes=processes)
    assert told[-1] == (report.size, report.size)
