"""Trial balances: what every account took in and gave out, with the digest that a close states."""

from dataclasses import dataclass

from timebank.ledger.trial_balance import TrialRow, digest
from timebank.services.installation import Installation
from timebank.services.views import view
from timebank.store.balances import Scope, read_balances


@dataclass(frozen=True, slots=True)
class TrialBalance:
    """All accounts as a whole, by account, commodity and lot.

    It counts the entries up to the seq ``as_of``, with a day up to ``until`` where one is given.
    ``digest`` is the base64 SHA-256 of its canonical lines (``timebank.ledger.trial_balance``).
    """

    as_of: int
    until: str | None
    rows: tuple[TrialRow, ...]
    digest: str


def trial_balance(
    installation: Installation, slug: str, *, as_of: int | None = None, until: str | None = None
) -> TrialBalance:
    """The trial balance now, as of a seq, or by the end of a day.

    Raises UnknownEntryError where the log does not go as far as ``as_of``.
    """
    with view(installation, slug) as seen:
        counted = seen.until(as_of, until)
        rows = read_balances(seen.connection, seen.book.book_id, Scope(), counted)
        return TrialBalance(seen.last if as_of is None else as_of, until, tuple(rows), digest(rows))
