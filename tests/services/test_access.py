"""Letting callers in: valid keys of the right book, and when they were last used."""

import threading
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from tests.installations import SetClock, installed
from timebank.errors import (
    CapacityError,
    MalformedError,
    ScopeError,
    UnauthenticatedError,
    UnknownBookError,
)
from timebank.services import books, keys
from timebank.services.access import Caller, Gate, LastUses
from timebank.services.installation import Installation
from timebank.services.keys import NewKey
from timebank.store.database import writing

READER = NewKey(app="till", scopes=("read",))


@pytest.fixture
def token(installation: Installation) -> str:
    """The token of a key that may read, in a book of its own."""
    books.open_book(installation, slug="demo", title="Demo", time_zone="UTC")
    books.open_book(installation, slug="other", title="Other", time_zone="UTC")
    return keys.issue(installation, "demo", READER).token or ""


def last_used(installation: Installation, gate: Gate) -> str | None:
    gate.uses.flush()
    (key,) = keys.list_keys(installation, "demo")
    return key.last_used


def test_valid_key_lets_its_app_in(installation: Installation, token: str) -> None:
    caller = Gate(installation).enter("demo", token, "read")
    assert caller == Caller(token[3:19], "till", ("read",), ())


def test_who_may_not_is_told_apart_from_who_is_unknown(
    installation: Installation, token: str
) -> None:
    gate = Gate(installation)
    with pytest.raises(ScopeError):
        gate.enter("demo", token, "post")
    with pytest.raises(ScopeError):
        gate.enter("other", token, "read")
    with pytest.raises(UnknownBookError):
        gate.enter("nope", token, "read")
    wrong = token[:-1] + ("A" if token[-1] != "A" else "B")
    for forged in ("", "tb_", wrong, wrong.replace("tb_AAAAAQ", "tb_AAAAAg")):
        for slug in ("demo", "other"):
            with pytest.raises(UnauthenticatedError):
                gate.enter(slug, forged, "read")


def test_who_was_let_in_is_so_again_within_the_second_by_the_same_token_alone(
    installation: Installation, token: str
) -> None:
    clock = installation.clock
    assert isinstance(clock, SetClock)
    gate = Gate(installation)
    caller = gate.enter("demo", token, "read", again=True)
    wrong = token[:-1] + ("A" if token[-1] != "A" else "B")
    with pytest.raises(UnauthenticatedError):
        gate.enter("demo", wrong, "read", again=True)
    with pytest.raises(ScopeError):
        gate.enter("demo", token, "post", again=True)
    with pytest.raises(ScopeError):
        gate.enter("other", token, "read", again=True)
    keys.revoke(installation, "demo", caller.key_id)
    assert gate.enter("demo", token, "read", again=True) == caller
    with pytest.raises(UnauthenticatedError):
        gate.enter("demo", token, "read")
    clock.advance(minutes=1)
    with pytest.raises(UnauthenticatedError):
        gate.enter("demo", token, "read", again=True)


def test_last_use_is_written_every_ten_minutes_at_most(
    installation: Installation, token: str
) -> None:
    clock = installation.clock
    assert isinstance(clock, SetClock)
    gate, other_process = Gate(installation), Gate(installation)
    assert last_used(installation, gate) is None
    gate.enter("demo", token, "read")
    assert last_used(installation, gate) == "2026-03-01T04:00:00Z"
    clock.advance(minutes=9)
    for one in (gate, other_process):
        one.enter("demo", token, "read")
        assert last_used(installation, one) == "2026-03-01T04:00:00Z"
    clock.advance(minutes=1)
    gate.enter("demo", token, "read")
    assert last_used(installation, gate) == "2026-03-01T04:10:00Z"


def test_refused_call_is_no_use(installation: Installation, token: str) -> None:
    gate = Gate(installation)
    with pytest.raises(UnauthenticatedError):
        gate.enter("demo", token[:-1] + "!", "read")
    assert last_used(installation, gate) is None


def test_nobody_waits_for_the_last_use_to_be_written(sqlite_url: str, tmp_path: Path) -> None:
    """While somebody else holds the one write lock of the file."""
    with installed(sqlite_url, tmp_path) as installation:
        books.open_book(installation, slug="demo", title="Demo", time_zone="UTC")
        token = keys.issue(installation, "demo", READER).token or ""
        gate = Gate(installation)
        with writing(installation.engine):
            assert gate.enter("demo", token, "read").app == "till"
        assert last_used(installation, gate) == "2026-03-01T04:00:00Z"


def test_last_use_that_cannot_be_written_is_left_out(
    installation: Installation,
    token: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*_: object) -> None:
        raise OperationalError("UPDATE", {}, Exception("disk full"))

    monkeypatch.setattr(LastUses, "_write", fail)
    gate = Gate(installation)
    assert gate.enter("demo", token, "read").app == "till"
    assert last_used(installation, gate) is None
    assert "OperationalError" in caplog.text
    assert token not in caplog.text


def test_thread_ends_when_there_is_nothing_to_write(installation: Installation, token: str) -> None:
    gate = Gate(installation)
    gate.enter("demo", token, "read")
    gate.uses.flush()
    assert "last-uses" not in {thread.name for thread in threading.enumerate()}


CLERK = Caller("k", "till", ("read",), ("staff:clerk:1", "staff:treasurer:*"))


@pytest.mark.parametrize(
    ("asserted", "by"),
    [
        ((), ("app:till", "staff:clerk:1")),
        (("member",), ("app:till", "member")),
        (("staff:treasurer:12",), ("app:till", "staff:treasurer:12")),
        (("staff:clerk:1", "app:till"), ("app:till", "staff:clerk:1")),
    ],
)
def test_capacities_are_those_that_the_key_covers(
    asserted: tuple[str, ...], by: tuple[str, ...]
) -> None:
    assert CLERK.capacities_for("transfer", asserted) == by


@pytest.mark.parametrize(
    "asserted", ["staff:clerk:2", "staff:storekeeper:1", "system", "app:other"]
)
def test_other_capacities_are_refused(asserted: str) -> None:
    with pytest.raises(CapacityError, match=f"a key with the capacity {asserted}"):
        CLERK.capacities_for("transfer", (asserted,))


@pytest.mark.parametrize(
    "asserted",
    [("staff:treasurer:*",), ("x",), ("member", "member"), ("member",) + ("staff:a:1",) * 3],
)
def test_capacities_must_be_well_formed(asserted: tuple[str, ...]) -> None:
    with pytest.raises(MalformedError):
        CLERK.capacities_for("transfer", asserted)


def test_nobody_hands_on_what_they_do_not_have() -> None:
    CLERK.demand_all(["read"], ["staff:clerk:1", "staff:treasurer:*", "staff:treasurer:3"])
    with pytest.raises(ScopeError):
        CLERK.demand_all(["post"], [])
    with pytest.raises(CapacityError):
        CLERK.demand_all([], ["staff:clerk:*"])
