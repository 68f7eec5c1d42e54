"""What entries define, as rows: the projection of each kind of definition."""

from collections.abc import Callable, Iterable
from typing import Any

from timebank.ledger import encoding
from timebank.ledger.model import Account, Commodity, Entry, Limit, Lot, Policy
from timebank.ledger.state import BookState
from timebank.store import tables
from timebank.store.rows import Rows


def add_definition(rows: Rows, entry: Entry, state: BookState) -> None:
    """Add what an entry defines, if it does; ``state`` is that after the entry."""
    add = _ADDS.get(entry.kind)
    if add:
        add(rows, entry, state)


def account_columns(account: Account) -> dict[str, Any]:
    """The columns of an account."""
    return {
        "account": account.code,
        "type": account.type,
        "title": account.title,
        "limits": limits_text(account.limits),
        "opened": account.opened,
        "closed": account.closed or None,
    }


def commodity_columns(commodity: Commodity) -> dict[str, Any]:
    """The columns of a commodity."""
    return {
        "commodity": commodity.code,
        "kind": commodity.kind,
        "scale": commodity.scale,
        "title": commodity.title,
        "seq": commodity.seq,
    }


def lot_columns(lot: Lot) -> dict[str, Any]:
    """The columns of a lot."""
    return {
        "commodity": lot.commodity,
        "lot": lot.code,
        "seq": lot.seq,
        "facts": encoding.encode(lot.facts).decode(),
    }


def policy_columns(policy: Policy) -> dict[str, Any]:
    """The columns of a version of the policy."""
    return {
        "seq": policy.seq,
        "in_force": policy.in_force,
        "settings": encoding.encode(list(policy.settings)).decode(),
    }


def limits_text(limits: Iterable[Limit]) -> str:
    """Limits as canonical JSON."""
    return encoding.encode(
        [{"amount": limit.amount, "commodity": limit.commodity} for limit in limits]
    ).decode()


def _add_accounts(rows: Rows, entry: Entry, state: BookState) -> None:
    for account in state.accounts.values():
        if account.opened == entry.seq:
            rows.add(tables.accounts, **account_columns(account))


def _close_account(rows: Rows, entry: Entry, _state: BookState) -> None:
    rows.change(tables.accounts, {"account": entry.public["account"]}, closed=entry.seq)


def _add_commodity(rows: Rows, entry: Entry, state: BookState) -> None:
    commodity = state.commodities[entry.public["commodity"]]
    rows.add(tables.commodities, **commodity_columns(commodity))


def _add_lot(rows: Rows, entry: Entry, state: BookState) -> None:
    lot = state.lots[entry.public["commodity"], entry.public["lot"]]
    rows.add(tables.lots, **lot_columns(lot))


def _add_policy(rows: Rows, _entry: Entry, state: BookState) -> None:
    rows.add(tables.policies, **policy_columns(state.policies[-1]))


def _mark_left(rows: Rows, entry: Entry, _state: BookState) -> None:
    rows.change(tables.holders, {"holder": entry.public["enrolled"]}, left_seq=entry.seq)


_ADDS: dict[str, Callable[[Rows, Entry, BookState], None]] = {
    "book.opened": _add_accounts,
    "commodity.defined": _add_commodity,
    "account.opened": _add_accounts,
    "account.closed": _close_account,
    "lot.registered": _add_lot,
    "fund.opened": _add_lot,
    "policy.set": _add_policy,
    "holder.left": _mark_left,
}
