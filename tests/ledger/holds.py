"""A book with points that may be held, for tests of what goes on from an entry or back."""

from tests.ledger.bench import Bench


def book_of_three() -> Bench:
    """A book with ana, who has 100 points, and bo and cy, who have none."""
    bench = Bench()
    bench.enrol("ana", "bo", "cy")
    bench.issue("ana", 100)
    return bench


def left_of(bench: Bench, hold: int) -> int:
    return bench.state.remainders.get((hold, 0), 0)
