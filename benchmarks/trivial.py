"""The trivial service that posts are compared with: takes JSON, gives JSON, and keeps nothing.

``python -m benchmarks.trivial PORT`` serves it under the same server as ``timebank serve`` does.
With :data:`DATABASE` and :data:`ROWS` in the environment it writes at each call the rows that one
post leaves behind, and waits for the disk: what is left then of its speed is the most that any
service could have which does the same by Flask and SQLite.
"""

import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec
from flask import Flask, Response, jsonify, request
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from benchmarks.raw import Batch, RawSqlite, connect

DATABASE: Final = "BENCH_DATABASE"
"""Names the SQLite database to write to, set up by ``raw_sqlite``."""

ROWS: Final = "BENCH_ROWS"
"""Names the file of what is to be written, a batch of one entry a call."""


def make_application() -> Flask:
    """Make the application, whose one address counts the fields of an object."""
    app = Flask("trivial")
    write = _writer() if DATABASE in os.environ else _write_nothing

    @app.post("/count")
    def count() -> Response:
        fields = len(request.get_json())
        write()
        return jsonify({"fields": fields})

    return app


def _write_nothing() -> None:
    """Keep nothing."""


def _writer() -> Callable[[], None]:
    """Give what writes the next rows, one caller at a time."""
    kept = iter(msgspec.msgpack.decode(Path(os.environ[ROWS]).read_bytes(), type=list[Batch]))
    loop = RawSqlite(connect(Path(os.environ[DATABASE])))
    lock = threading.Lock()

    def write() -> None:
        with lock:
            loop.write([next(kept)])

    return write


def main() -> None:
    """Serve on the port that the command line names, until the process is ended."""
    Granian(
        "benchmarks.trivial:make_application",
        factory=True,
        address="127.0.0.1",
        port=int(sys.argv[1]),
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=128,
        websockets=False,
        log_level=LogLevels.error,
    ).serve()


if __name__ == "__main__":
    main()
