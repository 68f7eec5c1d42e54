"""What the entries add up to. All of it can be dropped and computed again from the log.

``holder`` is the number of a member, carrier or stall: the seq of the entry that enrolled it.
Holder 0 stands for the account as a whole, so a control account has a row of holder 0 and one for
each subaccount, while a public account has that of holder 0 only. A lot of ``''`` is no lot.
``debits`` and ``credits`` are what came in and what went out ever since the book was opened; the
balance is their difference. They only grow.
"""

from typing import Final

from sqlalchemy import Column, Index, Named, TypedColumns, UniqueConstraint, text

from timebank.store.tables.shape import SMALL, TEXT, WHOLE, OfBook, check, sized, table, within


class LegSideColumns(OfBook):
    """One side of a leg: ``side`` 0 is its *from* (credited), 1 its *to* (debited).

    ``debits`` and ``credits`` are the pair of (account, holder, commodity, lot) right after this
    side, ``total_debits`` and ``total_credits`` that of the account as a whole; in a public
    account they are equal.
    """

    seq: Named[int] = Column(WHOLE, primary_key=True, autoincrement=False)
    leg: Named[int] = Column(SMALL, primary_key=True, autoincrement=False)
    side: Named[int] = Column(SMALL, primary_key=True, autoincrement=False)
    account: Named[str] = Column(TEXT)
    holder: Named[int] = Column(WHOLE)
    commodity: Named[str] = Column(TEXT)
    lot: Named[str] = Column(TEXT)
    amount: Named[int] = Column(WHOLE)
    debits: Named[int] = Column(WHOLE)
    credits: Named[int] = Column(WHOLE)
    total_debits: Named[int] = Column(WHOLE)
    total_credits: Named[int] = Column(WHOLE)


leg_sides: Final = table(
    "leg_sides",
    LegSideColumns,
    Index(None, "book_id", "account", "commodity", "lot", "seq", "leg", "side"),
    Index(
        "ix_leg_sides_of_holders",
        *("book_id", "holder", "account", "commodity", "lot", "seq", "leg", "side"),
        sqlite_where=text("holder > 0"),
        postgresql_where=text("holder > 0"),
    ),
    within("seq", 0),
    within("leg", 0, 63),
    within("side", 0, 1),
    within("holder", 0),
    within("amount", 1),
    check("moved", "CASE side WHEN 1 THEN debits ELSE credits END >= amount"),
    within("debits", 0),
    within("credits", 0),
    within("total_debits", 0),
    within("total_credits", 0),
    check("within_total", "debits <= total_debits AND credits <= total_credits"),
)


class PlaceColumns(TypedColumns):
    """Where an amount is."""

    account: Named[str] = Column(TEXT, primary_key=True)
    holder: Named[int] = Column(WHOLE, primary_key=True, autoincrement=False)
    commodity: Named[str] = Column(TEXT, primary_key=True)
    lot: Named[str] = Column(TEXT, primary_key=True)


class BalanceColumns(PlaceColumns, OfBook):
    """What came in and what went out until now."""

    debits: Named[int] = Column(WHOLE)
    credits: Named[int] = Column(WHOLE)


balances: Final = table(
    "balances",
    BalanceColumns,
    within("holder", 0),
    within("debits", 0),
    within("credits", 0),
)


class TurnoverColumns(PlaceColumns, OfBook):
    """What came in and what went out on one day, by entries from ``first_seq`` to ``last_seq``."""

    day: Named[str] = Column(TEXT, primary_key=True)
    debits: Named[int] = Column(WHOLE)
    credits: Named[int] = Column(WHOLE)
    first_seq: Named[int] = Column(WHOLE)
    last_seq: Named[int] = Column(WHOLE)


turnovers: Final = table(
    "turnovers",
    TurnoverColumns,
    within("holder", 0),
    sized("day", 10),
    within("debits", 0),
    within("credits", 0),
    check("moved", "debits + credits >= 1"),
    check("seqs", "first_seq >= 0 AND first_seq <= last_seq"),
)


class RemainderColumns(OfBook):
    """What is left of a leg that others may go on from, such as a hold."""

    seq: Named[int] = Column(WHOLE, primary_key=True, autoincrement=False)
    leg: Named[int] = Column(SMALL, primary_key=True, autoincrement=False)
    remaining: Named[int] = Column(WHOLE)


remainders: Final = table(
    "remainders",
    RemainderColumns,
    within("seq", 0),
    within("leg", 0, 63),
    within("remaining", 0),
)


class ReversalColumns(OfBook):
    """The entry ``reversed`` was reversed by the entry ``seq``, which happens once."""

    reversed: Named[int] = Column(WHOLE, primary_key=True, autoincrement=False)
    seq: Named[int] = Column(WHOLE)


reversals: Final = table(
    "reversals",
    ReversalColumns,
    UniqueConstraint("book_id", "seq"),
    check("order", "reversed >= 0 AND reversed < seq"),
)


class NameColumns(OfBook):
    """The entry ``seq`` took a name, which it has until it is reversed.

    ``scope`` says what may be said once (``service:task``) or what is said of a lot
    (``recalled``), ``value`` of what.
    """

    scope: Named[str] = Column(TEXT, primary_key=True)
    value: Named[str] = Column(TEXT, primary_key=True)
    seq: Named[int] = Column(WHOLE, primary_key=True, autoincrement=False)


names: Final = table(
    "names",
    NameColumns,
    Index(None, "book_id", "seq"),
    within("seq", 0),
)


class TallyColumns(OfBook):
    """What a member has earned by services, or redeemed, ever: ``tally`` says which."""

    tally: Named[str] = Column(TEXT, primary_key=True)
    holder: Named[int] = Column(WHOLE, primary_key=True, autoincrement=False)
    commodity: Named[str] = Column(TEXT, primary_key=True)
    amount: Named[int] = Column(WHOLE)


tallies: Final = table(
    "tallies",
    TallyColumns,
    within("holder", 1),
    within("amount", 0),
)
