"""The chain of a log: what the bytes of its entries show by themselves, before any rule is asked.

Each entry is canonical, of the same book, has the seq of its place and names the leaf hash of the
one before; all leaf hashes together make the tree. None of this hangs on what entries mean, so it
may be checked ahead of the rules, in another place than these.
"""

from timebank.errors import CannotCheckError, LogBrokenError, NotCanonicalError
from timebank.ledger import encoding
from timebank.ledger.entry import VERSION, decode_entry
from timebank.ledger.hashing import EMPTY_ROOT, leaf_hash
from timebank.ledger.merkle import Edge, EdgeBuilder, SubtreeRoot
from timebank.ledger.model import Entry


class Chain:
    """The entries of one log so far: how many, the leaf hash of the last, and their tree."""

    def __init__(self, origin: str, previous: bytes = EMPTY_ROOT, edge: Edge | None = None) -> None:
        """Go on from an entry with its hash and the tree up to it; from nothing without an edge.

        Where the origin is empty, that of the next entry is taken.
        """
        self.origin = origin
        self.previous = previous
        self.size = edge.size if edge else 0
        self._edge = EdgeBuilder(edge or Edge.empty())

    def read(self, body: bytes) -> Entry:
        """Read the next entry and check its place. Raises LogBrokenError or CannotCheckError."""
        try:
            entry = decode_entry(body)
        except NotCanonicalError as error:
            if _is_of_a_later_format(body):
                raise CannotCheckError(
                    self.size, "it is of a later version of the format"
                ) from error
            raise LogBrokenError(self.size, f"{error.code}: {error}") from error
        self._check_place(entry)
        return entry

    def append(self, body: bytes) -> tuple[SubtreeRoot, ...]:
        """Append an entry that was read; give the 256-subtrees that it completed."""
        self.previous = leaf_hash(body)
        self.size += 1
        return self._edge.append(self.previous)

    def edge(self) -> Edge:
        """The right edge of the tree over all entries so far."""
        return self._edge.edge()

    def _check_place(self, entry: Entry) -> None:
        if not self.origin:
            self.origin = entry.book
        if entry.book != self.origin:
            raise LogBrokenError(self.size, f"belongs to the book {entry.book}")
        if entry.seq != self.size:
            raise LogBrokenError(self.size, f"says that it is entry {entry.seq}")
        if entry.prev != self.previous:
            raise LogBrokenError(self.size, "prev is not the leaf hash of the entry before")


def _is_of_a_later_format(body: bytes) -> bool:
    try:
        value = encoding.decode(body)
    except NotCanonicalError:
        return False
    version = value.get("v") if isinstance(value, dict) else None
    return type(version) is int and version > VERSION
