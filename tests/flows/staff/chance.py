"""Chance: mostly what would be right, sometimes what comes to mind."""

from collections.abc import Sequence
from random import Random
from typing import Any, Final, TypeVar

from tests.flows.staff.association import BANK, CLUB, LOTS, MEMBERS, TILL, days_from
from tests.ledger.bench import Bench, member_id, place
from timebank.flows.goods import Goods
from timebank.ledger.model import Entry

NAMES: Final = [f"n-{number}" for number in range(12)]
PAYEES: Final = [*map(place, MEMBERS), CLUB]
TILLS: Final = (BANK, TILL, CLUB)
ALL_LOTS: Final = [*(("RICE", lot) for lot in LOTS), ("OIL", "soon"), ("OIL", "late")]
RECEIVED: Final = ("intake", "pool.purchase", "round.back", "count")

T = TypeVar("T")


def careless(dice: Random) -> bool:
    """Whether somebody does not look what they do: once in eight times."""
    return bool(dice.randrange(8) == 0)


def flip(dice: Random) -> bool:
    return dice.random() < 0.5


def an_amount(dice: Random) -> int:
    return dice.randint(1, 6)


def an_id(dice: Random, names: Sequence[str]) -> str:
    return member_id(dice.choice(names))


def any_seq(bench: Bench) -> range:
    return range(1, bench.state.size + 2)


def pick(dice: Random, right: Sequence[T], anything: Sequence[T]) -> T:
    """Mostly one of what would be right, if there is any."""
    return dice.choice(anything if careless(dice) or not right else right)


def one_of(dice: Random, bench: Bench, *kinds: str) -> int:
    """The seq of an entry of these kinds, reversed or not, or any where there is none."""
    found = [written.entry.seq for written in bench.written if written.entry.kind in kinds]
    return int(dice.choice(found[-6:] or [1]))


def open_end(dice: Random, bench: Bench, *kinds: str) -> int:
    """Mostly an entry of these kinds of which something is left."""
    seqs = sorted({seq for seq, _ in bench.state.remainders})
    right = [seq for seq in seqs if bench.entry(seq).kind in kinds]
    return one_of(dice, bench, *kinds) if careless(dice) or not right else dice.choice(right)


def standing(bench: Bench, *kinds: str) -> list[Entry]:
    """The entries of these kinds that were not reversed."""
    entries = (written.entry for written in bench.written)
    return [one for one in entries if one.kind in kinds and one.seq not in bench.state.reversed_by]


def there(bench: Bench, *accounts: str) -> list[tuple[str, str, str]]:
    """The accounts, commodities and lots of which something is there."""
    return [
        (key.account, key.commodity, key.lot)
        for key, balance in bench.state.balances.items()
        if key.account in accounts and not key.owner and balance.net > 0
    ]


def some_goods(dice: Random, bench: Bench, shelf: str) -> tuple[Goods, ...]:
    """Goods that are on a shelf, of a lot that is named or not."""
    right = [(commodity, lot) for _, commodity, lot in there(bench, shelf)]
    commodity, lot = pick(dice, right, ALL_LOTS)
    named = lot if flip(dice) else ""
    return (Goods(commodity=commodity, amount=an_amount(dice), lot=named),)


def part_of(dice: Random, bench: Bench, seq: int) -> tuple[Goods, ...]:
    """A little of what an earlier entry has moved, or nothing."""
    legs = [leg for leg in bench.entry(seq).legs if leg.lot]
    if flip(dice) or not legs:
        return ()
    leg = dice.choice(legs)
    return (Goods(commodity=leg.commodity, amount=dice.randint(1, 3), lot=leg.lot),)


def a_day(dice: Random, bench: Bench) -> dict[str, Any]:
    """When it is said to have happened: mostly today, sometimes in a period that is closed."""
    if not careless(dice):
        return {}
    day = days_from(bench.posted(), -dice.randint(-1, 3))
    return {"day": day} if day > bench.state.closed_until else {"belongs": day}
