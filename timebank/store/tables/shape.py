"""What all tables have in common: names of constraints, types of columns, options.

Every table but the directory of books leads its primary key, its unique constraints, foreign keys
and indexes with ``book_id``, since that is what books are sharded by. Text is compared byte by
byte on both databases, so that both sort alike. A column may be null only where its annotation
says so.
"""

from typing import Final, TypeVar

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Dialect,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    MetaData,
    Named,
    SmallInteger,
    Table,
    Text,
    TypedColumns,
)
from sqlalchemy.schema import SchemaItem
from sqlalchemy.types import TypeDecorator, TypeEngine

metadata: Final = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


class Flag(TypeDecorator[bool]):
    """True or false. STRICT tables of SQLite know no BOOLEAN, so there it is 1 or 0."""

    impl = Boolean
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[bool] | TypeEngine[int]:
        """Choose the type of this database."""
        return Integer() if dialect.name == "sqlite" else Boolean()

    def process_result_value(self, value: int | None, dialect: Dialect) -> bool | None:  # noqa: ARG002 - the signature is SQLAlchemy's
        """Give a bool on both databases."""
        return None if value is None else bool(value)


# STRICT tables of SQLite accept INTEGER, TEXT and BLOB and no other names.
WHOLE: Final = BigInteger().with_variant(Integer(), "sqlite")
"""Amounts, places in the log, numbers of holders: up to 2**53 - 1."""

SMALL: Final = SmallInteger().with_variant(Integer(), "sqlite")
"""Numbers within one entry, levels, decimals: up to 32,767."""

TEXT: Final = Text().with_variant(Text(collation="C"), "postgresql")
"""Codes, days ``YYYY-MM-DD``, times (RFC 3339, UTC), canonical JSON, titles."""

BYTES: Final = LargeBinary()
FLAG: Final = Flag()

MAX_INTEGER: Final = 2**53 - 1
"""The greatest integer the log can say (docs/FORMAT.md)."""


class OfBook(TypedColumns):
    """What every table of a book begins with."""

    book_id: Named[int] = Column(WHOLE, primary_key=True, autoincrement=False)


Columns = TypeVar("Columns", bound=TypedColumns)


def table(
    name: str, columns: type[Columns], *items: SchemaItem, rowid: bool = False
) -> Table[Columns]:
    """Define a table. On SQLite it is STRICT, and WITHOUT ROWID unless ``rowid`` is asked for.

    Rows of a few hundred bytes and more are better off with a rowid, as are tables whose primary
    key is one integer.
    """
    return Table(name, metadata, columns, *items, sqlite_strict=True, sqlite_with_rowid=rowid)


def check(name: str, condition: str) -> CheckConstraint:
    """State an invariant of each row; both databases read the condition alike."""
    return CheckConstraint(condition, name=name)


def within(column: str, low: int, high: int = MAX_INTEGER) -> CheckConstraint:
    """State that a column lies from ``low`` to ``high``, both included."""
    return check(column, f"{column} BETWEEN {low} AND {high}")


def sized(column: str, size: int) -> CheckConstraint:
    """State that a column has exactly so many bytes, or as text so many characters."""
    return check(column, f"length({column}) = {size}")


def one_of(column: str, *words: str) -> CheckConstraint:
    """State that a column says one of these words."""
    quoted = ", ".join(f"'{word}'" for word in words)
    return check(column, f"{column} IN ({quoted})")


def of_book() -> ForeignKeyConstraint:
    """Refer to the directory."""
    return ForeignKeyConstraint(["book_id"], ["books.book_id"])


def of_holder() -> ForeignKeyConstraint:
    """Refer to a member, carrier or stall of the same book."""
    return ForeignKeyConstraint(["book_id", "holder"], ["holders.book_id", "holders.holder"])
