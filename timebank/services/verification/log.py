"""The log of a book, entry by entry, beside the rows that belong to each entry."""

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Final, NamedTuple, TypeAlias

from timebank.errors import CannotCheckError, LogBrokenError, NotCanonicalError
from timebank.ledger import merkle
from timebank.ledger.codes import split_reference
from timebank.ledger.entry import decode_entry, reread_entry
from timebank.ledger.hashing import leaf_hash
from timebank.ledger.merkle import EdgeBuilder, SubtreeRoot
from timebank.ledger.model import Entry, Owners
from timebank.ledger.registry import standard_registry
from timebank.ledger.replay import Replay
from timebank.ledger.rules.names import gives_names, names_of
from timebank.ledger.sums import LegSide
from timebank.services.owners import Keys, OwnerFinder, Told
from timebank.services.verification.openings import OPENINGS, OpeningsCheck
from timebank.services.verification.proving import Proof, Rows
from timebank.services.verification.report import Findings, Progress
from timebank.services.verification.rows import Shape, compare_rows
from timebank.store.books import Book
from timebank.store.driver import Row
from timebank.store.scanning import Scanner, StoredEntry
from timebank.store.spool import Spooled
from timebank.store.tables import leg_sides, names, openings, subtree_roots
from timebank.store.vault import BookVault

SEARCHES_MAX: Final = 1_000
"""How often all keys are tried where stored owners are wrong; beyond, rebuilding must do it."""

CORRECTED_MAX: Final = 1_000
"""Of how many entries with wrong rows the right owners are kept, for those that go on from them."""

_SIDES: Final = Shape.of(leg_sides)
_BARE_SIDES: Final = Shape.of(leg_sides, "account", "commodity", "lot", "amount")
_HOLDER: Final = _SIDES.names.index("holder")
_owner_of: Final = itemgetter(0, 1, 2, _HOLDER)
_told_of: Final = itemgetter(0, _HOLDER)
_seq_of: Final = itemgetter(0)
_bare_of: Final = itemgetter(*(_SIDES.names.index(name) for name in _BARE_SIDES.names))
_ROOTS: Final = Shape.of(subtree_roots)
_NAMES: Final = Shape.of(names)
_PROVED: Final = ("leaf", "kind", "day", "posted")
_VKEY_KINDS: Final = ("book.opened", "key.rotated")


class Stretch(NamedTuple):
    """What is read of the entries from ``first`` to ``last``."""

    first: int
    last: int
    rows: Rows
    sides: list[Row]


Share: TypeAlias = Callable[
    [Iterable[tuple[Stretch, Rows]]], Iterable[tuple[Stretch, Proof | None]]
]
"""Gives each stretch with what another process has proved of it, None for nothing."""


class LogCheck:
    """Replays a whole log, and compares what stands beside it on the way.

    Where replay cannot go on, ``stopped`` is set and the bytes alone are followed: their hashes,
    and what they say of themselves. ``turnovers`` are those of the entries that were replayed.
    """

    def __init__(  # noqa: PLR0913  all that a book is checked with
        self,
        scanner: Scanner,
        book: Book,
        keys: Keys,
        vault: BookVault,
        findings: Findings,
        *,
        spooled: Spooled,
    ) -> None:
        """Start before the first entry; ``spooled`` is where replay keeps what grows."""
        self.size = 0
        self.stopped = False
        self.has_gap = False
        self.vkeys: list[tuple[int, str]] = []
        self.defined = 0
        self._corrected: dict[int, dict[tuple[int, int], int]] = {}
        self._scanner = scanner
        self._findings = findings
        self._finder = OwnerFinder(keys, self._earlier, searches_left=SEARCHES_MAX)
        self.replay: Final = Replay(
            standard_registry(),
            earlier_body=scanner.body,
            origin=book.origin,
            reveal=self._finder,
            names=spooled.names,
            arrivals=spooled.arrivals,
        )
        self.turnovers: Final = spooled.turnovers
        self._openings = OpeningsCheck(book.origin, keys, vault, findings)
        self._unchained: list[bytes] = []
        self._tree: EdgeBuilder | None = None
        self._previous = b""
        self._names: list[Row] = []

    @property
    def unchecked(self) -> int:
        """How many leg sides of forgotten holders were taken as told."""
        return self._finder.unchecked

    @property
    def last_leaf(self) -> bytes:
        """The hash of the last entry."""
        return self._previous if self.stopped else self.replay.previous

    def edge(self) -> merkle.Edge:
        """The right edge of the tree over all entries."""
        return self._tree.edge() if self._tree else self.replay.edge()

    def run(self, progress: Progress, total: int, share: Share) -> None:
        """Check all entries and what belongs to them.

        What ``share`` gives a proof for is not proved here.
        """
        for stretch, proof in share(self._stretches()):
            self._check_stretch(stretch, None if self.stopped else proof)
            progress(self.size, total)
        if not self.size:
            self._findings.missing("entries", {"seq": 0})
        sides = self._scanner.rows_from_seq(leg_sides, _SIDES.names, self.size)
        compare_rows(_SIDES, (), sides, self._findings)
        self._compare_names(self._scanner.rows_from_seq(names, _NAMES.names, self.size))
        left = self._scanner.rows_from_seq(openings, OPENINGS, self.size)
        self._openings.check_tail(left)
        self._check_roots()

    def _stretches(self) -> Iterator[tuple[Stretch, Rows]]:
        """Read all rows, a stretch at a time, and with them what may be proved of it ahead."""
        scanner, first = self._scanner, 0
        for entries in scanner.entry_rows():
            last = entries[-1][0]
            sides = scanner.rows_of_seqs(leg_sides, _SIDES.names, first, last)
            found = scanner.rows_of_seqs(openings, OPENINGS, first, last)
            rows = Rows(entries, list(map(_told_of, sides)), found)
            yield Stretch(first, last, rows, sides), rows
            first = last + 1

    def _check_stretch(self, stretch: Stretch, proof: Proof | None) -> None:
        first, last, rows, found = stretch
        proved = proof.owners if proof else {}
        self._finder.begin(first, map(_owner_of, found), proved)
        self._openings.begin(rows.openings, proved)
        whole: list[Row] = []
        bare: list[Row] = []
        for stored in map(StoredEntry._make, rows.entries):
            if stored.seq != self.size:
                self._skip_to(stored.seq)
            of_entry = self._check_entry(stored, proof)
            (bare if self.stopped else whole).extend(of_entry)
            self.size += 1
        if proof and not self.stopped:
            self.replay.chain = proof.chain(self.replay.chain.origin)
            self._unchained.clear()
        self._openings.finish(self.replay.state.size)
        self._compare_sides(whole, bare, found)
        self._compare_names(self._scanner.rows_of_seqs(names, _NAMES.names, first, last))

    def _skip_to(self, seq: int) -> None:
        """Go over entries that are not there."""
        last = seq - 1
        span = self.size if last == self.size else f"{self.size} to {last}"
        self._findings.missing("entries", {"seq": span})
        self.has_gap = True
        self._stop()
        self.size = seq

    def _check_entry(self, stored: StoredEntry, proof: Proof | None) -> list[Row]:
        """Check an entry; give its leg sides, or of those no more than the bytes say."""
        if self.stopped:
            return self._follow(stored)
        try:
            entry, sides = self._fold(stored, proof) if proof else self._feed(stored)
        except CannotCheckError as error:
            self._findings.obstacle = str(error)
        except LogBrokenError as error:
            self._findings.add("entries", {"seq": stored.seq}, "body", _reason(error, stored.seq))
        else:
            return self._note(entry, sides)
        self._stop()
        return self._follow(stored)

    def _feed(self, stored: StoredEntry) -> tuple[Entry, list[LegSide]]:
        """Check an entry of which nothing is known, and the rows that hang on its bytes."""
        step = self.replay.feed(stored.body)
        self._check_beside(stored, step.entry, step.leaf, step.owners, step.completed)
        return step.entry, step.sides

    def _fold(self, stored: StoredEntry, proof: Proof) -> tuple[Entry, list[LegSide]]:
        """Hold an entry, whose bytes are right, against the rules alone."""
        seq, body = stored[:2]
        entry = reread_entry(body)
        owners, sides = self.replay.fold(entry)
        self._unchained.append(body)
        if seq not in proof.owners:
            self._check_beside(stored, entry, leaf_hash(body), owners, proof.subtrees(seq))
        else:
            assert owners == proof.owners[seq], "a holder is proved, or the entry is refused"
            if seq in proof.completed:
                self._check_subtrees(proof.subtrees(seq))
        return entry, sides

    def _stop(self) -> None:
        if self.stopped:
            return
        self.stopped = True
        for body in self._unchained:
            self.replay.chain.append(body)
        self._previous = self.replay.previous
        self._tree = EdgeBuilder(self.replay.edge())
        self._findings.note(
            f"replay stopped before entry {self.replay.state.size}: of what follows only the bytes"
            " and what they say of themselves were checked, and the projections against each other"
        )

    def _check_beside(
        self,
        stored: StoredEntry,
        entry: Entry,
        leaf: bytes,
        owners: Owners,
        completed: Iterable[SubtreeRoot],
    ) -> None:
        if stored[2:] != (leaf, entry.kind, entry.day, entry.posted):
            self._compare_columns(stored, entry, leaf)
        if completed:
            self._check_subtrees(completed)
        if entry.seals:
            self._openings.check(entry, owners)

    def _note(self, entry: Entry, sides: list[LegSide]) -> list[Row]:
        """Keep what an accepted entry adds to the projections; give the rows of its leg sides."""
        seq = entry.seq
        kind = self.replay.state.registry.kind(entry.kind)
        if gives_names(kind):
            self._names += [(*name, seq) for name in names_of(kind, entry)]
        if kind.defines:
            self.defined = seq + 1
        if entry.kind in _VKEY_KINDS:
            self.vkeys.append((seq, entry.public["vkey"]))
        self.turnovers.add(seq, entry.day, sides)
        return [(seq, *side) for side in sides]

    def _follow(self, stored: StoredEntry) -> list[Row]:
        """Check what the bytes of an entry show without replay."""
        leaf = leaf_hash(stored.body)
        assert self._tree is not None, "replay has stopped"
        self._check_subtrees(self._tree.append(leaf))
        previous, self._previous = self._previous, leaf
        try:
            entry = decode_entry(stored.body)
        except NotCanonicalError as error:
            self._check_leaf(stored, leaf)
            if stored.seq != self.replay.state.size:
                self._findings.add("entries", {"seq": stored.seq}, "body", error.reason)
            return []
        self._compare_columns(stored, entry, leaf)
        self._check_chain(stored, entry, previous)
        return _bare_sides(entry)

    def _check_chain(self, stored: StoredEntry, entry: Entry, previous: bytes) -> None:
        if stored.seq == self.replay.state.size:
            return  # Replay has said what is wrong with it.
        key = {"seq": stored.seq}
        if entry.seq != stored.seq:
            self._findings.differs("entries", key, "body.seq", found=entry.seq, expected=stored.seq)
        if entry.prev != previous:
            problem = "is not the leaf hash of the entry before"
            self._findings.add("entries", key, "body.prev", problem)

    def _check_leaf(self, stored: StoredEntry, leaf: bytes) -> None:
        if stored.leaf != leaf:
            key = {"seq": stored.seq}
            self._findings.differs("entries", key, "leaf", found=stored.leaf, expected=leaf)

    def _compare_columns(self, stored: StoredEntry, entry: Entry, leaf: bytes) -> None:
        expected = leaf, entry.kind, entry.day, entry.posted
        for name, found, wanted in zip(_PROVED, stored[2:], expected, strict=True):
            if found != wanted:
                key = {"seq": stored.seq}
                self._findings.differs("entries", key, name, found=found, expected=wanted)

    def _check_subtrees(self, completed: Iterable[SubtreeRoot]) -> None:
        if self.has_gap:
            return
        for subtree in completed:
            found = self._scanner.subtree_root(subtree.level, subtree.index)
            key = {"level": subtree.level, "number": subtree.index}
            if found is None:
                self._findings.missing(subtree_roots.name, key)
            elif found != subtree.root:
                self._findings.differs(
                    subtree_roots.name, key, "root", found=found, expected=subtree.root
                )

    def _check_roots(self) -> None:
        """Find roots of subtrees that are not full yet, or of none."""
        for level, number, _ in self._scanner.rows(subtree_roots, _ROOTS.names):
            if not 1 <= level <= merkle.TILE_HEIGHT or number >= self.size >> (8 * level):
                self._findings.extra(subtree_roots.name, {"level": level, "number": number})

    def _compare_sides(self, whole: list[Row], bare: list[Row], found: list[Row]) -> None:
        replayed = self.replay.state.size
        there = [row for row in found if row[0] < replayed] if self.stopped else found
        if whole != there:
            compare_rows(_SIDES, whole, there, self._findings)
            self._correct({row[0] for row in {*whole} ^ {*there}}, whole)
        if self.stopped:
            later = (_bare_of(row) for row in found if row[0] >= replayed)
            compare_rows(_BARE_SIDES, bare, later, self._findings)

    def _compare_names(self, found: Iterable[Row]) -> None:
        """Compare the names that the entries of a stretch took, as far as they were replayed."""
        if self.stopped:
            replayed = self.replay.state.size
            found = (row for row in found if row[_NAMES.key_count - 1] < replayed)
        compare_rows(_NAMES, sorted(self._names), found, self._findings)
        self._names = []

    def _correct(self, wrong: set[int], whole: list[Row]) -> None:
        """Keep the right owners of the entries that have wrong rows, while there is room."""
        for seq, rows in groupby(whole, key=_seq_of):
            if seq in wrong and len(self._corrected) < CORRECTED_MAX:
                self._corrected[seq] = {(row[1], row[2]): row[_HOLDER] for row in rows}

    def _earlier(self, seq: int) -> Told:
        corrected = self._corrected.get(seq)
        return self._scanner.owners(seq) if corrected is None else corrected


def _bare_sides(entry: Entry) -> list[Row]:
    return [
        (entry.seq, index, side, split_reference(reference)[0], leg.commodity, leg.lot, leg.amount)
        for index, leg in enumerate(entry.legs)
        for side, reference in enumerate((leg.from_, leg.to))
    ]


def _reason(error: LogBrokenError, seq: int) -> str:
    return error.reason if error.seq == seq else str(error)
