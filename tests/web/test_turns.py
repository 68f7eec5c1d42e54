"""Posts in turns: none is held up by a slow line, by a lock, or by one that failed."""

import http.client
import json
import socket
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.databases import Databases
from tests.installations import Community, found_community
from tests.servers import Server, call, served
from tests.test_backups import installation_over
from timebank.services import keys
from timebank.services.keys import NewKey

PATH = "/api/v1/books/demo/entries"
POSTS = 64
SECONDS = 30


class Till:
    """A community that is served, and a key to it."""

    def __init__(self, server: Server, community: Community, token: str, file: Path) -> None:
        self.server = server
        self.community = community
        self.token = token
        self.file = file

    def headers(self, key: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", "Idempotency-Key": key}

    def transfer(self, amount: int = 1) -> dict[str, Any]:
        reference = self.community.reference
        leg = {"from": reference("王"), "to": reference("李"), "commodity": "POINT"}
        return {"kind": "transfer", "legs": [{**leg, "amount": amount}], "by": ["member"]}

    def size(self) -> int:
        answer = call(self.server.port, "GET", PATH.removesuffix("/entries"))
        size: int = answer.body["size"]
        return size

    def post(self, key: str, body: object) -> int:
        return call(self.server.port, "POST", PATH, body, headers=self.headers(key)).status


@pytest.fixture(scope="module")
def till(sqlite_databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Till]:
    """The real service on SQLite, where 王 has 100 points."""
    home = tmp_path_factory.mktemp("home")
    with sqlite_databases.fresh() as url, closing(installation_over(url, home)) as installation:
        community = found_community(installation)
        community.enrol("王", "李")
        community.issue("王", 100)
        new = NewKey(app="till", scopes=("post", "read"))
        token = keys.issue(installation, "demo", new).token or ""
        with served(home, url) as server:
            yield Till(server, community, token, Path(url.removeprefix("sqlite:///")))


def test_all_of_many_posts_at_once_are_answered(till: Till) -> None:
    """Good and bad ones, each in its own words; what was acknowledged is there."""
    bodies = [
        (till.transfer(), 201),
        (till.transfer(amount=1_000), 422),
        ({"kind": "nothing"}, 400),
        (till.transfer(amount=0), 400),
    ]

    def post(number: int) -> tuple[int, int]:
        body, expected = bodies[number % len(bodies)]
        return till.post(f"many-{number}", body), expected

    before = till.size()
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(post, range(POSTS)))
    assert [found for found, _ in answers] == [expected for _, expected in answers]
    assert till.size() == before + POSTS // len(bodies)


def test_a_slow_line_holds_up_nobody(till: Till) -> None:
    body = json.dumps(till.transfer()).encode()
    slow = http.client.HTTPConnection("127.0.0.1", till.server.port, timeout=SECONDS)
    with closing(slow) as line:
        line.putrequest("POST", PATH)
        for name, value in till.headers("slow").items():
            line.putheader(name, value)
        line.putheader("Content-Type", "application/json")
        line.putheader("Content-Length", str(len(body)))
        line.endheaders(body[:10])
        assert till.post("quick", till.transfer()) == 201
        line.send(body[10:])
        assert line.getresponse().status == 201


def test_a_line_that_breaks_holds_up_nobody(till: Till) -> None:
    head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {till.token}\r\n"
    head += "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
    with socket.create_connection(("127.0.0.1", till.server.port), timeout=SECONDS) as line:
        line.sendall(head.encode())
    assert till.post("after", till.transfer()) == 201


def test_what_needs_no_lock_is_answered_while_another_process_holds_it(till: Till) -> None:
    with closing(sqlite3.connect(till.file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with ThreadPoolExecutor(4) as pool:
            asked = [pool.submit(till.post, f"held-{n}", till.transfer()) for n in range(3)]
            assert till.post("bad", {"kind": "nothing"}) == 400
            assert till.post("bad", [till.transfer()]) == 400
            assert not any(one.done() for one in asked)
            other.execute("ROLLBACK")
            assert [one.result(SECONDS) for one in asked] == [201] * 3
