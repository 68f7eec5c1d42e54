from timebank.ledger.model import Key
from timebank.ledger.state import Arrivals, ArrivalsInMemory, Names, NamesInMemory
from timebank.store.spool import Spooled

ANA, BO = (Key("members", number, "POINT", "") for number in (3, 4))


def test_what_is_spooled_is_what_would_be_in_memory() -> None:
    with Spooled() as spooled:
        for names in (spooled.names, NamesInMemory()):
            check_names(names)
        for arrivals in (spooled.arrivals, ArrivalsInMemory()):
            check_arrivals(arrivals)


def check_names(names: Names) -> None:
    names.add("service:task", "a", 5)
    names.add("service:task", "a", 9)
    names.add("recalled", "a", 7)

    assert names.seqs("service:task", "a") == (5, 9)
    assert names.seqs("service:task", "b") == ()


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
