import pytest

from tests.ledger.bench import Bench, member_id, place
from timebank.errors import (
    ContinuationError,
    FactsError,
    MalformedError,
    NothingLeftError,
    UnknownAccountError,
    UnknownEntryError,
)
from timebank.flows.holds import Hold, Release, Settle
from timebank.flows.needs import Needs, Spot, Wanted
from timebank.flows.registry import needs_of
from timebank.ledger.model import Place

ANA = member_id("ana")


@pytest.fixture
def bench() -> Bench:
    """A book with ana, who has 100 points of which 30 are on hold by entry 5, and bo."""
    bench = Bench()
    bench.enrol("ana", "bo")
    bench.issue("ana", 100)
    assert bench.hold("ana", 30) == 5
    return bench


def test_a_hold_sets_an_amount_aside(bench: Bench) -> None:
    assert (bench.balance("ana"), bench.held("ana")) == (70, 30)
    assert bench.entry().public == {}


def test_a_hold_says_when_it_ends(bench: Bench) -> None:
    bench.hold("ana", 1, expires="2026-12-01")
    assert bench.entry().public == {"expires": "2026-12-01"}

    bench.policy("hold_days", 14)
    bench.hold("ana", 1)
    assert bench.entry().public == {"expires": "2026-12-06"}
    bench.hold("ana", 1, expires="2026-12-01")
    assert bench.entry().public == {"expires": "2026-12-01"}
    bench.post(Hold(member=ANA, amount=1, commodity="POINT", day="2026-11-20"))
    assert bench.entry().public == {"expires": "2026-12-04"}

    bench.policy("hold_days", 0)
    bench.hold("ana", 1)
    assert bench.entry().public == {}


def test_a_hold_does_not_end_before_it_begins(bench: Bench) -> None:
    with pytest.raises(FactsError, match=r"expires: is before the day of the hold, 2026-11-22"):
        bench.hold("ana", 1, expires="2026-11-21")


def test_a_release_goes_back_to_where_the_hold_came_from(bench: Bench) -> None:
    hold = bench.entry(5).legs[0]

    draft = bench.draft(Release(hold=5))

    (back,) = draft.legs
    ana = bench.number("ana")
    assert back.amount == 30
    assert back.from_ == Place("members:held", ana, hold.to.partition("#")[2])
    assert back.to == Place("members", ana, hold.from_.partition("#")[2])
    assert draft.public == {"hold": 5}


def test_a_settlement_goes_to_somebody_new(bench: Bench) -> None:
    bench.account("groups:chess")

    (to_bo,) = bench.draft(Settle(hold=5, to=place("bo"))).legs
    (to_group,) = bench.draft(Settle(hold=5, to="groups:chess", amount=4)).legs

    assert to_bo.to == Place("members", bench.number("bo"))
    assert (to_group.to, to_group.amount) == (Place("groups:chess"), 4)


def test_all_that_is_left_goes_unless_an_amount_is_named(bench: Bench) -> None:
    bench.settle(5, "bo", 12)

    assert bench.draft(Release(hold=5)).legs[0].amount == 18
    assert bench.draft(Release(hold=5, amount=3)).legs[0].amount == 3


@pytest.mark.parametrize("command", [Release(hold=99), Settle(hold=99, to="groups:chess")])
def test_a_hold_that_is_not_there_is_told(bench: Bench, command: Release | Settle) -> None:
    with pytest.raises(UnknownEntryError):
        bench.post(command)


def test_an_entry_that_is_no_hold_is_told(bench: Bench) -> None:
    with pytest.raises(ContinuationError, match="entry 4: is no hold"):
        bench.release(4)


def test_a_hold_with_nothing_left_is_told(bench: Bench) -> None:
    bench.release(5)

    with pytest.raises(NothingLeftError) as caught:
        bench.settle(5, "bo")
    assert caught.value.details() == {"seq": 5, "remaining": 0, "asked": 30}


def test_a_settlement_with_nobody_is_told(bench: Bench) -> None:
    with pytest.raises(UnknownAccountError, match=member_id("cy")):
        bench.settle(5, "cy")


def test_holds_need_what_they_change() -> None:
    hold = Hold(member=ANA, amount=1, commodity="POINT")

    assert needs_of(hold).balances == {
        Wanted("members", ANA, "POINT", ""),
        Wanted("members:held", ANA, "POINT", ""),
    }
    assert needs_of(Release(hold=5)) == Needs(entries=frozenset({5}))
    assert needs_of(Settle(hold=5, to=place("bo"))) == Needs(
        entries=frozenset({5}), counterparts=frozenset({Spot("members", member_id("bo"))})
    )


@pytest.mark.parametrize(
    ("command", "field"),
    [
        (Hold(member="ana", amount=1, commodity="POINT"), "member"),
        (Hold(member=ANA, amount=1, commodity="point"), "commodity"),
        (Hold(member=ANA, amount=1, commodity="POINT", expires="soon"), "expires"),
        (Settle(hold=5, to="members#bo"), "to"),
    ],
)
def test_what_is_not_well_formed_is_told_by_field(command: Hold | Settle, field: str) -> None:
    with pytest.raises(MalformedError) as caught:
        needs_of(command)

    assert caught.value.field == field
