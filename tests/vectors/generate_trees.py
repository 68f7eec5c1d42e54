"""Make the vectors of hashes, trees and proofs.

This imports nothing of timebank. ``python -m tests.vectors.generate_trees`` writes the files, and
a test compares them.
"""

from collections.abc import Iterator

from tests.vectors import write_files
from tests.vectors.hashes import (
    Vector,
    flipped,
    hash_of,
    leaf_hash,
    node_hash,
    path,
    subproof,
    tree_root,
)

# The leaves of the tree that transparency-dev/merkle and RFC 6962 implementations test with.
PUBLISHED_LEAVES = [
    b"",
    b"\x00",
    b"\x10",
    b"\x20\x21",
    b"\x30\x31",
    b"\x40\x41\x42\x43",
    bytes(range(0x50, 0x58)),
    bytes(range(0x60, 0x70)),
]


def numbered_leaves(size: int) -> list[bytes]:
    """Leaf hashes of the decimal numbers from 0."""
    return [leaf_hash(str(number).encode()) for number in range(size)]


def hex_all(hashes: list[bytes]) -> list[str]:
    return [hash_.hex() for hash_ in hashes]


def hashing() -> Vector:
    first, second = leaf_hash(b""), leaf_hash(b"\x00")
    pairs = [(first, second), (second, first), (first, first)]
    return {
        "empty_root": hash_of(b"").hex(),
        "leaves": [{"data": d.hex(), "hash": leaf_hash(d).hex()} for d in PUBLISHED_LEAVES],
        "nodes": [
            {"left": left.hex(), "right": right.hex(), "hash": node_hash(left, right).hex()}
            for left, right in pairs
        ],
    }


def edge(leaves: list[bytes]) -> list[bytes]:
    """Roots of the perfect subtrees that make up the tree, largest first."""
    hashes = []
    while leaves:
        width = 1 << (len(leaves).bit_length() - 1)
        hashes.append(tree_root(leaves[:width]))
        leaves = leaves[width:]
    return hashes


def tree() -> Vector:
    published = [leaf_hash(data) for data in PUBLISHED_LEAVES]
    numbered = numbered_leaves(65_537)
    return {
        "published": [
            {"size": size, "root": tree_root(published[:size]).hex()} for size in range(9)
        ],
        "numbered": [
            {
                "size": size,
                "root": tree_root(numbered[:size]).hex(),
                "edge": hex_all(edge(numbered[:size])),
            }
            for size in (0, 1, 2, 3, 255, 256, 257, 1000, 65_535, 65_536, 65_537)
        ],
        "subtrees": [
            {
                "level": level,
                "index": index,
                "root": tree_root(numbered[256**level * index : 256**level * (index + 1)]).hex(),
            }
            for level, index in ((1, 0), (1, 1), (1, 255), (2, 0))
        ],
    }


def inclusion_vector(leaves: list[bytes], index: int) -> Vector:
    return {
        "index": index,
        "size": len(leaves),
        "leaf": leaves[index].hex(),
        "proof": hex_all(path(index, leaves)),
        "root": tree_root(leaves).hex(),
    }


def proof_faults(proof: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Ways to spoil a proof, whatever it proves."""
    zeros = bytes(32).hex()
    yield "a hash too many at the end", [*proof, zeros]
    yield "a hash too many at the beginning", [zeros, *proof]
    yield "an empty hash at the end", [*proof, ""]
    if proof:
        yield "the first hash missing", proof[1:]
        yield "the last hash missing", proof[:-1]
        yield "a hash cut short", [proof[0][:-2], *proof[1:]]
        yield "a hash too long", [*proof[:-1], proof[-1] + "00"]
    for place, hash_ in enumerate(proof):
        spoiled = flipped(bytes.fromhex(hash_), 37 * place % 256).hex()
        yield f"a bit changed in hash {place}", [*proof[:place], spoiled, *proof[place + 1 :]]
    if len(proof) > 1:
        yield "the hashes in reverse", proof[::-1]


def inclusion_faults(vector: Vector) -> Iterator[Vector]:
    index, size = vector["index"], vector["size"]
    leaf, root = bytes.fromhex(vector["leaf"]), bytes.fromhex(vector["root"])
    changes: list[tuple[str, Vector]] = [
        ("a bit changed in the leaf", {"leaf": flipped(leaf).hex()}),
        ("a bit changed in the root", {"root": flipped(root, 255).hex()}),
        ("the next index", {"index": index + 1}),
        ("an index beyond the tree", {"index": size}),
        ("an index below zero", {"index": -1}),
        ("an empty tree", {"size": 0}),
        ("a size beyond 2^63", {"size": 2**63 + 1}),
        ("no leaf", {"leaf": ""}),
    ]
    changes += [(about, {"proof": proof}) for about, proof in proof_faults(vector["proof"])]
    for about, change in changes:
        yield {"about": about, **vector, **change}


def inclusion() -> Vector:
    numbered = numbered_leaves(1000)
    places = [(1, 0), (2, 0), (2, 1), (3, 2), (5, 4), (6, 2), (7, 6), (8, 0), (8, 5), (8, 7)]
    places += [(257, 255), (257, 256), (1000, 0), (1000, 500), (1000, 999)]
    valid = [inclusion_vector(numbered[:size], index) for size, index in places]
    small = [vector for vector in valid if vector["size"] <= 8]
    return {"valid": valid, "invalid": [fault for v in small for fault in inclusion_faults(v)]}


def consistency_vector(leaves: list[bytes], old_size: int) -> Vector:
    return {
        "old_size": old_size,
        "new_size": len(leaves),
        "old_root": tree_root(leaves[:old_size]).hex(),
        "new_root": tree_root(leaves).hex(),
        "proof": hex_all(subproof(old_size, leaves, whole=True)),
    }


def consistency_faults(vector: Vector) -> Iterator[Vector]:
    old_root, new_root = bytes.fromhex(vector["old_root"]), bytes.fromhex(vector["new_root"])
    changes: list[tuple[str, Vector]] = [
        ("a bit changed in the old root", {"old_root": flipped(old_root).hex()}),
        ("a bit changed in the new root", {"new_root": flipped(new_root, 255).hex()}),
        ("from the empty tree", {"old_size": 0, "old_root": hash_of(b"").hex()}),
        ("an old size below zero", {"old_size": -1}),
        ("an old size beyond the new one", {"old_size": vector["new_size"] + 1}),
        ("a size beyond 2^63", {"new_size": 2**63 + 1}),
    ]
    changes += [(about, {"proof": proof}) for about, proof in proof_faults(vector["proof"])]
    for about, change in changes:
        yield {"about": about, **vector, **change}


def consistency() -> Vector:
    numbered = numbered_leaves(1000)
    sizes = [(1, 1), (1, 2), (1, 8), (2, 3), (3, 4), (4, 8), (6, 8), (7, 8), (7, 7)]
    sizes += [(5, 6), (255, 256), (256, 257), (512, 1000), (777, 1000), (999, 1000)]
    valid = [consistency_vector(numbered[:new], old) for old, new in sizes]
    small = [vector for vector in valid if vector["new_size"] <= 8]
    return {"valid": valid, "invalid": [fault for v in small for fault in consistency_faults(v)]}


def documents() -> dict[str, Vector]:
    """The generated vectors by the name of their file."""
    return {
        "hashing": hashing(),
        "tree": tree(),
        "inclusion": inclusion(),
        "consistency": consistency(),
    }


if __name__ == "__main__":
    write_files(documents())
