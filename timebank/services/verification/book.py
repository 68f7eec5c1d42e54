"""Verifying a book in the database: its log, and everything that is kept beside the log."""

from dataclasses import replace
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from timebank.errors import ConfigurationError, NotCanonicalError
from timebank.ledger import merkle
from timebank.ledger.entry import decode_entry
from timebank.services.installation import Installation
from timebank.services.owners import Keys, read_keys
from timebank.services.verification.log import LogCheck
from timebank.services.verification.private import PrivateCheck
from timebank.services.verification.projections import ProjectionsCheck
from timebank.services.verification.report import Findings, Progress, Report
from timebank.store.books import Book, find_book, read_head
from timebank.store.database import reading
from timebank.store.scanning import Scanner
from timebank.store.spool import Spooled
from timebank.store.tables import signing_keys
from timebank.store.vault import BookVault

_NOT_CHECKED: Final = "the rest was not checked, since the database could not be read further"
_WRONG_KEY: Final = "the installation key is not the one this book was made with"


def verify_book(installation: Installation, slug: str, progress: Progress | None = None) -> Report:
    """Check a book in one snapshot of the database. Raises UnknownBookError.

    The log is replayed with the keys of all holders; whatever stands beside it is compared with
    what replay gives. Legs of forgotten holders are taken as told, and counted; their totals are
    checked like all others.
    """
    with reading(installation.engine) as connection:
        book = find_book(connection, slug)
        return _BookCheck(installation, connection, book).run(progress or _silent)


class _BookCheck:
    """One book in one snapshot."""

    def __init__(self, installation: Installation, connection: Connection, book: Book) -> None:
        self._installation = installation
        self._connection = connection
        self._scanner = Scanner(connection, book.book_id)
        self._book = book
        self._findings = Findings()
        self._log: LogCheck | None = None

    def run(self, progress: Progress) -> Report:
        """Check everything that can be read."""
        try:
            self._check_file()
            self._check_all(progress)
        except (SQLAlchemyError, TypeError) as error:
            # A damaged file also gives values of types that its tables do not allow.
            problem = error.orig if isinstance(error, DBAPIError) else error
            self._findings.add("database", {}, "", f"cannot be read: {problem}")
            self._findings.note(_NOT_CHECKED)
        return self._report()

    def _check_all(self, progress: Progress) -> None:
        scanner, findings = self._scanner, self._findings
        book = self._check_origin(self._book)
        vault = self._installation.vault.book(book.origin)
        keys = read_keys(scanner, vault, book.origin)
        if _is_other_key(scanner, vault, keys):
            findings.obstacle = _WRONG_KEY
            return
        with Spooled() as spooled:
            self._log = log = LogCheck(scanner, book, keys, vault, findings, spooled=spooled)
            log.run(progress, read_head(self._connection, book.book_id).size)
            if log.size:
                ProjectionsCheck(scanner, book, log, findings).run()
                PrivateCheck(scanner, book, keys, vault, findings).run(log)

    def _check_origin(self, book: Book) -> Book:
        """Compare the origin in the directory with the log's, and go on with that of the log."""
        first = next(self._scanner.entries(), [])
        try:
            origin = decode_entry(first[0].body).book if first else book.origin
        except NotCanonicalError:
            return book
        if origin != book.origin:
            key = {"slug": book.slug}
            self._findings.differs("books", key, "origin", found=book.origin, expected=origin)
        return replace(book, origin=origin)

    def _check_file(self) -> None:
        """Have SQLite check the structure of its file; PostgreSQL has its own checksums."""
        if self._connection.dialect.name != "sqlite":
            return
        for (line,) in self._connection.exec_driver_sql("PRAGMA integrity_check"):
            if line != "ok":
                self._findings.add("database", {}, "", f"SQLite's own check: {line}")

    def _report(self) -> Report:
        log, findings = self._log, self._findings
        return Report(
            size=log.size if log else 0,
            replayed=log.replay.state.size if log else 0,
            root=merkle.root(log.edge()).hex() if log and not log.has_gap else "",
            findings=tuple(findings.kept),
            finding_count=findings.count,
            unchecked=log.unchecked if log else 0,
            obstacle=findings.obstacle,
            notes=tuple(findings.notes),
        )


def _is_other_key(scanner: Scanner, vault: BookVault, keys: Keys) -> bool:
    """Whether nothing at all decrypts, so that it is the key that is wrong and not the rows."""
    if keys.data:
        return False
    wrapped = list(scanner.rows(signing_keys, ("seq", "wrapped")))
    return bool(wrapped or keys.unreadable) and not any(
        _unwraps(vault, seq, key) for seq, key in wrapped
    )


def _unwraps(vault: BookVault, seq: int, wrapped: bytes) -> bool:
    try:
        vault.unwrap_signing_key(seq, wrapped)
    except ConfigurationError:
        return False
    return True


def _silent(_done: int, _total: int) -> None:
    """Report no progress."""
