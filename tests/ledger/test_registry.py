import json
from importlib.resources import files
from typing import Any

import msgspec
import pytest

from tests.ledger.bench import Bench
from timebank.errors import CannotCheckError, UnknownKindError
from timebank.flows.registry import FLOWS
from timebank.ledger.entry import MAX_LEGS
from timebank.ledger.model import Draft
from timebank.ledger.registry import Kind, matches, read_registry, standard_registry
from timebank.ledger.replay import Replay

REGISTRY = standard_registry()
KINDS = {
    "book.opened", "commodity.defined", "account.opened", "account.closed", "lot.registered",
    "holder.enrolled", "holder.left", "policy.set", "key.rotated", "balance.opened", "issue",
    "reclaim", "transfer", "hold", "release", "settle", "reversal", "close",
}  # fmt: skip


def content() -> dict[str, Any]:
    data: dict[str, Any] = json.loads(files("timebank.ledger").joinpath("kinds.json").read_bytes())
    return data


@pytest.mark.parametrize(
    ("selector", "code"),
    [
        ("issued", "issued"),
        ("members:held", "members:held"),
        ("stock:*", "stock:yicang"),
        ("stock:*:quarantine", "stock:a-b:quarantine"),
    ],
)
def test_a_selector_matches_word_by_word(selector: str, code: str) -> None:
    assert matches(selector, code)


@pytest.mark.parametrize(
    ("selector", "code"),
    [
        ("issued", "issued:more"),
        ("members", "members:held"),
        ("members:held", "members"),
        ("stock:*", "stock"),
        ("stock:*", "stock:a:quarantine"),
        ("stock:*", "bank:a"),
        ("stock:*:quarantine", "stock:a:reserved"),
    ],
)
def test_a_star_is_exactly_one_word(selector: str, code: str) -> None:
    assert not matches(selector, code)


def test_all_kinds_of_the_ledger_are_registered_and_each_has_its_flow() -> None:
    assert set(REGISTRY.kinds) >= KINDS
    assert {command.__struct_config__.tag for command in FLOWS} == set(REGISTRY.kinds)


def test_a_kind_that_is_not_registered_is_unknown() -> None:
    with pytest.raises(UnknownKindError, match="the kind gift is not in the registry"):
        REGISTRY.kind("gift")


def test_every_account_of_the_chart_has_a_family() -> None:
    families = {code: REGISTRY.family(code) for code in REGISTRY.chart}

    assert all(families.values())
    assert {
        code: family.holder for code, family in families.items() if family and family.holder
    } == {
        "members": "member",
        "members:held": "member",
        "transit": "carrier",
        "stalls": "stall",
    }
    assert REGISTRY.family("tools:shed") is None


@pytest.mark.parametrize("code", REGISTRY.chart)
def test_what_a_book_starts_with_is_not_opened_later(code: str) -> None:
    assert not REGISTRY.is_openable(code)


def patterns() -> list[tuple[Kind, str, str, str]]:
    return [
        (kind, pattern.from_, pattern.to, commodity)
        for kind in REGISTRY.kinds.values()
        for pattern in kind.patterns
        for commodity in pattern.kinds
    ]


@pytest.mark.parametrize(("kind", "from_", "to", "commodity"), patterns())
def test_hours_never_touch_the_world_and_goods_and_money_are_never_issued(
    kind: Kind, from_: str, to: str, commodity: str
) -> None:
    touched = {from_.partition(":")[0], to.partition(":")[0]}

    assert kind.kind != "transfer" or not touched & {"issued", "world"}
    if commodity in ("time", "points"):
        assert "world" not in touched
    else:
        assert "issued" not in touched
        assert commodity in ("money", "goods")


@pytest.mark.parametrize(("kind", "from_", "to", "commodity"), patterns())
def test_every_pattern_is_between_families_and_is_found(
    kind: Kind, from_: str, to: str, commodity: str
) -> None:
    codes = from_.replace("*", "a"), to.replace("*", "b")

    assert all(REGISTRY.family(code) for code in codes)
    found = REGISTRY.pattern(kind, *codes, commodity)
    assert found is not None
    assert (found.from_, found.to) == (from_, to)


def test_a_leg_that_no_pattern_allows_has_none() -> None:
    transfer = REGISTRY.kind("transfer")

    assert REGISTRY.pattern(transfer, "members", "members", "points")
    assert REGISTRY.pattern(transfer, "members", "members", "money") is None
    assert REGISTRY.pattern(transfer, "issued", "members", "points") is None


def test_what_moves_something_is_reversible_and_a_definition_or_a_reversal_is_not() -> None:
    for kind in REGISTRY.kinds.values():
        assert kind.reversible or not kind.patterns
        assert not (kind.defines and (kind.reversible or kind.legs.most))
        assert bool(kind.patterns) == (kind.legs.least > 0)
    assert REGISTRY.kind("reversal").reverses == "reverses"
    assert not REGISTRY.kind("reversal").reversible


def test_what_a_kind_says_of_its_facts_names_facts_that_it_has() -> None:
    for kind in REGISTRY.kinds.values():
        named = [
            *kind.once,
            *(refers.fact for refers in kind.refers),
            *filter(None, (kind.allows, kind.draws, kind.reverses)),
            *([kind.continues.fact] if kind.continues else []),
        ]
        assert set(named) <= kind.facts.keys()


def test_what_an_entry_refers_to_or_draws_on_is_a_kind_that_allows_it() -> None:
    for kind in REGISTRY.kinds.values():
        referred = {refers.fact: REGISTRY.kind(refers.kind) for refers in kind.refers}
        assert all(kind.facts[fact].type == "integer" for fact in referred)
        assert not kind.draws or referred[kind.draws].allows
        assert not kind.allows or (kind.facts[kind.allows].type == "integer" and not kind.legs.most)


def test_every_selector_of_a_pattern_is_of_a_family() -> None:
    selectors = {family.selector for family in REGISTRY.families}
    for kind in REGISTRY.kinds.values():
        for pattern in kind.patterns:
            for account in (pattern.from_, pattern.to):
                assert account in selectors or REGISTRY.family(account)


def test_goods_and_money_never_touch_issued_and_hours_never_the_world() -> None:
    for kind in REGISTRY.kinds.values():
        for pattern in kind.patterns:
            counted = {"time", "points"} & set(pattern.kinds)
            sides = {pattern.from_.split(":")[0], pattern.to.split(":")[0]}
            assert not (counted and sides & {"world", "bank", "cash", "stock", "stalls", "transit"})
            assert counted or not sides & {"issued", "members", "pool", "retired"}


def test_only_a_reclassification_touches_what_is_reclassified() -> None:
    touching = {
        kind.kind
        for kind in REGISTRY.kinds.values()
        for pattern in kind.patterns
        if "world:reclassified" in (pattern.from_, pattern.to)
    }
    assert touching == {"reclassification"}


def test_every_kind_that_moves_something_has_a_seal() -> None:
    assert all(kind.seals == 1 for kind in REGISTRY.kinds.values() if kind.legs.most)


def test_what_continues_names_a_kind_that_can_be_continued() -> None:
    for kind in REGISTRY.kinds.values():
        if kind.continues:
            assert kind.facts[kind.continues.fact].type == "integer"
            for origin in map(REGISTRY.kind, kind.continues.kinds):
                assert origin.continuable
                until = kind.continues.until
                assert not until or origin.facts[until].type == "day"


@pytest.mark.parametrize(
    ("kind", "most", "ways"),
    [("arrival", "move", 2), ("inspection", "intake", 2), ("inspection", "count", 2),
     ("round.back", "round.out", 3)],
)  # fmt: skip
def test_what_must_go_on_as_a_whole_fits_one_entry(kind: str, most: str, ways: int) -> None:
    """Of each leg some may arrive and some be lost, be accepted or rejected, and so on."""
    ends = {pattern.to for pattern in REGISTRY.kind(kind).patterns}

    assert len(ends) == ways
    assert REGISTRY.kind(most).legs.most * ways <= REGISTRY.kind(kind).legs.most == MAX_LEGS


@pytest.mark.parametrize("place", ["", "families", "settings", "kinds"])
def test_a_registry_with_something_unknown_in_it_is_not_read(place: str) -> None:
    registry = content()
    changed = registry[place][0] if place else registry
    changed["surprise"] = 1

    with pytest.raises(msgspec.ValidationError, match="surprise"):
        read_registry(json.dumps(registry).encode())


def test_a_fact_of_an_unknown_type_is_not_read() -> None:
    registry = content()
    registry["kinds"][1]["facts"]["scale"]["type"] = "decimal"

    with pytest.raises(msgspec.ValidationError, match="decimal"):
        read_registry(json.dumps(registry).encode())


def test_a_flow_brings_its_kind_without_touching_the_ledger() -> None:
    thanks = Kind(kind="thanks", by=(("member",),), facts={})
    bench = Bench(kinds=REGISTRY.with_kinds(thanks))

    bench.append(Draft(kind="thanks", day=bench.today), by=("member",))

    bench.replay()
    assert "thanks" not in REGISTRY.kinds
    with pytest.raises(CannotCheckError, match="the kind thanks is not in the registry"):
        feed(bench.bodies)


def feed(bodies: list[bytes]) -> None:
    replay = Replay(REGISTRY, earlier_body=bodies.__getitem__)
    for body in bodies:
        replay.feed(body)
