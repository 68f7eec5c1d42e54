"""The routes through the service, each against its raw loop, as a ratio."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from sqlalchemy import select

from benchmarks.books import BATCH, Bench, databases, installed, open_bench
from benchmarks.clients import request, send_all, timebank_served, trivial_served
from benchmarks.measuring import Ratio, compare
from benchmarks.raw import Batch, RawPostgresql, RawSqlite, cut_batches, raw_postgresql, raw_sqlite
from benchmarks.trivial import DATABASE, ROWS
from tests.commits import counted_commits
from timebank.app import create_app
from timebank.services.export import export_entries
from timebank.services.verification import Verdict, verify_book
from timebank.services.verification.file import verify_file
from timebank.store.database import reading
from timebank.store.engines import parse_url, sqlite_path
from timebank.store.tables import entries

SPARE = 1
"""Both runs of a pair are run once before they count."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much each run does."""

    pairs: int = 5
    batches: int = 4
    """Batches of 1,000 a run."""
    posts: int = 600
    """Single posts a run."""
    entries: int = 20_000
    """Entries of the book that is replayed and verified."""


@dataclass(frozen=True, slots=True)
class Route:
    """One row of the table."""

    name: str
    least: float
    aim: float
    measure: Callable[[Sizes], Ratio]


def batch_over_http(kind: str, sizes: Sizes) -> Ratio:
    """Batches of 1,000 over HTTP against the raw loop that leaves the same rows."""
    with ExitStack() as stack:
        bench, raw_url = _bench_and_raw(stack, kind)
        runs = sizes.pairs + SPARE
        wanted = runs * sizes.batches
        start = bench.size()
        bench.fill(wanted * BATCH)
        cut = cut_batches(_url(bench), start, BATCH, wanted)
        loop = _raw_loop(stack, kind, raw_url)
        raw_runs = _in_runs(cut, sizes.batches)
        port = stack.enter_context(timebank_served(bench.installation.settings))
        path = f"/api/v1/books/{bench.slug}/entries/batch"
        requests = (
            [request(path, bench.batch_body(), token=bench.token) for _ in range(sizes.batches)]
            for _ in range(runs)
        )
        made = iter(list(requests))
        return compare(
            lambda: send_all(port, next(made), clients=1) * BATCH,
            lambda: loop.write(next(raw_runs)),
            pairs=sizes.pairs,
        )


def posts_over_http(kind: str, clients: int, sizes: Sizes) -> Ratio:
    """Single posts by so many clients against the trivial service and as many."""
    with ExitStack() as stack:
        bench, _ = _bench_and_raw(stack, kind)
        port = stack.enter_context(timebank_served(bench.installation.settings))
        made = _posts(bench, sizes)
        trivial = stack.enter_context(trivial_served())
        body = bench.body()[0]
        same = [request("/count", body)] * sizes.posts
        return compare(
            lambda: send_all(port, next(made), clients=clients),
            lambda: send_all(trivial, same, clients=clients),
            pairs=sizes.pairs,
        )


def posts_against_commits(clients: int, sizes: Sizes) -> Ratio:
    """Single posts on PostgreSQL by so many clients against raw commits of one entry."""
    with ExitStack() as stack:
        bench, raw_url = _bench_and_raw(stack, "postgresql")
        wanted = (sizes.pairs + SPARE) * sizes.posts
        start = bench.size()
        bench.fill(wanted)
        cut = cut_batches(_url(bench), start, 1, wanted)
        loop = stack.enter_context(raw_postgresql(raw_url))
        raw_runs = _in_runs(cut, sizes.posts)
        port = stack.enter_context(timebank_served(bench.installation.settings))
        made = _posts(bench, sizes)
        return compare(
            lambda: send_all(port, next(made), clients=clients),
            lambda: loop.write_one_by_one(next(raw_runs)),
            pairs=sizes.pairs,
        )


def bare_posts(sizes: Sizes) -> Ratio:
    """Flask and the statements of a post alone by one client, against the trivial service."""
    with ExitStack() as stack:
        bench, raw_url = _bench_and_raw(stack, "sqlite")
        wanted = (sizes.pairs + SPARE) * sizes.posts
        start = bench.size()
        bench.fill(wanted)
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="timebank-bench-")))
        rows = folder / "rows"
        rows.write_bytes(msgspec.msgpack.encode(cut_batches(_url(bench), start, 1, wanted)))
        stack.enter_context(raw_sqlite(raw_url))
        variables = {DATABASE: str(sqlite_path(parse_url(raw_url))), ROWS: str(rows)}
        bare = stack.enter_context(trivial_served(variables))
        trivial = stack.enter_context(trivial_served())
        same = [request("/count", bench.body()[0])] * sizes.posts
        return compare(
            lambda: send_all(bare, same, clients=1),
            lambda: send_all(trivial, same, clients=1),
            pairs=sizes.pairs,
        )


def public_replay(sizes: Sizes) -> Ratio:
    """Verifying an exported file, against reading its lines and one SHA-256 each."""
    with ExitStack() as stack:
        bench, _ = _bench_and_raw(stack, "sqlite")
        bench.fill(sizes.entries)
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="timebank-bench-")))
        file = folder / "log"
        with file.open("wb") as lines:
            lines.writelines(export_entries(bench.installation, bench.slug))

        def replay() -> int:
            report = verify_file(file)
            assert report.verdict is Verdict.FINE
            return report.size

        def read() -> int:
            done = 0
            with file.open("rb") as lines:
                for line in lines:
                    sha256(line).digest()
                    done += 1
            return done

        return compare(replay, read, pairs=sizes.pairs)


def whole_verify(kind: str, sizes: Sizes) -> Ratio:
    """``verify`` with balances, legs and references, against reading the bytes and one SHA-256."""
    with ExitStack() as stack:
        bench, _ = _bench_and_raw(stack, kind)
        bench.fill(sizes.entries)

        def verify() -> int:
            report = verify_book(bench.installation, bench.slug)
            assert report.verdict is Verdict.FINE
            return report.size

        def read() -> int:
            done = 0
            query = select(entries.c.body).order_by(entries.c.seq)
            with reading(bench.installation.engine) as connection:
                rows = connection.execute(query, execution_options={"yield_per": 1_000})
                for (body,) in rows:
                    sha256(body).digest()
                    done += 1
            return done

        return compare(verify, read, pairs=sizes.pairs)


def commits_per_entry(kind: str, clients: int, posts: int) -> float:
    """How many commits, each of which waits for the disk, so many clients need for an entry."""
    with ExitStack() as stack:
        bench, _ = _bench_and_raw(stack, kind)
        app = create_app(bench.installation.settings)
        installation = stack.enter_context(closing(app.extensions["timebank"]))
        commits = stack.enter_context(counted_commits(installation.engine))

        def send(body: bytes, key: str) -> None:
            headers = {"Authorization": f"Bearer {bench.token}", "Idempotency-Key": key}
            answer = app.test_client().post(
                f"/api/v1/books/{bench.slug}/entries",
                data=body,
                headers={**headers, "Content-Type": "application/json"},
            )
            assert answer.status_code == HTTPStatus.CREATED, answer.text

        bodies = [bench.body() for _ in range(posts)]
        with ThreadPoolExecutor(clients) as pool:
            for done in [pool.submit(send, *body) for body in bodies]:
                done.result()
        return len(commits) / posts


def _bench_and_raw(stack: ExitStack, kind: str) -> tuple[Bench, str]:
    """A book in one database, and the address of another without rows."""
    source = stack.enter_context(databases(kind))
    url, raw_url = (stack.enter_context(source.fresh()) for _ in range(2))
    bench = open_bench(stack.enter_context(installed(url)))
    return bench, raw_url


def _raw_loop(stack: ExitStack, kind: str, url: str) -> RawSqlite | RawPostgresql:
    if kind == "sqlite":
        return stack.enter_context(raw_sqlite(url))
    return stack.enter_context(raw_postgresql(url))


def _in_runs(cut: list[Batch], each: int) -> Iterator[list[Batch]]:
    return iter([cut[start : start + each] for start in range(0, len(cut), each)])


def _posts(bench: Bench, sizes: Sizes) -> Iterator[list[bytes]]:
    path = f"/api/v1/books/{bench.slug}/entries"

    def one() -> bytes:
        body, key = bench.body()
        return request(path, body, token=bench.token, key=key)

    runs = range(sizes.pairs + SPARE)
    return iter([[one() for _ in range(sizes.posts)] for _ in runs])


def _url(bench: Bench) -> str:
    return bench.installation.settings.database_url


ROUTES = (
    Route("batch of 1,000 over HTTP, SQLite", 0.30, 0.60, lambda s: batch_over_http("sqlite", s)),
    Route(
        "batch of 1,000 over HTTP, PostgreSQL",
        0.35,
        0.60,
        lambda s: batch_over_http("postgresql", s),
    ),
    Route(
        "single posts, 16 clients, SQLite", 0.30, 0.50, lambda s: posts_over_http("sqlite", 16, s)
    ),
    Route("single posts, 1 client, SQLite", 0.25, 0.45, lambda s: posts_over_http("sqlite", 1, s)),
    Route(
        "single posts, 16 clients, PostgreSQL", 0.80, 1.20, lambda s: posts_against_commits(16, s)
    ),
    Route("public replay", 0.10, 0.25, public_replay),
    Route(
        "verify with balances, legs and references", 0.05, 0.10, lambda s: whole_verify("sqlite", s)
    ),
)
