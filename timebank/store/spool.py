"""A set that may be larger than the memory, in a temporary file that leaves with the process."""

import hashlib
import secrets
import sqlite3
from contextlib import closing
from types import TracebackType
from typing import Self


class Spool:
    """Remembers where texts were first seen, by hashes under a key that is never on the disk."""

    def __init__(self) -> None:
        """Open a temporary file; SQLite deletes it by itself."""
        self._key = secrets.token_bytes(32)
        self._connection = sqlite3.connect("", isolation_level=None)
        self._connection.execute("BEGIN")
        self._connection.execute(
            "CREATE TABLE seen (digest BLOB PRIMARY KEY, line INTEGER) WITHOUT ROWID"
        )

    def __enter__(self) -> Self:
        """Use it."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Drop everything."""
        self._connection.close()

    def first_line(self, text: str, line: int) -> int | None:
        """Give the line where the text was seen before; else remember this one and give None."""
        digest = hashlib.blake2b(text.encode(), digest_size=16, key=self._key).digest()
        with closing(self._connection.cursor()) as cursor:
            cursor.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (digest, line))
            if cursor.rowcount:
                return None
            cursor.execute("SELECT line FROM seen WHERE digest = ?", (digest,))
            (first,) = cursor.fetchone()
            return int(first)
