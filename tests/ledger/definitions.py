"""Definitions in short, for tests of their rules: a book with some, and those no flow has seen."""

from typing import Any

from tests.ledger.bench import Bench
from timebank.ledger.model import Draft


def book_of_all_sorts() -> Bench:
    """A book with points, hours, money with a fund, and rice."""
    bench = Bench()
    bench.define("HOUR", "time")
    bench.define("CNY", "money", 2)
    bench.lot("CNY", "fund:flood-2026")
    bench.define("RICE", "goods")
    return bench


def append(bench: Bench, kind: str, /, **public: Any) -> int:  # noqa: ANN401 - any fact
    """Post a definition that no flow has looked at."""
    return bench.append(Draft(kind=kind, day=bench.today, public=public))
