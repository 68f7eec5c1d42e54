from collections.abc import Callable
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vectors import load
from timebank.errors import MalformedError
from timebank.ledger import codes

VECTORS = load("codes")
SORTS: tuple[codes.Sort, ...] = get_args(codes.Sort)

IS: dict[str, Callable[[object], bool]] = {
    "blinded": codes.is_blinded,
    "capacity": codes.is_capacity,
    "code": codes.is_code,
    "commodity": codes.is_commodity,
    "day": codes.is_day,
    "fact_key": codes.is_fact_key,
    "kind": codes.is_kind,
    "origin": codes.is_origin,
    "reference": codes.is_reference,
    "slug": codes.is_slug,
    "word": codes.is_word,
}

valid_vectors = pytest.mark.parametrize(
    ("sort", "name"), [(sort, name) for sort in IS for name in VECTORS[sort]["valid"]]
)
invalid_vectors = pytest.mark.parametrize(
    ("sort", "name"), [(sort, name) for sort in IS for name in VECTORS[sort]["invalid"]]
)


def test_there_are_vectors_for_every_sort() -> None:
    assert set(VECTORS) - {"about"} == set(IS) == {*SORTS, "reference"}


@valid_vectors
def test_a_well_formed_name_is_accepted(sort: str, name: str) -> None:
    assert IS[sort](name)


@invalid_vectors
def test_an_ill_formed_name_is_refused(sort: str, name: str) -> None:
    assert not IS[sort](name)


@pytest.mark.parametrize("sort", IS)
@pytest.mark.parametrize("value", [None, 1, True, b"member", ["member"], {}])
def test_what_is_no_text_is_no_name(sort: str, value: object) -> None:
    assert not IS[sort](value)


@pytest.mark.parametrize("sort", SORTS)
def test_checking_raises_for_exactly_what_is_ill_formed(sort: codes.Sort) -> None:
    for name in VECTORS[sort]["valid"]:
        codes.check_code(sort, name, field="x")
    for name in VECTORS[sort]["invalid"]:
        with pytest.raises(MalformedError) as caught:
            codes.check_code(sort, name, field="x")
        assert caught.value.field == "x"
        assert caught.value.reason.startswith("must be ")


@pytest.mark.parametrize("sort", IS)
@given(name=st.text())
def test_no_text_but_ascii_is_ever_accepted(sort: str, name: str) -> None:
    assert name.isascii() or not IS[sort](name)


@pytest.mark.parametrize("sort", IS)
def test_a_hostile_text_is_refused_at_once(sort: str) -> None:
    assert not IS[sort]("a-" * 1_000_000)


@given(day=st.dates())
def test_every_date_is_a_day(day: object) -> None:
    assert codes.is_day(str(day))


@pytest.mark.parametrize(
    ("reference", "account", "part"),
    [
        ("stock:yicang", "stock:yicang", ""),
        ("members#" + "A" * 43, "members", "A" * 43),
        ("members:held#" + "A" * 43, "members:held", "A" * 43),
    ],
)
def test_a_reference_is_split_and_joined(reference: str, account: str, part: str) -> None:
    assert codes.split_reference(reference) == (account, part)
    assert codes.join_reference(account, part) == reference


@pytest.mark.parametrize("reference", VECTORS["reference"]["valid"])
def test_joining_gives_what_was_split(reference: str) -> None:
    assert codes.join_reference(*codes.split_reference(reference)) == reference
