"""Lots, what lies on shelves, and which entry moved a lot last."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Final

import msgspec
from sqlalchemy import bindparam, func, select

from timebank.ledger.model import Balance, Key, Lot
from timebank.ledger.rules.definitions import FUND_PREFIX
from timebank.ledger.rules.names import RECALLED, name_of_lot
from timebank.store.driver import Row, Statement
from timebank.store.facts.entries import things_of
from timebank.store.facts.loading import Loading, chunks
from timebank.store.facts.names import load_names
from timebank.store.tables import balances, leg_sides, lots

_SHELF: Final = Statement(
    select(balances.c.lot, balances.c.debits, balances.c.credits).where(
        balances.c.book_id == bindparam("book"),
        balances.c.account == bindparam("account"),
        balances.c.holder == 0,
        balances.c.commodity == bindparam("commodity"),
        balances.c.debits > balances.c.credits,
    )
)
_LAST: Final = Statement(
    select(func.max(leg_sides.c.seq)).where(
        leg_sides.c.book_id == bindparam("book"),
        leg_sides.c.account == bindparam("account"),
        leg_sides.c.commodity == bindparam("commodity"),
        leg_sides.c.lot == bindparam("lot"),
    )
)
_LOT: Final = select(lots.c.commodity, lots.c.lot, lots.c.seq, lots.c.facts).where(
    lots.c.book_id == bindparam("book")
)
_LOTS: Final = Statement(
    _LOT.where(
        lots.c.commodity == bindparam("commodity"),
        lots.c.lot.in_(bindparam("lots", expanding=True)),
    )
)
_FUNDS: Final = Statement(_LOT.where(lots.c.lot.startswith(FUND_PREFIX)))


def load_lots(loading: Loading, named: set[tuple[str, str]], *, funds: bool) -> None:
    """Read the lots that are named, and all funds where they are asked for.

    Of batches of goods also whether they were recalled, since any of them may be handed on.
    """
    loading.lots.update(named)
    for entry, _ in loading.earlier.values():
        loading.lots.update(thing for thing in things_of(loading, entry) if thing[1])
    if not (loading.lots or funds):
        return
    codes: defaultdict[str, set[str]] = defaultdict(set)
    for commodity, lot in loading.lots:
        codes[commodity].add(lot)
    for commodity, of_commodity in codes.items():
        for some in chunks(of_commodity):
            _add_lots(loading, loading.run(_LOTS, commodity=commodity, lots=some))
    batches = {lot for lot in loading.lots if not lot[1].startswith(FUND_PREFIX)}
    if batches:
        load_names(loading, {name_of_lot(RECALLED, *lot) for lot in batches})
    if funds:
        _add_lots(loading, loading.run(_FUNDS))


def load_shelves(loading: Loading, wanted: Collection[tuple[str, str]]) -> None:
    """Read all that lies on these shelves; its lots are read with the others."""
    found: set[tuple[str, str]] = set()
    for account, commodity in sorted(wanted):
        shelf = loading.state.shelves.setdefault((account, commodity), set())
        for lot, debits, credits_ in loading.run(_SHELF, account=account, commodity=commodity):
            shelf.add(lot)
            found.add((commodity, lot))
            key = Key(account, 0, commodity, lot)
            loading.state.balances[key] = Balance(debits, credits_)
    loading.lots.update(found)


def load_moved(loading: Loading, wanted: Collection[tuple[str, str, str]]) -> None:
    """Read which entry moved these lots at these places last."""
    for place in wanted:
        account, commodity, lot = place
        ((last,),) = loading.run(_LAST, account=account, commodity=commodity, lot=lot)
        loading.state.moved[place] = last or 0


def _add_lots(loading: Loading, rows: Iterable[Row]) -> None:
    for commodity, lot, seq, facts in rows:
        loading.state.lots[commodity, lot] = Lot(commodity, lot, seq, msgspec.json.decode(facts))
