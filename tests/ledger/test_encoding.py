import json
import sys
from enum import IntEnum
from typing import Any, NamedTuple
from unicodedata import category, normalize

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from tests.shared import SHARED
from tests.vectors import load
from timebank.errors import NotCanonicalError
from timebank.ledger.encoding import (
    MAX_DEPTH,
    MAX_INTEGER,
    Value,
    check,
    decode,
    encode,
    from_base64,
    to_base64,
)

VECTORS = load("encoding")
BASE64_VECTORS = load("base64")

keys = st.from_regex(r"[a-z][a-z0-9_]{0,12}", fullmatch=True)
texts = st.text(st.characters(exclude_categories=("Cc", "Cs"))).map(lambda t: normalize("NFC", t))
scalars = st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | texts
# Doubling up to 30 leaves, Hypothesis nests less deep than the 8 levels there may be.
values = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(keys, inner), max_leaves=30
)


class Colour(IntEnum):
    RED = 1


class Text(str):
    __slots__ = ()


class Pair(NamedTuple):
    left: int
    right: int


def bytes_of(vector: dict[str, str]) -> bytes:
    return bytes.fromhex(vector["hex"]) if "hex" in vector else vector["text"].encode()


def about(vector: dict[str, str]) -> str:
    return vector["about"]


@pytest.mark.parametrize("vector", VECTORS["valid"], ids=about)
def test_canonical_bytes_are_decoded_to_what_json_says_and_encoded_back(
    vector: dict[str, str],
) -> None:
    data = bytes_of(vector)

    value = decode(data)

    assert value == json.loads(data)
    assert encode(value) == data == rfc8785.dumps(value)


@pytest.mark.parametrize("vector", VECTORS["invalid"], ids=about)
def test_all_other_bytes_are_refused(vector: dict[str, str]) -> None:
    with pytest.raises(NotCanonicalError):
        decode(bytes_of(vector))


@pytest.mark.parametrize(
    "data",
    [
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b"9" * 5_000,
        b"-" + b"9" * 5_000,
        b"0." + b"9" * 5_000,
        b"1e" + b"9" * 5_000,
        b'"' + b"\\" * 99_999,
        b'"' + b"\xff" * 100_000 + b'"',
    ],
    ids=lambda data: f"{data[:6]!r} {len(data)}",
)
def test_hostile_bytes_are_refused_in_the_same_way(data: bytes) -> None:
    with pytest.raises(NotCanonicalError):
        decode(data)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\xef\xbb\xbf{}", "byte order mark"),
        (b'"\xff"', "UTF-8"),
        (b'{"a":', "not JSON"),
        (b"[" * 100_000, "8 levels"),
        (b"[" * 9 + b"]" * 9, "8 levels"),
        (b'{"a":null}', "null"),
        (b"1.0", "fraction"),
        (b"9007199254740992", "2^53-1"),
        (b'{"a":1,"a":1}', "a key that comes twice"),
        (b"{}\n", "white space"),
        (b'{"A":1}', "key"),
        ('"e\u0301"'.encode(), "normal form C"),
        (b'"\\n"', "control character"),
        (b'"\x7f"', "control character"),
    ],
)
def test_the_reason_is_said(data: bytes, reason: str) -> None:
    with pytest.raises(NotCanonicalError) as caught:
        decode(data)

    assert reason in caught.value.reason


@pytest.mark.parametrize(
    "value",
    [
        None,
        1.0,
        float("nan"),
        MAX_INTEGER + 1,
        -MAX_INTEGER - 1,
        10**5_000,
        b"bytes",
        (1, 2),
        Pair(1, 2),
        {1, 2},
        Colour.RED,
        Text("a"),
        {Text("a"): 1},
        {1: 1},
        {True: 1},
        {None: 1},
        {"": 1},
        {"A": 1},
        {"a\n": 1},
        "\ud800",
        "\ude00\ud83d",
        "\x00",
        "\x7f",
        "\x85",
        "e\u0301",
        {"a": [None]},
        object(),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_canonical_json_cannot_say_is_not_encoded(value: Any) -> None:  # noqa: ANN401 - that is the point
    with pytest.raises(NotCanonicalError):
        encode(value)


def test_what_is_printable_has_nothing_that_is_looked_for_in_other_text() -> None:
    printable = [point for point in map(chr, range(sys.maxunicode + 1)) if point.isprintable()]
    assert not {"Cc", "Cs", "Cn"} & set(map(category, printable))


def test_a_lone_surrogate_is_told_from_other_faults() -> None:
    with pytest.raises(NotCanonicalError, match="surrogate"):
        encode("a\ud800")


def nested(levels: int) -> Value:
    value: Value = []
    for _ in range(levels - 1):
        value = [value]
    return value


def test_objects_and_arrays_stand_in_at_most_eight_levels() -> None:
    assert encode(nested(MAX_DEPTH)) == b"[[[[[[[[]]]]]]]]"
    with pytest.raises(NotCanonicalError, match="8 levels"):
        encode(nested(MAX_DEPTH + 1))


def test_a_value_that_holds_itself_is_refused() -> None:
    value: list[Value] = []
    value.append(value)

    with pytest.raises(NotCanonicalError, match="8 levels"):
        encode(value)


def test_a_part_of_a_value_is_checked_on_its_level() -> None:
    check(nested(MAX_DEPTH - 1), depth=2)
    with pytest.raises(NotCanonicalError, match="8 levels"):
        check(nested(MAX_DEPTH), depth=2)


@given(value=values)
def test_the_bytes_are_those_of_rfc_8785(value: Value) -> None:
    assert encode(value) == rfc8785.dumps(value)


@given(value=values)
def test_decoding_gives_back_what_was_encoded(value: Value) -> None:
    assert decode(encode(value)) == value


@given(value=values, data=st.data())
def test_a_changed_byte_is_refused_or_gives_another_value(
    value: Value, data: st.DataObject
) -> None:
    changed = bytearray(encode(value))
    place = data.draw(st.integers(0, len(changed) - 1))
    changed[place] ^= data.draw(st.integers(1, 255))

    try:
        other = decode(bytes(changed))
    except NotCanonicalError:
        return

    assert other != value
    assert encode(other) == changed


@given(data=st.binary() | st.text().map(str.encode))
def test_any_bytes_are_refused_or_the_only_ones_of_their_value(data: bytes) -> None:
    try:
        value = decode(data)
    except NotCanonicalError:
        return

    assert encode(value) == data


@pytest.mark.parametrize(
    "path", sorted((SHARED / "vectors/jcs/input").glob("*.json")), ids=lambda path: path.stem
)
def test_the_published_jcs_vectors_lie_outside_the_subset(path: Any) -> None:  # noqa: ANN401 - see pytest
    given_text = path.read_bytes()
    canonical = (SHARED / "vectors/jcs/output" / path.name).read_bytes()
    assert rfc8785.dumps(json.loads(given_text)) == canonical

    for data in (given_text, canonical):
        with pytest.raises(NotCanonicalError):
            decode(data)
    with pytest.raises(NotCanonicalError):
        encode(json.loads(given_text))


@pytest.mark.parametrize("vector", BASE64_VECTORS["valid"], ids=lambda v: repr(v["text"]))
def test_base64_is_read_and_written(vector: dict[str, Any]) -> None:
    data = bytes.fromhex(vector["hex"])

    assert from_base64(vector["text"], vector.get("bytes")) == data
    assert to_base64(data) == vector["text"]


@pytest.mark.parametrize("vector", BASE64_VECTORS["invalid"], ids=about)
def test_base64_in_any_other_form_is_refused(vector: dict[str, Any]) -> None:
    with pytest.raises(NotCanonicalError):
        from_base64(vector["text"], vector.get("bytes"))


@given(data=st.binary())
def test_base64_comes_back(data: bytes) -> None:
    assert from_base64(to_base64(data), len(data)) == data


@given(text=st.text("AQgwz019+/=-_ \n", max_size=12))
def test_base64_has_one_form_for_each_value(text: str) -> None:
    try:
        data = from_base64(text)
    except NotCanonicalError:
        return

    assert to_base64(data) == text
