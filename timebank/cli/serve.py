"""``timebank serve``: the service itself, with all its processes."""

import multiprocessing
import os
import shutil
import socket
import sys
from pathlib import Path
from typing import Any

import click
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from timebank.cli.figures_folder import figures_folder
from timebank.cli.home import example, opened
from timebank.cli.init import prepare
from timebank.cli.progress import progress_bar
from timebank.config import Settings
from timebank.demo.community import Demo
from timebank.demo.size import FULL, SIZES
from timebank.errors import AlreadyDefinedError, ConfigurationError
from timebank.services import logs
from timebank.services.backups import check_restored
from timebank.services.books import list_books
from timebank.services.demo import is_unfinished, open_demo_book
from timebank.services.metrics import FOLDER_VARIABLE
from timebank.store.engines import parse_url

STOP_SECONDS_MAX = 10
"""How long requests that are being answered may take when the service ends."""

RESPAWN_SECONDS = 1.0
NO_DEMO = "none"
_LONG_POLLS_MAX = 64


@click.command(epilog=example("timebank serve --port 8080"))
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option(
    "--port", default=8000, show_default=True, envvar="PORT", type=click.IntRange(1, 65535)
)
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64))
@click.option("--blocking-threads", default=128, show_default=True, type=click.IntRange(1, 1000))
@click.option(
    "--demo",
    default=FULL.name,
    show_default=True,
    envvar="TIMEBANK_DEMO",
    type=click.Choice([*sorted(SIZES), NO_DEMO]),
    help="What to open where there is no book yet.",
)
def serve(host: str, port: int, workers: int, blocking_threads: int, demo: str) -> None:
    """Serve all books until Ctrl-C or SIGTERM, which let requests under way be answered.

    Makes what is missing first, as timebank init does, and opens the demo book where there is no
    book at all, as timebank demo does. PORT in the environment is the port, too, and TIMEBANK_DEMO
    the demo. Where a restore was interrupted it refuses. Requests are logged on stderr, one JSON
    object a line, unless TIMEBANK_LOG_LEVEL=warning.
    """
    _check_free(host, port)
    settings = Settings.from_env()
    prepare(settings)
    _check_restored()
    if demo != NO_DEMO:
        _open_demo_book(Demo(SIZES[demo]))
    _match_pools(settings, blocking_threads)
    _leave_threads_free(blocking_threads)
    _greet(host, port)
    logs.configure(settings.log_level)
    with figures_folder() as folder:
        os.environ[FOLDER_VARIABLE] = folder
        _run(host, port, workers, blocking_threads, logs.configuration(settings.log_level))


def _check_free(host: str, port: int) -> None:
    """Several servers could share a port without a word."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            reason = f"{error.strerror}; choose another with --port, or PORT=8001 make run"
            raise ConfigurationError(f"{host}:{port}", reason) from error


def _check_restored() -> None:
    with opened() as installation:
        check_restored(installation)


def _open_demo_book(demo: Demo) -> None:
    """Open the demo book where there is none of any sort, or go on where that was interrupted."""
    with opened() as installation:
        books = list_books(installation)
        if books and not (len(books) == 1 and is_unfinished(installation, books[0], demo)):
            return
        click.echo("Opening the demo book; in full this takes up to a minute.")
        try:
            with progress_bar("day") as tell:
                book = open_demo_book(installation, demo, tell=tell)
        except AlreadyDefinedError:
            return  # Another process was faster.
    click.echo(f"Opened the demo book {book.slug}.")


def _match_pools(settings: Settings, blocking_threads: int) -> None:
    """Let as many threads read a SQLite database at once as there are; a server has its limits.

    Posts that wait leave a quarter of the threads to others.
    """
    waiting_max = max(blocking_threads * 3 // 4, 1)
    _set_unless_given("TIMEBANK_WAITING_MAX", waiting_max)
    if parse_url(settings.database_url).drivername == "sqlite":
        overflow = max(blocking_threads - settings.pool_size, 0)
        _set_unless_given("TIMEBANK_POOL_OVERFLOW", overflow)


def _leave_threads_free(blocking_threads: int) -> None:
    """Let those who wait for new entries take up half of the threads at most."""
    if blocking_threads < 2 * _LONG_POLLS_MAX:
        _set_unless_given("TIMEBANK_LONG_POLLS_MAX", blocking_threads // 2)


def _set_unless_given(variable: str, number: int) -> None:
    """Let the workers find a setting; a variable that is empty counts as not there."""
    if not os.environ.get(variable):
        os.environ[variable] = str(number)


def _greet(host: str, port: int) -> None:
    shown = f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{port}"
    with opened() as installation:
        slugs = [book.slug for book in list_books(installation)]
    click.echo(f"Front page      {address}/")
    click.echo(f"Try the API     {address}/api/v1/docs")
    for slug in slugs[:1]:
        click.echo(f"Public balances {address}/api/v1/books/{slug}/balances")
        issue = f"{_own_name()} key issue --book {slug} --scope read --scope post"
        click.echo(f"An API key      {issue}")
    click.echo("Ctrl-C ends the service.")


def _own_name() -> str:
    """How to call this program from the folder where it was started."""
    called = Path(sys.argv[0])
    if not called.is_file() or Path(shutil.which(called.name) or "").resolve() == called.resolve():
        return "timebank"
    return os.path.relpath(called)


def _run(
    host: str, port: int, workers: int, blocking_threads: int, logging: dict[str, Any]
) -> None:
    # Nothing of this process, such as an open database, must live on in the workers.
    multiprocessing.set_start_method("spawn", force=True)
    server = Granian(
        "timebank.cli.worker:make_application",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=blocking_threads,
        respawn_failed_workers=True,
        respawn_interval=RESPAWN_SECONDS,
        workers_kill_timeout=STOP_SECONDS_MAX,
        websockets=False,
        log_level=LogLevels.warning,
        log_dictconfig=logging,
    )
    server.serve()
