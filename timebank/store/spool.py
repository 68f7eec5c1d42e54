"""Sets that may be larger than the memory, in temporary files that leave with the process."""

import hashlib
import secrets
import sqlite3
from contextlib import ExitStack, closing
from types import TracebackType
from typing import Self

from timebank.ledger.model import Key


class _Temporary:
    """A temporary file with one table; SQLite deletes it by itself."""

    def __init__(self, table: str) -> None:
        self._connection = sqlite3.connect("", isolation_level=None)
        self._connection.execute("BEGIN")
        self._connection.execute(table)

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


class Spool(_Temporary):
    """Remembers where texts were first seen, by hashes under a key that is never on the disk."""

    def __init__(self) -> None:
        """Open the file."""
        super().__init__("CREATE TABLE seen (digest BLOB PRIMARY KEY, line INTEGER) WITHOUT ROWID")
        self._key = secrets.token_bytes(32)

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


class SpooledNames(_Temporary):
    """The names that the entries of a log took, as replay asks for them. They are public."""

    def __init__(self) -> None:
        """Open the file."""
        super().__init__(
            "CREATE TABLE names (scope TEXT, value TEXT, seq INTEGER,"
            " PRIMARY KEY (scope, value, seq)) WITHOUT ROWID"
        )

    def seqs(self, scope: str, value: str) -> tuple[int, ...]:
        """The entries that took this name, in order."""
        query = "SELECT seq FROM names WHERE scope = ? AND value = ? ORDER BY seq"
        return tuple(seq for (seq,) in self._connection.execute(query, (scope, value)))

    def add(self, scope: str, value: str, seq: int) -> None:
        """Let an entry take a name."""
        self._connection.execute("INSERT INTO names VALUES (?, ?, ?)", (scope, value, seq))


class SpooledArrivals(_Temporary):
    """What came into accounts on which day, as replay asks for it."""

    def __init__(self) -> None:
        """Open the file."""
        super().__init__(
            "CREATE TABLE arrivals (account TEXT, holder INTEGER, commodity TEXT, day TEXT,"
            " amount INTEGER, PRIMARY KEY (account, holder, commodity, day)) WITHOUT ROWID"
        )

    def add(self, key: Key, day: str, amount: int) -> None:
        """Count what came in on a day; an amount below zero takes back."""
        self._connection.execute(
            "INSERT INTO arrivals VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET amount = amount + excluded.amount",
            (key.account, key.owner, key.commodity, day, amount),
        )

    def after(self, key: Key, day: str) -> int:
        """All that came in after a day."""
        query = (
            "SELECT coalesce(sum(amount), 0) FROM arrivals"
            " WHERE account = ? AND holder = ? AND commodity = ? AND day > ?"
        )
        place = (key.account, key.owner, key.commodity, day)
        ((amount,),) = self._connection.execute(query, place)
        return int(amount)


class Spooled(ExitStack):
    """What grows with a log while all of it is replayed, kept out of the memory."""

    def __init__(self) -> None:
        """Open the files."""
        super().__init__()
        self.names = self.enter_context(SpooledNames())
        self.arrivals = self.enter_context(SpooledArrivals())
