"""Whatever happens in a book: reports on any period are what going through all entries gives."""

from collections import defaultdict

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.services.histories import History, Side, Step, counted, histories, live, pairs
from tests.services.test_read_properties import of_books, some_period
from timebank.services.installation import Installation
from timebank.services.reports import REPORTS, Report, make_report


@settings(of_books, max_examples=8)
@given(happening=histories, data=st.data())
def test_reports_are_what_the_entries_add_up_to(
    installation: Installation, happening: list[Step], data: st.DataObject
) -> None:
    history = live(installation, happening)
    for _ in range(2):
        first, last = data.draw(some_period)
        as_of = data.draw(st.none() | st.integers(0, history.last))
        made = {
            name: make_report(installation, history.slug, name, first=first, last=last, as_of=as_of)
            for name in REPORTS
        }
        sides = counted(history.sides, as_of, last)
        moved = [side for side in sides if side.day >= first]
        check_covered(made["movements"], history, as_of)
        check_movements(made["movements"], moved)
        check_circulation(made["circulation"], sides, moved)


def check_covered(made: Report, history: History, as_of: int | None) -> None:
    covered = made.covered
    seqs = [
        entry.seq
        for entry in history.entries
        if covered.first <= entry.day <= covered.last and (as_of is None or entry.seq <= as_of)
    ]
    assert covered.as_of == (history.last if as_of is None else as_of)
    assert covered.first_seq == min(seqs, default=None)
    assert covered.last_seq == max(seqs, default=None)


def check_movements(made: Report, moved: list[Side]) -> None:
    """Each account has come by what its lines say."""
    net: defaultdict[tuple[object, ...], int] = defaultdict(int)
    for row in made.rows:
        amount = row["amount"]
        assert isinstance(amount, int)
        net[row["to_account"], row["commodity"], row["lot"]] += amount
        net[row["from_account"], row["commodity"], row["lot"]] -= amount
    expected = {key: debits - credits_ for key, (debits, credits_) in pairs(moved).items()}
    assert {key: amount for key, amount in net.items() if amount} == {
        key: amount for key, amount in expected.items() if amount
    }


def check_circulation(made: Report, sides: list[Side], moved: list[Side]) -> None:
    found = {
        (row["account"], row["commodity"], ""): (row["received"], row["given"], row["closing"])
        for row in made.rows
        if row["account"]
    }
    changes = pairs(moved)
    expected = {
        key: (*changes.get(key, (0, 0)), debits - credits_)
        for key, (debits, credits_) in pairs(sides).items()
        if key[1] in {"POINT", "HOUR"}
    }
    assert found == expected
