"""What the log alone shows of continuations and reversals, and what only the keys show."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from tests.ledger.bench import Bench, keyed_replay, leg, member_id, place, replay
from tests.ledger.holds import book_of_three
from timebank.errors import LegPatternError, LogBrokenError
from timebank.flows.holds import Hold, Release, Settle
from timebank.flows.movements import Transfer
from timebank.flows.reversals import Reverse
from timebank.ledger.model import Entry, Leg


@pytest.fixture
def bench() -> Bench:
    """A book with ana, who has 100 points, and bo and cy, who have none."""
    return book_of_three()


LegChange = Callable[[Leg], Leg]


def changed(**fields: Any) -> LegChange:  # noqa: ANN401 - a leg's fields are of two types
    def change(leg: Leg) -> Leg:
        return msgspec.structs.replace(leg, **fields)

    return change


def with_leg(change: LegChange) -> Callable[[Entry], Entry]:
    """Change the first leg of an entry."""

    def changed_entry(entry: Entry) -> Entry:
        return msgspec.structs.replace(entry, legs=(change(entry.legs[0]), *entry.legs[1:]))

    return changed_entry


def with_public(**facts: object) -> Callable[[Entry], Entry]:
    """Change public facts of an entry."""

    def changed_entry(entry: Entry) -> Entry:
        return msgspec.structs.replace(entry, public={**entry.public, **facts})

    return changed_entry


OTHER = "x3k" + "A" * 40


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (changed(amount=31), "over_remaining: of entry 7 30 is left, 31 was asked"),
        (changed(from_=f"members:held#{OTHER}"), "entry 7: repeats no reference"),
        (changed(to=f"members#{OTHER}"), "entry 7: it must return to where it came from"),
        (changed(commodity="HOUR"), "entry 7: repeats no reference, commodity and lot"),
    ],
)
def test_the_log_alone_shows_a_forged_release(bench: Bench, change: LegChange, found: str) -> None:
    bench.define("HOUR", "time")
    assert bench.hold("ana", 30) == 7
    forged = bench.forge(bench.draft(Release(hold=7)), with_leg(change))

    with pytest.raises(LogBrokenError, match=found):
        replay(forged)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (changed(amount=31), "over_remaining"),
        (changed(from_=f"members:held#{OTHER}"), "repeats no reference"),
    ],
)
def test_the_log_alone_shows_a_forged_settlement(
    bench: Bench, change: LegChange, found: str
) -> None:
    hold = bench.hold("ana", 30)
    forged = bench.forge(bench.draft(Settle(hold=hold, to=place("bo"))), with_leg(change))

    with pytest.raises(LogBrokenError, match=found):
        replay(forged)


@pytest.mark.parametrize("kind", ["release", "settle"])
def test_the_log_alone_shows_a_hold_that_is_none(bench: Bench, kind: str) -> None:
    bench.transfer("ana", "bo", 30)
    hold = bench.hold("ana", 30)
    draft = replace(bench.draft(Release(hold=hold)), kind=kind)

    for seq, found in ((hold - 1, "is no hold"), (hold + 1, "there is no entry")):
        forged = bench.forge(draft, with_public(hold=seq))
        with pytest.raises(LogBrokenError, match=found):
            replay(forged)


@pytest.mark.parametrize("kind", ["hold", "release", "settle"])
def test_the_log_alone_shows_two_legs_where_there_is_one(bench: Bench, kind: str) -> None:
    """So that what is left of a hold is one number."""
    hold = bench.hold("ana", 30)
    one = bench.draft(Hold(member=member_id("ana"), amount=10, commodity="POINT"))
    if kind != "hold":
        one = replace(bench.draft(Release(hold=hold, amount=10)), kind=kind)
    replay(bench.forge(one))
    two = replace(one, legs=one.legs * 2)

    with pytest.raises(LegPatternError, match="must have 1 to 1 legs"):
        bench.append(two)
    with pytest.raises(LogBrokenError, match=f"leg_not_allowed: {kind}, leg 2"):
        replay(bench.forge(two))


@pytest.mark.parametrize(
    "change",
    [
        changed(amount=29),
        changed(amount=31),
        changed(to=f"members#{OTHER}"),
        changed(from_=f"members#{OTHER}"),
        changed(commodity="HOUR"),
        lambda leg: msgspec.structs.replace(leg, from_=leg.to, to=leg.from_),
    ],
)
def test_the_log_alone_shows_a_forged_reversal(bench: Bench, change: LegChange) -> None:
    bench.define("HOUR", "time")
    seq = bench.post(Transfer(legs=(leg("ana", "bo", 30), leg("ana", "cy", 20))))
    reversal = bench.draft(Reverse(reverses=seq))
    replay(bench.forge(reversal))

    with pytest.raises(LogBrokenError, match="a reversal has the same legs turned round"):
        replay(bench.forge(reversal, with_leg(change)))


@pytest.mark.parametrize(
    "take", [lambda legs: legs[:1], lambda legs: legs[::-1], lambda legs: (*legs, legs[0])]
)
def test_the_log_alone_shows_a_reversal_of_other_legs(
    bench: Bench, take: Callable[[tuple[Leg, ...]], tuple[Leg, ...]]
) -> None:
    seq = bench.post(Transfer(legs=(leg("ana", "bo", 30), leg("ana", "cy", 20))))
    reversal = bench.draft(Reverse(reverses=seq))
    forged = bench.forge(
        reversal, lambda entry: msgspec.structs.replace(entry, legs=take(entry.legs))
    )

    with pytest.raises(LogBrokenError, match="a reversal has the same legs turned round"):
        replay(forged)


def test_the_log_alone_shows_a_second_reversal(bench: Bench) -> None:
    seq = bench.transfer("ana", "bo", 30)
    reversal = bench.draft(Reverse(reverses=seq))
    bench.reverse(seq)
    bench.transfer("ana", "bo", 50)

    with pytest.raises(LogBrokenError, match="already_reversed"):
        replay(bench.forge(reversal))


def test_the_log_alone_shows_a_reversal_of_a_reversal(bench: Bench) -> None:
    seq = bench.reverse(bench.transfer("ana", "bo", 30))
    forged = bench.forge(
        bench.draft(Transfer(legs=(leg("ana", "bo", 30),))),
        lambda entry: msgspec.structs.replace(
            entry, kind="reversal", public={"reverses": seq}, legs=bench.entry(seq - 1).legs
        ),
    )

    with pytest.raises(LogBrokenError, match="not_reversible"):
        replay(forged)


def test_the_keys_show_a_hold_of_somebody_else(bench: Bench) -> None:
    """A hold of ana's points under bo's reference looks like any other to who has no keys."""
    bo = bench.number("bo")
    draft = bench.draft(Transfer(legs=(leg("ana", "bo", 30),)))
    held = draft.legs[0]._replace(to=draft.legs[0].to._replace(account="members:held", owner=bo))
    forged = bench.forge(replace(draft, kind="hold", legs=(held,)))

    replay(forged)
    with pytest.raises(LogBrokenError, match="must stay with the same member"):
        keyed_replay(forged, bench.ring())
