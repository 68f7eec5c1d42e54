"""The structure of the database file, which SQLite checks by itself.

PostgreSQL has its own checksums.
"""

from collections.abc import Iterator
from threading import Thread
from types import TracebackType
from typing import Any, Final, Self

from sqlalchemy import Connection, Engine

from timebank.store.database import reading

_CHECK: Final = "PRAGMA integrity_check"
_FINE: Final = "ok"


def faults_of(connection: Connection) -> Iterator[str]:
    """What SQLite finds wrong with the structure of its file."""
    if connection.dialect.name == "sqlite":
        for (line,) in connection.exec_driver_sql(_CHECK):
            if line != _FINE:
                yield line


class StructureCheck:
    """Checks the structure in a thread, beside all else: SQLite does it without the interpreter.

    ``is_fine`` is only known after the block; it is not fine either where it cannot be checked.
    """

    def __init__(self, engine: Engine) -> None:
        """Check with a connection of its own from this engine."""
        self.is_fine = False
        self._engine = engine
        self._driver: Any = None
        self._thread = Thread(target=self._run, name="structure", daemon=True)

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Wait for it, unless nobody wants to know any more."""
        if error is not None and self._driver is not None:
            self._driver.interrupt()
        self._thread.join()

    def _run(self) -> None:
        try:
            with reading(self._engine) as connection:
                if connection.dialect.name == "sqlite":
                    self._driver = connection.connection.driver_connection
                self.is_fine = not any(faults_of(connection))
        except Exception:  # noqa: BLE001  whoever checks it again will say what is wrong
            self.is_fine = False
