"""The trial balance: what every account took in and gave out up to a day.

It shows whole accounts only, so it is public; a control account stands with its total.
Canonical form: one JCS object a line, each line ended by ``0A``, with the keys ``account``,
``commodity``, ``credits``, ``debits`` and, where there is one, ``lot``; sorted by account,
commodity and lot as UTF-8 bytes. Its digest is the SHA-256 of these lines together.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from timebank.ledger import encoding
from timebank.ledger.model import ZERO
from timebank.ledger.state import BookState

MAX_TOTALS = 128
MAX_TOTALS_BYTES = 12_288
"""An entry has 16,384 bytes; what else a close says takes less than 2,000."""


class TrialRow(NamedTuple):
    """One account in one commodity and lot, up to a day."""

    account: str
    commodity: str
    lot: str
    debits: int
    credits: int

    @property
    def net(self) -> int:
        """Debits less credits."""
        return self.debits - self.credits


def trial_balance(state: BookState, until: str) -> list[TrialRow]:
    """All accounts that moved by the end of ``until``, a day not before the last close."""
    later = [turnover for day, turnover in state.turnovers.items() if day > until]
    rows = []
    for key, balance in state.balances.items():
        if key.owner:
            continue
        after = [turnover.get(key, ZERO) for turnover in later]
        debits = balance.debits - sum(sums[0] for sums in after)
        credits_ = balance.credits - sum(sums[1] for sums in after)
        if debits or credits_:
            rows.append(TrialRow(key.account, key.commodity, key.lot, debits, credits_))
    return sorted(rows)


def digest(rows: Iterable[TrialRow]) -> str:
    """The base64 SHA-256 of the canonical lines of a trial balance."""
    total = hashlib.sha256()
    for row in rows:
        total.update(canonical_line(row))
    return encoding.to_base64(total.digest())


def canonical_line(row: TrialRow) -> bytes:
    """One row as a canonical JSON line."""
    line: dict[str, Any] = {
        "account": row.account,
        "commodity": row.commodity,
        "credits": row.credits,
        "debits": row.debits,
    }
    if row.lot:
        line["lot"] = row.lot
    return encoding.encode(line) + b"\n"


def totals(rows: Iterable[TrialRow], state: BookState) -> list[dict[str, Any]]:
    """What the book holds of each commodity, and of money in each fund: the ``totals`` of a close.

    That is the sum over all accounts that are not a boundary; for hours and points what is in
    circulation. Sorted by commodity and fund, without zeros. It must fit its entry, so it is the
    first of these that does: each fund, each commodity, each commodity but for goods, nothing.
    What is left out is in the digest.
    """
    per_fund: defaultdict[tuple[str, str], int] = defaultdict(int)
    per_commodity: defaultdict[tuple[str, str], int] = defaultdict(int)
    without_goods: defaultdict[tuple[str, str], int] = defaultdict(int)
    for row in rows:
        if state.accounts[row.account].type == "boundary":
            continue
        kind = state.commodities[row.commodity].kind
        per_fund[row.commodity, row.lot if kind == "money" else ""] += row.net
        per_commodity[row.commodity, ""] += row.net
        if kind != "goods":
            without_goods[row.commodity, ""] += row.net
    levels = map(_listed, (per_fund, per_commodity, without_goods))
    return next((level for level in levels if _fits(level)), [])


def _listed(sums: Mapping[tuple[str, str], int]) -> list[dict[str, Any]]:
    return [
        {"amount": amount, "commodity": commodity, **({"lot": lot} if lot else {})}
        for (commodity, lot), amount in sorted(sums.items())
        if amount
    ]


def _fits(listed: list[dict[str, Any]]) -> bool:
    """Whether the fact may have so many items, in so many bytes, none of them out of range."""
    return (
        len(listed) <= MAX_TOTALS
        and all(abs(item["amount"]) <= encoding.MAX_INTEGER for item in listed)
        and len(encoding.encode(listed)) <= MAX_TOTALS_BYTES
    )
