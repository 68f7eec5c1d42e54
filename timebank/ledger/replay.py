"""Replay: folding a whole log again, entry by entry, and finding the first that cannot be right.

*Public* replay needs the log alone. *Keyed* replay is given who stands behind each reference, with
their viewing keys, and checks each holder's own rules too. Both hold the log against
:mod:`timebank.ledger.rules`, the same rules by which the journal wrote it.

What replay meets without having a rule for it raises CannotCheckError, never "fine".
"""

from collections.abc import Callable
from typing import NamedTuple

from timebank.errors import (
    CannotCheckError,
    LogBrokenError,
    NotCanonicalError,
    TimebankError,
    UnknownKindError,
)
from timebank.ledger import merkle, rules
from timebank.ledger.chain import Chain
from timebank.ledger.entry import decode_entry
from timebank.ledger.growing import Arrivals, Names
from timebank.ledger.merkle import Edge, SubtreeRoot
from timebank.ledger.model import Entry, Owners
from timebank.ledger.registry import Registry
from timebank.ledger.state import BookState
from timebank.ledger.sums import LegSide

Reveal = Callable[[Entry, BookState], Owners]
"""Who stands behind the legs of an entry; raises LogBrokenError where a reference is not theirs."""


class Step(NamedTuple):
    """What one entry did: its leaf, its leg sides and the 256-subtrees that it completed.

    Only the keyed replay tells the sides, since only it knows whose they are.
    """

    entry: Entry
    leaf: bytes
    owners: Owners
    sides: list[LegSide]
    completed: tuple[SubtreeRoot, ...]


class Replay:
    """Folds the entries of one log in order.

    ``earlier_body`` gives the bytes of an entry that was fed before, by seq; reversals and
    continuations look at what they continue. Memory grows with the accounts, holders, lots, open
    holds and reversals of the book, not with its entries; only the names that entries take (see
    :mod:`timebank.ledger.rules.names`) and what came in day by day (see
    :mod:`timebank.ledger.rules.arrivals`) do, which is why ``names`` and ``arrivals`` may keep them
    elsewhere.

    ``chain`` checks the bytes, ``state`` is what the rules look at. :meth:`feed` does both; where
    somebody else has checked the bytes ahead, :meth:`fold` does the second half alone, and then
    ``chain`` must be brought to where the state is.
    """

    def __init__(  # noqa: PLR0913  what grows may be kept elsewhere
        self,
        registry: Registry,
        *,
        earlier_body: Callable[[int], bytes],
        origin: str | None = None,
        reveal: Reveal | None = None,
        names: Names | None = None,
        arrivals: Arrivals | None = None,
    ) -> None:
        """Start before the first entry. Without an origin, that of the first entry is taken."""
        self.state = BookState.empty(registry, origin or "")
        if names is not None:
            self.state.names = names
        if arrivals is not None:
            self.state.arrivals = arrivals
        self.state.earlier = self._earlier
        self.chain = Chain(origin or "")
        self._earlier_body = earlier_body
        self._reveal = reveal

    @property
    def previous(self) -> bytes:
        """The leaf hash of the last entry."""
        return self.chain.previous

    def feed(self, body: bytes) -> Step:
        """Check the next entry and fold it in. Raises LogBrokenError or CannotCheckError."""
        entry = self.chain.read(body)
        owners, sides = self.fold(entry)
        completed = self.chain.append(body)
        return Step(entry, self.chain.previous, owners, sides, completed)

    def fold(self, entry: Entry) -> tuple[Owners, list[LegSide]]:
        """Hold the next entry, whose bytes are right, against the rules, and fold it in.

        Gives its owners and, as a step does, its sides. Raises LogBrokenError or CannotCheckError.
        """
        seq = self.state.size
        if not self.state.origin:
            self.state.origin = entry.book
        try:
            owners = self._owners(entry)
            accepted = rules.check(entry, owners, self.state, revealed=self._reveal is not None)
        except UnknownKindError as error:
            raise CannotCheckError(seq, str(error)) from error
        except (LogBrokenError, CannotCheckError):
            raise
        except TimebankError as error:
            raise LogBrokenError(seq, f"{error.code}: {error}") from error
        return owners, rules.apply(accepted, self.state)

    def edge(self) -> Edge:
        """The right edge of the tree over all entries so far."""
        return self.chain.edge()

    def root(self) -> bytes:
        """The root of the tree over all entries so far."""
        return merkle.root(self.chain.edge())

    def _owners(self, entry: Entry) -> Owners:
        if self._reveal is None:
            return ((0, 0),) * len(entry.legs)
        return self._reveal(entry, self.state)

    def _earlier(self, seq: int) -> tuple[Entry, Owners] | None:
        try:
            entry = decode_entry(self._earlier_body(seq))
        except NotCanonicalError as error:
            raise LogBrokenError(seq, "cannot be read again") from error
        return entry, ((0, 0),) * len(entry.legs)
