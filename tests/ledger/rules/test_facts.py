from typing import Any

import msgspec
import pytest

from tests.ledger.bench import ORIGIN, TODAY, hash_of, log_vkey
from timebank.errors import FactsError
from timebank.ledger.encoding import MAX_INTEGER
from timebank.ledger.model import Entry
from timebank.ledger.registry import FactSpec, Kind, standard_registry
from timebank.ledger.rules.facts import check_facts

HASH = hash_of("something")

# For each type of fact: its description, values it may have, and values it may not.
FACTS: dict[str, tuple[dict[str, Any], list[Any], list[Any]]] = {
    "account": ({}, ["issued", "stock:yicang"], ["", "Stock", "stock:", "members#x", 1, ["a"]]),
    "choice": ({"values": ["time", "goods"]}, ["time"], ["", "Time", "points", 1, True, ["time"]]),
    "code": ({}, ["rice", "parcel:standard"], ["", "Rice", "rice ", 1]),
    "commodity": ({}, ["POINT", "RICE-5KG"], ["", "point", "POINT#1", 1]),
    "day": (
        {},
        ["2026-11-22", "2024-02-29"],
        ["", "2026-02-29", "2026-1-1", "22.11.2026", 20261122],
    ),
    "hash": ({}, [HASH], ["", HASH[:-1], HASH + "=", "A" * 43, 1]),
    "integer": (
        {"least": 1, "most": 5},
        [1, 5],
        [0, 6, -1, True, False, "1", 1.0, None, [1], {}],
    ),
    "key": ({}, ["credit_limit"], ["", "Credit", "credit-limit", "_credit", 1]),
    "list": (
        {"least": 1, "most": 2, "items": {"type": "day"}},
        [["2026-11-22"], ["2026-11-22", "2026-11-22"]],
        [[], ["2026-11-22"] * 3, ["2026-11-22", ""], {}, "2026-11-22", 1],
    ),
    "lot": ({}, ["fund:operating", "b-17"], ["", "Fund:a", "fund:", 1]),
    "object": (
        {"fields": {"a": {"type": "day"}, "b": {"type": "integer", "optional": True}}},
        [{"a": "2026-11-22"}, {"a": "2026-11-22", "b": 0}],
        [{}, {"b": 0}, {"a": ""}, {"a": "2026-11-22", "c": 1}, [], "a", 1],
    ),
    "text": ({}, ["翠", "a" * 200, "翠" * 200], ["", "a" * 201, 1, True, ["a"]]),
    "vkey": ({}, [log_vkey()], ["", log_vkey() + " ", log_vkey().replace("+", "-"), 1]),
}


def entry_with(public: dict[str, Any], *, seals: int = 0) -> Entry:
    return Entry(
        v=1,
        book=ORIGIN,
        seq=1,
        prev=bytes(32),
        kind="x",
        day=TODAY,
        posted=TODAY,
        by=("system",),
        legs=(),
        public=public,
        seals=(bytes(32),) * seals,
    )


def kind_with(fact: dict[str, Any], *, seals: int = 0) -> Kind:
    spec = msgspec.convert(fact, FactSpec)
    return Kind(kind="x", by=(("system",),), facts={"fact": spec}, seals=seals)


@pytest.mark.parametrize(
    ("type_", "value"), [(type_, value) for type_, row in FACTS.items() for value in row[1]]
)
def test_a_fact_may_be_what_its_kind_says(type_: str, value: object) -> None:
    kind = kind_with({"type": type_, **FACTS[type_][0]})

    check_facts(kind, entry_with({"fact": value}))


@pytest.mark.parametrize(
    ("type_", "value"), [(type_, value) for type_, row in FACTS.items() for value in row[2]]
)
def test_a_fact_may_be_nothing_else(type_: str, value: object) -> None:
    kind = kind_with({"type": type_, **FACTS[type_][0]})

    with pytest.raises(FactsError, match=r"^public\.fact"):
        check_facts(kind, entry_with({"fact": value}))


def test_every_type_of_fact_is_tried_here() -> None:
    with pytest.raises(msgspec.ValidationError, match="enum"):
        kind_with({"type": "anything"})
    for type_ in FACTS:
        kind_with({"type": type_})


def test_integers_are_from_zero_to_the_greatest_unless_the_kind_says_otherwise() -> None:
    kind = kind_with({"type": "integer"})

    check_facts(kind, entry_with({"fact": 0}))
    check_facts(kind, entry_with({"fact": MAX_INTEGER}))
    with pytest.raises(FactsError):
        check_facts(kind, entry_with({"fact": -1}))


def test_a_fact_must_be_there_unless_it_is_optional() -> None:
    check_facts(kind_with({"type": "day", "optional": True}), entry_with({}))
    with pytest.raises(FactsError, match="is missing") as caught:
        check_facts(kind_with({"type": "day"}), entry_with({}))

    assert caught.value.field == "fact"


def test_a_fact_that_the_kind_does_not_know_is_refused() -> None:
    with pytest.raises(FactsError, match="is not a fact of this kind") as caught:
        check_facts(kind_with({"type": "day"}), entry_with({"fact": TODAY, "more": 1}))

    assert caught.value.field == "more"


def test_the_path_of_a_fault_is_told() -> None:
    kind = standard_registry().kind("policy.set")
    settings = [{"setting": "hold_days", "value": 1}, {"setting": "hold_days", "value": -1}]

    with pytest.raises(FactsError) as caught:
        check_facts(kind, entry_with({"in_force": TODAY, "settings": settings}))

    assert caught.value.field == "settings[1].value"


@pytest.mark.parametrize("seals", [0, 2])
def test_an_entry_has_as_many_seals_as_its_kind(seals: int) -> None:
    kind = kind_with({"type": "day"}, seals=1)

    check_facts(kind, entry_with({"fact": TODAY}, seals=1))
    with pytest.raises(FactsError, match=f"has 1 seals, not {seals}"):
        check_facts(kind, entry_with({"fact": TODAY}, seals=seals))
