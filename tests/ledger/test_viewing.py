from collections.abc import Callable
from typing import Any, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vectors import load
from timebank.errors import MalformedError
from timebank.ledger.codes import is_blinded
from timebank.ledger.viewing import FROM, TO, blinded, key_hash, month_key, month_of

Vector: TypeAlias = dict[str, Any]

ORIGIN = "timebank.example.org/log/cuizhuyuan"


def make_key_hash(vector: Vector) -> str:
    return key_hash(vector["origin"], bytes.fromhex(vector["key"])).hex()


def make_month_key(vector: Vector) -> str:
    return month_key(bytes.fromhex(vector["key"]), vector["origin"], vector["month"]).hex()


def make_blinded(vector: Vector) -> str:
    key = bytes.fromhex(vector["month_key"])
    return blinded(key, vector["origin"], vector["seq"], vector["leg"], vector["side"])


MAKE: dict[str, Callable[[Vector], str]] = {
    "key_hash": make_key_hash,
    "month_key": make_month_key,
    "blinded": make_blinded,
}


def make_if_it_can_be(name: str, vector: Vector) -> str | None:
    try:
        return MAKE[name](vector)
    except MalformedError:
        return None


def all_of(kind: str) -> list[tuple[str, Vector]]:
    return [(name, vector) for name in MAKE for vector in load(name)[kind]]


@pytest.mark.parametrize(("name", "vector"), all_of("valid"))
def test_what_the_format_says_comes_out(name: str, vector: Vector) -> None:
    assert MAKE[name](vector) == vector[name]


@pytest.mark.parametrize(("name", "vector"), all_of("invalid"))
def test_from_anything_else_comes_something_else_or_nothing(name: str, vector: Vector) -> None:
    assert make_if_it_can_be(name, vector) != vector[name]


@pytest.mark.parametrize("length_bytes", [0, 31, 33])
def test_a_key_has_32_bytes(length_bytes: int) -> None:
    key = bytes(length_bytes)

    with pytest.raises(MalformedError, match=r"^key:"):
        key_hash(ORIGIN, key)
    with pytest.raises(MalformedError, match=r"^key:"):
        month_key(key, ORIGIN, "2026-11")
    with pytest.raises(MalformedError, match=r"^month_key:"):
        blinded(key, ORIGIN, 0, 0, FROM)


@given(key=st.binary(min_size=32, max_size=32), seq=st.integers(0, 2**53 - 1))
def test_a_blinded_reference_fits_the_grammar(key: bytes, seq: int) -> None:
    assert is_blinded(blinded(key, ORIGIN, seq, 0, TO))


def test_no_two_places_share_a_reference() -> None:
    key = month_key(bytes(32), ORIGIN, "2026-11")

    made = {
        blinded(key, ORIGIN, seq, leg, side)
        for seq in range(20)
        for leg in range(10)
        for side in (FROM, TO)
    }

    assert len(made) == 400


def test_a_month_is_that_of_its_days() -> None:
    assert month_of("2026-11-22") == "2026-11"
