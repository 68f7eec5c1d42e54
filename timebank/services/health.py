"""Whether the service can serve: the database, its tables, and the installation key.

Everybody may ask, and often, so at most one connection is used for it, and an answer holds for
a second.
"""

import threading
import time
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from timebank.errors import ConfigurationError, NotReadyError, TimebankError
from timebank.services.installation import Installation
from timebank.store.database import reading
from timebank.store.installation_key import FILE_NAME
from timebank.store.migrating import head, revision_of
from timebank.store.signing_keys import find_signing_key

FRESH_SECONDS: Final = 1.0
"""For how long an answer holds."""

PATIENCE_SECONDS: Final = 3.0
"""How long a database may take to answer; a pool without a free connection may take longer."""

RETRY_SECONDS: Final = 5

UNREACHABLE: Final = "the database cannot be reached"
DAMAGED: Final = "the database is damaged"
SLOW: Final = "the database does not answer in time"
NOT_MIGRATED: Final = "the tables are not those of this version; timebank init brings them there"
OTHER_KEY: Final = "the installation key does not open what was encrypted"


class Readiness:
    """Finds out whether an installation can serve."""

    def __init__(self, installation: Installation, *, patience: float = PATIENCE_SECONDS) -> None:
        """Know nothing yet; nothing is read before somebody asks."""
        self._installation = installation
        self._patience = patience
        self._lock = threading.Lock()
        self._looked = float("-inf")
        self._obstacle = ""
        self._looking: threading.Event | None = None

    def check(self) -> None:
        """Raise NotReadyError unless the service can serve."""
        obstacle = self._find()
        if obstacle:
            raise NotReadyError(RETRY_SECONDS, obstacle)

    def _find(self) -> str:
        """What stands in the way, at most a second ago; empty where nothing does."""
        with self._lock:
            if time.monotonic() - self._looked < FRESH_SECONDS:
                return self._obstacle
            done = self._looking
            if done is None:
                done = self._looking = threading.Event()
                threading.Thread(target=self._look, args=(done,), daemon=True).start()
        if not done.wait(self._patience):
            return SLOW
        return self._obstacle

    def _look(self, done: threading.Event) -> None:
        obstacle = UNREACHABLE
        try:
            obstacle = obstacle_of(self._installation)
        finally:
            with self._lock:
                self._obstacle = obstacle
                self._looked = time.monotonic()
                self._looking = None
            done.set()


def obstacle_of(installation: Installation) -> str:
    """What keeps an installation from serving; empty where nothing does."""
    try:
        with reading(installation.engine) as connection:
            if revision_of(connection) != head():
                return NOT_MIGRATED
            return "" if _key_fits(installation, connection) else OTHER_KEY
    except ConfigurationError as error:
        return str(error)
    except UnicodeDecodeError:
        return DAMAGED  # Not even the names of its tables are text.
    except (SQLAlchemyError, TimebankError):
        return UNREACHABLE


def check_key(installation: Installation) -> None:
    """Raise ConfigurationError unless the installation key is that of the books there are.

    What another key encrypted nobody could read any more once the right one is back.
    """
    with reading(installation.engine) as connection:
        if not _key_fits(installation, connection):
            settings = installation.settings
            given = settings.installation_key is not None
            setting = "TIMEBANK_INSTALLATION_KEY" if given else str(settings.home / FILE_NAME)
            reason = "is not the key that the books were made with: put that one back"
            raise ConfigurationError(setting, reason)


def _key_fits(installation: Installation, connection: Connection) -> bool:
    """Whether the key opens what was encrypted last; where nothing was, any key does."""
    found = find_signing_key(connection)
    if found is None:
        return True
    try:
        installation.vault.book(found.origin).unwrap_signing_key(found.seq, found.wrapped)
    except ConfigurationError:
        return False
    return True
