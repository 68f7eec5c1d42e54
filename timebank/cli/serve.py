"""``timebank serve``: the service itself, with all its processes."""

import multiprocessing
import os
import shutil
import socket
import sys
from pathlib import Path

import click
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from timebank.cli.home import example, opened
from timebank.cli.init import prepare
from timebank.config import Settings
from timebank.errors import AlreadyDefinedError, ConfigurationError
from timebank.services.books import list_books
from timebank.services.demo import open_demo_book
from timebank.store.engines import parse_url

STOP_SECONDS_MAX = 10
"""How long requests that are being answered may take when the service ends."""

RESPAWN_SECONDS = 1.0


@click.command(epilog=example("timebank serve --port 8080"))
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option(
    "--port", default=8000, show_default=True, envvar="PORT", type=click.IntRange(1, 65535)
)
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64))
@click.option("--blocking-threads", default=128, show_default=True, type=click.IntRange(1, 1000))
def serve(host: str, port: int, workers: int, blocking_threads: int) -> None:
    """Serve all books until Ctrl-C.

    Makes what is missing first, as timebank init does, and opens a small demo book where there is
    no book at all. PORT in the environment is the port, too.
    """
    _check_free(host, port)
    settings = Settings.from_env()
    prepare(settings)
    _open_demo_book()
    _match_pools(settings, blocking_threads)
    _greet(host, port)
    _run(host, port, workers, blocking_threads)


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


def _open_demo_book() -> None:
    with opened() as installation:
        if list_books(installation):
            return
        try:
            book = open_demo_book(installation)
        except AlreadyDefinedError:
            return  # Another process was faster.
    click.echo(f"Opened the demo book {book.slug}.")


def _match_pools(settings: Settings, blocking_threads: int) -> None:
    """Let as many threads read a SQLite database at once as there are; a server has its limits."""
    if parse_url(settings.database_url).drivername == "sqlite":
        overflow = max(blocking_threads - settings.pool_size, 0)
        os.environ.setdefault("TIMEBANK_POOL_OVERFLOW", str(overflow))


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


def _run(host: str, port: int, workers: int, blocking_threads: int) -> None:
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
        log_level=LogLevels.error,
    )
    server.serve()
