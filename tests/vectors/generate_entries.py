"""Make the vectors of whole entries.

Like ``hashes``, this imports nothing of timebank. ``python -m tests.vectors.generate_entries``
writes the file, and a test compares it. An ``invalid`` vector says in ``about`` what is wrong.
"""

from typing import Any

from tests.vectors import write_files
from tests.vectors.forging import amount
from tests.vectors.hashes import ORIGIN, Vector, hash_of, leaf_hash
from tests.vectors.logs import GREATEST, Leg, base64, canonical

PLAIN: Vector = {
    "v": 1,
    "book": ORIGIN,
    "seq": 1,
    "prev": base64(hash_of(b"")),
    "kind": "x",
    "day": "2026-11-22",
    "posted": "2026-11-22",
    "by": ["system"],
    "legs": [],
    "public": {},
    "seals": [],
}
REFERENCE = "members#" + "x3k" + "A" * 39 + "0"
ONE_LEG: Leg = {"amount": 1, "commodity": "POINT", "from": "issued", "to": REFERENCE}


def entry_vector(about: str, **fields: Any) -> Vector:  # noqa: ANN401 - any field
    data = canonical({**PLAIN, **fields}).encode()
    return {"about": about, "bytes": data.hex(), "leaf": leaf_hash(data).hex()}


def valid_entries() -> list[Vector]:
    nested = {"a": [{"b": [{"c": [{"d": 1}]}]}]}
    return [
        entry_vector("nothing but what must be"),
        entry_vector("one leg", legs=[ONE_LEG]),
        entry_vector("a leg with a lot", legs=[{**ONE_LEG, "commodity": "RICE-5KG", "lot": "b-1"}]),
        entry_vector("the greatest amount and seq", seq=GREATEST, legs=[amount(GREATEST)(ONE_LEG)]),
        entry_vector("64 legs", legs=[amount(number)(ONE_LEG) for number in range(1, 65)]),
        entry_vector("64 seals", seals=[PLAIN["prev"]] * 64),
        entry_vector("four capacities", by=["app:a", "member", "staff:treasurer:1", "system"]),
        entry_vector("facts of eight levels", public=nested),
        entry_vector("text beyond ASCII", public={"title": '翠竹园 «été» 𝄞 /\\"'}),
        entry_vector("facts of every sort", public={"a": [], "b": {}, "c": True, "d": -GREATEST}),
        entry_vector("a day long before it was posted", day="0001-01-01", posted="9999-12-31"),
    ]


def entries() -> Vector:
    return {"valid": valid_entries(), "invalid": [*invalid_bytes(), *invalid_fields()]}


def invalid_bytes() -> list[Vector]:
    """Not the one way to write a value."""
    text = canonical({**PLAIN, "legs": [ONE_LEG], "public": {"title": "A/é"}})
    spoiled: dict[str, str | bytes] = {
        "nothing": "",
        "an array": "[]",
        "an empty object": "{}",
        "null": "null",
        "cut short": text[:-1],
        "two objects": text + text,
        "a line break at the end": text + "\n",
        "a space at the beginning": " " + text,
        "a byte order mark": "\ufeff" + text,
        "a space after a colon": text.replace('"v":1', '"v": 1'),
        "keys in another order": '{"v":1,' + text[1:].replace(',"v":1}', "}"),
        "keys of a leg in another order": text.replace(
            '"amount":1,"commodity":"POINT"', '"commodity":"POINT","amount":1'
        ),
        "a key twice": text.replace('"v":1', '"v":1,"v":1'),
        "a fact twice": text.replace('"title"', '"title":"A","title"'),
        "an escape where none is needed": text.replace("A/é", "\\u0041/é"),
        "an escaped slash": text.replace("A/é", "A\\/é"),
        "ASCII by escapes": text.replace("é", "\\u00e9"),
        "a lone surrogate": text.replace("é", "\\ud800"),
        "a null character": text.replace("é", "\\u0000"),
        "a tab": text.replace("é", "\\t"),
        "a control character of ISO 8859-1": text.replace("é", "\u0085"),
        "not in normal form C": text.replace("é", "e\u0301"),
        "not UTF-8": text.encode().replace("é".encode(), b"\xe9"),
        "UTF-8 longer than need be": text.encode().replace("é".encode(), b"\xc1\x81"),
        "a surrogate in UTF-8": text.encode().replace("é".encode(), b"\xed\xa0\x80"),
        "UTF-16": text.encode("utf-16-be"),
        "single quotes": text.replace('"', "'"),
        "a comment": text.replace('"v":1', '"v":1/**/'),
        "a comma at the end": text.replace('"v":1', '"v":1,'),
        "amount with a decimal": text.replace('"amount":1', '"amount":1.0'),
        "amount with an exponent": text.replace('"amount":1', '"amount":1e0'),
        "amount with a plus": text.replace('"amount":1', '"amount":+1'),
        "amount with a zero ahead": text.replace('"amount":1', '"amount":01'),
        "seq minus zero": text.replace('"seq":1', '"seq":-0'),
        "2,000 levels": text.replace('"A/é"', "[" * 2_000 + "]" * 2_000),
    }
    return [
        {"about": about, "bytes": (data.encode() if isinstance(data, str) else data).hex()}
        for about, data in spoiled.items()
    ]


def invalid_fields() -> list[Vector]:
    """Canonical JSON, but no entry."""
    changes = [
        *spoiling_fields(),
        *(("no " + name, {name: None}) for name in PLAIN),
        *((about, {"legs": [{**ONE_LEG, **change}]}) for about, change in spoiling_legs()),
        *(
            (f"no {name} in a leg", {"legs": [{n: v for n, v in ONE_LEG.items() if n != name}]})
            for name in ONE_LEG
        ),
    ]
    return [
        {"about": about, "bytes": canonical(spoilt(change)).encode().hex()}
        for about, change in changes
    ]


def spoiling_fields() -> list[tuple[str, Vector]]:
    """What no field of an entry may say."""
    short = base64(bytes(31))
    return [
        ("a key more", {"note": 1}),
        ("v 2", {"v": 2}),
        ("v 0", {"v": 0}),
        ("v as text", {"v": "1"}),
        ("v true", {"v": True}),
        ("a book with a scheme", {"book": "https://" + ORIGIN}),
        ("a book in upper case", {"book": ORIGIN.upper()}),
        ("a seq below zero", {"seq": -1}),
        ("a seq of 2^53", {"seq": 2**53}),
        ("a seq of 2^64", {"seq": 2**64}),
        ("a seq as text", {"seq": "1"}),
        ("a prev of 31 bytes", {"prev": short}),
        ("a prev without padding", {"prev": PLAIN["prev"].rstrip("=")}),
        ("a prev in base64url", {"prev": base64(b"\xff" * 32).replace("/", "_")}),
        ("a prev with a bit that carries nothing", {"prev": "A" * 42 + "B="}),
        ("a prev in hexadecimal", {"prev": hash_of(b"").hex()}),
        ("an empty kind", {"kind": ""}),
        ("a kind in upper case", {"kind": "Transfer"}),
        ("a kind with a digit", {"kind": "transfer2"}),
        ("a day that is not on the calendar", {"day": "2026-02-29"}),
        ("a day in another form", {"day": "20261122"}),
        ("a day with a time", {"day": "2026-11-22T00:00"}),
        ("a posted that is no day", {"posted": "today"}),
        ("no capacity", {"by": []}),
        ("five capacities", {"by": [f"app:{name}" for name in "abcde"]}),
        ("a capacity twice", {"by": ["member", "member"]}),
        ("a capacity that is none", {"by": ["treasurer"]}),
        ("a capacity that is not in a list", {"by": "system"}),
        ("legs as an object", {"legs": {}}),
        ("65 legs", {"legs": [amount(number)(ONE_LEG) for number in range(1, 66)]}),
        ("facts as a list", {"public": []}),
        ("a fact in upper case", {"public": {"Title": 1}}),
        ("a fact with a hyphen", {"public": {"a-b": 1}}),
        ("a fact with an empty key", {"public": {"": 1}}),
        ("a fact with a key beyond ASCII", {"public": {"é": 1}}),
        ("a fact of null", {"public": {"a": None}}),
        ("a fact with a fraction", {"public": {"a": 0.5}}),
        ("a fact of 2^53", {"public": {"a": 2**53}}),
        ("a fact of -2^53", {"public": {"a": -(2**53)}}),
        ("facts of nine levels", {"public": {"a": [[[[[[[]]]]]]]}}),
        ("a seal of 31 bytes", {"seals": [short]}),
        ("a seal that is empty", {"seals": [""]}),
        ("65 seals", {"seals": [PLAIN["prev"]] * 65}),
        ("over 16,384 bytes", {"public": {"a": "x" * 16_384}}),
    ]


def spoiling_legs() -> list[tuple[str, Leg]]:
    """What no field of a leg may say."""
    return [
        ("an amount of zero", {"amount": 0}),
        ("an amount below zero", {"amount": -1}),
        ("an amount of 2^53", {"amount": 2**53}),
        ("an amount with a fraction", {"amount": 1.5}),
        ("an amount as text", {"amount": "1"}),
        ("an amount true", {"amount": True}),
        ("a commodity in lower case", {"commodity": "point"}),
        ("an empty commodity", {"commodity": ""}),
        ("an empty lot", {"lot": ""}),
        ("a lot in upper case", {"lot": "B-1"}),
        ("a key of a leg more", {"memo": "x"}),
        ("from and to the same", {"from": REFERENCE}),
        ("an account in upper case", {"from": "Issued"}),
        ("an account with a space", {"from": "issued "}),
        ("an empty account", {"from": ""}),
        ("a reference of 42 characters", {"to": REFERENCE[:-1]}),
        ("a reference of 44 characters", {"to": REFERENCE + "A"}),
        ("a reference with padding", {"to": REFERENCE + "="}),
        ("a reference with a bit that carries nothing", {"to": REFERENCE[:-1] + "B"}),
        ("an empty reference", {"to": "members#"}),
        ("a reference of nobody", {"to": REFERENCE.replace("members", "")}),
        ("two references", {"to": REFERENCE + "#" + REFERENCE[8:]}),
    ]


def spoilt(change: Vector) -> Vector:
    """The plain entry with a change; a key of None is left out."""
    return {name: value for name, value in {**PLAIN, **change}.items() if value is not None}


def documents() -> dict[str, Vector]:
    """The generated vectors by the name of their file."""
    return {"entries": entries()}


if __name__ == "__main__":
    write_files(documents())
