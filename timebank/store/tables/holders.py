"""Members, carriers and stalls, and what is private about them.

Only these tables say who is behind a subaccount, and all that could name a person is encrypted
with a key of that person (``timebank.store.vault``). Forgetting somebody deletes their contact
record and openings and overwrites their keys.
"""

from typing import Final

from sqlalchemy import Column, Named, UniqueConstraint

from timebank.store.tables.shape import (
    BYTES,
    FLAG,
    SMALL,
    TEXT,
    WHOLE,
    OfBook,
    check,
    of_book,
    of_holder,
    one_of,
    sized,
    table,
    within,
)


class HolderColumns(OfBook):
    """A holder by its number in the ledger, the seq of the entry that enrolled it.

    ``member_id`` is its random id in the API, ``number_digest`` an HMAC of the association's own
    number for it, to be looked up by; that goes when the holder is forgotten.
    """

    holder: Named[int] = Column(WHOLE, primary_key=True, autoincrement=False)
    member_id: Named[str] = Column(TEXT)
    kind: Named[str] = Column(TEXT)
    key_hash: Named[bytes] = Column(BYTES)
    number_digest: Named[bytes | None] = Column(BYTES)
    limits: Named[str] = Column(TEXT)
    left_seq: Named[int | None] = Column(WHOLE)
    forgotten: Named[bool] = Column(FLAG)


holders: Final = table(
    "holders",
    HolderColumns,
    of_book(),
    UniqueConstraint("book_id", "member_id"),
    UniqueConstraint("book_id", "key_hash"),
    UniqueConstraint("book_id", "number_digest"),
    within("holder", 1),
    sized("member_id", 22),
    one_of("kind", "member", "carrier", "stall"),
    sized("key_hash", 32),
    sized("number_digest", 32),
    check("left_seq", "left_seq > holder"),
    check("forgotten", "number_digest IS NULL OR NOT forgotten"),
)


class HolderKeyColumns(OfBook):
    """The keys of a holder, wrapped by the installation key.

    A row is never deleted: forgetting overwrites ``wrapped`` where it stands with as many zeros,
    so that no page of the file keeps a copy. That is why the length is fixed and the table has
    rowids, whose pages SQLite does not reorganise when a row keeps its size.
    """

    holder: Named[int] = Column(WHOLE, primary_key=True, autoincrement=False)
    wrapped: Named[bytes] = Column(BYTES)


holder_keys: Final = table(
    "holder_keys", HolderKeyColumns, of_holder(), sized("wrapped", 93), rowid=True
)


class ContactColumns(OfBook):
    """Number, name and how to reach a holder, encrypted with the holder's data key."""

    holder: Named[int] = Column(WHOLE, primary_key=True, autoincrement=False)
    ciphertext: Named[bytes] = Column(BYTES)


contacts: Final = table("contacts", ContactColumns, of_holder())


class OpeningColumns(OfBook):
    """Salt and details behind a seal, encrypted with the data keys of all parties together."""

    seq: Named[int] = Column(WHOLE, primary_key=True, autoincrement=False)
    seal: Named[int] = Column(SMALL, primary_key=True, autoincrement=False)
    ciphertext: Named[bytes] = Column(BYTES)


openings: Final = table("openings", OpeningColumns, within("seq", 0), within("seal", 0, 63))
