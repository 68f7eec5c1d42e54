"""docs/FORMAT.md says what the code does: its examples, its grammars and its tables."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias, get_args

import pytest

from tests.ledger.bench import replay
from tests.shared import ROOT
from tests.vectors import load
from timebank.ledger import merkle, notes, seals, viewing
from timebank.ledger.encoding import encode, to_base64
from timebank.ledger.entry import decode_entry, encode_entry
from timebank.ledger.hashing import EMPTY_ROOT, leaf_hash, node_hash
from timebank.ledger.merkle import Edge, EdgeBuilder
from timebank.ledger.registry import (
    FactSpec,
    Kind,
    Pattern,
    RuleName,
    SettingSpec,
    standard_registry,
)
from timebank.ledger.trial_balance import canonical_line, digest, trial_balance

PAGE = (ROOT / "docs" / "FORMAT.md").read_text(encoding="utf-8")
PROSE = " ".join(PAGE.split())
REGISTRY = standard_registry()
BODIES = [vector["entry"].encode() for vector in load("book")["valid"]]
CODES = load("codes")

Example: TypeAlias = dict[str, str]
Pairs: TypeAlias = list[tuple[str, str]]


def examples() -> Iterator[tuple[str, Pairs]]:
    """Each example of the page: its name, and its names and values in order."""
    for name, block in re.findall(r"(?ms)^```example ([a-z-]+)\n(.*?)^```$", PAGE):
        pairs = (line.split(" = ", maxsplit=1) for line in block.splitlines())
        yield name, [(key, value) for key, value in pairs]


EXAMPLES = dict(examples())


def check_canonical(example: Example) -> None:
    assert encode(json.loads(example["value"])).hex() == example["bytes"]


def check_entry(example: Example) -> None:
    body = example["entry"].encode()
    assert encode_entry(decode_entry(body)) == body == BODIES[int(example["seq"])]
    assert len(body) == int(example["length_bytes"])


def check_leaf(example: Example) -> None:
    assert leaf_hash(example["entry"].encode()).hex() == example["leaf"]


def check_node(example: Example) -> None:
    left, right = bytes.fromhex(example["left"]), bytes.fromhex(example["right"])
    assert node_hash(left, right).hex() == example["node"]


def check_empty(example: Example) -> None:
    assert merkle.root(Edge.empty()).hex() == example["root"]
    assert to_base64(EMPTY_ROOT) == example["prev"]
    assert decode_entry(BODIES[0]).prev == EMPTY_ROOT


def check_roots(example: Example) -> None:
    assert int(max(example).removeprefix("root_")) == 3
    assert f"root_{len(BODIES)}" in example
    for name, value in example.items():
        sort, number = name.split("_")
        found = (
            leaf_hash(BODIES[int(number)])
            if sort == "leaf"
            else replay(BODIES[: int(number)]).root()
        )
        assert found.hex() == value, name


def check_subtree(example: Example) -> None:
    data = [str(number).encode() for number in range(256)]
    assert data[0].hex() == example["first_leaf_data"]
    assert data[-1].hex() == example["last_leaf_data"]
    builder = EdgeBuilder(Edge.empty())
    ((completed,),) = filter(None, [builder.append(leaf_hash(leaf)) for leaf in data])
    assert completed.root.hex() == example["root"]


def check_key_hash(example: Example) -> None:
    found = viewing.key_hash(example["origin"], bytes.fromhex(example["key"]))
    assert found.hex() == example["key_hash"]
    assert to_base64(found) == example["fact"] == decode_entry(BODIES[6]).public["key"]


def check_month_key(example: Example) -> None:
    key = bytes.fromhex(example["key"])
    found = viewing.month_key(key, example["origin"], example["month"])
    assert found.hex() == example["month_key"]


def check_reference(example: Example) -> None:
    month_key, seq, leg = (
        bytes.fromhex(example["month_key"]),
        int(example["seq"]),
        int(example["leg"]),
    )
    side: viewing.Side = viewing.TO if int(example["side"]) else viewing.FROM
    found = viewing.blinded(month_key, example["origin"], seq, leg, side)
    assert found == example["blinded"]
    assert decode_entry(BODIES[seq]).legs[leg].from_ == f"members#{found}"


def check_continuations(example: Example) -> None:
    legs = {name: json.loads(text) for name, text in example.items()}
    assert legs == {
        entry["kind"]: entry["legs"][0]
        for entry in map(json.loads, BODIES)
        if entry["kind"] in ("hold", "settle", "reversal", "release")
    }
    hold, settle = legs["hold"], legs["settle"]
    assert settle["from"] == hold["to"]
    assert (legs["reversal"]["from"], legs["reversal"]["to"]) == (settle["to"], settle["from"])
    assert (legs["release"]["from"], legs["release"]["to"]) == (hold["to"], hold["from"])


def check_seal(example: Example) -> None:
    seq, index = int(example["seq"]), int(example["index"])
    details = json.loads(example["details"])
    assert encode(details).decode() == example["details"]
    found = seals.commitment(bytes.fromhex(example["salt"]), example["origin"], seq, index, details)
    assert found.hex() == example["commitment"]
    assert to_base64(found) == example["seal"]
    assert decode_entry(BODIES[seq]).seals[index] == found


def check_trial_balance(example: Example) -> None:
    lines = [value for name, value in EXAMPLES["trial-balance"] if name == "line"]
    closed = next(seq for seq, body in enumerate(BODIES) if b'"kind":"close"' in body)
    rows = trial_balance(replay(BODIES[:closed]).state, example["until"])
    assert [canonical_line(row).decode() for row in rows] == [line + "\n" for line in lines]
    assert digest(rows) == example["digest"]


def check_close(example: Example) -> None:
    assert example["entry"].encode() in BODIES
    assert decode_entry(example["entry"].encode()).kind == "close"


def check_vkey(example: Example) -> None:
    public_key = bytes.fromhex(example["public_key"])
    assert notes.key_id(example["name"], public_key).hex() == example["key_id"]
    assert notes.vkey(example["name"], public_key) == example["vkey"]
    assert decode_entry(BODIES[0]).public["vkey"] == example["vkey"]


CHECKS: dict[str, Callable[[Example], None]] = {
    "canonical": check_canonical,
    "entry": check_entry,
    "leaf": check_leaf,
    "node": check_node,
    "empty": check_empty,
    "roots": check_roots,
    "subtree": check_subtree,
    "key-hash": check_key_hash,
    "month-key": check_month_key,
    "reference": check_reference,
    "continuations": check_continuations,
    "seal": check_seal,
    "trial-balance": check_trial_balance,
    "close": check_close,
    "vkey": check_vkey,
}


@pytest.mark.parametrize("name", CHECKS)
def test_an_example_is_right(name: str) -> None:
    CHECKS[name](dict(EXAMPLES[name]))


def test_every_example_is_checked() -> None:
    names = [name for name, _ in examples()]

    assert names == list(CHECKS)
    assert PAGE.count("```example") == len(names)


# --- grammars -----------------------------------------------------------------------------------


def grammars() -> dict[str, tuple[str, int]]:
    names = PAGE.partition("## 3. ")[0]
    rows = re.findall(r"(?m)^\| `([a-z_]+)` \| `(.+?)` \| ([0-9]+) \|", names)
    return {sort: (pattern.replace("\\|", "|"), int(length)) for sort, pattern, length in rows}


def is_a(sort: str, name: str) -> bool:
    """What the page says, but for the calendar and the greatest port."""
    pattern, length = grammars()[sort]
    return len(name) <= length and re.fullmatch(pattern, name) is not None


@pytest.mark.parametrize("sort", grammars())
def test_a_grammar_says_what_the_vectors_say(sort: str) -> None:
    group = CODES[{"word": "slug"}.get(sort, sort)] if sort not in CODES else CODES[sort]
    beyond_patterns = [name for name in group["invalid"] if is_a(sort, name)]

    assert all(is_a(sort, name) for name in group["valid"])
    assert not beyond_patterns or sort in ("day", "origin")


# --- tables -------------------------------------------------------------------------------------


def shown(spec: FactSpec) -> str:
    """What the page calls a fact."""
    if spec.type == "list":
        assert spec.items is not None
        return f"list of {spec.least or 0}–{spec.most} {shown(spec.items)}"
    if spec.type == "object":
        return f"({shown_fields(spec.fields)})"
    if spec.type == "choice":
        return " or ".join(f"`{value}`" for value in spec.values)
    if spec.type == "integer":
        return f"integer ≥ {spec.least or 0}" + (f" ≤ {spec.most}" if spec.most else "")
    return spec.type


def shown_fields(fields: dict[str, FactSpec]) -> str:
    return ", ".join(
        f"`{name}`{'?' if spec.optional else ''} {shown(spec)}" for name, spec in fields.items()
    )


def shown_number(least: int, most: int) -> str:
    return str(most) if least == most else f"{least}–{most}"


def kind_row(kind: Kind) -> str:
    by = " and ".join(" or ".join(f"`{wanted}`" for wanted in group) for group in kind.by)
    legs = shown_number(kind.legs.least, kind.legs.most)
    return f"| `{kind.kind}` | {by} | {shown_fields(kind.facts)} | {kind.seals} | {legs} |"


def pattern_conditions(pattern: Pattern) -> Iterator[str]:
    flags = {
        "same holder": pattern.same_owner,
        "another holder": pattern.other_owner,
        "same place": pattern.same_place,
        "usable": pattern.usable,
        "first expired first": pattern.first_expired,
    }
    yield from (name for name, holds in flags.items() if holds)
    if pattern.lot:
        yield f"lot `{pattern.lot}`"
    if pattern.use:
        yield f"use `{pattern.use}`"


def link_rows(kind: Kind) -> Iterator[str]:
    for fact in kind.once:
        yield f"| `{kind.kind}` | `{fact}` stands once |"
    for refers in kind.refers:
        yield f"| `{kind.kind}` | `{refers.fact}` names a `{refers.kind}` |"
    if kind.continuable:
        yield f"| `{kind.kind}` | continuable at `{kind.continuable}` |"
    if kind.allows:
        yield f"| `{kind.kind}` | allows its `{kind.allows}` |"
    if kind.draws:
        yield f"| `{kind.kind}` | draws on what `{kind.draws}` names |"
    if kind.tally:
        side = "to" if kind.tally.side else "from"
        yield f"| `{kind.kind}` | its `{side}` sides count as `{kind.tally.tally}` |"
    for rule in kind.rules:
        yield f"| `{kind.kind}` | rule `{rule}` |"


def pattern_rows(kind: Kind) -> Iterator[str]:
    for pattern in kind.patterns:
        leg = f"{pattern.from_} → {pattern.to}"
        what = ", ".join([*pattern.kinds, *pattern_conditions(pattern)])
        yield f"| `{kind.kind}` | `{leg}` | {what} |"
    if kind.continues:
        going = kind.continues
        conditions = [
            *(["returns where it came from"] if going.returns else []),
            *(["the whole of it"] if going.whole else []),
            *([f"until its `{going.until}`"] if going.until else []),
        ]
        origin = " or ".join(f"`{one}`" for one in going.kinds)
        legs = f", legs from `{going.from_}`" if going.from_ else ""
        leg = f"goes on from the {origin} in `{going.fact}`{legs}"
        yield f"| `{kind.kind}` | {leg} | {', '.join(conditions)} |"
    if kind.reverses:
        leg = f"turns round the entry in `{kind.reverses}`"
        yield f"| `{kind.kind}` | {leg} | any that is reversible |"


def table(*rows: str) -> str:
    head, *rest = rows
    return "\n".join([head, "|" + "---|" * (head.count("|") - 1), *rest])


def set_for(setting: SettingSpec) -> str:
    """What a setting is set for each of."""
    commodity = [f"commodity of {' or '.join(setting.commodity)}"] if setting.commodity else []
    category = ["category"] if setting.category else []
    goods = ["commodity of goods"] if setting.goods else []
    return ", ".join([*commodity, *category, *goods])


TABLES = {
    "families": table(
        "| selector | type | whose parts |",
        *(
            f"| `{family.selector}` | {family.type} | {family.holder and family.holder + 's'} |"
            for family in REGISTRY.families
        ),
    ),
    "settings": table(
        "| setting | set for each | at most |",
        *(
            f"| `{setting.setting}` | {set_for(setting)} | {setting.most} |"
            for setting in REGISTRY.settings.values()
        ),
    ),
    "links": table(
        "| kind | what else |",
        *(row for kind in REGISTRY.kinds.values() for row in link_rows(kind)),
    ),
    "kinds": table("| kind | by | facts | seals | legs |", *map(kind_row, REGISTRY.kinds.values())),
    "patterns": table(
        "| kind | leg | kinds of commodity |",
        *(row for kind in REGISTRY.kinds.values() for row in pattern_rows(kind)),
    ),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_shows_the_registry(name: str) -> None:
    (found,) = re.findall(rf"(?s)<!-- {name} -->\n(.*?)\n<!-- end -->", PAGE)

    assert found == TABLES[name]


def listed(codes: tuple[str, ...]) -> str:
    return ", ".join(f"`{code}`" for code in codes)


def test_the_chart_and_what_can_be_opened_are_those_of_the_registry() -> None:
    assert f"starts with: {listed(REGISTRY.chart)}." in PROSE
    assert f"of the families {listed(REGISTRY.openable)}." in PROSE


def test_all_kinds_that_cannot_be_reversed_are_told() -> None:
    lasting = tuple(kind.kind for kind in REGISTRY.kinds.values() if not kind.reversible)

    assert f"Reversible are all but {listed(lasting)}." in PROSE


def test_every_rule_of_some_kinds_is_told() -> None:
    rules = {rule for kind in REGISTRY.kinds.values() for rule in kind.rules}

    assert rules == set(get_args(RuleName))
    assert set(re.findall(r"(?m)^- `([a-z]+)` \(", PAGE)) >= rules


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\((\.\./[^)]+)\)", PAGE):
        assert (Path(ROOT) / "docs" / target).exists(), target
    anchors = {anchor(title) for title in re.findall(r"(?m)^#+ (.+)$", PAGE)}
    assert set(re.findall(r"\]\(#([^)]+)\)", PAGE)) <= anchors


def anchor(title: str) -> str:
    return re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-")
