"""The demo book: a little of everything, and always the same."""

import pytest

from tests.services.tampering import rows_of
from timebank.errors import AlreadyDefinedError
from timebank.services.balance_sheets import iterate_sheet
from timebank.services.demo import open_demo_book
from timebank.services.installation import Installation
from timebank.services.verification import Verdict, verify_book
from timebank.store import tables


def test_the_demo_book_has_something_of_everything(installation: Installation) -> None:
    book = open_demo_book(installation)
    assert (book.slug, book.origin, book.time_zone) == (
        "demo",
        "localhost/log/demo",
        "Asia/Shanghai",
    )
    kinds = {row["kind"] for row in rows_of(installation.engine, tables.entries)}
    assert kinds == {
        *("book.opened", "commodity.defined", "account.opened", "lot.registered", "policy.set"),
        *("holder.enrolled", "balance.opened", "issue", "transfer", "reversal"),
        *("hold", "settle", "release"),
    }
    held = [row for row in iterate_sheet(installation, "demo") if row.account == "members:held"]
    assert [(row.member, row.balance) for row in held] == [
        ("", 45),
        ("0001", 0),
        ("0002", 30),
        ("0009", 15),
    ]
    assert verify_book(installation, "demo").verdict is Verdict.FINE


def test_it_is_opened_once(installation: Installation) -> None:
    open_demo_book(installation)
    size = len(rows_of(installation.engine, tables.entries))
    with pytest.raises(AlreadyDefinedError):
        open_demo_book(installation)
    assert len(rows_of(installation.engine, tables.entries)) == size
