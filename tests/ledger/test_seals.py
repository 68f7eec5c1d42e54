from typing import Any

import pytest

from tests.vectors import load
from timebank.errors import MalformedError, NotCanonicalError, ProofError
from timebank.ledger.seals import Opening, commitment, verify_opening

VECTORS = load("seals")


def verify(vector: dict[str, Any]) -> None:
    verify_opening(
        bytes.fromhex(vector["commitment"]),
        Opening(bytes.fromhex(vector["salt"]), vector["details"]),
        origin=vector["origin"],
        seq=vector["seq"],
        index=vector["index"],
    )


@pytest.mark.parametrize("vector", VECTORS["valid"])
def test_an_opening_opens_its_seal(vector: dict[str, Any]) -> None:
    verify(vector)


@pytest.mark.parametrize("vector", VECTORS["invalid"], ids=lambda vector: vector["about"])
def test_no_other_opening_does(vector: dict[str, Any]) -> None:
    with pytest.raises((ProofError, MalformedError, NotCanonicalError)):
        verify(vector)


def test_the_order_in_which_details_are_given_does_not_matter() -> None:
    salt = bytes(32)

    seal = commitment(salt, "example.org/log/a", 1, 0, {"a": 1, "b": 2})

    assert commitment(salt, "example.org/log/a", 1, 0, {"b": 2, "a": 1}) == seal


def test_a_seal_that_is_not_opened_is_told_as_such() -> None:
    with pytest.raises(ProofError, match="does not open") as caught:
        verify_opening(
            bytes(32), Opening(bytes(32), {}), origin="example.org/log/a", seq=0, index=0
        )

    assert caught.value.code == "proof_invalid"
