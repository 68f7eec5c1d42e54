"""A way to a PostgreSQL server on which connections break during COMMIT, for real.

It stands between a client and the server's socket and passes everything on, but where a test has
asked for it: then it hangs up at the next COMMIT, before the server has seen it or after the server
has carried it out, and in both cases the client sees the same.
"""

import socket
import tempfile
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from sqlalchemy import URL, make_url

NAME = ".s.PGSQL.5432"
COMMIT = b"COMMIT\0"
CHUNK_BYTES = 64 * 1024

Break = Literal["before", "after", "after and for good"]


@dataclass
class Proxy:
    """A socket in a folder of its own, and what is to happen at the next commits."""

    folder: Path
    server: Path
    breaks: deque[Break] = field(default_factory=deque)
    lines: list[socket.socket] = field(default_factory=list)
    gone: bool = False

    def serve(self, listener: socket.socket) -> None:
        """Take connections until the listener is closed."""
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                threading.Thread(target=self._pass_on, args=(client,), daemon=True).start()

    def close(self) -> None:
        """Hang up on all."""
        for line in self.lines:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()

    def _pass_on(self, client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as server:
            if self.gone:
                return
            self.lines += [client, server]
            server.connect(str(self.server / NAME))
            back = threading.Thread(target=_copy, args=(server, client), daemon=True)
            back.start()
            with suppress(OSError):
                is_set_up = False  # which ends with a COMMIT of its own
                while data := client.recv(CHUNK_BYTES):
                    if COMMIT in data and is_set_up and self.breaks:
                        self._break(self.breaks.popleft(), data, client, server)
                        return
                    server.sendall(data)
                    is_set_up |= COMMIT in data

    def _break(self, how: Break, data: bytes, client: socket.socket, server: socket.socket) -> None:
        self.gone = how == "after and for good"
        client.shutdown(socket.SHUT_RDWR)  # The answer finds nobody.
        if how == "before":
            server.shutdown(socket.SHUT_RDWR)
        else:
            server.sendall(data)
            server.shutdown(socket.SHUT_WR)


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(CHUNK_BYTES):
            with suppress(OSError):
                target.sendall(data)
        target.shutdown(socket.SHUT_RDWR)


@contextmanager
def breaking_commits(url: str) -> Iterator[tuple[str, Proxy]]:
    """The address of the same database through a proxy, and the proxy."""
    server = make_url(url)
    with tempfile.TemporaryDirectory(prefix="timebank-proxy-") as name:
        proxy = Proxy(Path(name), Path(str(server.query["host"])))
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(proxy.folder / NAME))
            listener.listen()
            threading.Thread(target=proxy.serve, args=(listener,), daemon=True).start()
            yield _through(server, proxy.folder), proxy
            listener.shutdown(socket.SHUT_RDWR)
        proxy.close()


def _through(url: URL, folder: Path) -> str:
    return url.update_query_dict({"host": str(folder)}).render_as_string(hide_password=False)
