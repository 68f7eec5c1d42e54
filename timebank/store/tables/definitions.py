"""What entries have defined. Definitions are never changed or reopened; accounts are closed.

``seq`` and ``opened`` name the entry which did it. JSON is canonical.
"""

from typing import Final

from sqlalchemy import Column, ForeignKeyConstraint, Named

from timebank.store.tables.shape import (
    SMALL,
    TEXT,
    WHOLE,
    OfBook,
    check,
    of_book,
    one_of,
    sized,
    table,
    within,
)


class AccountColumns(OfBook):
    """An account of the chart. ``limits`` is JSON: how far below zero it may go, by commodity."""

    account: Named[str] = Column(TEXT, primary_key=True)
    type: Named[str] = Column(TEXT)
    title: Named[str] = Column(TEXT)
    limits: Named[str] = Column(TEXT)
    opened: Named[int] = Column(WHOLE)
    closed: Named[int | None] = Column(WHOLE)


accounts: Final = table(
    "accounts",
    AccountColumns,
    of_book(),
    one_of("type", "holding", "boundary", "control"),
    within("opened", 0),
    check("closed", "closed > opened"),
)


class CommodityColumns(OfBook):
    """What is counted; people see it with ``scale`` decimals."""

    commodity: Named[str] = Column(TEXT, primary_key=True)
    kind: Named[str] = Column(TEXT)
    scale: Named[int] = Column(SMALL)
    title: Named[str] = Column(TEXT)
    seq: Named[int] = Column(WHOLE)


commodities: Final = table(
    "commodities",
    CommodityColumns,
    of_book(),
    one_of("kind", "time", "points", "money", "goods"),
    check("scale", "scale >= 0"),
    within("seq", 0),
)


class LotColumns(OfBook):
    """A batch of goods or a fund of money, with its public ``facts`` as JSON."""

    commodity: Named[str] = Column(TEXT, primary_key=True)
    lot: Named[str] = Column(TEXT, primary_key=True)
    seq: Named[int] = Column(WHOLE)
    facts: Named[str] = Column(TEXT)


lots: Final = table(
    "lots",
    LotColumns,
    ForeignKeyConstraint(
        ["book_id", "commodity"], ["commodities.book_id", "commodities.commodity"]
    ),
    check("lot", "lot <> ''"),
    within("seq", 0),
)


class PolicyColumns(OfBook):
    """A version of the policy: ``settings`` as JSON, in force from the day ``in_force`` on."""

    seq: Named[int] = Column(WHOLE, primary_key=True, autoincrement=False)
    in_force: Named[str] = Column(TEXT)
    settings: Named[str] = Column(TEXT)


policies: Final = table(
    "policies", PolicyColumns, of_book(), within("seq", 0), sized("in_force", 10)
)
