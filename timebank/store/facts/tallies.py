"""What members have earned or redeemed, and what came into accounts day by day."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final

from sqlalchemy import ColumnElement, bindparam, select

from timebank.flows.needs import Aged, Tallied
from timebank.ledger.model import Entry, Key, TallyKey
from timebank.ledger.rules.arrivals import arrives
from timebank.ledger.rules.tallies import ACCOUNT, EVER
from timebank.store.driver import Statement
from timebank.store.facts.loading import Loading, chunks
from timebank.store.legs_by_day import StandingLeg, read_standing_legs
from timebank.store.tables import tallies, turnovers

_TALLIES: Final = Statement(
    select(tallies.c.holder, tallies.c.amount).where(
        tallies.c.book_id == bindparam("book"),
        tallies.c.tally == bindparam("tally"),
        tallies.c.holder.in_(bindparam("holders", expanding=True)),
        tallies.c.commodity == bindparam("commodity"),
    )
)


def load_tallies(loading: Loading, wanted: Collection[Tallied], today: str) -> None:
    """Read what members have earned or redeemed, ever and on a day."""
    members = loading.loaded.members
    keys = {
        TallyKey(one.tally, members[one.member], one.commodity, one.day or today)
        for one in wanted
        if one.member in members
    }
    _load_ever(loading, keys)
    for key in keys:
        loading.state.tallies[key] = 0
    for (tally, commodity, day), owners in _owners_by_tally(keys).items():
        sides = _sides_that_count(loading, tally)
        parts = [Key(ACCOUNT, owner, commodity, "") for owner in owners]
        for leg in _standing_legs(loading, parts, turnovers.c.day == day):
            if sides.get(leg.kind) == leg.side:
                key = TallyKey(tally, leg.key.owner, commodity, day)
                loading.state.tallies[key] += leg.amount


def load_arrivals(loading: Loading, wanted: Collection[Aged]) -> None:
    """Read what came into accounts on each day after one and still stands."""
    keys_after: defaultdict[tuple[str, str, str], set[Key]] = defaultdict(set)
    for one in wanted:
        owner = loading.loaded.members.get(one.member, 0)
        if owner or not one.member:
            key = Key(one.account, owner, one.commodity, "")
            keys_after[one.account, one.commodity, one.after].add(key)
    # The earliest day last, which knows of all that the others know.
    for (_, _, after), keys in sorted(keys_after.items(), reverse=True):
        amounts: defaultdict[Key, dict[str, int]] = defaultdict(dict)
        for leg in _standing_legs(loading, keys, turnovers.c.day > after):
            if leg.side and arrives(loading.state.registry.kind(leg.kind)):
                of_key = amounts[leg.key]
                of_key[leg.day] = of_key.get(leg.day, 0) + leg.amount
        for key in keys:
            loading.arrivals.load(key, after, amounts[key])


def load_tallied(loading: Loading, found: Mapping[int, Entry]) -> None:
    """Read the tallies that reversing these entries would change."""
    keys = set()
    for seq, entry in found.items():
        tally = loading.state.registry.kind(entry.kind).tally
        for leg, sides in zip(entry.legs, loading.earlier[seq][1], strict=True):
            if tally and sides[tally.side]:
                keys.add(TallyKey(tally.tally, sides[tally.side], leg.commodity, EVER))
    _load_ever(loading, keys)


def _load_ever(loading: Loading, keys: Iterable[TallyKey]) -> None:
    """Read the tallies of all days together; those that have no row are zero."""
    ever = {key._replace(day=EVER) for key in keys}
    for key in ever:
        loading.state.tallies[key] = 0
    for (tally, commodity, _), owners in _owners_by_tally(ever).items():
        for some in chunks(owners):
            for holder, amount in loading.run(
                _TALLIES, tally=tally, commodity=commodity, holders=some
            ):
                loading.state.tallies[TallyKey(tally, holder, commodity, EVER)] = amount


def _sides_that_count(loading: Loading, tally: str) -> dict[str, int]:
    """The kinds whose legs count towards a tally, and on which side."""
    tallies_of = {kind.kind: kind.tally for kind in loading.state.registry.kinds.values()}
    return {kind: one.side for kind, one in tallies_of.items() if one and one.tally == tally}


def _standing_legs(
    loading: Loading, wanted: Iterable[Key], on: ColumnElement[bool]
) -> Iterator[StandingLeg]:
    for some in chunks(wanted):
        yield from read_standing_legs(loading.connection, loading.book_id, some, on)


def _owners_by_tally(keys: Iterable[TallyKey]) -> dict[tuple[str, str, str], set[int]]:
    """Whose tallies are asked for, by tally, commodity and day."""
    found: defaultdict[tuple[str, str, str], set[int]] = defaultdict(set)
    for key in keys:
        found[key.tally, key.commodity, key.day].add(key.owner)
    return found
