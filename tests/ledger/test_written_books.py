"""Books that somebody else wrote, and what must not stand in place of their entries."""

from typing import Any

import pytest

from tests.ledger.bench import ORIGIN, keyed_replay, replay
from tests.ledger.written_books import SMALL_BOOK, WRITTEN_BOOKS, WrittenBook
from timebank.errors import CannotCheckError, LogBrokenError
from timebank.ledger.entry import decode_entry
from timebank.ledger.model import Key
from timebank.ledger.registry import standard_registry
from timebank.ledger.replay import Replay
from timebank.ledger.seals import Opening, verify_opening

Forgery = tuple[WrittenBook, dict[str, Any]]


@pytest.mark.parametrize("book", WRITTEN_BOOKS, ids=str)
def test_the_log_is_checked_entry_by_entry(book: WrittenBook) -> None:
    replaying = Replay(standard_registry(), earlier_body=book.bodies.__getitem__)

    for vector in book.document["valid"]:
        step = replaying.feed(vector["entry"].encode())
        assert step.leaf.hex() == vector["leaf"]
        assert replaying.root().hex() == vector["root"]


@pytest.mark.parametrize("keyed", [False, True])
@pytest.mark.parametrize("book", WRITTEN_BOOKS, ids=str)
def test_its_balances_come_out(book: WrittenBook, *, keyed: bool) -> None:
    replayed = keyed_replay(book.bodies, book.ring()) if keyed else replay(book.bodies)

    for row in book.document["balances"]:
        key = Key(row["account"], 0, row["commodity"], row["lot"])
        assert replayed.state.balances[key].net == row["balance"]
    for number, balance in book.document.get("holders", {}).items():
        key = Key(book.account, int(number), book.commodity, book.lot)
        assert replayed.state.balances[key].net == (balance if keyed else 0)


def test_its_seals_open() -> None:
    for vector in SMALL_BOOK.document["valid"]:
        entry = decode_entry(vector["entry"].encode())
        for index, seal in enumerate(entry.seals):
            verify_opening(
                seal,
                Opening(bytes.fromhex(vector["salt"]), vector["details"]),
                origin=ORIGIN,
                seq=entry.seq,
                index=index,
            )


def found_by(*found: str) -> list[Any]:
    """Forgeries in all books that are found so; where a file does not say, the log alone does."""
    return [
        pytest.param((book, vector), id=f"{book}: {vector['about']}")
        for book in WRITTEN_BOOKS
        for vector in book.document["invalid"]
        if vector.get("found", "public") in found
    ]


@pytest.mark.parametrize("forgery", found_by("public"))
def test_the_log_alone_shows_it(forgery: Forgery) -> None:
    book, vector = forgery
    with pytest.raises(LogBrokenError) as caught:
        replay(book.instead(vector))

    assert caught.value.seq == vector["seq"]


@pytest.mark.parametrize("forgery", found_by("keyed"))
def test_the_log_alone_does_not_show_it(forgery: Forgery) -> None:
    book, vector = forgery
    replay(book.instead(vector))


@pytest.mark.parametrize("forgery", found_by("public", "keyed"))
def test_the_keys_show_it(forgery: Forgery) -> None:
    book, vector = forgery
    with pytest.raises(LogBrokenError) as caught:
        keyed_replay(book.instead(vector), book.ring())

    assert caught.value.seq == vector["seq"]


@pytest.mark.parametrize("forgery", found_by("cannot check"))
def test_what_has_no_rule_cannot_be_checked(forgery: Forgery) -> None:
    book, vector = forgery
    with pytest.raises(CannotCheckError) as caught:
        replay(book.instead(vector))

    assert caught.value.seq == vector["seq"]
