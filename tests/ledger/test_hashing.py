import pytest

from tests.vectors import load
from timebank.errors import MalformedError
from timebank.ledger.hashing import EMPTY_ROOT, check_length, leaf_hash, node_hash, place

VECTORS = load("hashing")


def test_the_root_of_nothing_is_the_hash_of_nothing() -> None:
    assert EMPTY_ROOT.hex() == VECTORS["empty_root"]
    assert EMPTY_ROOT.hex().startswith("e3b0c44298fc1c14")


@pytest.mark.parametrize("vector", VECTORS["leaves"])
def test_a_leaf_is_hashed_under_00(vector: dict[str, str]) -> None:
    assert leaf_hash(bytes.fromhex(vector["data"])).hex() == vector["hash"]


@pytest.mark.parametrize("vector", VECTORS["nodes"])
def test_a_node_is_hashed_under_01(vector: dict[str, str]) -> None:
    left, right = bytes.fromhex(vector["left"]), bytes.fromhex(vector["right"])

    assert node_hash(left, right).hex() == vector["hash"]


def test_a_leaf_cannot_be_taken_for_a_node() -> None:
    left, right = leaf_hash(b"left"), leaf_hash(b"right")

    assert leaf_hash(left + right) != node_hash(left, right)


def test_a_place_is_ten_bytes_in_big_endian_order() -> None:
    assert place(0x0102, 0x0304).hex() == "00000000000001020304"
    assert place(2**64 - 1, 2**16 - 1) == b"\xff" * 10


@pytest.mark.parametrize(("seq", "index"), [(-1, 0), (2**64, 0), (0, -1), (0, 2**16)])
def test_a_place_that_does_not_fit_is_refused(seq: int, index: int) -> None:
    with pytest.raises(MalformedError):
        place(seq, index)


@pytest.mark.parametrize("length_bytes", [0, 31, 33])
def test_what_is_not_32_bytes_long_is_named(length_bytes: int) -> None:
    with pytest.raises(MalformedError, match="salt: must be 32 bytes"):
        check_length(bytes(length_bytes), field="salt")
