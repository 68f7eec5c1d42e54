"""The settings of an installation, read once from the environment.

========================  ======================================================================
variable                  meaning
========================  ======================================================================
TIMEBANK_HOME             folder of the database, keys and anchors; ``instance`` by default
DATABASE_URL              ``sqlite:///path``, ``postgresql://…`` or ``postgres://…``; by default
                          ``timebank.db`` in TIMEBANK_HOME
TIMEBANK_ORIGIN           host of new books' origins, with a port if need be; ``localhost``
TIMEBANK_INSTALLATION_KEY base64 of 32 bytes; else ``installation.key`` in TIMEBANK_HOME
TIMEBANK_POOL_SIZE        connections to the database kept open by each process; 16
TIMEBANK_POOL_OVERFLOW    further connections opened while many ask at once; 16
TIMEBANK_LONG_POLLS_MAX   requests that wait for new entries at most in each process; 64
TIMEBANK_METRICS_TOKEN    who sends it may read the figures from anywhere, at least 16 characters;
                          without it they are for the same machine only
TIMEBANK_LOG_LEVEL        ``info`` logs each request, ``warning`` only what went wrong; ``info``
TIMEBANK_WAITING_MAX      requests to post that wait at most in each process; who comes beyond
                          that is asked to come back later; 96
========================  ======================================================================

A variable that is empty counts as not there.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, get_args

from sqlalchemy import URL

from timebank.errors import ConfigurationError
from timebank.ledger.codes import is_origin
from timebank.store.engines import parse_url
from timebank.store.installation_key import parse_installation_key

LogLevel = Literal["info", "warning"]
LOG_LEVELS: Final[tuple[LogLevel, ...]] = get_args(LogLevel)

_COUNT_MAX = 1000
_is_metrics_token = re.compile("[!-~]{16,200}").fullmatch


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of an installation; ``from_env`` checks them.

    ``installation_key`` is None when the key lies in a file. ``database_url`` may carry a
    password, so it is not shown.
    """

    home: Path
    database_url: str = field(repr=False)
    origin_host: str = "localhost"
    installation_key: bytes | None = field(default=None, repr=False)
    pool_size: int = 16
    pool_overflow: int = 16
    waiting_max: int = 96
    long_polls_max: int = 64
    metrics_token: str | None = field(default=None, repr=False)
    log_level: LogLevel = "info"

    @classmethod
    def from_env(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Read the settings. Raises :class:`ConfigurationError` about the variable at fault."""
        given = {name: value for name, value in environment.items() if value}
        home = Path(given.get("TIMEBANK_HOME", "instance")).absolute()
        return cls(
            home=home,
            database_url=_database_url(given.get("DATABASE_URL"), home),
            origin_host=_origin_host(given.get("TIMEBANK_ORIGIN", "localhost")),
            installation_key=_installation_key(given),
            pool_size=_number(given, "TIMEBANK_POOL_SIZE", 16, least=1),
            pool_overflow=_number(given, "TIMEBANK_POOL_OVERFLOW", 16, least=0),
            waiting_max=_number(given, "TIMEBANK_WAITING_MAX", 96, least=1),
            long_polls_max=_number(given, "TIMEBANK_LONG_POLLS_MAX", 64, least=0),
            metrics_token=_metrics_token(given.get("TIMEBANK_METRICS_TOKEN")),
            log_level=_log_level(given.get("TIMEBANK_LOG_LEVEL", "info")),
        )


def _database_url(text: str | None, home: Path) -> str:
    url = parse_url(text or URL.create("sqlite", database=str(home / "timebank.db")))
    return url.render_as_string(hide_password=False)


def _origin_host(host: str) -> str:
    if not is_origin(f"{host}/log/book"):
        reason = "must be a host in lower case, with a port if need be, as in ledger.example.org"
        raise ConfigurationError("TIMEBANK_ORIGIN", reason)
    return host


def _installation_key(given: Mapping[str, str]) -> bytes | None:
    text = given.get("TIMEBANK_INSTALLATION_KEY")
    if text is None:
        return None
    return parse_installation_key(text, setting="TIMEBANK_INSTALLATION_KEY")


def _metrics_token(text: str | None) -> str | None:
    if text is not None and not _is_metrics_token(text):
        reason = "must be 16 to 200 characters of ASCII without spaces"
        raise ConfigurationError("TIMEBANK_METRICS_TOKEN", reason)
    return text


def _log_level(text: str) -> LogLevel:
    for level in LOG_LEVELS:
        if text == level:
            return level
    raise ConfigurationError("TIMEBANK_LOG_LEVEL", f"must be one of {', '.join(LOG_LEVELS)}")


def _number(given: Mapping[str, str], name: str, default: int, *, least: int) -> int:
    text = given.get(name, str(default))
    if not re.fullmatch("[0-9]{1,4}", text) or not least <= int(text) <= _COUNT_MAX:
        raise ConfigurationError(name, f"must be a whole number from {least} to {_COUNT_MAX}")
    return int(text)
