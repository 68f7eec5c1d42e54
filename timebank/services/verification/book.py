"""Verifying a book in the database: its log, and everything that is kept beside the log."""

from contextlib import ExitStack
from dataclasses import replace
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from timebank.errors import ConfigurationError, NotCanonicalError
from timebank.ledger import merkle
from timebank.ledger.entry import decode_entry
from timebank.services.installation import Installation
from timebank.services.owners import Keys, read_keys
from timebank.services.verification import second
from timebank.services.verification.log import LogCheck, Share
from timebank.services.verification.private import PrivateCheck
from timebank.services.verification.projections import ProjectionsCheck
from timebank.services.verification.proving import Prover
from timebank.services.verification.report import Findings, Progress, Report
from timebank.services.verification.second import Second, alone
from timebank.services.verification.structure import StructureCheck, faults_of
from timebank.store.books import Book, find_book, read_head
from timebank.store.database import reading
from timebank.store.scanning import Scanner
from timebank.store.spool import Spooled
from timebank.store.tables import signing_keys
from timebank.store.vault import BookVault

_NOT_CHECKED: Final = "the rest was not checked, since the database could not be read further"
_WRONG_KEY: Final = "the installation key is not the one this book was made with"


SHARED_ENTRIES_MIN: Final = 1_000
"""How many entries a book has for which it pays to start a second process."""


def verify_book(
    installation: Installation,
    slug: str,
    progress: Progress | None = None,
    *,
    processes: int | None = None,
) -> Report:
    """Check a book in one snapshot of the database. Raises UnknownBookError.

    The log is replayed with the keys of all holders; whatever stands beside it is compared with
    what replay gives. Legs of forgotten holders are taken as told, and counted; their totals are
    checked like all others. ``processes`` is 1 or 2, which changes nothing but how long it takes;
    None leaves it to what pays.
    """
    progress = progress or _silent
    with reading(installation.engine) as connection:
        book = find_book(connection, slug)
        check = _BookCheck(installation, connection, book)
        if not _is_shared(connection, book, processes):
            return check.run(progress)
        report = check.run_shared(progress)
    return report or verify_book(installation, slug, progress, processes=1)


def _is_shared(connection: Connection, book: Book, processes: int | None) -> bool:
    if processes is not None:
        return processes > 1
    try:
        size = read_head(connection, book.book_id).size
        return size >= SHARED_ENTRIES_MIN and second.is_worthwhile()
    except (SQLAlchemyError, TypeError):
        return False  # What is wrong with it will be said.


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
            for fault in faults_of(self._connection):
                self._findings.add("database", {}, "", f"SQLite's own check: {fault}")
            self._check_all(progress)
        except (SQLAlchemyError, TypeError) as error:
            # A damaged file also gives values of types that its tables do not allow.
            problem = error.orig if isinstance(error, DBAPIError) else error
            self._findings.add("database", {}, "", f"cannot be read: {problem}")
            self._findings.note(_NOT_CHECKED)
        return self._report()

    def run_shared(self, progress: Progress) -> Report | None:
        """Check everything with a second process; None where the database cannot be read so.

        Then all is to be checked again without it, which says what is wrong and in which order.
        """
        structure = StructureCheck(self._installation.engine)
        try:
            self._check_all(progress, structure)
        except Exception:  # noqa: BLE001  it is met again
            return None
        return self._report() if structure.is_fine else None

    def _check_all(self, progress: Progress, structure: StructureCheck | None = None) -> None:
        """Check all but the structure of the file; that too where it is done beside the rest."""
        scanner, findings = self._scanner, self._findings
        book = self._check_origin(self._book)
        vault = self._installation.vault.book(book.origin)
        keys = read_keys(scanner, vault, book.origin)
        if _is_other_key(scanner, vault, keys):
            findings.obstacle = _WRONG_KEY
            return
        with Spooled() as spooled, ExitStack() as others:
            self._log = log = LogCheck(scanner, book, keys, vault, findings, spooled=spooled)
            share: Share = alone
            if structure:
                # A process is forked before it has a second thread.
                share = others.enter_context(Second(Prover(book.origin, keys, vault))).checked
                others.enter_context(structure)
            log.run(progress, read_head(self._connection, book.book_id).size, share)
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
