"""Who may call the API, and what was asked before."""

from typing import Final

from sqlalchemy import Column, Named

from timebank.store.tables.shape import (
    BYTES,
    TEXT,
    WHOLE,
    OfBook,
    of_book,
    sized,
    table,
)


class ApiKeyColumns(OfBook):
    """An API key, of which only a hash is kept. ``scopes`` and ``capacities`` are JSON lists."""

    key_id: Named[str] = Column(TEXT, primary_key=True)
    app: Named[str] = Column(TEXT)
    secret_hash: Named[bytes] = Column(BYTES)
    scopes: Named[str] = Column(TEXT)
    capacities: Named[str] = Column(TEXT)
    title: Named[str] = Column(TEXT)
    created: Named[str] = Column(TEXT)
    expires: Named[str | None] = Column(TEXT)
    revoked: Named[str | None] = Column(TEXT)
    last_used: Named[str | None] = Column(TEXT)


api_keys: Final = table("api_keys", ApiKeyColumns, of_book(), sized("secret_hash", 32))


class IdempotencyColumns(OfBook):
    """A request that was accepted: what it made, for ever.

    Keys and requests stand as HMACs. The answer is rebuilt from the entry ``seq`` or from the
    ``resource`` of this name.
    """

    app: Named[str] = Column(TEXT, primary_key=True)
    key_digest: Named[bytes] = Column(BYTES, primary_key=True)
    request_digest: Named[bytes] = Column(BYTES)
    seq: Named[int | None] = Column(WHOLE)
    resource: Named[str | None] = Column(TEXT)


idempotency: Final = table(
    "idempotency", IdempotencyColumns, sized("key_digest", 32), sized("request_digest", 32)
)
