"""The served processes when many post at once: some wait, others are sent away; once is once."""

import http.client
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass

import pytest

from tests.databases import Databases
from tests.installations import Community, found_community
from tests.servers import Answer, Server, call, environment, free_port
from timebank.config import Settings
from timebank.services import keys
from timebank.services.clock import Clock
from timebank.services.installation import Installation
from timebank.services.verification import Verdict, verify_book
from timebank.store.books import find_book, lock_head
from timebank.store.database import writing
from timebank.store.engines import make_engine
from timebank.store.installation_key import ensure_installation_key
from timebank.store.vault import Vault

WORKERS = 2
WAITING_MAX = 2
CLIENTS = 24
PATH = "/api/v1/books/demo/entries"


@dataclass(frozen=True)
class Service:
    """A running service with a book, and a key of it."""

    community: Community
    server: Server
    token: str

    def post(self, key: str, amount: int = 1) -> Answer:
        """Pass points from 王 to 李."""
        names = {"from": "王", "to": "李"}
        leg = {side: self.community.reference(name) for side, name in names.items()}
        body = {"kind": "transfer", "legs": [{**leg, "amount": amount, "commodity": "POINT"}]}
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": key}
        return call(self.server.port, "POST", PATH, body, headers=headers)

    def size(self) -> int:
        """How many entries the book has."""
        size: int = call(self.server.port, "GET", "/api/v1/books/demo").body["size"]
        return size


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def service(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """Two processes, in each of which few may wait; the tests run on both databases."""
    databases = _databases(request)
    home = tmp_path_factory.mktemp("home")
    with databases.fresh() as url:
        vault = Vault(ensure_installation_key(home, has_books=lambda: False))
        settings = Settings(home=home, database_url=url)
        with closing(Installation(make_engine(url), vault, settings, Clock())) as installation:
            community = found_community(installation)
            community.enrol("王", "李")
            community.issue("王", 1_000)
            new = keys.NewKey(app="till", scopes=("post", "read"))
            token = keys.issue(installation, "demo", new).token
            assert token is not None
            variables = environment(home, url) | {"TIMEBANK_WAITING_MAX": str(WAITING_MAX)}
            server = Server(free_port(), variables, WORKERS)
            try:
                server.start()
                yield Service(community, server, token)
            finally:
                server.stop()


def _databases(request: pytest.FixtureRequest) -> Databases:
    found: Databases = request.getfixturevalue(f"{request.param}_databases")
    return found


def test_who_comes_when_too_many_wait_is_asked_to_come_back(service: Service) -> None:
    start = service.size()
    installation = service.community.installation
    with ThreadPoolExecutor(CLIENTS) as pool:
        with writing(installation.engine) as connection:
            lock_head(connection, find_book(connection, "demo").book_id)
            asked = {
                f"k{number}": pool.submit(service.post, f"k{number}") for number in range(CLIENTS)
            }
            expected = CLIENTS - WORKERS * WAITING_MAX
            deadline = time.monotonic() + 20
            while sum(one.done() for one in asked.values()) < expected:
                assert time.monotonic() < deadline
                time.sleep(0.01)
            assert service.size() == start, "who only reads does not wait"
        answers = {key: one.result() for key, one in asked.items()}
    sent_away = [key for key, answer in answers.items() if answer.status != http.client.CREATED]
    assert len(sent_away) >= expected
    for key in sent_away:
        answer = answers[key]
        assert (answer.status, answer.headers["retry-after"]) == (503, "1")
        assert answer.body["code"] == "busy"
        assert service.post(key).status == http.client.CREATED
    assert service.size() == start + CLIENTS
    assert_verifies(installation)


def test_a_request_that_is_sent_to_several_processes_at_once_is_done_once(
    service: Service,
) -> None:
    start = service.size()

    def insist(key: str) -> Answer:
        while True:
            answer = service.post(key)
            if answer.status != http.client.SERVICE_UNAVAILABLE:
                return answer

    wanted = [f"w{number}" for number in range(20)]
    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = list(pool.map(insist, wanted * 4))
    seqs = Counter(answer.body["seq"] for answer in answers)
    assert seqs == dict.fromkeys(range(start, start + len(wanted)), 4)
    replayed = [answer for answer in answers if "idempotent-replayed" in answer.headers]
    assert len(replayed) == 3 * len(wanted)
    assert {answer.status for answer in answers} == {http.client.CREATED}
    assert_verifies(service.community.installation)


def assert_verifies(installation: Installation) -> None:
    report = verify_book(installation, "demo")
    assert report.verdict is Verdict.FINE, report
