"""The installation that a command works on, and what most commands have in common."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any, Final, TypeVar

import click
from sqlalchemy.exc import DBAPIError

from timebank.config import Settings
from timebank.errors import ConfigurationError, TimebankError
from timebank.services.clock import Clock
from timebank.services.health import check_key
from timebank.services.installation import Installation
from timebank.store.engines import make_engine, parse_url, sqlite_path
from timebank.store.installation_key import read_installation_key
from timebank.store.migrating import is_current
from timebank.store.vault import Vault

F = TypeVar("F", bound=Callable[..., Any])

BY_SYSTEM: Final = ("system",)
"""In what capacity the operator posts."""


FAILURES: Final = (TimebankError, DBAPIError, OSError, UnicodeDecodeError)
"""What may go wrong and is told in one line; all else is a fault in the program.

Damaged names of tables cannot even be decoded.
"""


def reason_of(error: BaseException) -> str:
    """Say in one line what went wrong."""
    if isinstance(error, DBAPIError):
        return f"the database: {str(error.orig).strip().partition(chr(10))[0]}"
    return str(error)


def counted(count: int, noun: str) -> str:
    """Write a count with its noun, in the plural where need be."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def book_option(function: F) -> F:
    """Add ``--book SLUG``."""
    return click.option("--book", "slug", required=True, metavar="SLUG", help="The book.")(function)


def example(*lines: str) -> str:
    """Write the end of a help text: what to type."""
    typed = "\n".join(f"  {line}" for line in lines)
    return f"\b\nExample:\n{typed}"


@contextmanager
def opened(*, with_any_key: bool = False) -> Iterator[Installation]:
    """Open the installation that the environment names, which ``timebank init`` prepared.

    The installation key must be that of its books, but ``with_any_key`` for what finds out itself
    what is wrong. Raises ConfigurationError.
    """
    settings = Settings.from_env()
    _check_database_is_there(settings)
    vault = Vault(settings.installation_key or read_installation_key(settings.home))
    engine = make_engine(settings.database_url)
    with closing(Installation(engine, vault, settings, Clock())) as installation:
        if not is_current(engine):
            reason = "its tables are not those of this version; timebank init brings them there"
            raise ConfigurationError("database", reason)
        if not with_any_key:
            check_key(installation)
        yield installation


def _check_database_is_there(settings: Settings) -> None:
    """Connecting would make an empty SQLite file."""
    path = sqlite_path(parse_url(settings.database_url))
    if path is not None and not path.is_file():
        raise ConfigurationError(str(path), "is not there; timebank init makes it")
