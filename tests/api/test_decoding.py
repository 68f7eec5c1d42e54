"""Reading JSON strictly: whatever the bytes are, there is a value or a clear problem."""

import json
from contextlib import suppress
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from timebank.api.choices import choices
from timebank.api.decoding import Shape
from timebank.errors import MalformedError


class Apple(msgspec.Struct, tag="apple", tag_field="kind", forbid_unknown_fields=True):
    ripe: bool = False


class Pear(msgspec.Struct, tag="pear", tag_field="kind", forbid_unknown_fields=True):
    weight: Annotated[int, msgspec.Meta(ge=1, le=9)]
    sort: Literal["comice", "conference"] = "comice"


class Label(msgspec.Struct, forbid_unknown_fields=True):
    colour: Annotated[Literal["red", "blue"] | None, msgspec.Meta(description="How it looks.")]


class Basket(msgspec.Struct, forbid_unknown_fields=True):
    fruit: list[Apple | Pear]
    labels: dict[str, str] = {}
    label: Label | None = None
    picked: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


TIME = "must be a time as of RFC 3339, with its offset: 2027-01-31T08:00:00+08:00"
basket: Shape[Basket] = Shape(Basket)
anything: Shape[Any] = Shape(Any)


def refusal(shape: Shape[Any], data: bytes) -> MalformedError:
    with pytest.raises(MalformedError) as caught:
        shape.read(data)
    return caught.value


@pytest.mark.parametrize(
    ("data", "field", "reason"),
    [
        (b"{}", "fruit", "is needed"),
        (b'{"fruit":[],"veg":1}', "veg", "is not known here"),
        (b'{"fruit":1}', "fruit", "must be an array, got an integer"),
        (b'{"fruit":[{"kind":"pear"}]}', "fruit[0].weight", "is needed"),
        (b'{"fruit":[{"kind":"plum"}]}', "fruit[0].kind", "must be one of apple, pear"),
        (b'{"fruit":[{"kind":"pear","weight":0}]}', "fruit[0].weight", "must be an integer >= 1"),
        (
            b'{"fruit":[{"kind":"pear","weight":1,"sort":"x"}]}',
            "fruit[0].sort",
            "must be one of comice, conference",
        ),
        (b'{"fruit":[],"label":{"colour":"x"}}', "label.colour", "must be one of blue, red"),
        (
            b'{"fruit":[{"kind":"pear","weight":1.0}]}',
            "fruit[0].weight",
            "must be an integer, got a number that is no integer",
        ),
        (b'{"fruit":[],"labels":{"a":1}}', "labels[...]", "must be a string, got an integer"),
        (b"[]", "body", "must be an object, got an array"),
        (b'{"fruit":[],"label":1}', "label", "must be an object or null, got an integer"),
        (b'{"fruit":[],"picked":"yesterday"}', "picked", TIME),
        (b'{"fruit":[],"picked":"2027-01-31T00:00:00"}', "picked", TIME),
        (
            b'{"fruit":[{"kind":"pear","weight":1e400}]}',
            "fruit[0].weight",
            "is a number out of range",
        ),
        (b'{"fruit":[],"%s":1}' % (b"x" * 999), "x" * 200 + "…", "is not known here"),
        (b'{"fruit":[],"picked":1}', "picked", "must be a time or null, got an integer"),
    ],
)
def test_what_is_wrong_is_said_of_the_field_at_fault(data: bytes, field: str, reason: str) -> None:
    error = refusal(basket, data)
    assert (error.field, error.reason) == (field, reason)


def test_choices_are_looked_up_along_a_path() -> None:
    assert choices(Basket, "fruit[7].kind") == ["apple", "pear"]
    for nowhere in ("", "fruit", "fruit.kind", "labels.a", "fruit[0].nothing", "label.colour.a"):
        assert choices(Basket, nowhere) == []


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "must be JSON"),
        (b"{", "must be JSON"),
        (b'{"fruit":[]}x', "must be JSON"),
        (b"\xef\xbb\xbf{}", "must be JSON"),
        (b'"\xff"', "must be UTF-8"),
        (b'"\xed\xa0\x80"', "must be UTF-8"),
        (b'"\\ud800"', "must be JSON"),
        (b"[" * 100_000, "has too many levels"),
        (b'{"a":' * 100_000, "has too many levels"),
        (b"9" * 5_000, "is a number out of range"),
        (b"1e999", "is a number out of range"),
        (b"NaN", "must be JSON"),
    ],
)
def test_what_no_decoder_should_take_is_refused(data: bytes, reason: str) -> None:
    assert refusal(anything, data).reason.startswith(reason)


def test_what_cannot_be_looked_through_again_is_refused_as_before() -> None:
    long = b"1" * 5_000
    assert (
        refusal(basket, b'{"fruit":1,"labels":{"a":"\\u003a"},"x":' + long + b"}").field == "fruit"
    )
    assert refusal(basket, b'{"fruit":1,').field == "fruit"


@pytest.mark.parametrize(
    "data",
    [
        b'{"fruit":[],"fruit":[]}',
        b'{ "fruit" : [] , "fruit" : [] }',
        b'{"fruit":[],"\\u0066ruit":[]}',
        b'{"fruit":[{"kind":"apple","ripe":true,"ripe":true}]}',
        b'{"fruit":[],"labels":{"a":"x","a":"\\u003a"}}',
        b'{"fruit":[],"labels":{"a":"\\u003A","b":"x:","b":"\\u003a"}}',
        b'{"fruit":[],"labels":{"a\\\\":"1","a\\\\":"2"}}',
        b'{"fruit":[{"kind":"apple","kind":"pear","ripe":true}]}',
        b'{"fruit":[],"fruit":1}',
    ],
)
def test_key_that_is_given_twice_is_refused(data: bytes) -> None:
    assert refusal(basket, data).reason == "is given twice"


@pytest.mark.parametrize(
    "data",
    [
        b'{"fruit":[],"labels":{"a":":::","b":"\\u003a"}}',
        b'{"labels" : {"a" : "\\":", "\\":" : "b"}, "fruit" : []}',
        b'{"fruit":[{"kind":"apple"},{"kind":"apple"}]}',
    ],
)
def test_what_only_looks_like_a_key_given_twice_is_read(data: bytes) -> None:
    assert basket.read(data) == msgspec.json.decode(data, type=Basket)


TEXTS = st.text(st.sampled_from('ab:"\\\u4e2d'), max_size=3)
PAIRS = st.lists(st.tuples(TEXTS, TEXTS), max_size=4)


@given(PAIRS, st.sampled_from([":", "\\u003a", "\\u003A"]), st.sampled_from(["", " ", "\n\t"]))
@example([("a", ":"), ("a", "")], "\\u003a", "")
def test_repeated_keys_are_found_however_they_are_written(
    pairs: list[tuple[str, str]], colon: str, space: str
) -> None:
    def write(text: str) -> str:
        return json.dumps(text, ensure_ascii=colon != ":").replace(":", colon)

    members = ",".join(f"{write(key)}{space}:{space}{write(value)}" for key, value in pairs)
    data = f"{{{members}}}".encode()
    if len(dict(pairs)) == len(pairs):
        assert anything.read(data) == dict(pairs)
    else:
        assert refusal(anything, data).reason == "is given twice"


@given(st.binary(max_size=64))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with suppress(MalformedError):
        anything.read(data)


class Question(msgspec.Struct, forbid_unknown_fields=True):
    limit: Annotated[int, msgspec.Meta(ge=1)] = 10
    on: str | None = None


@pytest.mark.parametrize("limit", ["0", "-1", "1.5", "x", "", "9" * 5_000, "١"])  # noqa: RUF001  digits of another script
def test_parameter_that_is_no_number_is_refused(limit: str) -> None:
    shape: Shape[Question] = Shape(Question)
    with pytest.raises(MalformedError) as caught:
        shape.read_query({"limit": limit})
    assert caught.value.field == "limit"


def test_parameters_are_read() -> None:
    shape: Shape[Question] = Shape(Question)
    assert shape.read_query({"limit": "3", "on": "2026-03-01"}) == Question(3, "2026-03-01")
