import json
from typing import Any

import msgspec
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from tests.ledger.bench import BY, ORIGIN, TODAY, Bench, blinder, leg, salt
from tests.vectors import load
from timebank.errors import MalformedError, NotCanonicalError, TooLargeError
from timebank.flows.movements import Transfer
from timebank.ledger import encoding, viewing
from timebank.ledger.encoding import MAX_ENTRY_BYTES
from timebank.ledger.entry import (
    Written,
    check_entry,
    decode_entry,
    encode_entry,
    owners_of,
    write_entry,
)
from timebank.ledger.hashing import EMPTY_ROOT, leaf_hash
from timebank.ledger.model import Draft, DraftLeg, Entry, Place
from timebank.ledger.seals import Opening, verify_opening

VECTORS = load("entries")


@pytest.mark.parametrize("vector", VECTORS["valid"], ids=lambda vector: vector["about"])
def test_entries_have_one_form(vector: dict[str, Any]) -> None:
    body = bytes.fromhex(vector["bytes"])

    entry = decode_entry(body)

    assert encode_entry(entry) == body == rfc8785.dumps(json.loads(body))
    assert leaf_hash(body).hex() == vector["leaf"]


@pytest.mark.parametrize("vector", VECTORS["invalid"], ids=lambda vector: vector["about"])
def test_anything_else_is_no_entry(vector: dict[str, Any]) -> None:
    with pytest.raises(NotCanonicalError):
        decode_entry(bytes.fromhex(vector["bytes"]))


@given(st.binary(max_size=200))
def test_no_bytes_raise_another_error(data: bytes) -> None:
    with pytest.raises(NotCanonicalError):
        decode_entry(data)


PLAIN = decode_entry(bytes.fromhex(VECTORS["valid"][0]["bytes"]))


@pytest.mark.parametrize("legs", [b"[" * 100_000 + b"]" * 100_000, b"[" * 100_000])
def test_depth_is_no_danger(legs: bytes) -> None:
    with pytest.raises(NotCanonicalError):
        decode_entry(b'{"legs":' + legs + b"}")


def with_text(length: int) -> Entry:
    return msgspec.structs.replace(PLAIN, public={"a": "x" * length})


def test_an_entry_has_at_most_16384_bytes() -> None:
    room = MAX_ENTRY_BYTES - len(encode_entry(with_text(0)))
    body = encode_entry(with_text(room))
    longer = body.replace(b"xx", b"xxx", 1)

    assert len(body) == MAX_ENTRY_BYTES
    assert decode_entry(body) == with_text(room)
    with pytest.raises(TooLargeError, match="over its limit of 16384 bytes"):
        encode_entry(with_text(room + 1))
    with pytest.raises(NotCanonicalError, match="over 16384 bytes"):
        decode_entry(longer)


def test_bytes_are_counted_and_not_characters() -> None:
    room = MAX_ENTRY_BYTES - len(encode_entry(with_text(0)))

    with pytest.raises(TooLargeError):
        encode_entry(msgspec.structs.replace(PLAIN, public={"a": "翠" * (room // 3 + 1)}))


@pytest.mark.parametrize(
    "public", [{"a": (1,)}, {"a": None}, {"a": 1.0}, {"a": b"x"}, {"a": "e\u0301"}, {"A": 1}]
)
def test_what_canonical_json_cannot_say_is_not_written(public: dict[str, Any]) -> None:
    with pytest.raises(NotCanonicalError):
        check_entry(msgspec.structs.replace(PLAIN, public=public))


# --- writing ------------------------------------------------------------------------------------

ANA, BO = 2, 3


def write(draft: Draft, *, seq: int = 7, salts: tuple[bytes, ...] = (bytes(32),)) -> Written:
    return write_entry(
        draft,
        origin=ORIGIN,
        seq=seq,
        prev=EMPTY_ROOT,
        posted=TODAY,
        by=BY,
        blinder=lambda owner: blinder(owner, TODAY),
        salts=salts,
    )


def draft(*legs: DraftLeg, **details: object) -> Draft:
    return Draft(kind="transfer", day=TODAY, legs=legs, details=(details,))


PAID = DraftLeg(5, "POINT", "", Place("members", ANA), Place("members", BO))
TO_GROUP = DraftLeg(6, "POINT", "", Place("members", ANA), Place("groups:chess"))


def test_the_parts_of_control_accounts_are_blinded_by_place_and_month() -> None:
    entry = write(draft(PAID, TO_GROUP)).entry

    def blinded(owner: int, leg: int, side: viewing.Side) -> str:
        return f"members#{blinder(owner, TODAY)(7, leg, side)}"

    assert [(leg.from_, leg.to) for leg in entry.legs] == [
        (blinded(ANA, 0, viewing.FROM), blinded(BO, 0, viewing.TO)),
        (blinded(ANA, 1, viewing.FROM), "groups:chess"),
    ]


def test_a_reference_that_is_repeated_is_not_blinded_again() -> None:
    part = "x3k" + "A" * 40
    repeated = PAID._replace(from_=Place("members:held", ANA, part))

    entry = write(draft(repeated)).entry

    assert entry.legs[0].from_ == f"members:held#{part}"


def test_only_drafts_with_owners_ask_for_keys() -> None:
    legs = (DraftLeg(1, "POINT", "", Place("groups:a"), Place("groups:b")),)

    assert write(draft(*legs)).entry.legs[0].from_ == "groups:a"
    assert owners_of(Draft(kind="x", day=TODAY, legs=(PAID, *legs))) == ((ANA, BO), (0, 0))


def test_details_are_sealed_and_opened_again() -> None:
    written = write(draft(PAID, memo="买菜"), salts=(salt(7, 0),))

    opening = Opening(written.salts[0], encoding.decode(written.details[0]))
    assert "买菜".encode() not in written.body
    verify_opening(written.entry.seals[0], opening, origin=ORIGIN, seq=7, index=0)


def test_the_bytes_are_those_of_the_entry() -> None:
    written = write(draft(PAID))

    assert decode_entry(written.body) == written.entry
    assert written.entry.prev == EMPTY_ROOT
    assert b'"prev":"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="' in written.body


def test_details_that_canonical_json_cannot_say_are_refused() -> None:
    with pytest.raises(NotCanonicalError):
        write(draft(PAID, memo="a\nb"))
    with pytest.raises(MalformedError, match="salt"):
        write(draft(PAID), salts=(b"short",))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"amount": 0}, "amount is out of range"),
        ({"amount": -1}, "amount is out of range"),
        ({"amount": 2**53}, "amount is out of range"),
        ({"commodity": "point"}, "commodity is not a commodity code"),
        ({"lot": "B 1"}, "lot is not a lot code"),
        ({"to": Place("groups:A")}, "not an account reference"),
        ({"from_": TO_GROUP.to}, "from and to are the same"),
    ],
)
def test_a_leg_that_no_log_can_hold_is_not_written(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(NotCanonicalError, match=reason):
        write(draft(TO_GROUP._replace(**change)))


def test_too_much_for_one_entry_is_refused() -> None:
    bench = Bench()
    bench.enrol("ana")
    long = "groups:" + "x" * 57
    bench.define("C" * 32, "points")
    bench.account(long)
    legs = tuple(leg(long, "ana", 2**53 - 1, "C" * 32) for _ in range(64))
    written = bench.write(bench.draft(Transfer(legs=legs)))
    assert 0.8 * MAX_ENTRY_BYTES < len(written.body) < MAX_ENTRY_BYTES

    with pytest.raises(NotCanonicalError, match="more than 64 legs"):
        write(draft(*[TO_GROUP] * 65))
    with pytest.raises(TooLargeError):
        write(draft(*[longest(number) for number in range(64)]))


def longest(number: int) -> DraftLeg:
    """A leg as long as a leg can be."""
    places = (Place(f"groups:{side}{number:x>56}") for side in "ab")
    return DraftLeg(2**53 - 1, "C" * 32, "x" * 64, *places)
