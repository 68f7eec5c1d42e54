"""What was acknowledged survives a kill: 32 clients post while the service is killed twenty times.

Clients do what a community app does: each posts with an idempotency key of its own and repeats
the same request until it is answered. Each kill ends all processes of the service at once. After
it, and at the end, the book must verify; at the end each key has made one entry, the one that was
acknowledged.
"""

import http.client
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import func, select

from tests.databases import Databases
from tests.installations import Community, found_community
from tests.servers import Server, call, environment, free_port
from timebank.config import Settings
from timebank.services import keys
from timebank.services.clock import Clock
from timebank.services.installation import Installation
from timebank.services.verification import Verdict, verify_book
from timebank.store import tables
from timebank.store.engines import make_engine
from timebank.store.installation_key import ensure_installation_key
from timebank.store.vault import Vault

CLIENTS = 32
KILLS = 20
ACKNOWLEDGED_BETWEEN_KILLS = 20
PATH = "/api/v1/books/demo/entries"


@dataclass
class Clients:
    """Threads that post small transfers from one member to another until they are told to stop."""

    port: int
    token: str
    leg: dict[str, object]
    acknowledged: dict[str, int] = field(default_factory=dict)
    refused: list[object] = field(default_factory=list)
    moved: threading.Condition = field(default_factory=threading.Condition)
    stopping: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Let all of them begin."""
        for number in range(CLIENTS):
            thread = threading.Thread(target=self._post_many, args=(number,), daemon=True)
            self.threads.append(thread)
            thread.start()

    def join(self) -> None:
        """Wait until each has finished the request it is at."""
        for thread in self.threads:
            thread.join(timeout=120)
            assert not thread.is_alive()

    def wait_for(self, count: int) -> None:
        """Wait until so many entries have been acknowledged in all."""
        with self.moved:
            assert self.moved.wait_for(lambda: len(self.acknowledged) >= count, timeout=180)

    def _post_many(self, client: int) -> None:
        posted = 0
        while not self.stopping.is_set():
            self._post_until_answered(f"client-{client}-{posted}")
            posted += 1

    def _post_until_answered(self, key: str) -> None:
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": key}
        body = {"kind": "transfer", "legs": [self.leg]}
        while True:
            try:
                answer = call(self.port, "POST", PATH, body, headers=headers)
            except (OSError, http.client.HTTPException):
                if self.stopping.wait(0.1):
                    return
                continue
            if answer.status >= http.client.INTERNAL_SERVER_ERROR:
                continue
            with self.moved:
                if answer.status in (http.client.OK, http.client.CREATED):
                    assert key not in self.acknowledged
                    self.acknowledged[key] = answer.body["seq"]
                else:
                    self.refused.append((key, answer.status, answer.body))
                self.moved.notify_all()
            return


@pytest.fixture
def installation(databases: Databases, tmp_path: Path) -> Iterator[Installation]:
    """An installation whose home and database a service can use; the test runs on both."""
    with databases.fresh() as url:
        key = ensure_installation_key(tmp_path, has_books=lambda: False)
        engine = make_engine(url)
        settings = Settings(home=tmp_path, database_url=url)
        yield Installation(engine, Vault(key), settings, Clock())
        engine.dispose()


def test_nothing_acknowledged_is_lost_and_nothing_doubled(installation: Installation) -> None:
    community = found_community(installation)
    community.enrol("王", "李")
    community.issue("王", 1_000_000)
    before = count_entries(installation)
    token = keys.issue(installation, "demo", keys.NewKey(app="shop", scopes=("post", "read"))).token
    assert token is not None
    leg: dict[str, object] = {
        "from": community.reference("王"),
        "to": community.reference("李"),
        "amount": 1,
        "commodity": "POINT",
    }
    settings = installation.settings
    server = Server(free_port(), environment(settings.home, settings.database_url), workers=2)
    clients = Clients(server.port, token, leg)
    try:
        server.start()
        clients.start()
        for _ in range(KILLS):
            clients.wait_for(len(clients.acknowledged) + ACKNOWLEDGED_BETWEEN_KILLS)
            server.kill()
            assert_verifies(installation)
            server.start()
        clients.wait_for(len(clients.acknowledged) + ACKNOWLEDGED_BETWEEN_KILLS)
    finally:
        clients.stopping.set()
        try:
            clients.join()
        finally:
            server.stop()
    assert clients.refused == []
    assert_verifies(installation)
    assert count_entries(installation) == before + len(clients.acknowledged)
    assert len(set(clients.acknowledged.values())) == len(clients.acknowledged)
    assert remembered(installation) == set(clients.acknowledged.values())
    assert balance_of(community, "李") == len(clients.acknowledged)


def assert_verifies(installation: Installation) -> None:
    """The book must hold."""
    report = verify_book(installation, "demo")
    assert report.verdict is Verdict.FINE, report


def count_entries(installation: Installation) -> int:
    """How many entries there are."""
    with installation.engine.connect() as connection:
        counted = connection.scalar(select(func.count()).select_from(tables.entries))
    assert counted is not None
    return counted


def remembered(installation: Installation) -> set[int | None]:
    """The entries that idempotency keys of the app have made."""
    table = tables.idempotency
    with installation.engine.connect() as connection:
        rows = connection.execute(select(table.c.seq).where(table.c.app == "shop"))
        return set(rows.scalars())


def balance_of(community: Community, name: str) -> int:
    """What a member has."""
    balances, holders = tables.balances, tables.holders
    with community.installation.engine.connect() as connection:
        row = connection.execute(
            select(balances.c.debits, balances.c.credits)
            .join(holders, holders.c.holder == balances.c.holder)
            .where(balances.c.account == "members", holders.c.member_id == community.ids[name])
        ).one()
    net: int = row.debits - row.credits
    return net
