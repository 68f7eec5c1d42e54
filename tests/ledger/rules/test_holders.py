"""Holders: enrolled with a key and limits, and let go when nothing is open."""

from typing import Any

import pytest

from tests.ledger.bench import Bench, hash_of, member_id, replay
from tests.ledger.definitions import append, book_of_all_sorts
from timebank.errors import (
    AlreadyDefinedError,
    CapacityError,
    FactsError,
    HolderGoneError,
    LogBrokenError,
    NotSettledError,
    UnknownMemberError,
)
from timebank.flows import definitions
from timebank.ledger.model import Draft


@pytest.fixture
def bench() -> Bench:
    """A book with points, hours, money with a fund, and rice."""
    return book_of_all_sorts()


def test_a_holder_has_the_seq_of_their_enrolment_as_number(bench: Bench) -> None:
    seq = bench.enrol("ana", limits={"POINT": 5})

    holder = bench.state.holders[seq]
    assert (holder.number, holder.kind, holder.limits[0].amount) == (seq, "member", 5)


def test_a_name_is_in_the_seal_only(bench: Bench) -> None:
    bench.enrol("Ana Maria")

    written = bench.written[-1]
    assert b"Ana" not in written.body
    assert bench.sealed() == {
        "at": "2026-11-22T09:30:00Z",
        "name": "Ana Maria",
        "number": str(written.entry.seq),
    }


def test_a_key_hash_is_a_hash(bench: Bench) -> None:
    append_hash = hash_of("key")[:-1]

    with pytest.raises(FactsError, match=r"public\.key"):
        append(bench, "holder.enrolled", holder="member", key=append_hash)


def test_a_viewing_key_is_enrolled_once(bench: Bench) -> None:
    bench.enrol("ana")
    key_hash = bench.entry().public["key"]
    command = definitions.EnrolHolder(holder="member", key_hash=key_hash, number="2", name="bo")

    with pytest.raises(AlreadyDefinedError, match="key"):
        bench.post(command)


@pytest.mark.parametrize("kind", ["carrier", "stall"])
def test_only_members_have_limits(bench: Bench, kind: Any) -> None:  # noqa: ANN401 - a literal
    with pytest.raises(FactsError, match="only members have credit limits"):
        bench.enrol("ana", kind=kind, limits={"POINT": 5})


def test_limits_of_members_are_in_hours_and_points(bench: Bench) -> None:
    with pytest.raises(FactsError, match="credit is in hours and points only"):
        bench.enrol("ana", limits={"RICE": 5})


@pytest.mark.parametrize("by", [("app:kiosk",), ("member",), ("app:kiosk", "staff:coordinator:2")])
def test_credit_is_given_by_the_treasurer_or_the_operator(
    bench: Bench, by: tuple[str, ...]
) -> None:
    lent = bench.enrolment("ana", limits={"POINT": 5})

    with pytest.raises(CapacityError, match="credit must be posted by staff:treasurer or system"):
        bench.post(lent, by=by)
    with pytest.raises(LogBrokenError, match="capacity_missing: credit"):
        replay(bench.forge(bench.draft(lent), by=by))
    bench.post(bench.enrolment("ana"), by=by)
    for lender in (("staff:treasurer:1",), ("system",)):
        bench.post(bench.enrolment("bo", limits={"POINT": 5}), by=lender)
    bench.replay()


def test_who_leaves_owns_nothing_and_owes_nothing(bench: Bench) -> None:
    bench.policy("credit_limit", 5, "POINT")
    bench.enrol("ana", "bo")
    bench.issue("ana", 7)
    hold = bench.hold("ana", 7)

    with pytest.raises(NotSettledError, match=f"members:held#{member_id('ana')} still holds 7"):
        bench.leave("ana")
    bench.release(hold)
    with pytest.raises(NotSettledError, match=f"members#{member_id('ana')} still holds 7"):
        bench.leave("ana")
    bench.transfer("ana", "bo", 12)
    with pytest.raises(NotSettledError, match="still holds -5 POINT"):
        bench.leave("ana")
    bench.transfer("bo", "ana", 5)
    seq = bench.leave("ana")

    assert bench.state.holders[bench.number("ana")].left == seq


def test_nobody_leaves_twice(bench: Bench) -> None:
    number = bench.enrol("ana")
    bench.leave("ana")

    with pytest.raises(HolderGoneError):
        append(bench, "holder.left", enrolled=number)


def test_only_who_was_enrolled_leaves(bench: Bench) -> None:
    with pytest.raises(UnknownMemberError):
        append(bench, "holder.left", enrolled=2)


def test_the_keys_show_who_left_with_something(bench: Bench) -> None:
    number = bench.enrol("ana")
    bench.issue("ana", 7)
    left = Draft(kind="holder.left", day=bench.today, public={"enrolled": number})
    replay(bench.forge(left))

    bench.force(left)

    with pytest.raises(LogBrokenError, match=f"members#{number} still holds 7 POINT"):
        bench.keyed_replay()
