"""A time bank that somebody else wrote, and what must not stand in its place."""

from typing import Any

import pytest

from tests.ledger.bench import keyed_replay, replay
from tests.vectors import load
from timebank.errors import LogBrokenError
from timebank.ledger.keyring import KeyRing
from timebank.ledger.model import Key
from timebank.ledger.registry import standard_registry
from timebank.ledger.replay import Replay

BOOK = load("time_bank")
BODIES = [vector["entry"].encode() for vector in BOOK["valid"]]


def ring() -> KeyRing:
    ring = KeyRing(BOOK["origin"])
    for number, key in BOOK["keys"].items():
        ring.add(int(number), bytes.fromhex(key))
    return ring


def test_the_log_is_checked_entry_by_entry() -> None:
    replaying = Replay(standard_registry(), earlier_body=BODIES.__getitem__)

    for vector in BOOK["valid"]:
        step = replaying.feed(vector["entry"].encode())
        assert step.leaf.hex() == vector["leaf"]
        assert replaying.root().hex() == vector["root"]


@pytest.mark.parametrize("keyed", [False, True])
def test_its_balances_come_out(*, keyed: bool) -> None:
    state = (keyed_replay(BODIES, ring()) if keyed else replay(BODIES)).state

    for row in BOOK["balances"]:
        key = Key(row["account"], 0, row["commodity"], row["lot"])
        assert state.balances[key].net == row["balance"]
    for number, balance in BOOK["holders"].items():
        key = Key("members", int(number), "POINT", "")
        assert state.balances[key].net == (balance if keyed else 0)


@pytest.mark.parametrize("vector", BOOK["invalid"], ids=lambda vector: vector["about"])
def test_what_must_not_stand_there_is_found(vector: dict[str, Any]) -> None:
    log = [*BODIES[: vector["seq"]], vector["entry"].encode()]
    if vector["found"] == "keyed":
        replay(log)
    else:
        with pytest.raises(LogBrokenError) as caught:
            replay(log)
        assert caught.value.seq == vector["seq"]

    with pytest.raises(LogBrokenError) as caught:
        keyed_replay(log, ring())
    assert caught.value.seq == vector["seq"]
