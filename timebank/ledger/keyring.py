"""Keyed replay: telling by viewing keys who stands behind the references of a log.

A reference of a new leg is made from the key of its holder, the entry's seq, the leg and the side.
A continuation or a reversal repeats the reference of an earlier leg, and so its holder. A holder
whose key was erased (a forgotten person) cannot be checked; their legs are taken as told and
counted.
"""

from collections.abc import Callable, Iterator, Mapping

from timebank.errors import LogBrokenError
from timebank.ledger import codes, encoding, viewing
from timebank.ledger.model import Entry, Owners
from timebank.ledger.state import BookState

Hint = Callable[[int, int, int], int]
"""Who is said to stand behind (seq, leg, side); 0 where nobody is known."""


class KeyRing:
    """The viewing keys of the holders of one book, and the month keys made from them."""

    def __init__(self, origin: str) -> None:
        """Start without keys."""
        self.origin = origin
        self._keys: dict[int, bytes] = {}
        self._month = ""
        self._month_keys: dict[int, bytes] = {}
        self._blinders: dict[int, viewing.Blinder] = {}

    def add(self, owner: int, key: bytes) -> None:
        """Take in the viewing key of a holder, 32 bytes."""
        self._keys[owner] = key

    def owners(self) -> Iterator[int]:
        """The holders whose keys are here."""
        return iter(self._keys)

    def knows(self, owner: int) -> bool:
        """Whether the key of this holder is here."""
        return owner in self._keys

    def key_hash(self, owner: int) -> bytes:
        """What the enrolment of this holder must have published."""
        return viewing.key_hash(self.origin, self._keys[owner])

    def month_key(self, owner: int, posted: str) -> bytes:
        """The key of a holder for the month of a day; only the latest month's are kept."""
        if posted[:7] != self._month:
            self._turn_to(posted)
        key = self._month_keys.get(owner)
        if key is None:
            key = viewing.month_key(self._keys[owner], self.origin, self._month)
            self._month_keys[owner] = key
        return key

    def blinder(self, owner: int, posted: str) -> viewing.Blinder | None:
        """What makes the references of a holder in the month of a day; None without their key."""
        if posted[:7] != self._month:
            self._turn_to(posted)
        found = self._blinders.get(owner)
        if found is None and owner in self._keys:
            found = viewing.Blinder(self.month_key(owner, posted), self.origin)
            self._blinders[owner] = found
        return found

    def matches(self, owner: int, entry: Entry, leg: int, side: viewing.Side) -> bool:
        """Whether a new reference of the entry was made with this holder's key."""
        blinder = self.blinder(owner, entry.posted)
        part = reference_of(entry, leg, side)[1]
        return blinder is not None and blinder(entry.seq, leg, side) == part

    def made(self, entry: Entry, owners: Owners) -> bool:
        """Whether these holders' keys made the references of an entry, all of which are new.

        A side of which nobody in particular is the owner has no reference.
        """
        if len(owners) != len(entry.legs):
            return False
        for index, leg in enumerate(entry.legs):
            from_, to = owners[index]
            if not (
                self._made_one(entry, index, viewing.FROM, leg.from_, from_)
                and self._made_one(entry, index, viewing.TO, leg.to, to)
            ):
                return False
        return True

    def search(self, entry: Entry, leg: int, side: viewing.Side) -> int:
        """Try every key on a reference; 0 where none made it. Costs one hash for each holder."""
        return next((owner for owner in self._keys if self.matches(owner, entry, leg, side)), 0)

    def _made_one(
        self, entry: Entry, leg: int, side: viewing.Side, reference: str, owner: int
    ) -> bool:
        _, mark, part = reference.partition("#")
        if not mark:
            return not owner
        blinder = self.blinder(owner, entry.posted)
        return blinder is not None and blinder(entry.seq, leg, side) == part

    def _turn_to(self, posted: str) -> None:
        """Go on to the month of a day, and forget what was made for another."""
        self._month, self._month_keys, self._blinders = viewing.month_of(posted), {}, {}


def reference_of(entry: Entry, leg: int, side: viewing.Side) -> tuple[str, str]:
    """Account code and blinded part of one side of a leg."""
    of_leg = entry.legs[leg]
    return codes.split_reference(of_leg.to if side else of_leg.from_)


def repeated_from(entry: Entry, state: BookState) -> int | None:
    """The seq of the earlier entry whose references this one repeats, or None."""
    kind = state.registry.kinds.get(entry.kind)
    if kind is None:
        return None
    fact = kind.continues.fact if kind.continues else kind.reverses
    seq = entry.public.get(fact) if fact else None
    return seq if isinstance(seq, int) else None


def sides_of(entry: Entry) -> Iterator[tuple[int, viewing.Side, str, str]]:
    """Each side with a blinded part: leg, side, account and part."""
    for leg, of_leg in enumerate(entry.legs):
        account, _, part = of_leg.from_.partition("#")
        if part:
            yield leg, viewing.FROM, account, part
        account, _, part = of_leg.to.partition("#")
        if part:
            yield leg, viewing.TO, account, part


class Revealer:
    """Tells and checks the owners of each entry, from keys and from what the projection says.

    ``is_gone`` says which holders were forgotten. ``unchecked`` counts the sides that had to be
    taken as told.
    """

    def __init__(self, ring: KeyRing, hint: Hint, is_gone: Callable[[int], bool]) -> None:
        """Start with the ring of all keys there are."""
        self.unchecked = 0
        self._ring = ring
        self._hint = hint
        self._is_gone = is_gone

    def __call__(self, entry: Entry, state: BookState) -> Owners:
        """The owners of the entry's legs. Raises LogBrokenError where one is not told rightly."""
        self._check_key(entry)
        repeated = self._repeated(entry, state)
        owners = [
            (
                self._owner(entry, leg, viewing.FROM, of_leg.from_, repeated, state),
                self._owner(entry, leg, viewing.TO, of_leg.to, repeated, state),
            )
            for leg, of_leg in enumerate(entry.legs)
        ]
        return tuple(owners)

    def _check_key(self, entry: Entry) -> None:
        """Raise LogBrokenError where the key that is here is not the one that was enrolled."""
        if entry.kind != "holder.enrolled" or not self._ring.knows(entry.seq):
            return
        if entry.public.get("key") != encoding.to_base64(self._ring.key_hash(entry.seq)):
            raise LogBrokenError(entry.seq, "the viewing key of this holder is another one")

    def _repeated(self, entry: Entry, state: BookState) -> dict[tuple[str, str], int]:
        """The owners of the references of the entry that this one continues or reverses.

        That entry may itself repeat some (a reversed settlement those of its hold). What a hint
        says is believed only where it was checked: of the entry that made the reference.
        """
        seq = repeated_from(entry, state)
        found = state.earlier(seq) if seq is not None and 0 <= seq < entry.seq else None
        if found is None:
            return {}
        earlier = found[0]
        owners = self._repeated(earlier, state)
        for leg, side, account, part in sides_of(earlier):
            if (account, part) not in owners:
                owners[account, part] = self._hint(earlier.seq, leg, side)
        return owners

    def _owner(  # noqa: PLR0913, PLR0917  runs for every side of every leg
        self,
        entry: Entry,
        leg: int,
        side: viewing.Side,
        reference: str,
        repeated: Mapping[tuple[str, str], int],
        state: BookState,
    ) -> int:
        account, _, part = reference.partition("#")
        if not part:
            return 0
        owner = repeated.get((account, part)) if repeated else None
        if owner is not None:
            return owner
        owner = self._hint(entry.seq, leg, side)
        if owner in state.holders:
            blinder = self._ring.blinder(owner, entry.posted)
            if blinder is None:
                if self._is_gone(owner):
                    self.unchecked += 1
                    return owner
            elif blinder(entry.seq, leg, side) == part:
                return owner
        place = f"leg {leg}, {'to' if side else 'from'} {account}"
        raise LogBrokenError(entry.seq, f"{place}: the reference is not that of its holder")
