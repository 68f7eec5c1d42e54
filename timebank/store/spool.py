"""What may be larger than the memory, in temporary files that leave with the process.

What a log gives is held in memory as long as it is little, and then goes to the file together: a
statement for each entry would take longer than all that replay does with it.
"""

import hashlib
import secrets
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing
from typing import Any, Final, Self, TypeAlias

from timebank.ledger.model import Key
from timebank.ledger.sums import LegSide

HELD_MAX: Final = 1_000
"""How many names, or days of arrivals, are held in memory before they go to the file."""

TURNOVERS_HELD_MAX: Final = 20_000
"""How many turnovers are; a busy day of a large book has fewer, and each comes many times."""

_Place: TypeAlias = tuple[str, int, str, str, str]
"""Account, holder, commodity, lot and day."""

_WHOLE: Final = (0,)
"""The holder of what nobody in particular owns: the account as a whole."""


class _Temporary:
    """A temporary file with one table; SQLite deletes it by itself."""

    def __init__(self, table: str) -> None:
        self._connection = sqlite3.connect("", isolation_level=None)
        self._connection.execute("BEGIN")
        self._connection.execute(table)

    def __enter__(self) -> Self:
        """Use it."""
        return self

    def __exit__(self, *_error: object) -> None:
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
        self._held: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        self._held_count = 0
        self._spilled = False

    def seqs(self, scope: str, value: str) -> tuple[int, ...]:
        """The entries that took this name, in order."""
        return (*self._seqs_in_file(scope, value), *self._held.get((scope, value), ()))

    def add(self, scope: str, value: str, seq: int) -> None:
        """Let an entry take a name, which is later than those that took it before."""
        if self._held_count == HELD_MAX:
            self._spill()
        self._held[scope, value].append(seq)
        self._held_count += 1

    def _seqs_in_file(self, scope: str, value: str) -> Iterable[int]:
        if not self._spilled:
            return ()
        query = "SELECT seq FROM names WHERE scope = ? AND value = ? ORDER BY seq"
        return (seq for (seq,) in self._connection.execute(query, (scope, value)))

    def _spill(self) -> None:
        rows = ((*name, seq) for name, seqs in self._held.items() for seq in seqs)
        self._connection.executemany("INSERT INTO names VALUES (?, ?, ?)", rows)
        self._held.clear()
        self._held_count = 0
        self._spilled = True


class SpooledArrivals(_Temporary):
    """What came into accounts on which day, as replay asks for it."""

    def __init__(self) -> None:
        """Open the file."""
        super().__init__(
            "CREATE TABLE arrivals (account TEXT, holder INTEGER, commodity TEXT, day TEXT,"
            " amount INTEGER, PRIMARY KEY (account, holder, commodity, day)) WITHOUT ROWID"
        )
        self._held: defaultdict[Key, dict[str, int]] = defaultdict(dict)
        self._held_count = 0
        self._spilled = False

    def add(self, key: Key, day: str, amount: int) -> None:
        """Count what came in on a day; an amount below zero takes back."""
        days = self._held[key]
        if day in days:
            days[day] += amount
            return
        days[day] = amount
        self._held_count += 1
        if self._held_count == HELD_MAX:
            self._spill()

    def after(self, key: Key, day: str) -> int:
        """All that came in after a day."""
        days = self._held.get(key, {})
        held = sum(amount for on, amount in days.items() if on > day)
        return held + self._after_in_file(key, day)

    def _after_in_file(self, key: Key, day: str) -> int:
        if not self._spilled:
            return 0
        query = (
            "SELECT coalesce(sum(amount), 0) FROM arrivals"
            " WHERE account = ? AND holder = ? AND commodity = ? AND day > ?"
        )
        place = (key.account, key.owner, key.commodity, day)
        ((amount,),) = self._connection.execute(query, place)
        return int(amount)

    def _spill(self) -> None:
        self._connection.executemany(
            "INSERT INTO arrivals VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET amount = amount + excluded.amount",
            (
                (key.account, key.owner, key.commodity, day, amount)
                for key, days in self._held.items()
                for day, amount in days.items()
            ),
        )
        self._held.clear()
        self._held_count = 0
        self._spilled = True


class SpooledTurnovers(_Temporary):
    """What came in and went out on each day, of each account and of each holder in it."""

    def __init__(self) -> None:
        """Open the file."""
        super().__init__(
            "CREATE TABLE turnovers (account TEXT, holder INTEGER, commodity TEXT, lot TEXT,"
            " day TEXT, debits INTEGER, credits INTEGER, first_seq INTEGER, last_seq INTEGER)"
        )
        self._held: dict[_Place, list[int]] = {}

    def add(self, seq: int, day: str, sides: Iterable[LegSide]) -> None:
        """Count the leg sides of an entry; entries come in order."""
        held = self._held
        for _, side, account, owner, commodity, lot, amount, _, _, _, _ in sides:
            for holder in (0, owner) if owner else _WHOLE:
                place = account, holder, commodity, lot, day
                sums = held.get(place)
                if sums is None:
                    sums = held[place] = [0, 0, seq, seq]
                sums[1 - side] += amount
                sums[3] = seq
        if len(held) > TURNOVERS_HELD_MAX:
            self._spill()

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """``account, holder, commodity, lot, day, debits, credits, first_seq, last_seq``, in order.

        There may be several rows of one place and day, which follow each other and are to be
        summed up.
        """
        self._spill()
        return iter(
            self._connection.execute(
                "SELECT * FROM turnovers ORDER BY account, holder, commodity, lot, day"
            )
        )

    def _spill(self) -> None:
        rows = ((*place, *sums) for place, sums in self._held.items())
        self._connection.executemany(
            "INSERT INTO turnovers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows
        )
        self._held.clear()


class Spooled(ExitStack):
    """What grows with a log while all of it is replayed, kept out of the memory."""

    def __init__(self) -> None:
        """Open the files."""
        super().__init__()
        self.names = self.enter_context(SpooledNames())
        self.arrivals = self.enter_context(SpooledArrivals())
        self.turnovers = self.enter_context(SpooledTurnovers())
