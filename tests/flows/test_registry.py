from functools import reduce
from operator import or_

import msgspec
import pytest

from tests.ledger.bench import Bench, leg, member_id
from timebank.flows.command import Command
from timebank.flows.holds import Hold
from timebank.flows.movements import Transfer
from timebank.flows.registry import ENTRY_COMMANDS, FLOWS, build, needs_of
from timebank.flows.reversals import Reverse

DECODER = msgspec.json.Decoder(reduce(or_, ENTRY_COMMANDS))


def test_a_command_is_known_by_its_kind() -> None:
    sent = {"kind": "hold", "member": member_id("ana"), "amount": 3, "commodity": "POINT"}
    reverse = b'{"kind":"reversal","reverses":7,"memo":"paid twice"}'

    assert DECODER.decode(msgspec.json.encode(sent)) == Hold(
        member=member_id("ana"), amount=3, commodity="POINT"
    )
    assert DECODER.decode(reverse) == Reverse(reverses=7, memo="paid twice")


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b'{"kind":"gift"}',
        b'{"kind":"book.opened"}',
        b'{"kind":"close","until":"2026-11-30"}',
        b'{"kind":"reversal"}',
        b'{"kind":"reversal","reverses":-1}',
        b'{"kind":"reversal","reverses":1.0}',
        b'{"kind":"reversal","reverses":true}',
        b'{"kind":"reversal","reverses":9007199254740992}',
        b'{"kind":"reversal","reverses":7,"more":1}',
        b'{"kind":"transfer","legs":[]}',
        b'{"kind":"transfer","legs":[{"amount":0,"commodity":"A","from":"a","to":"b"}]}',
        b'{"kind":"transfer","legs":[{"amount":1,"commodity":"A","from":"a"}]}',
        b'{"kind":"transfer","legs":[{"amount":9007199254740992,"commodity":"A","from":"a","to":"b"}]}',
    ],
)
def test_a_command_of_the_wrong_shape_is_not_read(body: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        DECODER.decode(body)


def test_64_legs_are_read_and_65_are_not() -> None:
    legs = (leg("issued", "ana", 1),) * 64

    body = msgspec.json.encode(Transfer(legs=legs))

    assert DECODER.decode(body) == Transfer(legs=legs)
    with pytest.raises(msgspec.ValidationError, match="length"):
        DECODER.decode(msgspec.json.encode(Transfer(legs=(*legs, legs[0]))))


def test_every_command_finds_its_flow() -> None:
    bench = Bench()
    bench.enrol("ana", "bo")
    command = Transfer(legs=(leg("ana", "bo", 1),))

    assert all(flow.command is command for command, flow in FLOWS.items())
    assert all(issubclass(command, Command) for command in FLOWS)
    assert needs_of(command) == FLOWS[Transfer].needs(command)
    assert build(command, bench.facts()).kind == "transfer"
