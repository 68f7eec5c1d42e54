"""The Merkle tree of RFC 6962 over the leaf hashes of a book.

A tree of n leaves is split at the largest power of two below n; its *perfect* subtrees are those
over 2**level leaves from a multiple of 2**level on, and never change once they are full. All that
is needed to go on from a tree of n leaves is its right :class:`Edge`, at most 63 hashes; all that
proofs need are roots of perfect subtrees, which the caller hands in as a function.

Inner nodes and leaves are hashed as ``hashing`` says. Sizes go up to 2**63.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Final, NamedTuple, TypeAlias

from timebank.errors import MalformedError, ProofError
from timebank.ledger.hashing import EMPTY_ROOT, HASH_BYTES, check_length, node_hash

MAX_SIZE: Final = 2**63
TILE_HEIGHT: Final = 8
"""A tile spans 2**8 = 256 hashes of the level below (c2sp.org/tlog-tiles)."""

Node: TypeAlias = Callable[[int, int], bytes]
"""``node(level, index)``: root of the perfect subtree over the leaves from index * 2**level on,
2**level of them; level 0 are the leaf hashes themselves."""


@dataclass(frozen=True, slots=True)
class SubtreeRoot:
    """Root of a full subtree of 256**level leaves, level >= 1, the ``index``-th of its level.

    These are the hashes in tiles of that level, so ``level`` counts as tlog-tiles does.
    """

    level: int
    index: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Edge:
    """Right edge of a tree of ``size`` leaves: the roots of its perfect subtrees, largest first.

    There is one for each 1 in the binary form of ``size``.
    """

    size: int
    hashes: tuple[bytes, ...]

    def __post_init__(self) -> None:
        """Refuse a size out of range, or another number of hashes than it has ones."""
        if not 0 <= self.size <= MAX_SIZE or len(self.hashes) != self.size.bit_count():
            raise MalformedError("edge", "must have a hash for each 1 in the binary form of size")

    @classmethod
    def empty(cls) -> "Edge":
        """Edge of the tree without leaves."""
        return cls(0, ())

    @classmethod
    def from_bytes(cls, size: int, data: bytes) -> "Edge":
        """Edge of a tree of ``size`` leaves from what :meth:`to_bytes` gave."""
        if len(data) % HASH_BYTES:
            raise MalformedError("edge", f"must be hashes of {HASH_BYTES} bytes")
        starts = range(0, len(data), HASH_BYTES)
        return cls(size, tuple([data[start : start + HASH_BYTES] for start in starts]))

    def to_bytes(self) -> bytes:
        """Join the hashes, largest subtree first, 32 bytes each."""
        return b"".join(self.hashes)


class EdgeBuilder:
    """A tree that grows leaf by leaf, of which only the right edge is kept."""

    __slots__ = ("_hashes", "_size")

    def __init__(self, edge: Edge) -> None:
        """Go on from this edge."""
        self._size = edge.size
        self._hashes = list(edge.hashes)

    def append(self, leaf: bytes) -> tuple[SubtreeRoot, ...]:
        """Append a leaf hash; give the roots of the 256**level subtrees that are now full."""
        check_length(leaf, field="leaf")
        size, hashes = self._size + 1, self._hashes
        completed: tuple[SubtreeRoot, ...] = ()
        root, height = leaf, 0
        while not size >> height & 1:
            root = node_hash(hashes.pop(), root)
            height += 1
            if height % TILE_HEIGHT == 0:
                index = (size >> height) - 1
                completed += (SubtreeRoot(height // TILE_HEIGHT, index, root),)
        hashes.append(root)
        self._size = size
        return completed

    def to_bytes(self) -> bytes:
        """Join the hashes of the right edge, as :meth:`Edge.to_bytes` does."""
        return b"".join(self._hashes)

    def edge(self) -> Edge:
        """Give the right edge as it is now."""
        return Edge(self._size, tuple(self._hashes))


def append(edge: Edge, leaf: bytes) -> tuple[Edge, tuple[SubtreeRoot, ...]]:
    """Append one leaf hash, in O(log n): the new edge, and the subtrees that are now full."""
    builder = EdgeBuilder(edge)
    completed = builder.append(leaf)
    return builder.edge(), completed


def root(edge: Edge) -> bytes:
    """Root of the whole tree; of the empty tree SHA-256 of nothing."""
    return _join(edge.hashes) if edge.hashes else EMPTY_ROOT


def subtree_root(hashes: Sequence[bytes]) -> bytes:
    """Root of the perfect subtree over 2**k hashes, k >= 0."""
    if len(hashes).bit_count() != 1:
        raise MalformedError("hashes", "must be a power of two in number")
    level = list(hashes)
    while len(level) > 1:
        level = [node_hash(*pair) for pair in zip(level[::2], level[1::2], strict=True)]
    return level[0]


def inclusion_proof(index: int, size: int, node: Node) -> tuple[bytes, ...]:
    """Audit path of leaf ``index`` in the tree of ``size`` leaves (RFC 6962, 2.1.1).

    Lowest sibling first. ``node`` is asked O(log n) times. Raises :class:`ProofError` unless
    0 <= index < size.
    """
    _check_index(index, size)
    return tuple(_range_root(leaves, node) for leaves in _siblings(index, size, width=1))


def consistency_proof(old_size: int, new_size: int, node: Node) -> tuple[bytes, ...]:
    """Proof that the tree of ``new_size`` leaves begins with that of ``old_size`` (2.1.2).

    Empty for equal sizes. Raises :class:`ProofError` unless 0 < old_size <= new_size: that a tree
    goes on from nothing needs no proof and cannot have one.
    """
    _check_sizes(old_size, new_size)
    if old_size == new_size:
        return ()
    last = _last_subtree(old_size)
    ranges = [] if last.start == 0 else [last]
    ranges += _siblings(last.start, new_size, width=last.end - last.start)
    return tuple(_range_root(leaves, node) for leaves in ranges)


def verify_inclusion(
    *, index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes
) -> None:
    """Raise :class:`ProofError` unless the proof shows the leaf hash at ``index`` under ``root``.

    Checks what RFC 9162, 2.1.3.2 checks.
    """
    _check_index(index, size)
    _check_hashes((leaf, *proof))
    siblings = _siblings(index, size, width=1)
    _check_count(proof, len(siblings))
    found = leaf
    for sibling, hash_ in zip(siblings, proof, strict=True):
        found = node_hash(hash_, found) if sibling.on_left else node_hash(found, hash_)
    if found != root:
        raise ProofError("the leaf and the path do not give the root")


def verify_consistency(
    *, old_size: int, new_size: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Raise :class:`ProofError` unless the proof shows that the new tree begins with the old one.

    Checks what RFC 9162, 2.1.4.2 checks. An old size of 0 is refused, since it shows nothing: the
    first contact of a witness with a log is a case of its own.
    """
    _check_sizes(old_size, new_size)
    _check_hashes(proof)
    if old_size == new_size:
        _check_count(proof, 0)
        found = old_root, old_root
    else:
        found = _roots_of_consistency(old_size, new_size, old_root, proof)
    if found != (old_root, new_root):
        raise ProofError("the path does not give both roots")


class _Leaves(NamedTuple):
    """The leaves from ``start`` up to, not including, ``end``; where they lie from a path."""

    start: int
    end: int
    on_left: bool = False


def _siblings(start: int, size: int, *, width: int) -> list[_Leaves]:
    """List what lies beside the path from a perfect subtree up to the root, lowest first.

    The subtree has ``width`` leaves from ``start`` on, the tree ``size``. All siblings are
    perfect subtrees but for the one that ends at ``size``.
    """
    siblings = []
    low, high = 0, size
    while high - low > width:
        middle = low + (1 << ((high - low - 1).bit_length() - 1))
        if start < middle:
            siblings.append(_Leaves(middle, high))
            high = middle
        else:
            siblings.append(_Leaves(low, middle, on_left=True))
            low = middle
    siblings.reverse()
    return siblings


def _last_subtree(size: int) -> _Leaves:
    """Find the last and smallest of the perfect subtrees that make up a tree of this size."""
    return _Leaves(size & (size - 1), size)


def _range_root(leaves: _Leaves, node: Node) -> bytes:
    """Root over a range that starts where a subtree of the range's size or more may start."""
    return _join([node(level, index) for level, index in _decompose(leaves)])


def _decompose(leaves: _Leaves) -> Iterator[tuple[int, int]]:
    """Level and index of the perfect subtrees that make up a range, largest first."""
    start = leaves.start
    while start < leaves.end:
        level = (leaves.end - start).bit_length() - 1
        yield level, start >> level
        start += 1 << level


def _join(hashes: Sequence[bytes]) -> bytes:
    """Root over the roots of perfect subtrees, at least one, largest first."""
    return reduce(lambda right, left: node_hash(left, right), reversed(hashes))


def _roots_of_consistency(
    old_size: int, new_size: int, old_root: bytes, proof: Sequence[bytes]
) -> tuple[bytes, bytes]:
    """Both roots as the proof gives them; siblings on the right are in the new tree only.

    Both start from the last perfect subtree of the old tree. Where it is all of the old tree, its
    root is known and the proof leaves it out.
    """
    last = _last_subtree(old_size)
    steps = list(proof)
    if last.start == 0:
        steps.insert(0, old_root)
    siblings = _siblings(last.start, new_size, width=last.end - last.start)
    _check_count(steps, 1 + len(siblings))
    old = new = steps[0]
    for sibling, hash_ in zip(siblings, steps[1:], strict=True):
        if sibling.on_left:
            old, new = node_hash(hash_, old), node_hash(hash_, new)
        else:
            new = node_hash(new, hash_)
    return old, new


def _check_index(index: int, size: int) -> None:
    if not 0 <= index < size <= MAX_SIZE:
        raise ProofError("the index is not one of a leaf of this tree")


def _check_sizes(old_size: int, new_size: int) -> None:
    if not 0 < old_size <= new_size <= MAX_SIZE:
        raise ProofError("the sizes are not those of a tree, not empty, and a later one")


def _check_hashes(hashes: Sequence[bytes]) -> None:
    if any(len(hash_) != HASH_BYTES for hash_ in hashes):
        raise ProofError(f"a hash is not of {HASH_BYTES} bytes")


def _check_count(hashes: Sequence[bytes], count: int) -> None:
    if len(hashes) != count:
        raise ProofError("it has more or fewer hashes than these sizes need")
