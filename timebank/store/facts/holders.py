"""Members, carriers and stalls, and what each has of a holding."""

from collections.abc import Iterable
from typing import Final

import msgspec
from sqlalchemy import and_, bindparam, func, not_, select

from timebank.ledger.model import ZERO, Balance, Holder, Key
from timebank.ledger.tuples import new
from timebank.store.charts import to_limits
from timebank.store.driver import Row, Statement
from timebank.store.facts.asked import NOBODY, Holding
from timebank.store.facts.loading import Loading, chunks
from timebank.store.tables import balances, holder_keys, holders

_encode: Final = msgspec.json.Encoder().encode

_HAS_KEYS: Final = and_(
    holder_keys.c.book_id == holders.c.book_id, holder_keys.c.holder == holders.c.holder
)
_HOLDER: Final = (
    select(
        holders.c.holder,
        holders.c.kind,
        holders.c.limits,
        holders.c.left_seq,
        holders.c.member_id,
        holders.c.forgotten,
        holder_keys.c.wrapped,
    )
    .join(holder_keys, _HAS_KEYS)
    .where(holders.c.book_id == bindparam("book"))
)
_HOLDER_COLUMNS: Final = len(_HOLDER.selected_columns)
_HOLDERS: Final = Statement(
    _HOLDER.where(holders.c.holder.in_(bindparam("numbers", expanding=True)))
)
# Of more than a few ids SQLite expects less than of all holders, and would read them all.
_BY_ID: Final = (holders, "INDEXED BY sqlite_autoindex_holders_2", "sqlite")
_IS_KNOWN: Final = and_(holders.c.book_id == bindparam("book"), not_(holders.c.forgotten))
_HOLDERS_BY_ID: Final = Statement(
    _HOLDER.where(
        holders.c.member_id.in_(bindparam("ids", expanding=True)), not_(holders.c.forgotten)
    ).with_hint(*_BY_ID)
)
_AT: Final = (
    balances.c.book_id == bindparam("book"),
    balances.c.account == bindparam("account"),
    balances.c.commodity == bindparam("commodity"),
    balances.c.lot == bindparam("lot"),
)
_ASKED: Final = func.json_each(bindparam("ids")).table_valued("value", name="asked")
_HOLDERS_AT: Final = Statement(
    select(*_HOLDER.selected_columns, balances.c.debits, balances.c.credits)
    .select_from(
        _ASKED.outerjoin(holders, and_(_IS_KNOWN, holders.c.member_id == _ASKED.c.value))
        .outerjoin(holder_keys, _HAS_KEYS)
        .outerjoin(balances, and_(*_AT, balances.c.holder == func.coalesce(holders.c.holder, 0)))
    )
    .with_hint(*_BY_ID)
)
"""Holders with what each has of a holding; the id of nobody gives the sum of the whole account.

The ids are a list in JSON. To look each of a few values up in a list of its own takes SQLite as
long as to look them up in the table.
"""


def load_members(loading: Loading, member_ids: set[str], named: dict[Holding, list[str]]) -> None:
    """Read holders by member id; forgotten ones are unknown.

    Where all the balances that are ``named`` of members are of one holding, as in most appends,
    they are read in the same query, and are taken out of what is still to be read. It is so on
    SQLite alone: PostgreSQL takes longer for that one query than for two.
    """
    holdings = [holding for holding, members in named.items() if any(members)]
    if len(holdings) == 1 and loading.cursor.on_sqlite:
        _load_members_at(loading, holdings[0], member_ids)
        del named[holdings[0]]
    else:
        for some in chunks(member_ids):
            _add_holders(loading, loading.run(_HOLDERS_BY_ID, ids=some))


def _load_members_at(loading: Loading, holding: Holding, member_ids: set[str]) -> None:
    """Read holders by member id, what each has of a holding, and what all have together."""
    account, commodity, lot = holding
    known = loading.state.balances
    known[Key(account, 0, commodity, lot)] = ZERO
    for some in chunks(member_ids):
        ids = _encode([*some, NOBODY]).decode()
        rows = loading.run(_HOLDERS_AT, ids=ids, account=account, commodity=commodity, lot=lot)
        _add_holders(loading, (row for row in rows if row[0]))
        for row in rows:
            debits, credits_ = row[_HOLDER_COLUMNS:]
            balance = ZERO if debits is None else new(Balance, (debits, credits_))
            known[new(Key, (account, row[0] or 0, commodity, lot))] = balance


def load_holders(loading: Loading, numbers: Iterable[int]) -> None:
    """Read holders by their numbers, those that were forgotten too."""
    for some in chunks(numbers):
        _add_holders(loading, loading.run(_HOLDERS, numbers=some))


def _add_holders(loading: Loading, rows: Iterable[Row]) -> None:
    for row in rows:
        number, kind, limits, left, member_id, forgotten, wrapped = row[:_HOLDER_COLUMNS]
        loading.state.holders[number] = Holder(
            number, kind, "", to_limits(limits), left or 0, member_id
        )
        if not forgotten:
            loading.loaded.members[member_id] = number
            loading.loaded.wrapped_keys[number] = wrapped
