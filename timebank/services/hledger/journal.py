"""The journal of a book, as hledger reads it.

``hledger check --strict`` accepts it: accounts and commodities are declared, and for each close
the balances of all accounts are asserted on its last day. Transactions stand by day and seq, and
each leg has two postings. Amounts are those of the entries' own bytes, and their sums must give
the trial balance that each close states.

It calls members by the association's own numbers, so it is private. What they did is not told: a
transaction says its kind, its seq and its days, and nothing that anybody wrote.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

import msgspec

from timebank.errors import LogBrokenError
from timebank.ledger.codes import split_reference
from timebank.ledger.entry import decode_entry
from timebank.ledger.model import Entry, Key
from timebank.ledger.trial_balance import digest
from timebank.services.hledger import names
from timebank.services.hledger.sums import Assertion, Sums
from timebank.services.installation import Installation
from timebank.services.views import View, view
from timebank.store.balance_rows import BalanceRow, iterate_balances
from timebank.store.by_day import Owned, iterate_by_day, read_of_kind, read_owners
from timebank.store.definitions import list_commodities
from timebank.store.scanning import Scanner
from timebank.store.seqs import Days
from timebank.store.tables import accounts, lots
from timebank.store.vault import BookVault

_CLOSE: Final = "close"


def export_hledger(installation: Installation, slug: str) -> Iterator[bytes]:
    """Give the lines of the journal of a book, each with a newline, as of one moment.

    Memory grows with members, accounts and lots, but not with entries. Raises UnknownBookError
    with the first item, and LogBrokenError where the entries do not add up to what a close says.
    """
    with view(installation, slug) as seen:
        journal = _Journal(seen, installation.vault.book(seen.book.origin))
        for line in journal.lines():
            yield f"{line}\n".encode()


class _Close(NamedTuple):
    """A close: its entry, the last day of the period, the digest of the trial balance."""

    seq: int
    posted: str
    until: str
    digest: str


class _Journal:
    """The journal of a book while it is written."""

    def __init__(self, seen: View, vault: BookVault) -> None:
        self._seen = seen
        self._book_id = seen.book.book_id
        self._vault = vault
        self._scanner = Scanner(seen.connection, self._book_id)
        commodities = list_commodities(seen.connection, self._book_id)
        self._commodities = {commodity.code: commodity for commodity in commodities}
        self._types: dict[str, str] = dict(self._scanner.rows(accounts, ("account", "type")))
        self._numbers: dict[int, str] = {}
        self._names: dict[tuple[str, int], str] = {}
        controls = [code for code, type_ in self._types.items() if type_ == "control"]
        self._sums = Sums(controls)

    def lines(self) -> Iterator[str]:
        """Give all lines: what this is, what it declares, what happened."""
        yield from self._comments()
        yield ""
        yield from self._declare_commodities()
        yield ""
        yield from self._declare_accounts()
        yield from self._transactions()

    def _comments(self) -> Iterator[str]:
        yield f"; {self._seen.book.origin}, entries 0 to {self._seen.last}"
        yield "; Private: members are called by their numbers."
        for commodity in self._commodities.values():
            if commodity.kind == "time" and commodity.scale == 0:
                yield f"; {commodity.code} is counted in minutes."

    def _declare_commodities(self) -> Iterator[str]:
        for commodity in self._commodities.values():
            yield names.commodity_directive(commodity.code, "", commodity.scale)
        for code, lot in self._scanner.rows(lots, ("commodity", "lot")):
            yield names.commodity_directive(code, lot, self._commodities[code].scale)

    def _declare_accounts(self) -> Iterator[str]:
        """Declare all accounts, and whatever holders had in them."""
        for code in self._types:
            yield f"account {code}"
        for row in iterate_balances(self._seen.connection, self._book_id):
            if row.holder and (row.account, row.holder) not in self._names:
                if row.holder not in self._numbers:
                    self._numbers[row.holder] = _number(self._vault, row)
                yield f"account {self._name(row.account, row.holder)}"

    def _transactions(self) -> Iterator[str]:
        closes = self._closes()
        close = next(closes, None)
        for entry, owned in self._entries():
            while close is not None and entry.day > close.until:
                yield from self._assert(close)
                close = next(closes, None)
            if entry.legs:
                yield from self._transaction(entry, owned)
        while close is not None:
            yield from self._assert(close)
            close = next(closes, None)

    def _entries(self) -> Iterator[tuple[Entry, Owned]]:
        """All entries by day and seq, each with who stands behind its legs."""
        connection = self._seen.connection
        for stretch in iterate_by_day(connection, self._book_id, Days()):
            seqs = [stored.seq for stored in stretch]
            owners = read_owners(connection, self._book_id, seqs)
            for stored in stretch:
                yield decode_entry(stored.body), owners.get(stored.seq, {})

    def _closes(self) -> Iterator[_Close]:
        """All closes in order."""
        for stored in read_of_kind(self._seen.connection, self._book_id, _CLOSE):
            public = decode_entry(stored.body).public
            yield _Close(stored.seq, stored.posted, public["until"], public["trial_balance"])

    def _transaction(self, entry: Entry, owned: Owned) -> Iterator[str]:
        days = {"posted": entry.posted, "belongs": entry.public.get("belongs")}
        tags = ", ".join(f"{name}:{day}" for name, day in days.items() if day)
        yield ""
        yield f"{entry.day} ({entry.seq}) {entry.kind}  ; {tags}"
        for index, leg in enumerate(entry.legs):
            for side, reference in ((1, leg.to), (0, leg.from_)):
                amount = leg.amount if side else -leg.amount
                account, _ = split_reference(reference)
                key = Key(account, owned.get((index, side), 0), leg.commodity, leg.lot)
                self._sums.add(key, amount)
                name = self._name(account, key.owner)
                yield f"    {name}  {self._figure(amount, leg.commodity, leg.lot)}"

    def _assert(self, close: _Close) -> Iterator[str]:
        """Assert all balances at the end of a period. Raises LogBrokenError."""
        if digest(self._sums.trial_balance()) != close.digest:
            reason = f"the entries until {close.until} do not add up to its trial balance"
            raise LogBrokenError(close.seq, reason)
        yield ""
        yield f"{close.until} ({close.seq}) {_CLOSE}  ; posted:{close.posted}"
        yield from map(self._assertion, self._sums.assertions())

    def _assertion(self, asserted: Assertion) -> str:
        _, _, commodity, lot, balance, inclusive = asserted
        nothing, there = (self._figure(amount, commodity, lot) for amount in (0, balance))
        sign = "=*" if inclusive else "="
        return f"    {self._name(asserted.account, asserted.holder)}  {nothing} {sign} {there}"

    def _figure(self, amount: int, commodity: str, lot: str) -> str:
        number = names.decimal(amount, self._commodities[commodity].scale)
        return f"{number} {names.symbol(commodity, lot)}"

    def _name(self, account: str, holder: int) -> str:
        """What an account, or a holder's part of it, is called."""
        if not holder:
            return account
        if (account, holder) not in self._names:
            number = self._numbers.get(holder, names.forgotten(holder))
            self._names[account, holder] = names.subaccount(account, number, self._types)
        return self._names[account, holder]


def _number(vault: BookVault, row: BalanceRow) -> str:
    """The number of a holder as it is written, or what stands for it."""
    keys = row.wrapped and vault.unwrap_holder_keys(row.holder, row.wrapped)
    if not keys or row.contact is None:
        return names.forgotten(row.holder)
    record = vault.decrypt_contact(row.holder, keys.data, row.contact)
    return names.escape_number(msgspec.json.decode(record, type=dict[str, str])["number"])
