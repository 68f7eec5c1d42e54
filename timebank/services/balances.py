"""Balances: of an account, of a member, of all accounts; now, as of a seq, on a day.

What an account holds as a whole is public, that of a control account too. What one member has in
it is private: the caller sees to it who may ask.
"""

from dataclasses import dataclass

from timebank.ledger.trial_balance import TrialRow
from timebank.services.installation import Installation
from timebank.services.views import View, view
from timebank.store.balances import Scope, read_balances
from timebank.store.books import Book


@dataclass(frozen=True, slots=True)
class AccountBalance:
    """What came into an account (debits) and went out of it (credits), in smallest units."""

    account: str
    commodity: str
    lot: str
    debits: int
    credits: int

    @property
    def balance(self) -> int:
        """What is there: debits less credits."""
        return self.debits - self.credits


@dataclass(frozen=True, slots=True)
class Balances:
    """Balances by account, commodity and lot, of all that ever moved by then.

    They count the entries up to the seq ``as_of``, with a day up to ``on`` where one is given.
    """

    as_of: int
    on: str | None
    rows: tuple[AccountBalance, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """A book at a glance: how long it is, the day of its last entry, and all public balances."""

    book: Book
    size: int
    posted: str
    closed_until: str
    balances: tuple[AccountBalance, ...]


def account_balances(  # noqa: PLR0913  each narrows the question down
    installation: Installation,
    slug: str,
    account: str,
    *,
    commodity: str | None = None,
    lot: str | None = None,
    as_of: int | None = None,
    on: str | None = None,
) -> Balances:
    """The balances of an account as a whole; an empty ``lot`` asks for what has no lot.

    Raises UnknownAccountError, UnknownEntryError where the log does not go as far as ``as_of``.
    """
    with view(installation, slug) as seen:
        seen.check_account(account)
        scope = Scope(account=account, commodity=commodity, lot=lot)
        return _balances(seen, scope, as_of, on)


def member_balances(  # noqa: PLR0913  each narrows the question down
    installation: Installation,
    slug: str,
    member_id: str,
    *,
    commodity: str | None = None,
    as_of: int | None = None,
    on: str | None = None,
) -> Balances:
    """The balances of a member, carrier or stall in all control accounts. Private.

    Raises UnknownMemberError, UnknownEntryError where the log does not go as far as ``as_of``.
    """
    with view(installation, slug) as seen:
        scope = Scope(holder=seen.number_of(member_id), commodity=commodity)
        return _balances(seen, scope, as_of, on)


def public_balances(
    installation: Installation,
    slug: str,
    *,
    commodity: str | None = None,
    as_of: int | None = None,
    on: str | None = None,
) -> Balances:
    """The balances of all accounts as a whole.

    Raises UnknownEntryError where the log does not go as far as ``as_of``.
    """
    with view(installation, slug) as seen:
        return _balances(seen, Scope(commodity=commodity), as_of, on)


def overview(installation: Installation, slug: str) -> Overview:
    """A book at a glance. Raises UnknownBookError."""
    with view(installation, slug) as seen:
        rows = _balances(seen, Scope(), None, None).rows
        return Overview(seen.book, seen.head.size, seen.head.posted, seen.head.closed_until, rows)


def _balances(seen: View, scope: Scope, as_of: int | None, on: str | None) -> Balances:
    until = seen.until(as_of, on)
    rows = read_balances(seen.connection, seen.book.book_id, scope, until)
    return Balances(seen.last if as_of is None else as_of, on, tuple(map(_to_balance, rows)))


def _to_balance(row: TrialRow) -> AccountBalance:
    return AccountBalance(*row)
