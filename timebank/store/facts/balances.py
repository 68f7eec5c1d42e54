"""Balances that may change, and what moved since a day."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, bindparam, or_, select

from timebank.flows.needs import Needs
from timebank.ledger.model import ZERO, Balance, Key
from timebank.ledger.places import STOCK, place_of, quarantine_of
from timebank.store.driver import Statement
from timebank.store.facts.asked import Holding
from timebank.store.facts.entries import named_by, things_of
from timebank.store.facts.loading import Loading, chunks
from timebank.store.tables import balances, turnovers

_BALANCES: Final = Statement(
    select(balances.c.holder, balances.c.debits, balances.c.credits).where(
        balances.c.book_id == bindparam("book"),
        balances.c.account == bindparam("account"),
        balances.c.holder.in_(bindparam("holders", expanding=True)),
        balances.c.commodity == bindparam("commodity"),
        balances.c.lot == bindparam("lot"),
    )
)


def load_balances(
    loading: Loading, named: Mapping[Holding, list[str]], linked: Iterable[Needs]
) -> None:
    """Read all balances that may change and are not known yet; what has no row is zero."""
    members, known = loading.loaded.members, loading.state.balances
    # Of the account as a whole in any case.
    owners_of = {
        holding: {0, *[members.get(member, 0) for member in of_holding]}
        for holding, of_holding in named.items()
    }
    for key in _linked_keys(loading, linked):
        holding = key.account, key.commodity, key.lot
        owners_of.setdefault(holding, {0}).add(key.owner)
    for (account, commodity, lot), owners in owners_of.items():
        unknown = [one for one in owners if (account, one, commodity, lot) not in known]
        found: dict[int, Balance] = {}
        for some in chunks(unknown):
            for owner, debits, credits_ in loading.run(
                _BALANCES, account=account, holders=some, commodity=commodity, lot=lot
            ):
                found[owner] = Balance(debits, credits_)
        for owner in unknown:
            known[Key(account, owner, commodity, lot)] = found.get(owner, ZERO)


def load_whole(loading: Loading, accounts: Iterable[str], leavers: Iterable[str]) -> None:
    """Read all balances of these accounts, and of these members."""
    for account in accounts:
        _load_balances(loading, balances.c.account == account)
    for number in {loading.loaded.members.get(member) for member in leavers}:
        if number is not None:
            _load_whole_holder(loading, number)


def load_trial_balance(loading: Loading, days: set[str]) -> None:
    """Read all whole accounts, and what moved in them after the earliest of these days."""
    if not days:
        return
    _load_balances(loading, balances.c.holder == 0)
    rows: Iterable[Any] = loading.connection.execute(
        select(turnovers).where(
            turnovers.c.book_id == loading.book_id,
            turnovers.c.holder == 0,
            turnovers.c.day > min(days),
        )
    )
    for row in rows:
        key = Key(row.account, 0, row.commodity, row.lot)
        loading.state.add_turnover(row.day, key, debits=row.debits, credits_=row.credits)


def _linked_keys(loading: Loading, linked: Iterable[Needs]) -> Iterator[Key]:
    """What entries and shelves have, there and where it goes."""
    members = loading.loaded.members
    for need in linked:
        # Of what is on a shelf all lots count: a command before may put any of them there.
        on_shelves = {commodity for _, commodity in need.shelves}
        things = {lot for lot in loading.lots if lot[0] in on_shelves}
        for seq in need.entries:
            if seq in loading.earlier:
                things |= things_of(loading, loading.earlier[seq][0])
                yield from _keys_of_entry(loading, seq)
                if need.places:
                    yield from _keys_of_places(loading, seq)
        for spot in need.counterparts:
            owner = members.get(spot.member, 0) if spot.member else 0
            for thing in things:
                yield Key(spot.account, owner, *thing)


def _keys_of_entry(loading: Loading, seq: int) -> Iterator[Key]:
    entry, owners = loading.earlier[seq]
    for leg, (from_owner, to_owner) in zip(entry.legs, owners, strict=True):
        yield Key(leg.from_.partition("#")[0], from_owner, leg.commodity, leg.lot)
        yield Key(leg.to.partition("#")[0], to_owner, leg.commodity, leg.lot)
    for account in named_by(loading, entry, "account"):
        for thing in things_of(loading, entry):
            yield Key(account, 0, *thing)


def _keys_of_places(loading: Loading, seq: int) -> Iterator[Key]:
    """The shelf and the quarantine of each place that an entry touches."""
    for leg in loading.earlier[seq][0].legs:
        for account in (leg.from_, leg.to):
            if account.startswith(STOCK):
                place = place_of(account)
                yield Key(place, 0, leg.commodity, leg.lot)
                yield Key(quarantine_of(place), 0, leg.commodity, leg.lot)


def _load_balances(loading: Loading, condition: ColumnElement[bool]) -> None:
    query = select(balances).where(balances.c.book_id == loading.book_id, condition)
    rows: Iterable[Any] = loading.connection.execute(query)
    for row in rows:
        key = Key(row.account, row.holder, row.commodity, row.lot)
        loading.state.balances[key] = Balance(row.debits, row.credits)


def _load_whole_holder(loading: Loading, number: int) -> None:
    controls = [
        account.code for account in loading.state.accounts.values() if account.type == "control"
    ]
    _load_balances(
        loading,
        and_(
            or_(*(balances.c.account == account for account in controls)),
            balances.c.holder == number,
        ),
    )
