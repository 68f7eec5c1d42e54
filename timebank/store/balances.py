"""What accounts took in and gave out: until now, as of a seq, or by a day.

A balance now is one row. As of a seq it is one seek, since each leg side keeps the running sums of
its account. By a day it is the balance now less the turnovers of the days after.
"""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    case,
    cast,
    func,
    literal_column,
    select,
)
from sqlalchemy.sql.selectable import NamedFromClause

from timebank.ledger.model import Key
from timebank.ledger.trial_balance import TrialRow
from timebank.store.tables import accounts, balances, entries, leg_sides, turnovers
from timebank.store.tables.projections import LegSideColumns
from timebank.store.tables.shape import WHOLE

Query = Select[*tuple[Any, ...]]
Sides = NamedFromClause[LegSideColumns]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which balances: of accounts as a whole (``holder`` 0) or of what is one holder's in them.

    None stands for all accounts, commodities or lots.
    """

    holder: int = 0
    account: str | None = None
    commodity: str | None = None
    lot: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Until:
    """Which entries count: those up to ``seq`` with a day up to ``day``; None is no bound.

    ``with_day`` says whether those of the day itself count.
    """

    seq: int | None = None
    day: str | None = None
    with_day: bool = True


NOW: Final = Until()

PLACE: Final = (balances.c.account, balances.c.commodity, balances.c.lot)
"""What tells the balances in one scope apart."""


def read_balances(
    connection: Connection, book_id: int, scope: Scope, until: Until = NOW
) -> list[TrialRow]:
    """Read the balances in scope that anything had moved, by account, commodity and lot.

    With bounds on seq and day together it also takes a look at each later leg side in scope.
    """
    if until.day is not None:
        query = _by_day(until.day, until, scope)
    elif until.seq is not None:
        query = _as_of(until.seq, scope)
    else:
        query = select(*PLACE, balances.c.debits, balances.c.credits)
    query = in_scope(query, book_id, scope).order_by(*PLACE)
    found = (TrialRow(*row) for row in connection.execute(query))
    return [row for row in found if row.debits or row.credits]


def in_scope(query: Query, book_id: int, scope: Scope) -> Query:
    """Keep those rows of ``balances`` that are in scope."""
    query = query.where(balances.c.book_id == book_id, balances.c.holder == scope.holder)
    if scope.account is not None:
        query = query.where(balances.c.account == scope.account)
    else:
        codes = select(accounts.c.account).where(accounts.c.book_id == book_id)
        if scope.holder:
            codes = codes.where(accounts.c.type == "control")
        query = query.where(balances.c.account.in_(codes))
    if scope.commodity is not None:
        query = query.where(balances.c.commodity == scope.commodity)
    if scope.lot is not None:
        query = query.where(balances.c.lot == scope.lot)
    return query


def is_side_of_balance(sides: Sides, scope: Scope) -> ColumnElement[bool]:
    """Match leg sides with their balance in scope, by the index that is made for it."""
    same = and_(
        sides.c.book_id == balances.c.book_id,
        sides.c.account == balances.c.account,
        sides.c.commodity == balances.c.commodity,
        sides.c.lot == balances.c.lot,
    )
    return and_(same, *_of_holder(sides, scope.holder))


def is_side_of(key: Key) -> ColumnElement[bool]:
    """Match the leg sides that a balance is made of, by the index that is made for it."""
    sides = leg_sides.c
    return and_(
        sides.account == key.account,
        sides.commodity == key.commodity,
        sides.lot == key.lot,
        *_of_holder(leg_sides, key.owner),
    )


def is_turnover_of_balance() -> ColumnElement[bool]:
    """Match turnovers with their balance, by their primary key up to the day."""
    return and_(
        turnovers.c.book_id == balances.c.book_id,
        turnovers.c.account == balances.c.account,
        turnovers.c.holder == balances.c.holder,
        turnovers.c.commodity == balances.c.commodity,
        turnovers.c.lot == balances.c.lot,
    )


def _of_holder(sides: Sides, holder: int) -> list[ColumnElement[bool]]:
    if not holder:
        return []
    # As the index of holders' leg sides says it, without which SQLite does not use that index.
    return [sides.c.holder == holder, sides.c.holder > literal_column("0", WHOLE)]


def _as_of(seq: int, scope: Scope) -> Query:
    """Take the running sums of the last side up to ``seq``; no side makes 0."""
    sides = leg_sides.c
    pair = (
        (sides.debits, sides.credits) if scope.holder else (sides.total_debits, sides.total_credits)
    )
    return select(*PLACE, *(_last(running, seq, scope) for running in pair))


def _last(running: ColumnElement[int], seq: int, scope: Scope) -> ColumnElement[int]:
    earlier = leg_sides.alias("earlier")
    # Two steps, of which the first needs nothing but the index: so SQLite uses that.
    last_seq = (
        select(func.max(earlier.c.seq))
        .where(is_side_of_balance(earlier, scope), earlier.c.seq <= seq)
        .correlate(balances)
        .scalar_subquery()
    )
    last = (
        select(running)
        .where(is_side_of_balance(leg_sides, scope), leg_sides.c.seq == last_seq)
        .order_by(leg_sides.c.leg.desc(), leg_sides.c.side.desc())
        .limit(1)
        .correlate(balances)
        .scalar_subquery()
    )
    return func.coalesce(last, 0)


def _by_day(day: str, until: Until, scope: Scope) -> Query:
    """Take what there is now, less what came on later days, less what came after ``seq``."""
    moved = [(balances.c.debits, turnovers.c.debits), (balances.c.credits, turnovers.c.credits)]
    sums = [now - _later(turnover, day, until) for now, turnover in moved]
    if until.seq is not None:
        sums = [
            earlier - _unseen(side, until.seq, day, until, scope)
            for side, earlier in zip((1, 0), sums, strict=True)
        ]
    return select(*PLACE, *sums)


def _later(turnover: ColumnElement[int], day: str, until: Until) -> ColumnElement[int]:
    later = turnovers.c.day > day if until.with_day else turnovers.c.day >= day
    return (
        select(_total(turnover))
        .where(is_turnover_of_balance(), later)
        .correlate(balances)
        .scalar_subquery()
    )


def _unseen(side: int, seq: int, day: str, until: Until, scope: Scope) -> ColumnElement[int]:
    """Sum up one side of what came after ``seq`` although its day counts.

    The outer joins keep the databases to this order: index, then rows by their primary keys.
    """
    later = leg_sides.alias("later")
    counted = entries.c.day <= day if until.with_day else entries.c.day < day
    return (
        select(_total(case((counted & (leg_sides.c.side == side), leg_sides.c.amount), else_=0)))
        .select_from(
            later.outerjoin(leg_sides, _is_same(later)).outerjoin(
                entries, and_(entries.c.book_id == later.c.book_id, entries.c.seq == later.c.seq)
            )
        )
        .where(is_side_of_balance(later, scope), later.c.seq > seq)
        .correlate(balances)
        .scalar_subquery()
    )


def _is_same(side: Sides) -> ColumnElement[bool]:
    return and_(
        leg_sides.c.book_id == side.c.book_id,
        leg_sides.c.seq == side.c.seq,
        leg_sides.c.leg == side.c.leg,
        leg_sides.c.side == side.c.side,
    )


def _total(amounts: ColumnElement[int]) -> ColumnElement[int]:
    # Without the cast, a sum of whole numbers is something else on PostgreSQL.
    return cast(func.coalesce(func.sum(amounts), 0), WHOLE)
