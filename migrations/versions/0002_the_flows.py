"""The flows: names that are taken once, and tallies of what members earned or redeemed.

What the columns mean stands in ``timebank/store/tables``.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# STRICT tables of SQLite accept INTEGER, TEXT and BLOB and no other names.
WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

MAX_INTEGER = 2**53 - 1


def upgrade() -> None:
    op.create_table(
        "names",
        sa.Column("book_id", WHOLE, nullable=False, autoincrement=False),
        sa.Column("scope", TEXT, nullable=False),
        sa.Column("value", TEXT, nullable=False),
        sa.Column("seq", WHOLE, nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("book_id", "scope", "value", "seq", name=op.f("pk_names")),
        sa.CheckConstraint(f"seq BETWEEN 0 AND {MAX_INTEGER}", name=op.f("ck_names_seq")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_names_book_id_seq"), "names", ["book_id", "seq"])
    op.create_table(
        "tallies",
        sa.Column("book_id", WHOLE, nullable=False, autoincrement=False),
        sa.Column("tally", TEXT, nullable=False),
        sa.Column("holder", WHOLE, nullable=False, autoincrement=False),
        sa.Column("commodity", TEXT, nullable=False),
        sa.Column("amount", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("book_id", "tally", "holder", "commodity", name=op.f("pk_tallies")),
        sa.CheckConstraint(f"holder BETWEEN 1 AND {MAX_INTEGER}", name=op.f("ck_tallies_holder")),
        sa.CheckConstraint(f"amount BETWEEN 0 AND {MAX_INTEGER}", name=op.f("ck_tallies_amount")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("tallies")
    op.drop_table("names")
