"""The whole balance sheet of a book, with each member's balances by the association's number.

It is private, and streamed: memory does not grow with the number of members.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import msgspec

from timebank.services.installation import Installation
from timebank.store.balance_rows import BalanceRow, iterate_balances
from timebank.store.books import find_book
from timebank.store.database import reading
from timebank.store.vault import BookVault

FORGOTTEN: Final = "(forgotten)"


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One balance, in smallest units. ``member`` is empty where it is of an account as a whole."""

    account: str
    member: str
    commodity: str
    lot: str
    debits: int
    credits: int

    @property
    def balance(self) -> int:
        """What is there: debits less credits."""
        return self.debits - self.credits


def iterate_sheet(installation: Installation, slug: str) -> Iterator[SheetRow]:
    """Give all balances by account, first the whole one, then the members' as they were enrolled.

    Raises UnknownBookError with the first item.
    """
    with reading(installation.engine) as connection:
        book = find_book(connection, slug)
        vault = installation.vault.book(book.origin)
        for row in iterate_balances(connection, book.book_id):
            member = _number(vault, row) if row.holder else ""
            yield SheetRow(row.account, member, row.commodity, row.lot, row.debits, row.credits)


def _number(vault: BookVault, row: BalanceRow) -> str:
    keys = row.wrapped and vault.unwrap_holder_keys(row.holder, row.wrapped)
    if not keys or row.contact is None:
        return FORGOTTEN
    record = vault.decrypt_contact(row.holder, keys.data, row.contact)
    return msgspec.json.decode(record, type=dict[str, str])["number"]
