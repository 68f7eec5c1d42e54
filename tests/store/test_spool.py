from itertools import groupby

import pytest

from timebank.ledger.growing import Arrivals, ArrivalsInMemory, Names, NamesInMemory
from timebank.ledger.model import Key
from timebank.ledger.sums import LegSide
from timebank.store.spool import Spooled

ANA, BO = (Key("members", number, "POINT", "") for number in (3, 4))


@pytest.fixture(params=[1, 2, 1_000])
def held_max(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """How much is held in memory: hardly anything, or all."""
    count: int = request.param
    monkeypatch.setattr("timebank.store.spool.HELD_MAX", count)
    monkeypatch.setattr("timebank.store.spool.TURNOVERS_HELD_MAX", count)
    return count


@pytest.mark.usefixtures("held_max")
def test_what_is_spooled_is_what_would_be_in_memory() -> None:
    with Spooled() as spooled:
        for names in (spooled.names, NamesInMemory()):
            check_names(names)
        for arrivals in (spooled.arrivals, ArrivalsInMemory()):
            check_arrivals(arrivals)


def check_names(names: Names) -> None:
    names.add("service:task", "a", 5)
    names.add("recalled", "a", 7)
    names.add("service:task", "a", 9)

    assert names.seqs("service:task", "a") == (5, 9)
    assert names.seqs("service:task", "b") == ()

    names.add("service:task", "a", 11)

    assert names.seqs("service:task", "a") == (5, 9, 11)
    assert names.seqs("recalled", "a") == (7,)


def check_arrivals(arrivals: Arrivals) -> None:
    arrivals.add(ANA, "2026-01-01", 5)
    arrivals.add(ANA, "2026-01-03", 7)
    arrivals.add(ANA, "2026-01-01", 2)
    arrivals.add(BO, "2026-01-02", 100)
    arrivals.add(ANA, "2026-01-03", -3)

    assert arrivals.after(ANA, "2025-12-31") == 11
    assert arrivals.after(ANA, "2026-01-01") == 4
    assert arrivals.after(ANA, "2026-01-03") == 0
    assert arrivals.after(BO, "2026-01-01") == 100
    assert arrivals.after(Key("members", 5, "POINT", ""), "2026-01-01") == 0


@pytest.mark.usefixtures("held_max")
def test_turnovers_are_of_each_account_and_each_holder_by_day() -> None:
    with Spooled() as spooled:
        turnovers = spooled.turnovers
        turnovers.add(7, "2026-01-02", [side(0, "issued", 0, 5), side(1, "members", 3, 5)])
        turnovers.add(8, "2026-01-01", [side(0, "members", 3, 2), side(1, "members", 4, 2)])
        turnovers.add(9, "2026-01-02", [side(0, "members", 3, 1), side(1, "members", 4, 1)])
        rows = list(turnovers.rows())

    places = [row[:5] for row in rows]
    assert places == sorted(places)
    assert summed_up(rows) == {
        ("issued", 0, "2026-01-02"): (0, 5, 7, 7),
        ("members", 0, "2026-01-01"): (2, 2, 8, 8),
        ("members", 0, "2026-01-02"): (6, 1, 7, 9),
        ("members", 3, "2026-01-01"): (0, 2, 8, 8),
        ("members", 3, "2026-01-02"): (5, 1, 7, 9),
        ("members", 4, "2026-01-01"): (2, 0, 8, 8),
        ("members", 4, "2026-01-02"): (1, 0, 9, 9),
    }


def side(side: int, account: str, owner: int, amount: int) -> LegSide:
    return LegSide(0, side, account, owner, "POINT", "", amount, 0, 0, 0, 0)


def summed_up(rows: list[tuple[object, ...]]) -> dict[tuple[object, ...], tuple[int, ...]]:
    found: dict[tuple[object, ...], tuple[int, ...]] = {}
    for (account, holder, _, _, day), same in groupby(rows, key=lambda row: row[:5]):
        debits, credits_, firsts, lasts = zip(*(row[5:] for row in same), strict=True)
        found[account, holder, day] = (sum(debits), sum(credits_), min(firsts), max(lasts))
    return found
