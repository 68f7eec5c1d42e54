"""What can be proved of a stretch of entries ahead of the rules: from its rows and the keys alone.

That are the chain of the bytes, who made which reference, and the openings. Whoever stands behind
a leg is taken as told by the leg sides; it is for the rules to find that this was told rightly.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from timebank.errors import LogBrokenError
from timebank.ledger.chain import Chain
from timebank.ledger.merkle import Edge, SubtreeRoot
from timebank.ledger.model import Entry, Owners
from timebank.ledger.registry import Kind, standard_registry
from timebank.services.owners import Keys
from timebank.services.verification.openings import OpeningsCheck
from timebank.services.verification.report import Findings
from timebank.store.driver import Row
from timebank.store.vault import BookVault

_ENROLMENT = "holder.enrolled"


class Rows(NamedTuple):
    """The rows of a stretch, in order, as the tables have them."""

    entries: list[Row]
    """seq, body, leaf, kind, day and posted."""
    told: list[Row]
    """seq and holder of each leg side."""
    openings: list[Row]
    """seq, seal and ciphertext."""


class Proof(NamedTuple):
    """What was proved of a stretch, all bytes of which are well formed and in their place."""

    owners: Mapping[int, Owners]
    """By seq, of the entries whose columns, references and openings are all as they should be."""
    completed: Mapping[int, list[tuple[int, int, bytes]]]
    """Level, index and root of the 256-subtrees, by the seq of the entry that completed them."""
    previous: bytes
    size: int
    edge: bytes

    def subtrees(self, seq: int) -> tuple[SubtreeRoot, ...]:
        """The subtrees that an entry completed."""
        return tuple(SubtreeRoot(*parts) for parts in self.completed.get(seq, ()))

    def chain(self, origin: str) -> Chain:
        """The chain at the end of the stretch."""
        return Chain(origin, self.previous, Edge.from_bytes(self.size, self.edge))


class Prover:
    """Proves one stretch after the other, from the first entry on."""

    def __init__(self, origin: str, keys: Keys, vault: BookVault) -> None:
        """Start before the first entry."""
        self._chain = Chain(origin)
        self._kinds = standard_registry().kinds
        self._ring = keys.ring
        self._findings = Findings()
        self._openings = OpeningsCheck(origin, keys, vault, self._findings)

    def __call__(self, rows: Rows) -> Proof:
        """Prove what can be. Raises LogBrokenError or CannotCheckError where the bytes cannot."""
        chain = self._chain
        told: defaultdict[int, list[int]] = defaultdict(list)
        for seq, holder in rows.told:
            told[seq].append(holder)
        proved: dict[int, Owners] = {}
        completed = {}
        self._openings.begin(rows.openings)
        for seq, body, *columns in rows.entries:
            entry = chain.read(body)
            if entry.seq != seq:
                raise LogBrokenError(seq, f"says that it is entry {entry.seq}")
            if full := chain.append(body):
                completed[seq] = [(root.level, root.index, root.root) for root in full]
            owners = self._owners(entry, told[seq])
            proves = [chain.previous, entry.kind, entry.day, entry.posted]
            if columns == proves and owners is not None and self._are_open(entry, owners):
                proved[seq] = owners
        for seq in self._openings.unasked():
            proved.pop(seq, None)
        return Proof(proved, completed, chain.previous, chain.size, chain.edge().to_bytes())

    def _owners(self, entry: Entry, told: Sequence[int]) -> Owners | None:
        """The owners as told, None where not all have been proved or there is more to prove."""
        if not entry.legs:
            return ()
        kind = self._kinds.get(entry.kind)
        if kind is None or kind.kind == _ENROLMENT or _may_repeat(kind, entry):
            return None
        owners = tuple(zip(told[::2], told[1::2], strict=False))
        return owners if self._ring.made(entry, owners) else None

    def _are_open(self, entry: Entry, owners: Owners) -> bool:
        """Whether nothing is wrong with the openings of an entry."""
        count = self._findings.count
        if entry.seals:
            self._openings.check(entry, owners)
        return self._findings.count == count


def _may_repeat(kind: Kind, entry: Entry) -> bool:
    """Whether some references of an entry may be those of an earlier one."""
    fact = kind.continues.fact if kind.continues else kind.reverses
    return bool(fact) and fact in entry.public
