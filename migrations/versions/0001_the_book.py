"""The book: directory, log, projections, definitions, holders, access.

What the columns mean stands in ``timebank/store/tables``.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# STRICT tables of SQLite accept INTEGER, TEXT and BLOB and no other names.
WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SMALL = sa.SmallInteger().with_variant(sa.Integer(), "sqlite")
FLAG = sa.Boolean().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
BYTES = sa.LargeBinary()

MAX_INTEGER = 2**53 - 1


def upgrade() -> None:
    create_directory()
    create_log()
    create_balances()
    create_turnovers()
    create_continuations()
    create_definitions()
    create_holders()
    create_private_records()
    create_access()


def downgrade() -> None:
    for name in (
        *("idempotency", "api_keys"),
        *("openings", "contacts", "holder_keys", "holders"),
        *("policies", "lots", "commodities", "accounts"),
        *("reversals", "remainders", "turnovers", "balances", "leg_sides"),
        *("subtree_roots", "entries"),
        *("heads", "signing_keys", "books"),
    ):
        op.drop_table(name)


def create_directory() -> None:
    create_table(
        "books",
        [
            *columns(WHOLE, "book_id"),
            *columns(TEXT, "slug", "origin", "title", "time_zone"),
            primary_key("books", "book_id"),
            unique("books", "slug"),
            unique("books", "origin"),
        ],
        checks={"book_id": whole("book_id", 1)},
        rowid=True,
    )
    create_table(
        "signing_keys",
        [
            *columns(WHOLE, "book_id", "seq"),
            *columns(TEXT, "vkey"),
            *columns(BYTES, "wrapped"),
            primary_key("signing_keys", "book_id", "seq"),
            of_book("signing_keys"),
        ],
        checks={"seq": whole("seq")},
    )
    create_table(
        "heads",
        [
            *columns(WHOLE, "book_id", "size"),
            *columns(BYTES, "last_leaf", "edge"),
            *columns(TEXT, "posted", "closed_until"),
            *columns(WHOLE, "defined"),
            primary_key("heads", "book_id"),
            of_book("heads"),
        ],
        checks={
            "size": whole("size"),
            "last_leaf": "length(last_leaf) = 32",
            "edge": "length(edge) % 32 = 0",
            "posted": "length(posted) = CASE WHEN size = 0 THEN 0 ELSE 10 END",
            "closed_until": "length(closed_until) IN (0, 10)",
            "defined": "defined >= 0 AND defined <= size",
        },
        rowid=True,
    )


def create_log() -> None:
    create_table(
        "entries",
        [
            *columns(WHOLE, "book_id", "seq"),
            *columns(BYTES, "body", "leaf"),
            *columns(TEXT, "kind", "day", "posted"),
            primary_key("entries", "book_id", "seq"),
        ],
        checks={
            "seq": whole("seq"),
            "body": "length(body) BETWEEN 2 AND 16384",
            "leaf": "length(leaf) = 32",
            "day": "length(day) = 10",
            "posted": "length(posted) = 10",
            "day_not_after_posted": "day <= posted",
        },
        rowid=True,
    )
    op.create_index("ix_entries_book_id_kind_seq", "entries", ["book_id", "kind", "seq"])
    op.create_index("ix_entries_book_id_day_seq", "entries", ["book_id", "day", "seq"])
    create_table(
        "subtree_roots",
        [
            *columns(WHOLE, "book_id"),
            *columns(SMALL, "level"),
            *columns(WHOLE, "number"),
            *columns(BYTES, "root"),
            primary_key("subtree_roots", "book_id", "level", "number"),
        ],
        checks={
            "level": "level BETWEEN 1 AND 7",
            "number": whole("number"),
            "root": "length(root) = 32",
        },
    )


def create_balances() -> None:
    create_table(
        "leg_sides",
        [
            *columns(WHOLE, "book_id", "seq"),
            *columns(SMALL, "leg", "side"),
            *columns(TEXT, "account"),
            *columns(WHOLE, "holder"),
            *columns(TEXT, "commodity", "lot"),
            *columns(WHOLE, "amount", "debits", "credits", "total_debits", "total_credits"),
            primary_key("leg_sides", "book_id", "seq", "leg", "side"),
        ],
        checks={
            "seq": whole("seq"),
            "leg": "leg BETWEEN 0 AND 63",
            "side": "side BETWEEN 0 AND 1",
            "holder": whole("holder"),
            "amount": whole("amount", 1),
            "moved": "CASE side WHEN 1 THEN debits ELSE credits END >= amount",
            "debits": whole("debits"),
            "credits": whole("credits"),
            "total_debits": whole("total_debits"),
            "total_credits": whole("total_credits"),
            "within_total": "debits <= total_debits AND credits <= total_credits",
        },
    )
    by_place = ["account", "commodity", "lot", "seq", "leg", "side"]
    op.create_index(
        "ix_leg_sides_book_id_account_commodity_lot_seq_leg_side",
        "leg_sides",
        ["book_id", *by_place],
    )
    op.create_index(
        "ix_leg_sides_of_holders",
        "leg_sides",
        ["book_id", "holder", *by_place],
        sqlite_where=sa.text("holder > 0"),
        postgresql_where=sa.text("holder > 0"),
    )
    create_table(
        "balances",
        [
            *columns(WHOLE, "book_id"),
            *columns(TEXT, "account"),
            *columns(WHOLE, "holder"),
            *columns(TEXT, "commodity", "lot"),
            *columns(WHOLE, "debits", "credits"),
            primary_key("balances", "book_id", "account", "holder", "commodity", "lot"),
        ],
        checks={
            "holder": whole("holder"),
            "debits": whole("debits"),
            "credits": whole("credits"),
        },
    )


def create_turnovers() -> None:
    create_table(
        "turnovers",
        [
            *columns(WHOLE, "book_id"),
            *columns(TEXT, "account"),
            *columns(WHOLE, "holder"),
            *columns(TEXT, "commodity", "lot", "day"),
            *columns(WHOLE, "debits", "credits", "first_seq", "last_seq"),
            primary_key("turnovers", "book_id", "account", "holder", "commodity", "lot", "day"),
        ],
        checks={
            "holder": whole("holder"),
            "day": "length(day) = 10",
            "debits": whole("debits"),
            "credits": whole("credits"),
            "moved": "debits + credits >= 1",
            "seqs": "first_seq >= 0 AND first_seq <= last_seq",
        },
    )


def create_continuations() -> None:
    create_table(
        "remainders",
        [
            *columns(WHOLE, "book_id", "seq"),
            *columns(SMALL, "leg"),
            *columns(WHOLE, "remaining"),
            primary_key("remainders", "book_id", "seq", "leg"),
        ],
        checks={
            "seq": whole("seq"),
            "leg": "leg BETWEEN 0 AND 63",
            "remaining": whole("remaining"),
        },
    )
    create_table(
        "reversals",
        [
            *columns(WHOLE, "book_id", "reversed", "seq"),
            primary_key("reversals", "book_id", "reversed"),
            unique("reversals", "book_id", "seq"),
        ],
        checks={"order": "reversed >= 0 AND reversed < seq"},
    )


def create_definitions() -> None:
    create_table(
        "accounts",
        [
            *columns(WHOLE, "book_id"),
            *columns(TEXT, "account", "type", "title", "limits"),
            *columns(WHOLE, "opened"),
            *columns(WHOLE, "closed", nullable=True),
            primary_key("accounts", "book_id", "account"),
            of_book("accounts"),
        ],
        checks={
            "type": "type IN ('holding', 'boundary', 'control')",
            "opened": whole("opened"),
            "closed": "closed > opened",
        },
    )
    create_table(
        "commodities",
        [
            *columns(WHOLE, "book_id"),
            *columns(TEXT, "commodity", "kind"),
            *columns(SMALL, "scale"),
            *columns(TEXT, "title"),
            *columns(WHOLE, "seq"),
            primary_key("commodities", "book_id", "commodity"),
            of_book("commodities"),
        ],
        checks={
            "kind": "kind IN ('time', 'points', 'money', 'goods')",
            "scale": "scale >= 0",
            "seq": whole("seq"),
        },
    )
    create_table(
        "lots",
        [
            *columns(WHOLE, "book_id"),
            *columns(TEXT, "commodity", "lot"),
            *columns(WHOLE, "seq"),
            *columns(TEXT, "facts"),
            primary_key("lots", "book_id", "commodity", "lot"),
            reference("lots", "commodities", "book_id", "commodity"),
        ],
        checks={"lot": "lot <> ''", "seq": whole("seq")},
    )
    create_table(
        "policies",
        [
            *columns(WHOLE, "book_id", "seq"),
            *columns(TEXT, "in_force", "settings"),
            primary_key("policies", "book_id", "seq"),
            of_book("policies"),
        ],
        checks={"seq": whole("seq"), "in_force": "length(in_force) = 10"},
    )


def create_holders() -> None:
    create_table(
        "holders",
        [
            *columns(WHOLE, "book_id", "holder"),
            *columns(TEXT, "member_id", "kind"),
            *columns(BYTES, "key_hash"),
            *columns(BYTES, "number_digest", nullable=True),
            *columns(TEXT, "limits"),
            *columns(WHOLE, "left_seq", nullable=True),
            *columns(FLAG, "forgotten"),
            primary_key("holders", "book_id", "holder"),
            of_book("holders"),
            unique("holders", "book_id", "member_id"),
            unique("holders", "book_id", "key_hash"),
            unique("holders", "book_id", "number_digest"),
        ],
        checks={
            "holder": whole("holder", 1),
            "member_id": "length(member_id) = 22",
            "kind": "kind IN ('member', 'carrier', 'stall')",
            "key_hash": "length(key_hash) = 32",
            "number_digest": "length(number_digest) = 32",
            "left_seq": "left_seq > holder",
            "forgotten": "number_digest IS NULL OR NOT forgotten",
        },
    )


def create_private_records() -> None:
    create_table(
        "holder_keys",
        [
            *columns(WHOLE, "book_id", "holder"),
            *columns(BYTES, "wrapped"),
            primary_key("holder_keys", "book_id", "holder"),
            reference("holder_keys", "holders", "book_id", "holder"),
        ],
        checks={"wrapped": "length(wrapped) = 93"},
        rowid=True,
    )
    create_table(
        "contacts",
        [
            *columns(WHOLE, "book_id", "holder"),
            *columns(BYTES, "ciphertext"),
            primary_key("contacts", "book_id", "holder"),
            reference("contacts", "holders", "book_id", "holder"),
        ],
    )
    create_table(
        "openings",
        [
            *columns(WHOLE, "book_id", "seq"),
            *columns(SMALL, "seal"),
            *columns(BYTES, "ciphertext"),
            primary_key("openings", "book_id", "seq", "seal"),
        ],
        checks={"seq": whole("seq"), "seal": "seal BETWEEN 0 AND 63"},
    )


def create_access() -> None:
    create_table(
        "api_keys",
        [
            *columns(WHOLE, "book_id"),
            *columns(TEXT, "key_id", "app"),
            *columns(BYTES, "secret_hash"),
            *columns(TEXT, "scopes", "capacities", "title", "created"),
            *columns(TEXT, "expires", "revoked", "last_used", nullable=True),
            primary_key("api_keys", "book_id", "key_id"),
            of_book("api_keys"),
        ],
        checks={"secret_hash": "length(secret_hash) = 32"},
    )
    create_table(
        "idempotency",
        [
            *columns(WHOLE, "book_id"),
            *columns(TEXT, "app"),
            *columns(BYTES, "key_digest", "request_digest"),
            *columns(WHOLE, "seq", nullable=True),
            *columns(TEXT, "resource", nullable=True),
            primary_key("idempotency", "book_id", "app", "key_digest"),
        ],
        checks={
            "key_digest": "length(key_digest) = 32",
            "request_digest": "length(request_digest) = 32",
        },
    )


def create_table(
    name: str,
    items: list[sa.schema.SchemaItem],
    *,
    checks: dict[str, str] | None = None,
    rowid: bool = False,
) -> None:
    constraints = [
        sa.CheckConstraint(condition, name=op.f(f"ck_{name}_{check}"))
        for check, condition in (checks or {}).items()
    ]
    op.create_table(name, *items, *constraints, sqlite_strict=True, sqlite_with_rowid=rowid)


def columns(
    kind: sa.types.TypeEngine[Any], *names: str, nullable: bool = False
) -> list[sa.Column[Any]]:
    return [sa.Column(name, kind, nullable=nullable, autoincrement=False) for name in names]


def primary_key(table: str, *names: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*names, name=op.f(f"pk_{table}"))


def unique(table: str, *names: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*names, name=op.f(f"uq_{table}_{'_'.join(names)}"))


def reference(table: str, other: str, *names: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        names, [f"{other}.{name}" for name in names], name=op.f(f"fk_{table}_{'_'.join(names)}")
    )


def of_book(table: str) -> sa.ForeignKeyConstraint:
    return reference(table, "books", "book_id")


def whole(column: str, least: int = 0) -> str:
    return f"{column} BETWEEN {least} AND {MAX_INTEGER}"
