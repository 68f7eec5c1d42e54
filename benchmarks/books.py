"""The books that benchmarks work on: an association whose members pass points to each other."""

import itertools
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from tests.databases import Databases, PostgresDatabases, SqliteDatabases
from tests.postgres import postgres_server
from timebank.config import Settings
from timebank.flows.definitions import DefineCommodity, SetPolicy, SettingFact
from timebank.flows.movements import Transfer
from timebank.ledger.model import Leg
from timebank.services.books import open_book
from timebank.services.clock import Clock
from timebank.services.installation import Installation
from timebank.services.keys import NewKey, issue
from timebank.services.members import Enrolment, enrol_batch, find_member_ids
from timebank.services.posting import Idempotency, Posting, post, post_batch
from timebank.store.books import find_book, read_head
from timebank.store.database import reading
from timebank.store.engines import make_engine
from timebank.store.installation_key import ensure_installation_key
from timebank.store.migrating import upgrade
from timebank.store.vault import Vault

SYSTEM = ("system",)
BATCH = 1_000
MEMBERS = 1_000
SLUG = "bench"


@dataclass
class Bench:
    """A book with members, and as many transfers between them as anybody wants."""

    installation: Installation
    slug: str
    members: list[str]
    token: str
    random: Random = field(default_factory=lambda: Random(1))
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def transfer(self) -> Transfer:
        """A transfer between two members, with a memo, which is sealed."""
        giver, taker = self.random.sample(self.members, 2)
        leg = Leg(
            amount=self.random.randint(1, 60),
            commodity="POINT",
            from_=f"members#{giver}",
            to=f"members#{taker}",
        )
        return Transfer(legs=(leg,), memo="修水龙头")

    def postings(self, count: int) -> list[Posting]:
        """Transfers as the service takes them."""
        return [
            Posting(command=command, by=("app:bench", "member"), idempotency=self._known(command))
            for command in (self.transfer() for _ in range(count))
        ]

    def fill(self, count: int) -> None:
        """Post so many transfers, in batches."""
        for start in range(0, count, BATCH):
            postings = self.postings(min(BATCH, count - start))
            post_batch(self.installation, self.slug, postings, atomic=False)

    def size(self) -> int:
        """How many entries there are."""
        with reading(self.installation.engine) as connection:
            book = find_book(connection, self.slug)
            return read_head(connection, book.book_id).size

    def body(self) -> tuple[bytes, str]:
        """A transfer as the body of a request, and an idempotency key for it."""
        return msgspec.json.encode(self.transfer()), f"key-{next(self.numbers)}"

    def batch_body(self, count: int = BATCH) -> bytes:
        """Transfers as the body of one request."""
        items: list[dict[str, Any]] = [
            {
                **msgspec.to_builtins(self.transfer()),
                "idempotency_key": f"key-{next(self.numbers)}",
                "by": ["member"],
            }
            for _ in range(count)
        ]
        return msgspec.json.encode({"items": items})

    def _known(self, command: Transfer) -> Idempotency:
        key = f"key-{next(self.numbers)}"
        return Idempotency("bench", key, "POST", "/entries", msgspec.json.encode(command))


@contextmanager
def databases(kind: str) -> Iterator[Databases]:
    """Fresh databases of a kind, on the disk that the system's temporary folder lies on."""
    with ExitStack() as stack:
        if kind == "sqlite":
            folder = stack.enter_context(TemporaryDirectory(prefix="timebank-bench-"))
            yield SqliteDatabases(Path(folder), upgrade)
        else:
            yield PostgresDatabases(stack.enter_context(postgres_server()), upgrade)


@contextmanager
def installed(url: str) -> Iterator[Installation]:
    """An installation over a migrated database."""
    with TemporaryDirectory(prefix="timebank-home-") as name:
        home = Path(name)
        vault = Vault(ensure_installation_key(home, has_books=lambda: False))
        settings = Settings(home=home, database_url=url)
        with closing(Installation(make_engine(url), vault, settings, Clock())) as installation:
            yield installation


@contextmanager
def bench_of(kind: str, *, members: int = MEMBERS) -> Iterator[Bench]:
    """A book of its own in a database of its own."""
    with databases(kind) as source, source.fresh() as url, installed(url) as installation:
        yield open_bench(installation, members=members)


def open_bench(installation: Installation, *, slug: str = SLUG, members: int = MEMBERS) -> Bench:
    """Open a book whose members may owe points without end."""
    open_book(installation, slug=slug, title="翠竹园互助会", time_zone="Asia/Shanghai")
    limit = SettingFact(setting="credit_limit", value=10**12, commodity="POINT")
    for command in (
        DefineCommodity(commodity="POINT", commodity_kind="points", scale=0, title="积分"),
        SetPolicy(settings=(limit,)),
    ):
        post(installation, slug, Posting(command=command, by=SYSTEM))
    enrolments = [
        (Enrolment(number=f"{number:05}", name="某人"), _enrolment_key(number))
        for number in range(members)
    ]
    for start in range(0, members, BATCH):
        enrol_batch(installation, slug, enrolments[start : start + BATCH], by=SYSTEM)
    token = issue(installation, slug, NewKey(app="bench", scopes=("post", "read"))).token
    assert token is not None
    return Bench(installation, slug, _member_ids(installation, slug, members), token)


def _enrolment_key(number: int) -> Idempotency:
    return Idempotency("bench", f"member-{number}", "POST", "/members", b"")


def _member_ids(installation: Installation, slug: str, count: int) -> list[str]:
    return list(find_member_ids(installation, slug, [f"{n:05}" for n in range(count)]).values())
