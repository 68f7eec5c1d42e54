"""Who stands behind the references of a log: what the database says, proved by the viewing keys.

Whoever checks or rebuilds a book is told the owners by the leg sides that are stored, and proves
each with the key of the holder. Where what is told does not prove right, all keys are tried. Only
of a holder who was forgotten must one take what is told.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from timebank.errors import CannotCheckError, ConfigurationError, LogBrokenError
from timebank.ledger.encoding import to_base64
from timebank.ledger.keyring import KeyRing, Revealer, repeated_from, sides_of
from timebank.ledger.model import Entry, Holder, Owners
from timebank.ledger.state import BookState
from timebank.ledger.viewing import Side, key_hash
from timebank.store.driver import Row
from timebank.store.scanning import Scanner
from timebank.store.tables import holder_keys
from timebank.store.vault import BookVault

Told = Mapping[tuple[int, int], int]
"""Who is said to stand behind each (leg, side) of one entry; nobody is not there."""


@dataclass(slots=True)
class Keys:
    """The keys of all holders of a book, as far as they can be read."""

    ring: KeyRing
    viewing: dict[int, bytes] = field(default_factory=dict)
    data: dict[int, bytes] = field(default_factory=dict)
    forgotten: set[int] = field(default_factory=set)
    unreadable: set[int] = field(default_factory=set)

    def numbers(self) -> set[int]:
        """All holders of whom there is a row of keys."""
        return self.forgotten.union(self.data, self.unreadable)

    def lacks(self, owner: int) -> bool:
        """Whether the keys of this holder were erased, are lost or cannot be read."""
        return owner not in self.data

    def proves(self, holder: Holder) -> bool:
        """Whether the key here is the one that was published when the holder was enrolled."""
        viewing = self.viewing.get(holder.number)
        if viewing is None:
            return False
        return to_base64(key_hash(self.ring.origin, viewing)) == holder.key_hash


def read_keys(scanner: Scanner, vault: BookVault, origin: str) -> Keys:
    """Unwrap the keys of all holders; memory grows with their number."""
    found = Keys(KeyRing(origin))
    for holder, wrapped in scanner.rows(holder_keys, ("holder", "wrapped")):
        try:
            keys = vault.unwrap_holder_keys(holder, wrapped)
        except ConfigurationError:
            found.unreadable.add(holder)
            continue
        if keys is None:
            found.forgotten.add(holder)
        else:
            found.ring.add(holder, keys.viewing)
            found.viewing[holder] = keys.viewing
            found.data[holder] = keys.data
    return found


class OwnerFinder:
    """Finds the owners of each entry, in order, and proves them; replay takes it as ``reveal``.

    ``earlier`` gives what is told of an entry before the stretch at hand. ``searches_left`` bounds
    how often all keys are tried, which takes a hash for each holder; None is no bound.
    """

    def __init__(
        self,
        keys: Keys,
        earlier: Callable[[int], Told],
        *,
        searches_left: int | None = None,
    ) -> None:
        """Start before the first entry."""
        self._keys = keys
        self._earlier = earlier
        self._searches_left = searches_left
        self._first = 0
        self._sides: Iterable[Row] = ()
        self._told: dict[tuple[int, int, int], int] | None = {}
        self._proved: Mapping[int, Owners] = {}
        self._holders: Mapping[int, Holder] = {}
        self._revealer = Revealer(keys.ring, self._hint, self._may_be_of)

    @property
    def unchecked(self) -> int:
        """How many leg sides had to be taken as told."""
        return self._revealer.unchecked

    def begin(
        self, first: int, sides: Iterable[Row], proved: Mapping[int, Owners] | None = None
    ) -> None:
        """Go on to a stretch from ``first`` on, of which (seq, leg, side, holder) are told.

        Of the entries in ``proved`` they were found to be the holders whose keys made the
        references; what is left to see is that these holders are enrolled.
        """
        self._first = first
        self._proved = proved or {}
        self._sides = sides
        self._told = None

    def __call__(self, entry: Entry, state: BookState) -> Owners:
        """Give the owners of an entry.

        Raises UnknownKindError for a kind whose references may mean anything, LogBrokenError
        where one can be neither proved nor taken as told, and CannotCheckError where no more
        searches are left.
        """
        kind = state.registry.kind(entry.kind)
        if not entry.legs:
            return ()
        self._holders = state.holders
        proved = self._proved.get(entry.seq)
        if proved is not None and self._are_enrolled(proved):
            return proved
        unchecked = self._revealer.unchecked
        try:
            owners = self._revealer(entry, state)
        except LogBrokenError:
            self._revealer.unchecked = unchecked
            self._correct(entry, state)
            owners = self._revealer(entry, state)
        if kind.continues or kind.reverses:
            self._check_repeated(entry, owners)
        return owners

    def _are_enrolled(self, owners: Owners) -> bool:
        holders = self._holders
        for from_, to in owners:
            if (from_ and from_ not in holders) or (to and to not in holders):
                return False
        return True

    def _check_repeated(self, entry: Entry, owners: Owners) -> None:
        """Refuse owners who are nobody; keep the others for entries that go on from this one.

        Who made a reference anew was enrolled, and is told already.
        """
        for leg, side, account, _ in sides_of(entry):
            owner = owners[leg][side]
            if owner not in self._holders:
                place = f"leg {leg}, {'to' if side else 'from'} {account}"
                raise LogBrokenError(entry.seq, f"{place}: the reference is of nobody enrolled")
            self._told_here()[entry.seq, leg, side] = owner

    def _told_here(self) -> dict[tuple[int, int, int], int]:
        """What is told of the stretch at hand, looked through once somebody asks."""
        if self._told is None:
            self._told = {(seq, leg, side): holder for seq, leg, side, holder in self._sides}
        return self._told

    def _hint(self, seq: int, leg: int, side: int) -> int:
        if seq < self._first:
            return self._earlier(seq).get((leg, side), 0)
        return self._told_here().get((seq, leg, side), 0)

    def _may_be_of(self, owner: int) -> bool:
        """Whether a leg that cannot be proved may be this holder's."""
        holder = self._holders.get(owner)
        return holder is not None and not holder.left and self._keys.lacks(owner)

    def _correct(self, entry: Entry, state: BookState) -> None:
        """Find the owners of the sides of which something wrong is told, or nothing."""
        repeated = self._repeated(entry, state)
        for leg, side, account, part in sides_of(entry):
            if (account, part) not in repeated and not self._fits(entry, leg, side):
                self._told_here()[entry.seq, leg, side] = self._find(entry, leg, side)

    def _repeated(self, entry: Entry, state: BookState) -> set[tuple[str, str]]:
        seq = repeated_from(entry, state)
        found = state.earlier(seq) if seq is not None and seq < entry.seq else None
        return {(account, part) for _, _, account, part in sides_of(found[0])} if found else set()

    def _fits(self, entry: Entry, leg: int, side: Side) -> bool:
        owner = self._hint(entry.seq, leg, side)
        if self._keys.ring.knows(owner):
            return self._keys.ring.matches(owner, entry, leg, side)
        return self._may_be_of(owner)

    def _find(self, entry: Entry, leg: int, side: Side) -> int:
        """Try all keys; what none made is of the only one whose key is not there, if it is one."""
        if self._searches_left is not None:
            if not self._searches_left:
                reason = "too many of the stored owners are wrong; rebuild them first"
                raise CannotCheckError(entry.seq, reason)
            self._searches_left -= 1
        owner = self._keys.ring.search(entry, leg, side)
        if owner:
            return owner
        possible = [
            number
            for number, holder in self._holders.items()
            if not holder.left and not self._keys.proves(holder)
        ]
        return possible[0] if len(possible) == 1 else 0
