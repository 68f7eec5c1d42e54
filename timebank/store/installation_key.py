"""The installation key: 32 bytes that all secrets of an installation hang on.

It comes from the environment or lies in ``TIMEBANK_HOME/installation.key``, as one line of base64
that only its owner may read. It is to be kept apart from the backups of the database.
"""

import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from timebank.errors import ConfigurationError, NotCanonicalError
from timebank.ledger.encoding import from_base64, to_base64
from timebank.store.files import create_file
from timebank.store.vault import KEY_BYTES, RandomBytes

FILE_NAME: Final = "installation.key"


def parse_installation_key(text: str, *, setting: str) -> bytes:
    """Read a key from base64. Raises :class:`ConfigurationError` about ``setting``."""
    try:
        return from_base64(text.strip(), KEY_BYTES)
    except NotCanonicalError as error:
        raise ConfigurationError(setting, f"must be base64 of {KEY_BYTES} bytes") from error


def read_installation_key(home: Path) -> bytes:
    """Read the key file in this folder.

    Raises :class:`ConfigurationError` when there is none, when others than its owner may read
    it, or when something else is in it.
    """
    path = home / FILE_NAME
    try:
        text = _read_private(path)
    except FileNotFoundError as error:
        raise ConfigurationError(str(path), "is not there; timebank init makes it") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(str(path), "cannot be read") from error
    return parse_installation_key(text, setting=str(path))


def ensure_installation_key(
    home: Path, *, has_books: Callable[[], bool], random_bytes: RandomBytes = secrets.token_bytes
) -> bytes:
    """Read the key file in this folder, or make a new key where there is none.

    A new key cannot read what an older one wrapped, so when ``has_books`` says that there are
    books already, this raises :class:`ConfigurationError`: the old key must be put back. Of
    processes that come here at once, all get the key of the first.
    """
    path = home / FILE_NAME
    if not path.exists():
        if has_books():
            reason = "is missing although there are books: put back the key they were made with"
            raise ConfigurationError(str(path), reason)
        with suppress(FileExistsError):
            create_file(path, to_base64(random_bytes(KEY_BYTES)).encode() + b"\n")
    return read_installation_key(home)


def _read_private(path: Path) -> str:
    with path.open(encoding="ascii") as file:
        if os.fstat(file.fileno()).st_mode & 0o077:
            raise ConfigurationError(str(path), "is open to others; chmod 600 closes it")
        return file.read(1024)
