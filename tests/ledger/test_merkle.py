from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.shared import shared_lines
from tests.vectors import generate_trees, hashes, load
from timebank.errors import MalformedError, ProofError
from timebank.ledger.encoding import from_base64
from timebank.ledger.hashing import EMPTY_ROOT, leaf_hash
from timebank.ledger.merkle import (
    MAX_SIZE,
    Edge,
    EdgeBuilder,
    Node,
    SubtreeRoot,
    append,
    consistency_proof,
    inclusion_proof,
    root,
    subtree_root,
    verify_consistency,
    verify_inclusion,
)

LEAVES = generate_trees.numbered_leaves(600)

TREE_VECTORS = load("tree")
INCLUSION_VECTORS = load("inclusion")
CONSISTENCY_VECTORS = load("consistency")
PUBLISHED_INCLUSION = shared_lines("vectors/rfc6962_inclusion.jsonl")
PUBLISHED_CONSISTENCY = shared_lines("vectors/rfc6962_consistency.jsonl")

sizes = st.integers(1, len(LEAVES))


def grown(leaves: Sequence[bytes]) -> tuple[Edge, list[SubtreeRoot]]:
    builder = EdgeBuilder(Edge.empty())
    completed = [subtree for leaf in leaves for subtree in builder.append(leaf)]
    return builder.edge(), completed


def node_of(leaves: Sequence[bytes]) -> Node:
    """Perfect subtrees straight from the leaves; a subtree that is not full fails."""

    def node(level: int, index: int) -> bytes:
        start, end = index << level, (index + 1) << level
        assert end <= len(leaves)
        return hashes.tree_root(list(leaves[start:end]))

    return node


# --- growing ------------------------------------------------------------------------------------


@pytest.mark.parametrize("vector", TREE_VECTORS["published"], ids=lambda v: v["size"])
def test_the_roots_over_the_published_leaves(vector: dict[str, Any]) -> None:
    leaves = [leaf_hash(data) for data in generate_trees.PUBLISHED_LEAVES[: vector["size"]]]

    assert root(grown(leaves)[0]).hex() == vector["root"]


def test_roots_edges_and_full_subtrees_of_a_large_tree() -> None:
    expected = {vector["size"]: vector for vector in TREE_VECTORS["numbered"]}
    edge = Edge.empty()
    completed: list[SubtreeRoot] = []
    for leaf in generate_trees.numbered_leaves(65_537):
        if edge.size in expected:
            check_edge(edge, expected.pop(edge.size))
        edge, new = append(edge, leaf)
        completed += new
    check_edge(edge, expected.pop(edge.size))

    assert not expected
    assert [(subtree.level, subtree.index) for subtree in completed] == [
        *((1, index) for index in range(256)),
        (2, 0),
    ]
    roots = {(subtree.level, subtree.index): subtree.root.hex() for subtree in completed}
    for vector in TREE_VECTORS["subtrees"]:
        assert roots[vector["level"], vector["index"]] == vector["root"]


def check_edge(edge: Edge, vector: dict[str, Any]) -> None:
    assert root(edge).hex() == vector["root"]
    assert [hash_.hex() for hash_ in edge.hashes] == vector["edge"]
    assert Edge.from_bytes(edge.size, edge.to_bytes()) == edge


@given(leaves=st.lists(st.binary(min_size=32, max_size=32), max_size=70))
def test_appending_gives_the_root_that_rfc_6962_defines(leaves: list[bytes]) -> None:
    edge = Edge.empty()
    for leaf in leaves:
        edge, _ = append(edge, leaf)

    assert root(edge) == hashes.tree_root(leaves)
    assert list(edge.hashes) == generate_trees.edge(leaves)


@given(first=st.integers(0, len(LEAVES)))
def test_a_tree_goes_on_from_its_edge(first: int) -> None:
    edge, completed_before = grown(LEAVES[:first])
    builder = EdgeBuilder(Edge.from_bytes(edge.size, edge.to_bytes()))
    completed_after = [subtree for leaf in LEAVES[first:] for subtree in builder.append(leaf)]

    assert (builder.edge(), completed_before + completed_after) == grown(LEAVES)


def test_full_subtrees_are_told_when_their_last_leaf_comes() -> None:
    edge, _ = grown(LEAVES[:255])

    edge, completed = append(edge, LEAVES[255])
    _, none = append(edge, LEAVES[256])

    assert completed == (SubtreeRoot(1, 0, hashes.tree_root(LEAVES[:256])),)
    assert none == ()


def test_a_leaf_that_fills_several_levels_tells_the_lowest_first() -> None:
    # All leaves are alike here, so that the tree of 256**3 - 1 leaves need not be grown.
    height_roots = [LEAVES[0]]
    for _ in range(24):
        height_roots.append(hashes.node_hash(height_roots[-1], height_roots[-1]))
    edge = Edge(256**3 - 1, tuple(reversed(height_roots[:24])))

    edge, completed = append(edge, LEAVES[0])

    assert completed == (
        SubtreeRoot(1, 256**2 - 1, height_roots[8]),
        SubtreeRoot(2, 255, height_roots[16]),
        SubtreeRoot(3, 0, height_roots[24]),
    )
    assert edge == Edge(256**3, (height_roots[24],))


def test_the_empty_tree() -> None:
    assert root(Edge.empty()) == EMPTY_ROOT
    assert Edge.empty().to_bytes() == b""
    assert Edge.from_bytes(0, b"") == Edge.empty()


@pytest.mark.parametrize(
    ("size", "length_bytes"),
    [(-1, 0), (0, 32), (1, 0), (1, 31), (1, 33), (1, 64), (2, 64), (3, 32), (MAX_SIZE + 1, 64)],
)
def test_an_edge_that_does_not_fit_its_size_is_refused(size: int, length_bytes: int) -> None:
    with pytest.raises(MalformedError, match="edge"):
        Edge.from_bytes(size, bytes(length_bytes))


@pytest.mark.parametrize("length_bytes", [0, 31, 33])
def test_what_is_no_hash_is_not_appended(length_bytes: int) -> None:
    builder = EdgeBuilder(Edge.empty())

    with pytest.raises(MalformedError, match="leaf"):
        builder.append(bytes(length_bytes))
    assert builder.edge() == Edge.empty()


@pytest.mark.parametrize("count", [1, 2, 4, 256, 512])
def test_the_root_of_a_perfect_subtree(count: int) -> None:
    assert subtree_root(LEAVES[:count]) == hashes.tree_root(LEAVES[:count])


@pytest.mark.parametrize("count", [0, 3, 5, 255, 257])
def test_a_subtree_that_is_not_full_has_no_root(count: int) -> None:
    with pytest.raises(MalformedError, match="power of two"):
        subtree_root(LEAVES[:count])


# --- proofs of our own ----------------------------------------------------------------------------


@given(data=st.data(), size=sizes)
def test_an_inclusion_proof_is_the_one_of_rfc_6962_and_holds(
    data: st.DataObject, size: int
) -> None:
    index = data.draw(st.integers(0, size - 1))
    leaves = LEAVES[:size]

    proof = inclusion_proof(index, size, node_of(leaves))

    assert list(proof) == hashes.path(index, leaves)
    verify_inclusion(
        index=index,
        size=size,
        leaf=leaves[index],
        proof=proof,
        root=hashes.tree_root(leaves),
    )


@given(data=st.data(), new_size=sizes)
def test_a_consistency_proof_is_the_one_of_rfc_6962_and_holds(
    data: st.DataObject, new_size: int
) -> None:
    old_size = data.draw(st.integers(1, new_size))
    leaves = LEAVES[:new_size]

    proof = consistency_proof(old_size, new_size, node_of(leaves))

    assert list(proof) == hashes.subproof(old_size, leaves, whole=True)
    verify_consistency(
        old_size=old_size,
        new_size=new_size,
        old_root=hashes.tree_root(leaves[:old_size]),
        new_root=hashes.tree_root(leaves),
        proof=proof,
    )


@given(data=st.data(), size=sizes)
def test_a_changed_bit_spoils_an_inclusion_proof(data: st.DataObject, size: int) -> None:
    index = data.draw(st.integers(0, size - 1))
    leaves = LEAVES[:size]
    leaf, root_, *proof = data.draw(
        with_a_bit_changed([leaves[index], hashes.tree_root(leaves), *hashes.path(index, leaves)])
    )

    with pytest.raises(ProofError):
        verify_inclusion(index=index, size=size, leaf=leaf, proof=proof, root=root_)


@given(data=st.data(), new_size=sizes)
def test_a_changed_bit_spoils_a_consistency_proof(data: st.DataObject, new_size: int) -> None:
    old_size = data.draw(st.integers(1, new_size))
    leaves = LEAVES[:new_size]
    roots = [hashes.tree_root(leaves[:old_size]), hashes.tree_root(leaves)]
    old_root, new_root, *proof = data.draw(
        with_a_bit_changed([*roots, *hashes.subproof(old_size, leaves, whole=True)])
    )

    with pytest.raises(ProofError):
        verify_consistency(
            old_size=old_size,
            new_size=new_size,
            old_root=old_root,
            new_root=new_root,
            proof=proof,
        )


@st.composite
def with_a_bit_changed(draw: st.DrawFn, parts: list[bytes]) -> list[bytes]:
    place = draw(st.integers(0, len(parts) - 1))
    bit = draw(st.integers(0, 255))
    return [*parts[:place], hashes.flipped(parts[place], bit), *parts[place + 1 :]]


def test_a_proof_in_a_huge_tree_asks_for_few_subtrees() -> None:
    asked: list[tuple[int, int]] = []

    def node(level: int, index: int) -> bytes:
        assert (index + 1) << level <= MAX_SIZE - 1
        asked.append((level, index))
        return bytes(32)

    proof = inclusion_proof(12345, MAX_SIZE - 1, node)
    path_length, inclusion_asked = len(proof), len(asked)
    consistency_proof(2**62 + 1, MAX_SIZE - 1, node)

    assert path_length == 63
    assert inclusion_asked <= 2 * 63
    assert len(asked) - inclusion_asked <= 2 * 63


def test_a_tree_of_the_greatest_size_can_be_checked() -> None:
    zeros = [bytes(32)]
    for _ in range(63):
        zeros.append(hashes.node_hash(zeros[-1], zeros[-1]))

    verify_inclusion(
        index=MAX_SIZE - 1, size=MAX_SIZE, leaf=zeros[0], proof=zeros[:63], root=zeros[63]
    )
    verify_consistency(
        old_size=MAX_SIZE // 2,
        new_size=MAX_SIZE,
        old_root=zeros[62],
        new_root=zeros[63],
        proof=[zeros[62]],
    )


@pytest.mark.parametrize(("index", "size"), [(0, 0), (-1, 1), (1, 1), (8, 8), (0, MAX_SIZE + 1)])
def test_there_is_no_inclusion_proof_outside_the_tree(index: int, size: int) -> None:
    with pytest.raises(ProofError):
        inclusion_proof(index, size, node_of(LEAVES))


@pytest.mark.parametrize(("old", "new"), [(0, 0), (0, 1), (-1, 1), (2, 1), (1, MAX_SIZE + 1)])
def test_there_is_no_consistency_proof_from_nothing_or_backwards(old: int, new: int) -> None:
    with pytest.raises(ProofError):
        consistency_proof(old, new, node_of(LEAVES))


# --- vectors --------------------------------------------------------------------------------------


def verify_inclusion_vector(vector: dict[str, Any]) -> None:
    verify_inclusion(
        index=vector["index"],
        size=vector["size"],
        leaf=bytes.fromhex(vector["leaf"]),
        proof=[bytes.fromhex(hash_) for hash_ in vector["proof"]],
        root=bytes.fromhex(vector["root"]),
    )


def verify_consistency_vector(vector: dict[str, Any]) -> None:
    verify_consistency(
        old_size=vector["old_size"],
        new_size=vector["new_size"],
        old_root=bytes.fromhex(vector["old_root"]),
        new_root=bytes.fromhex(vector["new_root"]),
        proof=[bytes.fromhex(hash_) for hash_ in vector["proof"]],
    )


def test_inclusion_proofs_that_must_hold_do() -> None:
    for vector in INCLUSION_VECTORS["valid"]:
        verify_inclusion_vector(vector)


def test_consistency_proofs_that_must_hold_do() -> None:
    for vector in CONSISTENCY_VECTORS["valid"]:
        verify_consistency_vector(vector)


@pytest.mark.parametrize("vector", INCLUSION_VECTORS["invalid"], ids=lambda v: v["about"])
def test_spoiled_inclusion_proofs_are_refused(vector: dict[str, Any]) -> None:
    with pytest.raises(ProofError):
        verify_inclusion_vector(vector)


@pytest.mark.parametrize("vector", CONSISTENCY_VECTORS["invalid"], ids=lambda v: v["about"])
def test_spoiled_consistency_proofs_are_refused(vector: dict[str, Any]) -> None:
    with pytest.raises(ProofError):
        verify_consistency_vector(vector)


def hashes_of(proof: list[str] | None) -> list[bytes]:
    return [from_base64(hash_) for hash_ in proof or []]


def verify_published(vector: dict[str, Any]) -> None:
    if "leafIdx" in vector:
        verify_inclusion(
            index=vector["leafIdx"],
            size=vector["treeSize"],
            leaf=from_base64(vector["leafHash"]),
            proof=hashes_of(vector["proof"]),
            root=from_base64(vector["root"]),
        )
    else:
        verify_consistency(
            old_size=vector["size1"],
            new_size=vector["size2"],
            old_root=from_base64(vector["root1"]),
            new_root=from_base64(vector["root2"]),
            proof=hashes_of(vector["proof"]),
        )


@pytest.mark.parametrize(
    "vector", PUBLISHED_INCLUSION + PUBLISHED_CONSISTENCY, ids=lambda v: v["file"]
)
def test_the_published_proofs_hold_or_are_refused_as_they_must(vector: dict[str, Any]) -> None:
    if not vector["wantErr"]:
        verify_published(vector)
        return
    with pytest.raises(ProofError):
        verify_published(vector)


@pytest.mark.skipif(not PUBLISHED_INCLUSION, reason="the published vectors are not here")
def test_the_published_vectors_are_all_there() -> None:
    published = PUBLISHED_INCLUSION + PUBLISHED_CONSISTENCY

    assert len(published) == 196
    assert sum(vector["wantErr"] for vector in published) == 184
